// Compares use with a register: lists use without an approval, and the result of each entry.

import { RELAY_ID } from '../model/catalogue-words.ts';
import type { EntryUse, RegisterResult } from '../model/findings.ts';
import { groupBy } from '../model/grouped-by.ts';
import type { HostIdentity, Scope } from '../model/policy.ts';
import type { RegisterEntryReport, RegisterReport, RegisterUse } from '../model/report.ts';
import type { UsageQuarter } from '../model/tool.ts';
import { compareHosts, compareText } from '../net/address.ts';
import { isPseudonym } from '../text/pseudonym.ts';
import { formatInstant } from '../time/instant.ts';
import { QUARTER_SECONDS, US } from '../time/units.ts';
import type { Zone } from '../time/zone.ts';
import { MAX_NOT_VISIBLE_SHARE, MAX_TUNNELLED_SHARE } from './limits.ts';
import { buildCover, type Observed } from './observed.ts';
import { findIdentity } from './phases.ts';
import { parseDateTime } from './policy-time.ts';
import type { Register, RegisterEntry } from './register-file.ts';
import { addUp, DEFAULT_EVIDENCE, hasUse, type RuleEvidence } from './rule-evidence.ts';
import { exemptsHost, type Groups, isWholeNetwork, namesMacs, observeScope, scopeIncludes } from './scope.ts';
import { listIdentities, type PolicySubject } from './subjects.ts';

export interface RegisterBasis {
  readonly subjects: readonly PolicySubject[];
  readonly groups: Groups['groups'];
  readonly observed: Observed;
  /** Time zone of the report, in which dates begin. */
  readonly zone: Zone;
  /** Minimum hosts of an entry next to pseudonyms: an entry with fewer would identify them. */
  readonly leastHosts: number;
  /** Null: hosts have no pseudonyms. */
  readonly pseudonymOf: ((host: string) => string) | null;
}

/** Times in Unix seconds. */
interface Dated extends Pick<RegisterEntry, 'line' | 'tool' | 'owner' | 'scope'> {
  readonly from: number;
  readonly until: number;
  /** Hosts that are in scope at any time. */
  readonly inScope: readonly PolicySubject[];
  readonly approved: UsageQuarter[][];
  readonly after: UsageQuarter[][];
  /** For some hosts it is unknown if they are in scope. */
  hasUnclear: boolean;
}

const USE = { evidence: DEFAULT_EVIDENCE };

/** Compares use with the register. Use has the same definition and confidence as for a rule. */
export function compareWithRegister({ sha256, entries }: Register, basis: RegisterBasis): RegisterReport {
  const dated = dateEntries(entries, basis);
  const byTool = groupBy(dated, ({ tool }) => tool.id);
  const uses = basis.subjects.flatMap((subject) =>
    listTools(subject).flatMap((use) => listUses(subject, use, byTool.get(use.tool) ?? [], basis)),
  );
  uses.sort(
    (a, b) => compareHosts(a.host, b.host) || compareText(a.tool, b.tool) || compareText(a.result, b.result),
  );
  const hidden = listFew(dated, basis.leastHosts);
  const isShown = (tool: string): boolean => !hidden.has(tool);
  const withoutOwner = basis.pseudonymOf !== null;
  const report = {
    sha256,
    entries: dated
      .filter(({ tool }) => isShown(tool.id))
      .map((entry) => reportEntry(entry, basis, withoutOwner)),
    uses: uses.filter(({ tool }) => isShown(tool)),
  };
  const withheld = {
    entries: dated.length - report.entries.length,
    uses: uses.length - report.uses.length,
    leastHosts: basis.leastHosts,
  };
  return hidden.size === 0 ? report : { ...report, withheld };
}

interface QuartersOfTool {
  readonly tool: string;
  readonly quarters: readonly UsageQuarter[];
}

/**
 * Lists the tools of a host. A tool can have several rows; a suspected relay is not a tool that a register could
 * contain.
 */
function listTools({ tools, providers }: PolicySubject): QuartersOfTool[] {
  const rows = groupBy([...tools, ...providers], ({ use }) => use.tool);
  rows.delete(RELAY_ID);
  return [...rows].map(([tool, all]) => ({ tool, quarters: all.flatMap(({ quarters }) => quarters) }));
}

/** Lists tools whose users an entry would identify in spite of their pseudonyms. */
function listFew(entries: readonly Dated[], leastHosts: number): ReadonlySet<string> {
  if (leastHosts < 2) return new Set();
  const few = entries.filter(({ inScope, scope }) => inScope.length < leastHosts && !isWholeNetwork(scope));
  return new Set(few.map(({ tool }) => tool.id));
}

function dateEntries(
  entries: readonly RegisterEntry[],
  { subjects, groups, zone, pseudonymOf }: RegisterBasis,
): Dated[] {
  const arePseudonyms = subjects.some(({ identity }) => isPseudonym(identity.host));
  const hosts = subjects.map((subject) => ({ subject, identities: listIdentities(subject) }));
  const cache = new Map<string, readonly PolicySubject[]>();
  const selectHosts = (scope: Scope): readonly PolicySubject[] => {
    const key = JSON.stringify(scope, (_, value: unknown) =>
      value instanceof Uint8Array ? [...value] : value,
    );
    const found =
      cache.get(key) ??
      hosts
        .filter(({ identities }) => identities.some((identity) => exemptsHost({ groups }, scope, identity)))
        .map(({ subject }) => subject);
    cache.set(key, found);
    return found;
  };
  const instant = (date: string | null, otherwise: number): number => {
    const at = date === null ? otherwise : parseDateTime(date, zone, 'any');
    return typeof at === 'number' ? at : otherwise;
  };
  return entries.map(({ line, tool, owner, scope: written, from, until }) => {
    // Windows with pseudonyms contain no address, so the key computes the pseudonym for the address of an entry.
    const named = arePseudonyms && pseudonymOf !== null ? written.hosts.map(pseudonymOf) : written.hosts;
    const scope = { ...written, hosts: named };
    return {
      line,
      tool,
      owner,
      scope,
      from: instant(from, Number.NEGATIVE_INFINITY),
      until: instant(until, Number.POSITIVE_INFINITY),
      inScope: selectHosts(scope),
      approved: [],
      after: [],
      hasUnclear: false,
    };
  });
}

/** True if an entry includes the machine; null: unknown. */
function includesMachine({ scope }: Dated, groups: Groups, identity: HostIdentity): boolean | null {
  if (exemptsHost(groups, scope, identity)) return true;
  // Any machine can announce any host name.
  if (scopeIncludes(groups, scope, identity)) return null;
  return identity.mac === null && namesMacs(groups, scope) ? null : false;
}

/** Lists use of one tool on one host that no entry approves. Approved use is added to the entries. */
function listUses(
  subject: PolicySubject,
  use: QuartersOfTool,
  entries: readonly Dated[],
  { groups }: RegisterBasis,
): RegisterUse[] {
  const cache = new Map<HostIdentity, readonly (boolean | null)[]>();
  const meaning = (identity: HostIdentity): readonly (boolean | null)[] => {
    const found = cache.get(identity) ?? entries.map((entry) => includesMachine(entry, { groups }, identity));
    cache.set(identity, found);
    return found;
  };
  const byResult = new Map<RegisterResult, { quarters: UsageQuarter[]; lines: Set<number> }>();
  const own = entries.map(() => ({ approved: [] as UsageQuarter[], after: [] as UsageQuarter[] }));
  for (const quarter of use.quarters) {
    if (!hasUse(USE, [quarter])) continue;
    const { startSeconds: at } = quarter;
    const includes = meaning(findIdentity(subject, { use }, at));
    for (const [i, entry] of entries.entries()) {
      if (includes[i] === null && at < entry.until && at >= entry.from) entry.hasUnclear = true;
      if (includes[i] !== true) continue;
      if (at >= entry.until) own[i]?.after.push(quarter);
      else if (at >= entry.from) own[i]?.approved.push(quarter);
    }
    const { result, lines } = findResult(at, entries, includes);
    if (result === null) continue;
    const found = byResult.get(result) ?? { quarters: [], lines: new Set<number>() };
    byResult.set(result, found);
    found.quarters.push(quarter);
    for (const line of lines) found.lines.add(line);
  }
  for (const [i, { approved, after }] of own.entries()) {
    if (approved.length > 0) entries[i]?.approved.push(approved);
    if (after.length > 0) entries[i]?.after.push(after);
  }
  return [...byResult].map(([result, { quarters, lines }]): RegisterUse => {
    const sum = addUp(USE, quarters);
    return {
      host: subject.identity.host,
      tool: use.tool,
      result,
      confidence: isSure(sum) && sum.confidence !== null ? sum.confidence : 'possible',
      first: formatInstant(sum.firstUs),
      last: formatInstant(sum.lastUs),
      lines: [...lines].sort((a, b) => a - b),
    };
  });
}

/** Returns null if the use is approved. */
function findResult(
  at: number,
  entries: readonly Dated[],
  includes: readonly (boolean | null)[],
): { readonly result: RegisterResult | null; readonly lines: readonly number[] } {
  const isInTime = ({ from, until }: Dated): boolean => at >= from && at < until;
  const selectEntries = (means: boolean | null): Dated[] => entries.filter((_, i) => includes[i] === means);
  const sure = selectEntries(true);
  if (sure.some(isInTime)) return { result: null, lines: [] };
  const unclear = selectEntries(null).filter(isInTime);
  const [result, named]: [RegisterResult, readonly Dated[]] =
    unclear.length > 0
      ? ['unclear', unclear]
      : sure.length > 0
        ? ['outsideTime', sure]
        : entries.length > 0
          ? ['outsideScope', entries]
          : ['noEntry', []];
  return { result, lines: named.map(({ line }) => line) };
}

/** True if use is certain. Logs show no requests, so the confidence alone decides for them. */
const isSure = ({ qualifies, requests, provenRequests }: RuleEvidence): boolean =>
  qualifies && (requests === null || provenRequests > 0);

function reportEntry(entry: Dated, basis: RegisterBasis, withoutOwner: boolean): RegisterEntryReport {
  const { line, tool, owner, from, until, approved, after, hasUnclear } = entry;
  const { whole, sinceSeconds, untilSeconds } = basis.observed;
  const begin = Math.max(
    sinceSeconds ?? Number.NEGATIVE_INFINITY,
    (whole?.fromUs ?? Number.POSITIVE_INFINITY) / US,
  );
  const end = Math.min(
    untilSeconds ?? Number.POSITIVE_INFINITY,
    (whole?.untilUs ?? Number.NEGATIVE_INFINITY) / US,
  );
  const sums = approved.map((quarters) => addUp(USE, quarters));
  const firstUs = Math.min(...sums.map((sum) => sum.firstUs));
  const use = findObservedUse(entry, basis, sums, {
    from: Math.max(from, begin),
    until: Math.min(until, end),
  });
  return {
    line,
    tool: tool.id,
    name: tool.name,
    ...(withoutOwner || owner === null ? {} : { owner }),
    hosts: sums.filter(isSure).length,
    first: sums.length === 0 ? null : formatInstant(firstUs),
    ...use,
    ...(hasUnclear && use.answer === 'unused' ? { answer: 'possible' as const } : {}),
    removed:
      until >= end
        ? null
        : {
            since: formatInstant(until * US),
            ...findObservedUse(
              entry,
              basis,
              after.map((quarters) => addUp(USE, quarters)),
              { from: Math.max(until, begin), until: end },
            ),
          },
  };
}

type ObservedUse = Pick<RegisterEntryReport, 'answer' | 'last' | 'hostsSeen' | 'observedSeconds'>;

/** Times in Unix seconds. */
interface Times {
  readonly from: number;
  readonly until: number;
}

function findObservedUse(
  { scope, inScope }: Dated,
  { groups, observed }: RegisterBasis,
  sums: readonly RuleEvidence[],
  times: Times,
): ObservedUse {
  const seen = times.from < times.until ? inScope.filter((subject) => isSeenIn(subject, times)) : [];
  const hosts = seen.map(({ identity }) => identity.host);
  const span = { fromUs: times.from * US, untilUs: times.until * US };
  const observedUs =
    seen.length === 0
      ? 0
      : buildCover(observed.spansOf(observeScope({ groups }, scope, hosts)), span).observedUs;
  const none: EntryUse = observedUs > 0 ? 'unused' : 'cannotSay';
  return {
    answer: sums.some(isSure) ? 'used' : sums.length > 0 ? 'possible' : none,
    last: sums.length === 0 ? null : formatInstant(Math.max(...sums.map(({ lastUs }) => lastUs))),
    hostsSeen: seen.length,
    observedSeconds: Math.round(observedUs / US),
  };
}

/** True if a host was observable: most of its traffic was neither hidden nor lost. */
function isSeenIn({ activity }: PolicySubject, { from, until }: Times): boolean {
  let [bytes, hidden, tunnels] = [0, 0, 0];
  for (const quarter of activity) {
    if (quarter.startSeconds + QUARTER_SECONDS <= from || quarter.startSeconds >= until) continue;
    bytes += quarter.bytes;
    hidden += quarter.notVisibleBytes + quarter.lostBytes;
    tunnels += quarter.tunnelBytes;
  }
  return bytes > 0 && hidden <= bytes * MAX_NOT_VISIBLE_SHARE && tunnels <= bytes * MAX_TUNNELLED_SHARE;
}
