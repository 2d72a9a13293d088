// Compares two documents of one source about two spans, by tool and by host, as far as both spans were observed.

import type {
  Change,
  ComparedHost,
  ComparedSpan,
  ComparedTool,
  Comparison,
  Finding,
  HostReport,
  HostState,
  ReportDocument,
  ToolUse,
} from '../../model/report.ts';
import { compareText, sortHosts } from '../../net/address.ts';
import { DAY_SECONDS } from '../../time/units.ts';
import { type Narrowing, narrowTo } from '../document/narrow.ts';
import { readerZone } from '../text/instant-text.ts';
import { buildChange, buildChanges, type Comparing, Sums } from './comparison-sums.ts';
import { findObservation, isObserved, listLimits, type Side } from './observation.ts';

/**
 * Compares the hosts that match in either document, and the requested uses. A host that matches in only one of them,
 * because of its use there, is looked up in both. Otherwise it would seem to have appeared or disappeared.
 */
export function compareParts(
  before: ReportDocument,
  after: ReportDocument,
  isSelected: (host: HostReport) => boolean,
  narrowing: Narrowing,
): Comparison | null {
  const names = new Set(
    [before, after].flatMap(({ hosts }) => hosts.filter(isSelected).map(({ host }) => host)),
  );
  const takePart = (document: ReportDocument): ReportDocument =>
    narrowTo(document, ({ host }) => names.has(host), narrowing);
  return compare(takePart(before), takePart(after));
}

/** Returns null if one of the documents has no span, because no windows are kept for it. */
export function compare(before: ReportDocument, after: ReportDocument): Comparison | null {
  const zone = readerZone(after);
  const [old, now] = [findObservation(before, zone), findObservation(after, zone)];
  if (old === null || now === null) return null;
  const [left, right] = [buildSide(before, old), buildSide(after, now)];
  const limits = listLimits(left, right, zone);
  const comparing: Comparing = {
    isComparable: left.isObserved && right.isObserved,
    areObserved: { before: left.isObserved, after: right.isObserved },
    hasPolicy: before.findings !== undefined && after.findings !== undefined,
    areRulesAlike: !limits.some(({ limit }) => limit === 'rule'),
    days: left.isObserved && right.isObserved ? findUnequalDays(old, now) : null,
  };
  const hosts = compareHosts(left, right, comparing);
  return {
    before: old,
    after: now,
    isComparable: comparing.isComparable,
    limits,
    all: {
      hosts: buildChange(left.used.size, right.used.size, comparing),
      ...buildChanges(left.all, right.all, comparing),
    },
    tools: compareTools(left, right, comparing),
    hosts,
  };
}

/** Above this difference in observed time, sums of both spans are not comparable. */
const UNEQUAL = 0.005;

function findUnequalDays(before: ComparedSpan, after: ComparedSpan): Comparing['days'] {
  const [old, now] = [before.observedSeconds, after.observedSeconds];
  return Math.abs(old - now) <= UNEQUAL * Math.max(old, now)
    ? null
    : { before: old / DAY_SECONDS, after: now / DAY_SECONDS };
}

interface ToolSums extends Sums {
  readonly hosts: Set<string>;
}

interface HostSums extends Sums {
  readonly host: HostReport;
  readonly tools: Set<string>;
}

interface ComparedSide extends Side {
  readonly isObserved: boolean;
  readonly all: Sums;
  readonly tools: ReadonlyMap<string, SummedTool>;
  readonly hosts: ReadonlyMap<string, HostSums>;
  /** Hosts with use. */
  readonly used: ReadonlySet<string>;
}

interface SummedTool {
  readonly tool: string;
  readonly name: string;
  readonly isProvider: boolean;
  readonly sums: ToolSums;
}

function buildSide(document: ReportDocument, span: Side['span']): ComparedSide {
  const all = new Sums();
  const tools = new Map<string, SummedTool>();
  const hosts = new Map<string, HostSums>();
  const used = new Set<string>();
  for (const host of document.hosts) {
    const ofHost = Object.assign(new Sums(), { host, tools: new Set<string>() });
    hosts.set(host.host, ofHost);
    for (const [use, isProvider] of listUses(host)) {
      const key = getKey(use.tool, isProvider);
      const seen = tools.get(key) ?? buildSummedTool(use, isProvider);
      tools.set(key, seen);
      seen.sums.hosts.add(host.host);
      ofHost.tools.add(use.tool);
      used.add(host.host);
      for (const sums of [all, ofHost, seen.sums]) sums.add(use);
    }
  }
  for (const finding of document.findings ?? []) addFinding(finding, all, tools, hosts);
  const side = { document, span };
  return { ...side, isObserved: isObserved(side.span), all, tools, hosts, used };
}

const getKey = (tool: string, isProvider: boolean): string => `${isProvider ? 'provider' : 'tool'} ${tool}`;

const buildSummedTool = ({ tool, name }: ToolUse, isProvider: boolean): SummedTool => ({
  tool,
  name,
  isProvider,
  sums: Object.assign(new Sums(), { hosts: new Set<string>() }),
});

/**
 * Yields the uses that sums include. Rows that are only possible repeat the figures of another row, or are in no sum.
 */
function* listUses({ tools, providers }: HostReport): Iterable<readonly [ToolUse, boolean]> {
  for (const use of tools) if (use.confidence !== 'possible') yield [use, false];
  for (const use of providers) yield [use, true];
}

function addFinding(
  { host, tool, result }: Finding,
  all: Sums,
  tools: ReadonlyMap<string, SummedTool>,
  hosts: ReadonlyMap<string, HostSums>,
): void {
  if (result !== 'violation') return;
  const seen = tools.get(getKey(tool, false)) ?? tools.get(getKey(tool, true));
  for (const sums of [all, seen?.sums, hosts.get(host)]) sums?.addViolation();
}

const NO_SUMS = new Sums();

function compareTools(before: ComparedSide, after: ComparedSide, comparing: Comparing): ComparedTool[] {
  const hidden = new Set(
    [before, after].flatMap(({ document }) =>
      document.tools.filter((tool) => tool.suppressed === true).map(({ tool }) => tool),
    ),
  );
  const bytes = (key: string): number =>
    [before, after].reduce((sum, side) => sum + (side.tools.get(key)?.sums.bytes ?? 0), 0);
  const keys = [...new Set([...before.tools.keys(), ...after.tools.keys()])];
  return keys
    .map((key) => ({ key, bytes: bytes(key) }))
    .sort((a, b) => b.bytes - a.bytes || compareText(a.key, b.key))
    .flatMap(({ key }) => {
      const [old, now] = [before.tools.get(key), after.tools.get(key)];
      const seen = now ?? old;
      if (seen === undefined) return [];
      const isHidden = !seen.isProvider && hidden.has(seen.tool);
      return [isHidden ? withholdTool(seen, comparing) : compareTool(seen, old, now, after, comparing)];
    });
}

function compareTool(
  { tool, name, isProvider }: SummedTool,
  old: SummedTool | undefined,
  now: SummedTool | undefined,
  after: ComparedSide,
  comparing: Comparing,
): ComparedTool {
  const [left, right] = [old?.sums.hosts ?? NONE, now?.sums.hosts ?? NONE];
  const only = (hosts: ReadonlySet<string>, isSelected: (host: string) => boolean): string[] | null =>
    comparing.isComparable ? sortHosts([...hosts].filter(isSelected)) : null;
  const isThere = (host: string): boolean => isOnNetwork(after.hosts.get(host));
  return {
    tool,
    name,
    isProvider,
    hosts: buildChange(left.size, right.size, comparing),
    ...buildChanges(old?.sums ?? NO_SUMS, now?.sums ?? NO_SUMS, comparing),
    newHosts: only(right, (host) => !left.has(host)),
    goneHosts: only(left, (host) => !right.has(host) && isThere(host)),
    absentHosts: only(left, (host) => !isThere(host)),
  };
}

const NONE: ReadonlySet<string> = new Set();
const WITHHELD: Change = { before: null, after: null, difference: null };

function withholdTool({ tool, name, isProvider }: SummedTool, { hasPolicy }: Comparing): ComparedTool {
  return {
    tool,
    name,
    isProvider,
    hosts: WITHHELD,
    activeMinutes: WITHHELD,
    requests: { before: null, after: null, difference: null },
    bytesUp: WITHHELD,
    bytesDown: WITHHELD,
    telemetryPayloadUp: { before: null, after: null, difference: null },
    violations: hasPolicy ? WITHHELD : null,
    newHosts: null,
    goneHosts: null,
    absentHosts: null,
    suppressed: true,
  };
}

function compareHosts(before: ComparedSide, after: ComparedSide, comparing: Comparing): ComparedHost[] {
  const names = new Set([...before.hosts.keys(), ...after.hosts.keys()]);
  const shown = [...names].filter((host) =>
    [before, after].some((side) => hasRows(side.hosts.get(host)?.host)),
  );
  return sortHosts(shown).map((host) => compareHost(host, before, after, comparing));
}

const hasRows = (host: HostReport | undefined): boolean =>
  host !== undefined && host.tools.length + host.providers.length > 0;

function compareHost(
  host: string,
  before: ComparedSide,
  after: ComparedSide,
  comparing: Comparing,
): ComparedHost {
  const [old, now] = [before.hosts.get(host), after.hosts.get(host)];
  const only = (these: HostSums | undefined, others: HostSums | undefined): string[] | null =>
    comparing.isComparable
      ? [...(these?.tools ?? NONE)].filter((tool) => !others?.tools.has(tool)).sort(compareText)
      : null;
  return {
    host,
    name: now?.host.name ?? old?.host.name ?? null,
    groups: now?.host.groups ?? old?.host.groups ?? [],
    before: getState(before, old),
    after: getState(after, now),
    ...buildChanges(old ?? NO_SUMS, now ?? NO_SUMS, comparing),
    newTools: only(now, old),
    goneTools: only(old, now),
  };
}

/** Observed use counts, even if little of the span was observed. Without observed use, use may have been missed. */
function getState(side: ComparedSide, sums: HostSums | undefined): HostState {
  if (sums !== undefined && sums.tools.size > 0) return 'used';
  if (hasRows(sums?.host)) return 'possible';
  if (!side.isObserved) return 'unknown';
  return isOnNetwork(sums) ? 'notSeen' : 'absent';
}

const isOnNetwork = (sums: HostSums | undefined): boolean =>
  sums !== undefined && (sums.host.presence.length > 0 || hasRows(sums.host));
