// Finds the paths of use: through the gateways and proxies of a rule, directly to the provider, or unknown.

import type { Role } from '../model/catalogue-words.ts';
import { MAX_SERVERS } from '../model/ceilings.ts';
import { PATH_RULE } from '../model/findings.ts';
import { groupBy } from '../model/grouped-by.ts';
import { omitEmpty } from '../model/omit-undefined.ts';
import type { HostIdentity, Rule, Via } from '../model/policy.ts';
import type { PathFacts } from '../model/policy-summary.ts';
import type { EvidenceItem, PathDay, RuleSummary } from '../model/report.ts';
import { asDetail, mapTexts, phrase, type Sentence } from '../model/sentences.ts';
import type { HostTool } from '../model/tool.ts';
import type { UsageRow } from '../model/usage.ts';
import {
  canonicalAddress,
  compareHosts,
  compareText,
  formatNetwork,
  networkContains,
  parseAddress,
} from '../net/address.ts';
import { isPrivate, withoutPrivate } from '../net/private-networks.ts';
import { matchesGlob } from '../text/glob.ts';
import { isPseudonym } from '../text/pseudonym.ts';
import { formatInstant } from '../time/instant.ts';
import { floorToQuarter, US } from '../time/units.ts';

/**
 * through: a gateway of the rule. around: directly to the provider. unclear: another proxy, a private address, an
 * unknown name, or a flow whose packets prove nothing. unknown: no record shows the path.
 */
export const PATHS = ['through', 'around', 'unclear', 'unknown'] as const;
export type Path = (typeof PATHS)[number];

/** Returns a value for each path. */
export const forPaths = <T>(makeValue: (path: Path) => T): Record<Path, T> => ({
  through: makeValue('through'),
  around: makeValue('around'),
  unclear: makeValue('unclear'),
  unknown: makeValue('unknown'),
});

interface RowOnPath {
  readonly row: UsageRow;
  readonly role: Role;
  readonly path: Path;
  /** The reason; null for paths without evidence. */
  readonly sentence: Sentence | null;
}

export interface ToolPaths {
  readonly around: HostTool | null;
  readonly unclear: HostTool | null;
  /** True if traffic took that path in some quarter hours (their starts, Unix time). */
  readonly isOn: (path: Path, quarters: ReadonlySet<number>) => boolean;
  /** Rows of a gateway of the rule. Only the rule describes it, because catalogues do not list it. */
  readonly gatewayRows: readonly UsageRow[];
  /** Returns connections of some quarter hours, by day. */
  readonly daysIn: (quarters: ReadonlySet<number>, dayOf: (seconds: number) => string) => PathCounts[];
  /** Returns evidence of the path in some quarter hours. */
  readonly evidenceIn: (path: Path, quarters: ReadonlySet<number>) => EvidenceItem[];
}

/** True for a gateway itself, whose own traffic to the provider is allowed. */
export function isGateway({ id, via }: Pick<Rule, 'id' | 'via'>, identity: HostIdentity): boolean {
  if (via === null) return false;
  if (identity.groups.includes(gatewayGroup(id))) return true;
  return [identity.host, ...(identity.addresses ?? [])].some((address) => isGatewayAddress(via, address));
}

/** Returns a group whose name cannot collide with others, because ids contain no blanks. */
export const gatewayGroup = (rule: string): string => `via ${rule}`;

/** Finds the paths of a tool. `names`: names of the relevant traffic; null: all. */
export function buildPaths(via: Via, tool: HostTool, names: ReadonlySet<string> | null = null): ToolPaths {
  const rows = listRows(via, tool, names);
  const selectPart = (path: Path): HostTool | null => {
    const pathRows = new Set(rows.filter((entry) => entry.path === path).map(({ row }) => row));
    return pathRows.size === 0 ? null : (tool.selectPart?.((row) => pathRows.has(row)) ?? null);
  };
  return {
    around: selectPart('around'),
    unclear: selectPart('unclear'),
    isOn: (path, quarters) => rows.some((entry) => entry.path === path && isIn(quarters, entry.row)),
    gatewayRows: rows
      .filter(({ path, role }) => path === 'through' && role === 'relay')
      .map(({ row }) => row),
    daysIn: (quarters, dayOf) =>
      countDays(
        rows.filter(({ row }) => quarters.has(floorToQuarter(row.firstUs / US))),
        dayOf,
      ),
    evidenceIn: (path, quarters) =>
      listItems(
        via,
        rows.filter((entry) => entry.path === path && isIn(quarters, entry.row)),
      ),
  };
}

const isIn = (quarters: ReadonlySet<number>, { firstUs, lastUs }: UsageRow): boolean =>
  [firstUs, lastUs].some((us) => quarters.has(floorToQuarter(us / US)));

function listRows(via: Via, tool: HostTool, names: ReadonlySet<string> | null): RowOnPath[] {
  const seen: { readonly row: UsageRow; readonly role: Role; readonly sensor: string }[] = [];
  tool.selectPart?.((row, role, isForeign, sensor) => {
    if (!isForeign && (names === null || names.has(row.name))) seen.push({ row, role, sensor });
    return false;
  });
  const proofs = new Map<string, number>();
  for (const { row } of seen) {
    const key = formatFlowsKey(row);
    proofs.set(key, (proofs.get(key) ?? 0) + row.answeredSlices - row.contradictedSlices);
  }
  return seen.map(({ row, role, sensor }) => {
    const found = findPath(via, row, role, sensor);
    const isProven = (proofs.get(formatFlowsKey(row)) ?? 0) > 0;
    if (found.path !== 'around' || isProven) return { row, role, ...found };
    return { row, role, path: 'unclear', sentence: phrase('pathUnproven', { name: row.name }) };
  });
}

/** Identifies flows of one program to one name and one set of servers. */
const formatFlowsKey = ({ name, fingerprint, proxy, servers }: UsageRow): string =>
  [name, fingerprint?.ja3 ?? '', fingerprint?.ja4 ?? '', proxy ?? '', ...servers].join(' ');

function findPath(via: Via, row: UsageRow, role: Role, sensor: string): Pick<RowOnPath, 'path' | 'sentence'> {
  const { name, proxy, servers } = row;
  if (proxy === null && via.names.some((pattern) => matchesGlob(pattern, name, 0)))
    return { path: 'through', sentence: null };
  if (row.loggedSlices > 0 && isLogOf(via, sensor)) return { path: 'through', sentence: null };
  const others = servers.filter((server) => !isGatewayAddress(via, server));
  const where = servers.map(canonicalAddress).join(', ');
  if (servers.length > 0 && others.length === 0) return { path: 'through', sentence: null };
  // The row of a proxy's log has the address of the provider, but not of the proxy.
  if (servers.length === 0 || (proxy !== null && row.loggedSlices > 0))
    return { path: 'unknown', sentence: null };
  if (others.length < servers.length)
    return { path: 'unclear', sentence: phrase('pathMixed', { name, where }) };
  if (proxy !== null) return { path: 'unclear', sentence: phrase('pathProxy', { name, where }) };
  if (role === 'relay') return { path: 'unclear', sentence: phrase('pathRelay', { name, where }) };
  if (others.some(isPrivate)) return { path: 'unclear', sentence: phrase('pathPrivate', { name, where }) };
  return { path: 'around', sentence: phrase('pathDirect', { name, where }) };
}

export function isGatewayAddress(via: Via, address: string): boolean {
  const bytes = parseAddress(address);
  return bytes !== null && via.networks.some((network) => networkContains(network, bytes));
}

/** True for a sensor that reads the log of a gateway. A sum of windows joins the names of its sensors with '+'. */
export const isLogOf = ({ logs }: Via, sensor: string): boolean =>
  logs.length > 0 && sensor.split('+').every((part) => logs.some((pattern) => matchesGlob(pattern, part, 0)));

export const listGateways = ({ networks, names, logs }: Via): string[] => [
  ...networks.map(networkText),
  ...names,
  ...logs,
];

const networkText = (network: Via['networks'][number]): string => {
  const text = formatNetwork(network);
  return network.bits === network.bytes.length * 8 ? text.slice(0, text.indexOf('/')) : text;
};

function listItems(via: Via, rows: readonly RowOnPath[]): EvidenceItem[] {
  const isHidden = rows.some(({ row }) => isPseudonym(row.host));
  const names = listGateways(via).join(', ');
  return [...groupBy(rows, ({ sentence }) => sentence?.text ?? '')]
    .sort((a, b) => compareText(a[0], b[0]))
    .flatMap(([, group]): EvidenceItem[] => {
      const first = group[0]?.sentence ?? null;
      if (first === null) return [];
      const sentence = phrase('onPath', { said: first, via: names });
      const lines = group.map(({ row }) => row);
      const ids = new Set(lines.flatMap(({ communityIds }) => communityIds));
      return [
        {
          kind: lines.some(({ proxy }) => proxy !== null) ? 'proxy' : 'network',
          rule: PATH_RULE,
          ...asDetail(isHidden ? mapTexts(sentence, withoutPrivate) : sentence),
          for: true,
          first: formatInstant(
            lines.reduce((least, row) => Math.min(least, row.firstUs), Number.POSITIVE_INFINITY),
          ),
          last: formatInstant(lines.reduce((most, row) => Math.max(most, row.lastUs), 0)),
          flows: lines.reduce((sum, { flows }) => sum + flows, 0),
          communityIds: [...ids].sort(compareText).slice(0, MAX_IDS),
        },
      ];
    });
}

const MAX_IDS = 8;

/** Collects hosts and days by path. */
export type FoundPaths = Readonly<Record<Path, Set<string>>> & { readonly days: PathDay[] };

export const buildNoPaths = (): FoundPaths => ({ ...forPaths(() => new Set<string>()), days: [] });

export function narrowPaths(
  paths: PathFacts,
  isWantedHost: (host: string) => boolean,
  isWantedTool: (tool: string) => boolean,
): PathFacts {
  return {
    ...forPaths((path) => new Set([...paths[path]].filter(isWantedHost))),
    days: paths.days.filter(({ host, tool }) => isWantedHost(host) && isWantedTool(tool)),
  };
}

/** Lists hosts as in the summary of a rule. */
export function listPaths(paths: PathFacts): NonNullable<RuleSummary['paths']> {
  return {
    ...forPaths((path) => [...paths[path]].sort(compareHosts)),
    days: paths.days.toSorted(
      (a, b) => compareHosts(a.host, b.host) || compareText(a.tool, b.tool) || compareText(a.date, b.date),
    ),
  };
}

/** True for a row that passed a gateway, independent of its name. */
export const hasPassed = (via: Via, row: UsageRow, sensor: string): boolean =>
  findPath(via, row, 'inference', sensor).path === 'through';

/** Counts completed connections by path, and states if each row of the use certainly passed a gateway. */
export function countPaths(
  via: Via,
  tool: HostTool,
): { readonly counts: Readonly<Record<Path, number>>; readonly isWhole: boolean } {
  const rows = listRows(via, tool, null);
  const counts = forPaths(() => 0);
  for (const { row, path } of rows) counts[path] += completedFlows(row);
  return { counts, isWhole: rows.length > 0 && rows.every(({ path }) => path === 'through') };
}

export const completedFlows = ({ flows, failedFlows }: UsageRow): number => Math.max(0, flows - failedFlows);

/** The connections of one day by path, without host and tool. */
export type PathCounts = Omit<PathDay, 'host' | 'tool'>;

/** Counts completed connections by day. A connection counts on the day of its first window. */
function countDays(rows: readonly RowOnPath[], dayOf: (seconds: number) => string): PathCounts[] {
  const days = new Map<string, Record<Path, number> & { readonly direct: Map<string, Direct> }>();
  for (const { row, path } of rows) {
    const flows = completedFlows(row);
    if (flows === 0) continue;
    const date = dayOf(Math.floor(row.firstUs / US));
    const day = days.get(date) ?? { ...forPaths(() => 0), direct: new Map() };
    days.set(date, day);
    day[path] += flows;
    if (path !== 'around') continue;
    const direct = day.direct.get(row.name) ?? { servers: new Set(), flows: 0 };
    day.direct.set(row.name, direct);
    direct.flows += flows;
    for (const server of row.servers) direct.servers.add(canonicalAddress(server));
  }
  return [...days].map(([date, { direct, ...counts }]) => ({
    date,
    ...counts,
    ...omitEmpty({ direct: listDirect(direct) }),
  }));
}

interface Direct {
  readonly servers: Set<string>;
  flows: number;
}

const listDirect = (direct: ReadonlyMap<string, Direct>): NonNullable<PathDay['direct']> =>
  [...direct]
    .sort((a, b) => compareText(a[0], b[0]))
    .map(([name, { servers, flows }]) => ({
      name,
      flows,
      servers: [...servers].sort(compareHosts).slice(0, MAX_SERVERS),
    }));
