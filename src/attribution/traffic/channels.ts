// Makes channels from rows of merged windows: all traffic of one host with one name in one hello form, in one period.

import type { Catalogue } from '../../catalogue/catalogue.ts';
import { MAX_COMMUNITY_IDS } from '../../model/ceilings.ts';
import { selectHosts, sumByHost } from '../../model/entries.ts';
import { sumOf } from '../../model/extremes.ts';
import { addTo, groupBy } from '../../model/grouped-by.ts';
import { ATTEMPT_KINDS, PASSED_KINDS } from '../../model/outcome.ts';
import type { HostTotals, OutcomeCell, QueriedName, UsageRow, UsageWindow } from '../../model/usage.ts';
import type { NotVisibleKind } from '../../model/window-words.ts';
import { compareText, sortHosts } from '../../net/address.ts';
import { countBefore } from '../../time/sorted.ts';
import { type TimestampUs, US } from '../../time/units.ts';
import { listFrames } from '../../window/sums.ts';
import {
  type ActivityPeriod,
  type Channel,
  type MidFlowSums,
  PERIOD_GAP_US,
  type SensorDoubt,
  type Slice,
  type TimedExchange,
} from './channel.ts';
import { addReporters, listReporters, withoutCopies, withoutLoggedCopies } from './copies.ts';
import { type HostSensors, NO_HOST_SENSORS } from './host-sensors.ts';
import { Machines } from './machines.ts';
import { listMidFlows, type MidFlows, MidFlowWatch } from './mid-flows.ts';
import { withoutShifted } from './shifted-copies.ts';

/**
 * An activity period also ends after this duration if no connection continues, because facts of a day ago are no evidence
 * for later use.
 */
const PERIOD_MAX_US = 24 * 3_600_000_000;

interface SensorQuery {
  readonly sensor: string;
  readonly windowSeconds: number;
  readonly query: QueriedName;
}

interface HostFacts {
  readonly slices: Slice[];
  readonly machines: Machines;
  readonly queries: SensorQuery[];
  readonly midFlows: MidFlows[];
  readonly attempts: HostAttempts;
}

interface PeriodFacts {
  readonly slices: readonly Slice[];
  readonly queries: readonly SensorQuery[];
  readonly midFlows: readonly MidFlows[];
  readonly attempts: HostAttempts;
}

const NO_COPIES: Slice['copies'] = [];

/**
 * Yields hosts by address with their periods; those of sensors that may not report the host alone are last.
 * `sensors`: if absent, every sensor may report every host.
 */
export function* listActivityPeriods(
  windows: readonly UsageWindow[],
  catalogue: Catalogue,
  sensors: HostSensors = NO_HOST_SENSORS,
): Iterable<readonly [host: string, periods: ActivityPeriod[]]> {
  const hosts = new Map<string, HostFacts>();
  const ensureFacts = (host: string): HostFacts => {
    let facts = hosts.get(host);
    if (facts === undefined) {
      facts = {
        slices: [],
        machines: new Machines(),
        queries: [],
        midFlows: [],
        attempts: new HostAttempts(),
      };
      hosts.set(host, facts);
    }
    return facts;
  };
  const withFacts = new Set<string>();
  for (const { rows, queriedNames } of windows)
    for (const list of [rows, queriedNames]) for (const { host } of list) withFacts.add(host);
  const toRead = totalsToRead(windows, withFacts);
  const isRead = (host: string): boolean => toRead.has(host);
  for (const window of windows) {
    const { sensor, startSeconds: windowSeconds, sharedMacs = [] } = window;
    const totals = selectHosts(window.hosts, isRead);
    const lossy = unknownLossyFlows(totals);
    for (const row of window.rows)
      ensureFacts(row.host).slices.push({
        sensor,
        windowSeconds,
        row,
        copies: NO_COPIES,
        isForeign: false,
        unknownLossyFlows: lossy.get(row.host) ?? 0,
      });
    for (const query of window.queriedNames)
      ensureFacts(query.host).queries.push({ sensor, windowSeconds, query });
    // Sensors that may not report the host alone are no evidence for its machines either.
    for (const total of totals)
      if (sensors.mayReport(total.host, sensor)) ensureFacts(total.host).machines.add(total, sharedMacs);
    for (const cell of window.outcomes ?? [])
      if (withFacts.has(cell.host)) ensureFacts(cell.host).attempts.add(windowSeconds, cell);
  }
  for (const flows of listMidFlows(windows)) {
    const { host, sensor } = flows;
    if (sensors.mayReport(host, sensor)) hosts.get(host)?.midFlows.push(flows);
  }
  for (const host of sortHosts([...hosts.keys()])) {
    const facts = ensureFacts(host);
    hosts.delete(host);
    yield [host, periodsOfHost(host, facts, catalogue, sensors)];
  }
}

const UNKNOWN_HINTS: ReadonlySet<string> = new Set(['unknown', 'encrypted']);
const TLS_HINT: ReadonlySet<string> = new Set(['tls']);

/**
 * Selects totals of hosts with facts, frames of several machines, or loss. They are few, and totals are the largest part of
 * long captures.
 */
function totalsToRead(windows: readonly UsageWindow[], withFacts: ReadonlySet<string>): ReadonlySet<string> {
  const found = new Set<string>();
  const macs = new Map<string, string>();
  for (const totals of sumByHost(windows.map(({ hosts }) => hosts))) {
    const { host } = totals;
    if (!withFacts.has(host)) continue;
    for (const { mac } of listFrames(totals)) {
      const entry = macs.get(host) ?? mac;
      macs.set(host, entry);
      if (mac !== entry) found.add(host);
    }
    if (totals.notVisible.some(({ kind }) => kind === 'loss')) found.add(host);
  }
  return found;
}

/** Returns the lossy flows without a hello of each host, without hosts that have none. */
function unknownLossyFlows(totals: readonly HostTotals[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { host, notVisible } of totals) {
    const countFlows = (kind: NotVisibleKind, hints: ReadonlySet<string>): number =>
      sumOf(notVisible, (part) => (part.kind === kind && hints.has(part.hint) ? part.flows : 0));
    // Later records show that a flow is TLS, also if its hello is lost: these flows are in both kinds.
    const withoutHello = Math.min(countFlows('loss', TLS_HINT), countFlows('midFlow', TLS_HINT));
    const flows = countFlows('loss', UNKNOWN_HINTS) + withoutHello;
    if (flows > 0) found.set(host, flows);
  }
  return found;
}

/**
 * Traffic that is reported only by sensors which may not report the host is attributed separately: it neither adds to other
 * traffic nor hides it.
 */
function periodsOfHost(
  host: string,
  { slices, machines, queries, midFlows, attempts }: HostFacts,
  catalogue: Catalogue,
  sensors: HostSensors,
): ActivityPeriod[] {
  const isOutside = ({ sensor }: { readonly sensor: string }): boolean => sensors.isOutside(host, sensor);
  const [outside, inside] = partition(slices, isOutside);
  // If several sensors report a flow, one that may report the host is sufficient.
  const once = withoutCopies(withoutShifted(inside, formatKey));
  const [strange, familiar] = partition(once, (slice) =>
    listReporters(slice).every((sensor) => sensors.isForeign(host, sensor)),
  );
  const counted = withoutLoggedCopies(familiar);
  const others = [...withoutCopies(withoutShifted(outside, formatKey)), ...strange];
  // A sensor at a resolver records queries of hosts whose visits other sensors see.
  const isVisited = matchVisits(counted);
  const [otherQueries, ownQueries] = partition(
    queries,
    ({ sensor, query }) => !sensors.mayReport(host, sensor) && !isVisited(query),
  );
  const ofMachines = machines.markForeign(counted);
  const own = cutIntoPeriods(
    host,
    { slices: ofMachines, queries: ownQueries, midFlows, attempts },
    catalogue,
    null,
  );
  if (others.length + otherQueries.length === 0) return own;
  const findDoubt = (reporters: readonly string[]): SensorDoubt => sensors.findDoubt(host, reporters);
  const apart = { slices: others, queries: otherQueries, midFlows: [], attempts };
  return [...own, ...cutIntoPeriods(host, apart, catalogue, findDoubt)];
}

/** True if a queried name is visited in the same block of periods. Used for hosts that several sensors report separately. */
function matchVisits(slices: readonly Slice[]): (query: QueriedName) => boolean {
  let visits: ReadonlyMap<string, readonly TimestampUs[]> | null = null;
  return ({ name, firstUs }) => {
    visits ??= groupVisits(slices);
    const times = visits.get(name) ?? [];
    const from = countBefore(times, (us) => us < firstUs - PERIOD_GAP_US);
    return (times[from] ?? Number.POSITIVE_INFINITY) <= firstUs + PERIOD_GAP_US;
  };
}

/** Lists sorted times of visits by name. */
function groupVisits(slices: readonly Slice[]): ReadonlyMap<string, readonly TimestampUs[]> {
  const visits = new Map<string, TimestampUs[]>();
  for (const { row } of [...slices].sort((a, b) => a.row.firstUs - b.row.firstUs)) {
    addTo(visits, row.name, row.firstUs);
  }
  return visits;
}

function partition<T>(all: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  const [first, second]: [T[], T[]] = [[], []];
  for (const item of all) (isFirst(item) ? first : second).push(item);
  return [first, second];
}

interface Mark {
  readonly first: TimestampUs;
  readonly last: TimestampUs;
  readonly slice?: Slice;
  readonly query?: SensorQuery;
  readonly midFlows?: MidFlows;
}

/**
 * A connection belongs to the period in which it was opened, independent of later silences.
 */
function listMarks({ slices, queries, midFlows }: PeriodFacts): Mark[] {
  const opened = makeOpenings(slices);
  return [
    ...slices.map((slice) => ({ first: opened(slice), last: slice.row.lastUs, slice })),
    ...queries.map((query) => ({ first: query.query.firstUs, last: query.query.lastUs, query })),
    ...midFlows.map((midFlows) => ({ first: midFlows.firstUs, last: midFlows.lastUs, midFlows })),
  ].sort((a, b) => a.first - b.first || a.last - b.last);
}

/** Returns when the oldest connection of a slice was opened, if its opening was seen; else the start of the slice. */
function makeOpenings(slices: readonly Slice[]): (slice: Slice) => TimestampUs {
  if (slices.every(({ row }) => row.openSeconds === 0)) return ({ row }) => row.firstUs;
  const withFlows = slices.map(({ row }) => row).filter(({ flows }) => flows > 0);
  const rows = groupBy(withFlows, formatKey);
  for (const list of rows.values()) list.sort((a, b) => a.firstUs - b.firstUs);
  return ({ windowSeconds, row }) => {
    if (row.openSeconds === 0) return row.firstUs;
    const openedUs = (windowSeconds - row.openSeconds) * US;
    const sorted = rows.get(formatKey(row)) ?? [];
    // Selects the last slice that begins by then, because the opening is known to the second.
    const opening = sorted[countBefore(sorted, ({ firstUs }) => firstUs <= openedUs) - 1];
    const isSeen = opening !== undefined && opening.lastUs >= openedUs - US && sharesFlow(opening, row);
    return isSeen ? Math.max(openedUs, opening.firstUs) : row.firstUs;
  };
}

/** True if two rows may share a flow. Rows list only some of their flows: a full list may omit it. */
const sharesFlow = (a: UsageRow, b: UsageRow): boolean =>
  Math.max(a.communityIds.length, b.communityIds.length) >= MAX_COMMUNITY_IDS ||
  a.communityIds.some((id) => b.communityIds.includes(id));

/** Returns the reason to doubt a whole period because of its sensors. */
type FindDoubt = (sensors: readonly string[]) => SensorDoubt;

function cutIntoPeriods(
  host: string,
  facts: PeriodFacts,
  catalogue: Catalogue,
  doubtOf: FindDoubt | null,
): ActivityPeriod[] {
  const periods: ActivityPeriod[] = [];
  let open = new OpenPeriod(host, facts.attempts);
  for (const mark of listMarks(facts)) {
    if (open.isOverAt(mark)) {
      if (mark.midFlows !== undefined) continue;
      if (!open.isEmpty) periods.push(open.close(catalogue, doubtOf));
      open = new OpenPeriod(host, facts.attempts);
    }
    open.add(mark);
  }
  if (!open.isEmpty) periods.push(open.close(catalogue, doubtOf));
  // A period with only queries of attempts is empty and has no time.
  return periods.filter(({ channels, queriedNames }) => channels.length + queriedNames.length > 0);
}

class OpenPeriod {
  readonly #host: string;
  readonly #slices: Slice[] = [];
  readonly #queries: SensorQuery[] = [];
  readonly #watch = new MidFlowWatch();
  readonly #attempts: HostAttempts;
  #begin: TimestampUs | null = null;
  #end = Number.NEGATIVE_INFINITY;
  /** End of the last connection that was opened on the first day of the period. */
  #heldUs = Number.NEGATIVE_INFINITY;

  constructor(host: string, attempts: HostAttempts) {
    this.#host = host;
    this.#attempts = attempts;
  }

  get isEmpty(): boolean {
    return this.#slices.length + this.#queries.length === 0;
  }

  isOverAt({ first }: Mark): boolean {
    if (this.#begin === null) return true;
    if (first - this.#end > PERIOD_GAP_US) return true;
    return first - this.#begin > PERIOD_MAX_US && first > this.#heldUs;
  }

  add({ first, last, slice, query, midFlows }: Mark): void {
    if (midFlows !== undefined && !this.#watch.mayContinue(midFlows)) return;
    this.#begin ??= first;
    if (slice !== undefined && first - this.#begin <= PERIOD_MAX_US)
      this.#heldUs = Math.max(this.#heldUs, last);
    this.#end = Math.max(this.#end, last);
    if (slice !== undefined) this.#slices.push(slice);
    if (slice !== undefined) this.#watch.addTraffic(slice.sensor, slice.row.fingerprint !== null);
    if (query !== undefined) this.#queries.push(query);
  }

  close(catalogue: Catalogue, doubtOf: FindDoubt | null): ActivityPeriod {
    const midFlowSums = this.#watch.midFlowSums();
    const reporters = new Set(this.#queries.map(({ sensor }) => sensor));
    for (const slice of this.#slices) addReporters(reporters, slice);
    const sensors = [...reporters].sort(compareText);
    const namesWithoutRequest = this.#listNamesWithoutRequest();
    // A query before connections that were all stopped is a part of the attempt.
    const queries = this.#queries.filter(({ query }) => !namesWithoutRequest.has(query.name));
    return {
      host: this.#host,
      channels: listChannels(this.#slices, midFlowSums, catalogue, namesWithoutRequest),
      queriedNames: queries.map(({ query }) => query),
      queriedBy: new Map(queries.map(({ query, sensor }) => [query, sensor])),
      midFlowSums,
      sensors,
      doubt: doubtOf?.(sensors) ?? null,
    };
  }

  #listNamesWithoutRequest(): ReadonlySet<string> {
    let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const list of [this.#slices, this.#queries]) {
      for (const { windowSeconds } of list) {
        from = Math.min(from, windowSeconds);
        to = Math.max(to, windowSeconds);
      }
    }
    return this.#attempts.listNamesWithoutRequest(from, to);
  }
}

function formatKey(row: UsageRow): string {
  const fingerprint = row.fingerprint;
  const shape =
    fingerprint === null
      ? ''
      : `${fingerprint.transport} ${fingerprint.ja4} ${fingerprint.ja3} ${fingerprint.alpn.join(',')} ${fingerprint.ech}`;
  return `${row.name}|${row.nameFrom}|${shape}|${row.proxy ?? ''}|${row.userAgent ?? ''}`;
}

function listChannels(
  slices: readonly Slice[],
  midFlowSums: MidFlowSums | null,
  catalogue: Catalogue,
  namesWithoutRequest: ReadonlySet<string>,
): Channel[] {
  return [...groupBy(slices, ({ row }) => formatKey(row))]
    .sort((a, b) => compareText(a[0], b[0]))
    .map(([, group]) =>
      findChannel(group, midFlowSums, catalogue, namesWithoutRequest.has(group[0]?.row.name ?? '')),
    )
    .filter((channel) => channel !== null);
}

/** Returns the channel with the selected slices only; null without any. */
export function narrowChannel(
  channel: Channel,
  isSelected: (slice: Slice) => boolean,
  catalogue: Catalogue,
): Channel | null {
  const slices = channel.slices.filter(isSelected);
  return slices.length === channel.slices.length
    ? channel
    : findChannel(slices, channel.midFlowSums, catalogue, channel.isOnlyTried);
}

type SummedField = 'flows' | 'failedFlows' | 'http2Flows';

const compareNumbers = (a: number, b: number): number => a - b;
const compareStart = (a: TimedExchange, b: TimedExchange): number => a.startUs - b.startUs;

/** Joins the entries of all slices, sorted. Most channels have one slice with one entry or none. */
function joinEntries<T>(
  slices: readonly Slice[],
  entries: (slice: Slice) => readonly T[],
  compare: (a: T, b: T) => number,
): readonly T[] {
  const [only, second] = slices;
  const list = only !== undefined && second === undefined ? entries(only) : slices.flatMap(entries);
  return list.length < 2 ? list : [...list].sort(compare);
}

const dropRepeats = (sorted: readonly string[]): readonly string[] =>
  sorted.length < 2 ? sorted : sorted.filter((text, i) => text !== sorted[i - 1]);

function findChannel(
  slices: readonly Slice[],
  midFlowSums: MidFlowSums | null,
  catalogue: Catalogue,
  isOnlyTried: boolean,
): Channel | null {
  const first = slices[0]?.row;
  if (first === undefined) return null;
  const sum = (field: SummedField): number => slices.reduce((total, { row }) => total + row[field], 0);
  const isLogged = slices.some(({ row }) => row.loggedSlices > 0);
  const fingerprint =
    isLogged && first.fingerprint !== null
      ? catalogue.runtimes.completed(first.fingerprint)
      : first.fingerprint;
  const firstUs = slices.reduce((least, { row }) => Math.min(least, row.firstUs), Number.POSITIVE_INFINITY);
  return {
    name: first.name,
    nameFrom: first.nameFrom,
    fingerprint,
    runtime: fingerprint === null ? null : catalogue.runtimeSeen(fingerprint),
    userAgent: first.userAgent,
    isProxied: first.proxy !== null,
    isHttp2: sum('http2Flows') > 0,
    slices,
    firstUs,
    lastUs: slices.reduce((most, { row }) => Math.max(most, row.lastUs), Number.NEGATIVE_INFINITY),
    isAnswered: areProven(slices),
    isLogged,
    flows: sum('flows'),
    failedFlows: sum('failedFlows'),
    isOnlyTried,
    helloTimesUs: joinEntries(slices, ({ row }) => row.helloTimesUs, compareNumbers),
    exchanges: joinEntries(slices, timedExchanges, compareStart),
    communityIds: dropRepeats(joinEntries(slices, ({ row }) => row.communityIds, compareText)),
    midFlowSums:
      first.fingerprint !== null && midFlowSums !== null && firstUs < midFlowSums.lastUs ? midFlowSums : null,
  };
}

/** True if slices prove an answered flow. Contradicted flows are subtracted: see `UsageRow`. */
function areProven(slices: readonly Slice[]): boolean {
  const own = slices.filter(({ isForeign }) => !isForeign);
  return own.reduce((sum, { row }) => sum + row.answeredSlices - row.contradictedSlices, 0) > 0;
}

function timedExchanges({ windowSeconds, row }: Slice): TimedExchange[] {
  return row.exchanges.map((exchange) => {
    const startUs = windowSeconds * 1_000_000 + exchange.startMs * 1000;
    const lasts = exchange.uploadMs + exchange.waitMs + exchange.answerMs;
    return { startUs, endUs: startUs + Math.min(lasts * 1000, PERIOD_MAX_US), exchange };
  });
}

// Finds names to which no connection of a host carried a request.

/** Attempts of a host to connect to a name, by window. */
interface Attempt {
  readonly windowSeconds: number;
  readonly name: string;
  readonly isPassed: boolean;
}

/** Failed and successful connections of one host, by window. A connection failed if it ended before any request. */
export class HostAttempts {
  readonly #attempts: Attempt[] = [];

  add(windowSeconds: number, { name, kind }: OutcomeCell): void {
    // A client that refuses a certificate was not blocked, so the program ran.
    const isPassed = PASSED_KINDS.has(kind) || kind === 'answerRefused';
    if (name !== '' && (isPassed || ATTEMPT_KINDS.has(kind)))
      this.#attempts.push({ windowSeconds, name, isPassed });
  }

  /** Lists names to which no connection carried a request between the two windows. */
  listNamesWithoutRequest(fromSeconds: number, toSeconds: number): ReadonlySet<string> {
    const within = this.#attempts.filter(
      ({ windowSeconds }) => windowSeconds >= fromSeconds && windowSeconds <= toSeconds,
    );
    const passed = new Set(within.filter(({ isPassed }) => isPassed).map(({ name }) => name));
    return new Set(within.map(({ name }) => name).filter((name) => !passed.has(name)));
  }
}
