// Tests exported entries with recorded traffic of the tools of a rule: which entries would have matched, and which
// traffic would have passed.

import type { Role } from '../../model/catalogue-words.ts';
import type { Policy } from '../../model/policy.ts';
import type { HostTool } from '../../model/tool.ts';
import type { UsageRow, UsageWindow } from '../../model/usage.ts';
import { compareText, networkContains, parseAddress, parseNetwork } from '../../net/address.ts';
import { matchesGlob } from '../../text/glob.ts';
import { formatInstant } from '../../time/instant.ts';
import { matchTraffic } from '../matched-traffic.ts';
import { isGateway } from '../paths.ts';
import { exemptsHost, isExcluded, ruleIncludes } from '../scope.ts';
import type { PolicySubject } from '../subjects.ts';
import type { Reach } from './export-formats.ts';
import type { BlockedName, BlockPlan } from './plan.ts';

/** The reason why an export lets traffic pass. */
export type PassReason =
  | 'noEntry'
  | 'noDnsQuestion'
  | 'proxied'
  | 'notProxied'
  | 'quic'
  | 'addressOnly'
  | 'exempt';

export const PASS_WORDS: Readonly<Record<PassReason, string>> = {
  noEntry: 'no entry of the export names it',
  noDnsQuestion:
    'no DNS query for the name was recorded: another resolver, an encrypted one, or an answer kept from before',
  proxied: 'it goes to a proxy, which this device does not look into',
  notProxied: 'it does not go through a proxy',
  quic: 'it is QUIC, which this device does not look into',
  addressOnly: 'only its address is known, and the export has names',
  exempt: 'its host is exempt, or a gateway',
};

export interface Outcome {
  readonly result: 'matched' | 'passed';
  /** The name or network as the policy exports it, in the form of the entry. */
  readonly entry: string | null;
  readonly by: 'name' | 'suffix' | 'pattern' | 'network' | null;
  readonly reason: PassReason | null;
}

export interface Attempt {
  readonly name: string;
  readonly transport: string;
  readonly proxy: string | null;
  readonly ports: readonly number[];
  readonly hosts: number;
  readonly flows: number;
  readonly first: string;
  readonly last: string;
  /** Results by format of the export. */
  readonly formats: Readonly<Record<string, Outcome>>;
}

export interface FormatSum {
  readonly format: string;
  readonly matched: number;
  readonly passed: number;
  readonly entries: readonly { readonly entry: string; readonly flows: number }[];
}

export interface AgainstRule {
  readonly rule: string;
  readonly title: string;
  /** Flows by format, and the entries that matched any. */
  readonly formats: readonly FormatSum[];
  readonly attempts: readonly Attempt[];
}

interface Gathered {
  readonly row: UsageRow;
  readonly isAsked: boolean;
  readonly isExempt: boolean;
  readonly hosts: Set<string>;
  readonly ports: Set<number>;
  flows: number;
  firstUs: number;
  lastUs: number;
}

/** Returns one part for each exported rule, in their order. */
export function testAgainst(
  policy: Policy,
  plans: readonly BlockPlan[],
  reaches: Readonly<Record<string, Reach>>,
  subjects: readonly PolicySubject[],
  windows: readonly UsageWindow[],
): AgainstRule[] {
  const questions = new Set(
    windows.flatMap((window) => window.queriedNames.map(({ host, name }) => `${host} ${name}`)),
  );
  return plans.map((plan) => {
    const groups = new Map<string, Gathered>();
    for (const subject of subjects) collectGroups(policy, plan, subject, questions, groups);
    const attempts = [...groups]
      .sort((a, b) => compareText(a[0], b[0]))
      .map(([, group]) => buildAttempt(plan, reaches, group));
    const formats = Object.keys(reaches).map((format) => sumAttempts(format, attempts));
    return { rule: plan.rule.id, title: plan.rule.title, formats, attempts };
  });
}

function isIn(cidr: string, host: string): boolean {
  const [network, address] = [parseNetwork(cidr), parseAddress(host)];
  return network !== null && address !== null && networkContains(network, address);
}

/** Collects hosts that are in scope at any time, because an export has no dates. */
function collectGroups(
  policy: Policy,
  { rule, allowed }: BlockPlan,
  subject: PolicySubject,
  questions: ReadonlySet<string>,
  groups: Map<string, Gathered>,
): void {
  const { identity } = subject;
  if (isExcluded(policy, identity) || !ruleIncludes(policy, rule, identity)) return;
  const isExempt =
    isGateway(rule, identity) ||
    allowed.some(({ cidr }) => isIn(cidr, identity.host)) ||
    policy.exceptions.some((item) => item.rule === rule.id && exemptsHost(policy, item.scope, identity));
  const rows = new Set<UsageRow>();
  for (const { whole, names } of matchTraffic(policy, rule, subject))
    for (const row of listRows(whole, names)) rows.add(row);
  for (const row of rows) {
    const isAsked = questions.has(`${row.host} ${row.name}`);
    const key = [row.name, usageRowTransport(row), row.proxy ?? '', isAsked, isExempt].join(' ');
    const group = groups.get(key) ?? {
      row,
      isAsked,
      isExempt,
      hosts: new Set<string>(),
      ports: new Set<number>(),
      flows: 0,
      firstUs: Number.POSITIVE_INFINITY,
      lastUs: 0,
    };
    groups.set(key, group);
    group.hosts.add(row.host);
    for (const port of row.serverPorts) group.ports.add(port);
    group.flows += row.flows;
    group.firstUs = Math.min(group.firstUs, row.firstUs);
    group.lastUs = Math.max(group.lastUs, row.lastUs);
  }
}

function listRows(tool: HostTool, names: ReadonlySet<string> | undefined): UsageRow[] {
  const rows: UsageRow[] = [];
  tool.selectPart?.((row: UsageRow, _role: Role, isForeign: boolean) => {
    if (!isForeign && (names === undefined || names.has(row.name))) rows.push(row);
    return false;
  });
  return rows;
}

const usageRowTransport = ({ fingerprint }: UsageRow): string => fingerprint?.transport ?? 'tcp';

function buildAttempt(
  plan: BlockPlan,
  reaches: Readonly<Record<string, Reach>>,
  { row, isAsked, isExempt, hosts, ports, flows, firstUs, lastUs }: Gathered,
): Attempt {
  const formats = Object.entries(reaches).map(([format, reach]): [string, Outcome] => [
    format,
    findOutcome(plan, reach, row, isAsked, isExempt),
  ]);
  return {
    name: row.name,
    transport: usageRowTransport(row),
    proxy: row.proxy,
    ports: [...ports].sort((a, b) => a - b),
    hosts: hosts.size,
    flows,
    first: formatInstant(firstUs),
    last: formatInstant(lastUs),
    formats: Object.fromEntries(formats),
  };
}

const makePassed = (reason: PassReason): Outcome => ({ result: 'passed', entry: null, by: null, reason });

function findOutcome(
  plan: BlockPlan,
  reach: Reach,
  row: UsageRow,
  isAsked: boolean,
  isExempt: boolean,
): Outcome {
  if (isExempt && reach.hasScope) return makePassed('exempt');
  const { sees } = reach;
  const network = reach.hasNetworks && row.proxy === null ? findNetwork(plan, row) : null;
  if (network !== null) return { result: 'matched', entry: network, by: 'network', reason: null };
  if (reach.names === 'none') return makePassed(row.proxy === null ? 'noEntry' : 'proxied');
  if (row.name.startsWith('[')) return makePassed('addressOnly');
  const name = plan.names.find((blocked) => holds(blocked, row.name, reach));
  if (name === undefined) return makePassed('noEntry');
  const reason = getUnseenReason(sees, row, isAsked);
  if (reason !== null) return makePassed(reason);
  const by = name.match === 'exact' ? 'name' : name.match === 'suffix' ? 'suffix' : 'pattern';
  return {
    result: 'matched',
    entry: name.match === 'suffix' ? `*.${name.name}` : name.name,
    by,
    reason: null,
  };
}

function holds(blocked: BlockedName, name: string, { names, hasGlobs }: Reach): boolean {
  if (blocked.match === 'glob') return hasGlobs && matchesGlob(blocked.name, name, 1);
  if (blocked.name === name) return true;
  return (blocked.match === 'suffix' || names === 'below') && name.endsWith(`.${blocked.name}`);
}

/** Returns null if the device sees the name. */
function getUnseenReason(
  sees: Reach['sees'],
  { proxy, fingerprint }: UsageRow,
  isAsked: boolean,
): PassReason | null {
  if (proxy !== null) return sees.includes('connect') || sees.includes('tls') ? null : 'proxied';
  if (sees.includes('dns') && isAsked) return null;
  const isQuic = fingerprint?.transport === 'quic';
  if (sees.includes(isQuic ? 'quic' : 'tls')) return null;
  if (sees.includes('connect')) return 'notProxied';
  return isQuic && sees.includes('tls') ? 'quic' : 'noDnsQuestion';
}

function findNetwork({ networks }: BlockPlan, { servers }: UsageRow): string | null {
  for (const { cidr } of networks) {
    const network = parseNetwork(cidr);
    if (network === null) continue;
    const isInside = (server: string): boolean => {
      const address = parseAddress(server);
      return address !== null && networkContains(network, address);
    };
    if (servers.length > 0 && servers.every(isInside)) return cidr;
  }
  return null;
}

function sumAttempts(format: string, attempts: readonly Attempt[]): FormatSum {
  const entries = new Map<string, number>();
  let [matched, through] = [0, 0];
  for (const { flows, formats } of attempts) {
    const outcome = formats[format];
    if (outcome?.result !== 'matched') {
      through += flows;
      continue;
    }
    matched += flows;
    const entry = outcome.entry ?? '';
    entries.set(entry, (entries.get(entry) ?? 0) + flows);
  }
  return {
    format,
    matched,
    passed: through,
    entries: [...entries].sort((a, b) => compareText(a[0], b[0])).map(([entry, flows]) => ({ entry, flows })),
  };
}
