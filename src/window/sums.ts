// Sums facts with the same key, by the merge rules of src/model/usage.ts.

import {
  MAX_CLAIMS,
  MAX_COMMUNITY_IDS,
  MAX_ECH_ANSWERS,
  MAX_EXCLUDED,
  MAX_FLAWS,
  MAX_HELLO_TIMES,
  MAX_MACS,
  MAX_OF_HOST,
  MAX_QUERIED_ADDRESSES,
  MAX_RAW_EXCHANGES,
  MAX_SERVER_PORTS,
  MAX_SERVERS,
  MAX_SHARED_MACS,
} from '../model/ceilings.ts';
import { addToolSums, HOST_SUMS, makeZeros, STATS_SUMS, type ToolSums } from '../model/counters.ts';
import type { Entries } from '../model/field.ts';
import { groupBy } from '../model/grouped-by.ts';
import type { Mutable } from '../model/immutable.ts';
import {
  type CaptureGap,
  type EchAnswer,
  EXCHANGE_COUNTS,
  type ExchangeCell,
  type HiddenDestination,
  type HostClaim,
  type HostTotals,
  type MacSeen,
  type NotVisibleTraffic,
  type QueriedName,
  type UsageExchange,
  type UsageRow,
  type UsageWindow,
  type WindowStats,
} from '../model/usage.ts';
import { ANY_NETWORK } from '../model/window-words.ts';
import { compareText } from '../net/address.ts';
import { rankMacSource } from '../net/mac-source.ts';
import { listSharedMacs } from '../net/macs-seen.ts';
import { isInside } from '../net/private-networks.ts';

/** Separates the parts of a key: no name, address or fingerprint contains it. */
const SEPARATOR = '\u0000';

/** Two windows with the same key are revisions of one window. */
export function windowKey(window: Pick<UsageWindow, 'sensor' | 'startSeconds'>): string {
  return `${window.sensor}${SEPARATOR}${window.startSeconds}`;
}

export const getHost = ({ host }: { readonly host: string }): string => host;

export function rowKey(
  row: Pick<UsageRow, 'host' | 'name' | 'nameFrom' | 'fingerprint' | 'proxy' | 'userAgent'>,
): string {
  const fingerprint = row.fingerprint;
  const fingerprintKey =
    fingerprint === null
      ? ''
      : `${fingerprint.transport} ${fingerprint.ja4} ${fingerprint.ja3} ${fingerprint.ech} ${fingerprint.alpn.join('\u0001')}`;
  return [row.host, row.name, row.nameFrom, fingerprintKey, row.proxy ?? '', row.userAgent ?? ''].join(
    SEPARATOR,
  );
}

export function queriedNameKey(queriedName: Pick<QueriedName, 'host' | 'name'>): string {
  return `${queriedName.host}${SEPARATOR}${queriedName.name}`;
}

export function notVisibleKey(notVisible: Pick<NotVisibleTraffic, 'kind' | 'hint'>): string {
  return `${notVisible.kind}${SEPARATOR}${notVisible.hint}`;
}

export function destinationKey({ kind, address, name }: HiddenDestination): string {
  return [kind, address, name].join(SEPARATOR);
}

/** Returns the `limit` smallest texts of a union, sorted, so that the result does not depend on the order of joining. */
export function smallestTexts(texts: readonly string[], limit: number): string[] {
  if (texts.length < 2) return texts.slice(0, limit);
  return [...new Set(texts)].sort(compareText).slice(0, limit);
}

export function smallestNumbers(numbers: Iterable<number>, limit: number): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b).slice(0, limit);
}

/** Keeps the earliest times of a union, and the latest one. */
export function keepHelloTimes(times: Iterable<number>): number[] {
  const sorted = smallestNumbers(times, Number.POSITIVE_INFINITY);
  const latest = sorted.at(-1);
  if (sorted.length <= MAX_HELLO_TIMES || latest === undefined) return sorted;
  return [...sorted.slice(0, MAX_HELLO_TIMES - 1), latest];
}

const listNames = <K extends string>(table: Readonly<Record<K, number>>): readonly K[] =>
  Object.keys(table) as K[];

const HOST_SUM_NAMES = listNames(HOST_SUMS);
export const STATS_SUM_NAMES = listNames(STATS_SUMS);

/** Uses a loop instead of Object.fromEntries, because hundreds of thousands of rows are summed. */
export function mapFields<K extends string, V = number>(
  names: readonly K[],
  value: (name: K) => V,
): Record<K, V> {
  const fields = {} as Record<K, V>;
  for (const name of names) fields[name] = value(name);
  return fields;
}

export const sumFields = <K extends string>(
  names: readonly K[],
  a: Readonly<Record<K, number>>,
  b: Readonly<Record<K, number>>,
): Record<K, number> => mapFields(names, (name) => a[name] + b[name]);

type Servers = Pick<UsageRow, 'servers' | 'serverPorts'>;

export const joinServers = (a: Servers, b: Servers): Servers => ({
  servers: smallestTexts([...a.servers, ...b.servers], MAX_SERVERS),
  serverPorts: smallestNumbers([...a.serverPorts, ...b.serverPorts], MAX_SERVER_PORTS),
});

/**
 * Sums the traffic of a name, and joins its servers outside the network. A server inside, such as a proxy, has a pseudonym if
 * hosts have one.
 */
export function addName(sum: Mutable<Servers & ToolSums>, more: Servers & ToolSums): void {
  addToolSums(sum, more);
  const servers = more.servers.filter((server) => !sum.servers.includes(server) && !isInside(server));
  const isNew = servers.length > 0 || more.serverPorts.some((port) => !sum.serverPorts.includes(port));
  // Skipped for known servers, because most names keep their server and rows are many.
  if (isNew) Object.assign(sum, joinServers(sum, { servers, serverPorts: more.serverPorts }));
}

/** Sums rows in one object literal, because a loop over field names takes many times as long. */
export function sumRows(a: UsageRow, b: UsageRow): UsageRow {
  const { exchanges, cells } = joinExchanges(a, b);
  const { servers, serverPorts } = joinServers(a, b);
  return {
    host: a.host,
    name: a.name,
    nameFrom: a.nameFrom,
    proxy: a.proxy,
    userAgent: a.userAgent,
    fingerprint: a.fingerprint,
    firstUs: Math.min(a.firstUs, b.firstUs),
    lastUs: Math.max(a.lastUs, b.lastUs),
    openSeconds: Math.max(a.openSeconds, b.openSeconds),
    helloBytesMin: smallestAboveZero(a.helloBytesMin, b.helloBytesMin),
    helloBytesMax: Math.max(a.helloBytesMax, b.helloBytesMax),
    helloTimesUs: keepHelloTimes([...a.helloTimesUs, ...b.helloTimesUs]),
    servers,
    serverPorts,
    communityIds: smallestTexts([...a.communityIds, ...b.communityIds], MAX_COMMUNITY_IDS),
    macs: smallestTexts([...a.macs, ...b.macs], MAX_MACS),
    exchanges,
    cells,
    flows: a.flows + b.flows,
    establishedFlows: a.establishedFlows + b.establishedFlows,
    failedFlows: a.failedFlows + b.failedFlows,
    resumedFlows: a.resumedFlows + b.resumedFlows,
    midFlow: a.midFlow + b.midFlow,
    oneWay: a.oneWay + b.oneWay,
    http2Flows: a.http2Flows + b.http2Flows,
    cutShortFlows: a.cutShortFlows + b.cutShortFlows,
    answeredSlices: a.answeredSlices + b.answeredSlices,
    contradictedSlices: a.contradictedSlices + b.contradictedSlices,
    copiedHellos: a.copiedHellos + b.copiedHellos,
    packetsUp: a.packetsUp + b.packetsUp,
    packetsDown: a.packetsDown + b.packetsDown,
    bytesUp: a.bytesUp + b.bytesUp,
    bytesDown: a.bytesDown + b.bytesDown,
    payloadUp: a.payloadUp + b.payloadUp,
    payloadDown: a.payloadDown + b.payloadDown,
    lostUp: a.lostUp + b.lostUp,
    lostDown: a.lostDown + b.lostDown,
    loggedSlices: a.loggedSlices + b.loggedSlices,
    unsizedUp: a.unsizedUp + b.unsizedUp,
    unsizedDown: a.unsizedDown + b.unsizedDown,
    largeLogged: a.largeLogged + b.largeLogged,
  };
}

/** Returns the smaller value above 0; 0 means no value. */
export function smallestAboveZero(a: number, b: number): number {
  if (a === 0) return b;
  return b === 0 ? a : Math.min(a, b);
}

export type MacProof = Pick<HostTotals, 'mac' | 'macFrom'>;

/** Returns the MAC with the stronger proof; with equal proof the smaller one, so that order does not matter. */
export function strongerMac(a: MacProof, b: MacProof): MacProof {
  const x = rankMacSource(a.macFrom);
  const y = rankMacSource(b.macFrom);
  if (x !== y) return x > y ? a : b;
  return (a.mac ?? '') <= (b.mac ?? '') ? a : b;
}

export function sumHosts(a: HostTotals, b: HostTotals): HostTotals {
  const { mac, macFrom } = strongerMac(a, b);
  const firstUs = Math.min(a.firstUs, b.firstUs);
  const lastUs = Math.max(a.lastUs, b.lastUs);
  const sums = sumFields(HOST_SUM_NAMES, a, b);
  return {
    host: a.host,
    mac,
    macFrom,
    names: smallestTexts([...a.names, ...b.names], MAX_OF_HOST),
    vlans: smallestNumbers([...a.vlans, ...b.vlans], MAX_OF_HOST),
    ...sums,
    firstUs,
    lastUs,
    notVisible: sumByKey([a.notVisible, b.notVisible], notVisibleKey, sumNotVisible),
    ...unionAddresses(a, b),
    ...unionClaims(a, b),
    ...withMacs(
      { mac, macFrom, firstUs, lastUs, bytesDown: sums.bytesDown },
      unionFrames(listFrames(a), listFrames(b)),
    ),
  };
}

type FramesOfHost = MacProof & Pick<HostTotals, 'macs' | 'firstUs' | 'lastUs' | 'bytesDown'>;

export function listFrames({
  mac,
  macFrom,
  macs,
  firstUs,
  lastUs,
  bytesDown,
}: FramesOfHost): readonly MacSeen[] {
  if (macs !== undefined) return macs;
  return mac === null || macFrom !== 'frame' ? [] : [{ mac, firstUs, lastUs, isAnswered: bytesDown > 0 }];
}

/** Returns the MACs as `macs`, unless `mac` and the times of the host already contain the same facts. */
export function withMacs(host: FramesOfHost, frames: readonly MacSeen[]): Pick<HostTotals, 'macs'> {
  const { mac, macFrom, firstUs, lastUs, bytesDown } = host;
  const ownFrames = listFrames({ mac, macFrom, firstUs, lastUs, bytesDown });
  const isKnown = frames.every(
    (frame, i) =>
      frame.mac === ownFrames[i]?.mac &&
      frame.firstUs === ownFrames[i]?.firstUs &&
      frame.lastUs === ownFrames[i]?.lastUs &&
      frame.isAnswered === ownFrames[i]?.isAnswered,
  );
  return isKnown && frames.length === ownFrames.length ? {} : { macs: frames };
}

/** Keeps the smallest MACs of a union, each with its complete time. */
export function unionFrames(a: readonly MacSeen[], b: readonly MacSeen[]): MacSeen[] {
  return sumByKey([a, b], ({ mac }) => mac, sumFrames).slice(0, MAX_MACS);
}

const sumFrames = (a: MacSeen, b: MacSeen): MacSeen => ({
  mac: a.mac,
  firstUs: Math.min(a.firstUs, b.firstUs),
  lastUs: Math.max(a.lastUs, b.lastUs),
  isAnswered: a.isAnswered || b.isAnswered,
});

/**
 * Joins `sharedMacs` with the MACs that several of the `hosts` share. `hosts` may be a selection: then only `sharedMacs`
 * contains MACs shared with other hosts.
 */
export function unionSharedMacs(
  windows: readonly Pick<UsageWindow, 'sharedMacs'>[],
  hosts: Entries<HostTotals>,
): Pick<UsageWindow, 'sharedMacs'> {
  const macLists = windows.map(({ sharedMacs }) => sharedMacs ?? []);
  const sharedMacs = sumByKey(
    [...macLists, listSharedMacs(hosts.filter(({ packets }) => packets > 0))],
    ({ mac }) => mac,
    (a, b) => (a.hosts >= b.hosts ? a : b),
  ).slice(0, MAX_SHARED_MACS);
  return sharedMacs.length === 0 ? {} : { sharedMacs };
}

export const claimKey = ({ name, mac, from }: HostClaim): string =>
  [name ?? '', mac ?? '', from].join(SEPARATOR);

/** Claims that the frames of the host confirm have reserved places, so others cannot displace them. */
export function withClaims(
  lists: readonly (readonly HostClaim[])[],
  frames: readonly MacSeen[],
): Pick<HostTotals, 'claims'> {
  const all = sumByKey(lists, claimKey, (a, b) => (a.isOwn ? a : b));
  const agrees = ({ mac, isOwn }: HostClaim): boolean => isOwn && frames.some((frame) => frame.mac === mac);
  const chosen = new Set([
    ...all.filter(agrees).slice(0, MAX_CLAIMS / 2),
    ...all.filter((claim) => !agrees(claim)).slice(0, MAX_CLAIMS / 2),
  ]);
  return chosen.size === 0 ? {} : { claims: all.filter((claim) => chosen.has(claim)) };
}

function unionClaims(a: HostTotals, b: HostTotals): Pick<HostTotals, 'claims'> {
  if (a.claims === undefined && b.claims === undefined) return {};
  return withClaims([a.claims ?? [], b.claims ?? []], unionFrames(listFrames(a), listFrames(b)));
}

function unionAddresses(a: HostTotals, b: HostTotals): Pick<HostTotals, 'addresses'> {
  const addresses = [...(a.addresses ?? []), ...(b.addresses ?? [])];
  return addresses.length === 0 ? {} : { addresses: smallestTexts([a.host, ...addresses], MAX_OF_HOST) };
}

export function sumNotVisible(a: NotVisibleTraffic, b: NotVisibleTraffic): NotVisibleTraffic {
  return {
    kind: a.kind,
    hint: a.hint,
    flows: a.flows + b.flows,
    bytes: a.bytes + b.bytes,
    firstUs: Math.min(a.firstUs, b.firstUs),
    lastUs: Math.max(a.lastUs, b.lastUs),
  };
}

export function sumQueriedName(a: QueriedName, b: QueriedName): QueriedName {
  return {
    host: a.host,
    name: a.name,
    count: a.count + b.count,
    firstUs: Math.min(a.firstUs, b.firstUs),
    lastUs: Math.max(a.lastUs, b.lastUs),
    addresses: smallestTexts([...a.addresses, ...b.addresses], MAX_QUERIED_ADDRESSES),
    offersEch: a.offersEch || b.offersEch,
    isLogged: a.isLogged || b.isLogged,
    echAnswers: sumEchAnswers([a.echAnswers, b.echAnswers]),
  };
}

/** Keeps the smallest addresses, so that the result does not depend on the order. */
export function sumEchAnswers(lists: readonly (readonly EchAnswer[])[]): EchAnswer[] {
  const sums = sumByKey(
    lists,
    ({ resolver }) => resolver,
    (a, b) => ({
      resolver: a.resolver,
      firstUs: Math.min(a.firstUs, b.firstUs),
      ttlSeconds: Math.max(a.ttlSeconds, b.ttlSeconds),
    }),
  );
  return sums.slice(0, MAX_ECH_ANSWERS);
}

/** Sums field by field for speed: a capture of days has a hundred thousand windows. */
export function sumStats(a: WindowStats, b: WindowStats): WindowStats {
  return {
    packets: a.packets + b.packets,
    bytes: a.bytes + b.bytes,
    flows: a.flows + b.flows,
    hellosComplete: a.hellosComplete + b.hellosComplete,
    hellosIncomplete: a.hellosIncomplete + b.hellosIncomplete,
    snaplenCut: a.snaplenCut + b.snaplenCut,
    evictedFlows: a.evictedFlows + b.evictedFlows,
    kernelDrops: a.kernelDrops + b.kernelDrops,
    malformed: sumCounts(a.malformed, b.malformed),
    undecoded: (a.undecoded ?? 0) + (b.undecoded ?? 0),
    frames: (a.frames ?? 0) + (b.frames ?? 0),
    overflow: sumCounts(a.overflow ?? {}, b.overflow ?? {}),
  };
}

type LeftOut = Pick<UsageWindow, 'flaws' | 'excluded'>;

/** Joins flaws and excluded networks. A list without entries is absent. */
export function unionFlaws(windows: readonly LeftOut[]): LeftOut {
  const flaws = smallestTexts(
    windows.flatMap((window) => window.flaws ?? []),
    MAX_FLAWS,
  );
  const excluded = [...new Set(windows.flatMap(listExcludedNetworks))].sort(compareText);
  const isAny = excluded.length > MAX_EXCLUDED || excluded.includes(ANY_NETWORK);
  return {
    ...(flaws.length === 0 ? {} : { flaws }),
    ...(excluded.length === 0 ? {} : { excluded: isAny ? [ANY_NETWORK] : excluded }),
  };
}

/** Lists local networks that a window lacks. Version 0.1.0 recorded only that there are some. */
export const listExcludedNetworks = ({ flaws, excluded }: LeftOut): readonly string[] =>
  excluded ?? (flaws?.includes('excludedLocal') === true ? [ANY_NETWORK] : []);

/** Lists all distinct gaps in order of time; the list is absent without gaps. */
export function unionGaps(windows: readonly Pick<UsageWindow, 'gaps'>[]): Pick<UsageWindow, 'gaps'> {
  const gaps = new Map<string, CaptureGap>();
  for (const gap of windows.flatMap((window) => window.gaps ?? [])) {
    gaps.set(`${gap.fromUs} ${gap.toUs} ${gap.reason}`, gap);
  }
  if (gaps.size === 0) return {};
  return { gaps: [...gaps.values()].sort(compareGaps) };
}

function compareGaps(a: CaptureGap, b: CaptureGap): number {
  return a.fromUs - b.fromUs || a.toUs - b.toUs || compareText(a.reason, b.reason);
}

/** Sums counts by name, sorted by name. */
export function sumCounts(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Record<string, number> {
  const more = Object.entries(b);
  const sums = new Map(Object.entries(a));
  if (more.length + sums.size === 0) return {};
  for (const [name, count] of more) sums.set(name, (sums.get(name) ?? 0) + count);
  return Object.fromEntries([...sums].sort((x, y) => compareText(x[0], y[0])));
}

export const EMPTY_STATS: WindowStats = {
  ...makeZeros(STATS_SUMS),
  malformed: {},
  undecoded: 0,
  frames: 0,
  overflow: {},
};

/** Joins lists, sums items with the same key, and sorts by key. */
export function sumByKey<T>(
  lists: Iterable<readonly T[] | Entries<T>>,
  keyOf: (item: T) => string,
  sum: (a: T, b: T) => T,
): T[] {
  const firsts = new Map<string, T>();
  const others = new Map<string, T[]>();
  for (const list of lists) {
    for (const item of list) {
      const key = keyOf(item);
      const more = others.get(key);
      if (more !== undefined) more.push(item);
      else if (firsts.has(key)) others.set(key, [item]);
      else firsts.set(key, item);
    }
  }
  return [...firsts]
    .sort((a, b) => compareText(a[0], b[0]))
    .map(([key, first]) => sumInPairs([first, ...(others.get(key) ?? [])], sum) ?? first);
}

/** Sums pairwise as a tree: a linear chain would iterate over the whole sum at every step. */
function sumInPairs<T>(items: readonly T[], sum: (a: T, b: T) => T): T | undefined {
  let left = items;
  while (left.length > 1) {
    const pairs: T[] = [];
    for (let i = 0; i < left.length; i += 2) {
      const [a, b] = left.slice(i, i + 2);
      if (a !== undefined) pairs.push(b === undefined ? a : sum(a, b));
    }
    left = pairs;
  }
  return left[0];
}

/** Upper bounds of the size classes of answers, in bytes inside TLS records; one more class is above the last. */
const ANSWER_SIZE_EDGES = [256, 512, 1024, 2048] as const;
/** Upper bounds of the classes of the number of records in an answer; one more class is above the last. */
const ANSWER_RECORD_EDGES = [2, 3, 8] as const;
const SMALLEST_UP_BYTES = 512;
const MAX_UP_CLASS = 25;

/** Returns 0 below 512 bytes, then one class per half octave: 1 from 512, 2 from 724.1, 3 from 1024, … 25 from 2 MiB. */
function classifyUpload(bytesUp: number): number {
  if (bytesUp < SMALLEST_UP_BYTES) return 0;
  // Compares squares, because a logarithm could differ between machines.
  const square = (bytesUp / SMALLEST_UP_BYTES) ** 2;
  let upClass = 1;
  for (let edge = 2; square >= edge && upClass < MAX_UP_CLASS; edge *= 2) upClass++;
  return upClass;
}

/**
 * Returns the class of the number of records (1, 2, 3–7, 8 and more) times 5, plus that of the size (< 256, < 512, < 1024, <
 * 2048, more).
 */
function computeAnswerClass(recordsDown: number, bytesDown: number): number {
  return (
    computeClass(recordsDown, ANSWER_RECORD_EDGES) * (ANSWER_SIZE_EDGES.length + 1) +
    computeClass(bytesDown, ANSWER_SIZE_EDGES)
  );
}

function computeClass(value: number, edges: readonly number[]): number {
  const index = edges.findIndex((edge) => value < edge);
  return index < 0 ? edges.length : index;
}

/** Raw exchanges and cells of one row. */
export interface KeptExchanges {
  readonly exchanges: readonly UsageExchange[];
  readonly cells: readonly ExchangeCell[];
}

const ORDERED_FIELDS = ['startMs', ...EXCHANGE_COUNTS] as const;

function compareContent(a: UsageExchange, b: UsageExchange): number {
  for (const field of ORDERED_FIELDS) {
    const difference = a[field] - b[field];
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Keeps the earliest MAX_RAW_EXCHANGES raw, and sums the rest in cells. Flow numbers are unchanged. Idempotent. */
export function keepEarliest(raw: readonly UsageExchange[], cells: readonly ExchangeCell[]): KeptExchanges {
  const ordered = [...raw].sort((a, b) => compareContent(a, b) || a.flow - b.flow);
  const beyond = ordered.slice(MAX_RAW_EXCHANGES).map(buildCell);
  return { exchanges: ordered.slice(0, MAX_RAW_EXCHANGES), cells: sumCells([...cells, ...beyond]) };
}

/**
 * Canonical form of a set of exchanges: sorted, flows numbered by their first exchange, the earliest
 * MAX_RAW_EXCHANGES raw and the rest in cells. Independent of the order of insertion.
 */
export function keepExchanges(raw: readonly UsageExchange[], cells: readonly ExchangeCell[]): KeptExchanges {
  const numbered = numberFlows(raw);
  if (numbered.length <= MAX_RAW_EXCHANGES) return { exchanges: numbered, cells: sumCells(cells) };
  const earliest = keepEarliest(numbered, cells);
  return { exchanges: numberFlows(earliest.exchanges), cells: earliest.cells };
}

/** Sorts by content, and numbers flows in the order of their sorted exchanges. */
function numberFlows(raw: readonly UsageExchange[]): UsageExchange[] {
  const byFlow = groupBy(raw, (exchange) => exchange.flow);
  const flows = [...byFlow.values()];
  for (const list of flows) list.sort(compareContent);
  flows.sort(compareLists);
  return flows
    .flatMap((list, flow) => list.map((exchange) => ({ ...exchange, flow })))
    .sort((a, b) => compareContent(a, b) || a.flow - b.flow);
}

function compareLists(a: readonly UsageExchange[], b: readonly UsageExchange[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const x = a[i];
    const y = b[i];
    const difference = x === undefined || y === undefined ? 0 : compareContent(x, y);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Joins the exchanges of two rows. Their flows are different, so the numbers of the second are shifted. */
export function joinExchanges(a: KeptExchanges, b: KeptExchanges): KeptExchanges {
  if (b.exchanges.length === 0 && b.cells.length === 0) return a;
  if (a.exchanges.length === 0 && a.cells.length === 0) return b;
  const offset = a.exchanges.reduce((most, exchange) => Math.max(most, exchange.flow + 1), 0);
  const moved = b.exchanges.map((exchange) => ({ ...exchange, flow: exchange.flow + offset }));
  return keepExchanges([...a.exchanges, ...moved], [...a.cells, ...b.cells]);
}

/** Converts exchanges to a window that starts `shiftMs` earlier. */
export function rebaseExchanges(exchanges: readonly UsageExchange[], shiftMs: number): UsageExchange[] {
  return exchanges.map((exchange) => ({ ...exchange, startMs: exchange.startMs + shiftMs }));
}

function buildCell(exchange: UsageExchange): ExchangeCell {
  return {
    upClass: classifyUpload(exchange.bytesUp),
    answerClass: computeAnswerClass(exchange.recordsDown, exchange.bytesDown),
    count: 1,
    bytesUp: exchange.bytesUp,
    bytesDown: exchange.bytesDown,
  };
}

function sumCells(cells: readonly ExchangeCell[]): ExchangeCell[] {
  const sums = new Map<number, ExchangeCell>();
  for (const cell of cells) {
    const key = cell.upClass * 32 + cell.answerClass;
    const sum = sums.get(key);
    sums.set(
      key,
      sum === undefined
        ? cell
        : {
            ...sum,
            count: sum.count + cell.count,
            bytesUp: sum.bytesUp + cell.bytesUp,
            bytesDown: sum.bytesDown + cell.bytesDown,
          },
    );
  }
  return [...sums.entries()].sort((a, b) => a[0] - b[0]).map(([, cell]) => cell);
}
