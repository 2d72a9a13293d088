// Rows of merged windows as channels: all that one host did with one name in one form of the hello, in one period.

import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { RuntimeSeen } from '../../catalogue/runtimes.ts';
import type { ClientFingerprint } from '../../model/flow.ts';
import type { NameAsked, UsageExchange, UsageRow, UsageWindow } from '../../model/usage.ts';
import { compareText, sortHosts } from '../../net/address.ts';
import type { TimestampUs } from '../../time/instant.ts';
import { type Slice, withoutCopies } from './copies.ts';
import { type MidFlowSums, type MidFlows, MidFlowWatch, midFlowsOf } from './mid-flows.ts';

/** An activity period ends with this much silence towards every name of the catalogue … */
export const PERIOD_GAP_US = 4 * 3_600_000_000;
/** … or when it has lasted this long: what was seen a day ago says nothing of now. */
const PERIOD_MAX_US = 24 * 3_600_000_000;

/** An exchange with its absolute time. */
export interface TimedExchange {
  readonly startUs: TimestampUs;
  readonly endUs: TimestampUs;
  readonly exchange: UsageExchange;
}

export interface Channel {
  readonly name: string;
  readonly nameFrom: UsageRow['nameFrom'];
  readonly fingerprint: ClientFingerprint | null;
  readonly runtime: RuntimeSeen | null;
  readonly userAgent: string | null;
  readonly isProxied: boolean;
  readonly isHttp2: boolean;
  readonly slices: readonly Slice[];
  readonly firstUs: TimestampUs;
  readonly lastUs: TimestampUs;
  readonly flows: number;
  readonly failedFlows: number;
  readonly helloTimesUs: readonly TimestampUs[];
  readonly exchanges: readonly TimedExchange[];
  readonly communityIds: readonly string[];
  /** What later captures saw the middle of, and what may go on from here; one object in all channels of a period. */
  readonly midFlowSums: MidFlowSums | null;
}

/** What one host did with the names of the catalogue without a long silence. */
export interface ActivityPeriod {
  readonly host: string;
  readonly channels: readonly Channel[];
  readonly asked: readonly NameAsked[];
  /** Windows of other captures that belong to it for its crossing alone. */
  readonly midFlowSums: MidFlowSums | null;
}

interface HostFacts {
  readonly slices: Slice[];
  readonly asked: NameAsked[];
  readonly midFlows: MidFlows[];
}

/** Hosts by address, one by one; periods of each in order of time. */
export function* activityPeriodsOf(
  windows: readonly UsageWindow[],
  catalogue: Catalogue,
): Iterable<readonly [host: string, periods: ActivityPeriod[]]> {
  const hosts = new Map<string, HostFacts>();
  const factsOf = (host: string): HostFacts => {
    let facts = hosts.get(host);
    if (facts === undefined) {
      facts = { slices: [], asked: [], midFlows: [] };
      hosts.set(host, facts);
    }
    return facts;
  };
  for (const window of windows) {
    const { sensor, startSeconds: windowSeconds } = window;
    for (const row of window.rows) factsOf(row.host).slices.push({ sensor, windowSeconds, row, copies: 0 });
    for (const asked of window.asked) factsOf(asked.host).asked.push(asked);
  }
  for (const flows of midFlowsOf(windows)) hosts.get(flows.host)?.midFlows.push(flows);
  for (const host of sortHosts([...hosts.keys()])) {
    const facts = factsOf(host);
    hosts.delete(host);
    yield [host, cutIntoPeriods(host, facts, catalogue)];
  }
}

interface Mark {
  readonly first: TimestampUs;
  readonly last: TimestampUs;
  readonly slice?: Slice;
  readonly asked?: NameAsked;
  readonly midFlows?: MidFlows;
}

function marksOf({ slices, asked, midFlows }: HostFacts): Mark[] {
  return [
    ...withoutCopies(slices).map((slice) => ({ first: slice.row.firstUs, last: slice.row.lastUs, slice })),
    ...asked.map((asked) => ({ first: asked.firstUs, last: asked.lastUs, asked })),
    ...midFlows.map((midFlows) => ({ first: midFlows.firstUs, last: midFlows.lastUs, midFlows })),
  ].sort((a, b) => a.first - b.first || a.last - b.last);
}

function cutIntoPeriods(host: string, facts: HostFacts, catalogue: Catalogue): ActivityPeriod[] {
  const periods: ActivityPeriod[] = [];
  let open = new OpenPeriod(host);
  for (const mark of marksOf(facts)) {
    if (open.isOverAt(mark)) {
      if (mark.midFlows !== undefined) continue;
      if (!open.isEmpty) periods.push(open.close(catalogue));
      open = new OpenPeriod(host);
    }
    open.add(mark);
  }
  if (!open.isEmpty) periods.push(open.close(catalogue));
  return periods;
}

class OpenPeriod {
  readonly #host: string;
  readonly #slices: Slice[] = [];
  readonly #asked: NameAsked[] = [];
  readonly #watch = new MidFlowWatch();
  #begin: TimestampUs | null = null;
  #end = Number.NEGATIVE_INFINITY;

  constructor(host: string) {
    this.#host = host;
  }

  get isEmpty(): boolean {
    return this.#slices.length + this.#asked.length === 0;
  }

  isOverAt({ first }: Mark): boolean {
    if (this.#begin === null) return true;
    return first - this.#end > PERIOD_GAP_US || first - this.#begin > PERIOD_MAX_US;
  }

  add({ first, last, slice, asked, midFlows }: Mark): void {
    if (midFlows !== undefined && !this.#watch.takes(midFlows)) return;
    this.#begin ??= first;
    this.#end = Math.max(this.#end, last);
    if (slice !== undefined) this.#slices.push(slice);
    if (slice !== undefined) this.#watch.addTraffic(slice.sensor, slice.row.fingerprint !== null);
    if (asked !== undefined) this.#asked.push(asked);
  }

  close(catalogue: Catalogue): ActivityPeriod {
    const midFlowSums = this.#watch.midFlowSums();
    const channels = channelsOf(this.#slices, midFlowSums, catalogue);
    return { host: this.#host, channels, asked: this.#asked, midFlowSums };
  }
}

function channelKey(row: UsageRow): string {
  const fingerprint = row.fingerprint;
  const shape =
    fingerprint === null
      ? ''
      : `${fingerprint.transport} ${fingerprint.ja4} ${fingerprint.ja3} ${fingerprint.alpn.join(',')} ${fingerprint.ech}`;
  return `${row.name}|${row.nameFrom}|${shape}|${row.proxy ?? ''}|${row.userAgent ?? ''}`;
}

function channelsOf(
  slices: readonly Slice[],
  midFlowSums: MidFlowSums | null,
  catalogue: Catalogue,
): Channel[] {
  const groups = new Map<string, Slice[]>();
  for (const slice of slices) {
    const key = channelKey(slice.row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [slice]);
    else group.push(slice);
  }
  return [...groups.entries()]
    .sort((a, b) => compareText(a[0], b[0]))
    .map(([, group]) => channelOf(group, midFlowSums, catalogue))
    .filter((channel) => channel !== null);
}

function channelOf(
  slices: readonly Slice[],
  midFlowSums: MidFlowSums | null,
  catalogue: Catalogue,
): Channel | null {
  const first = slices[0]?.row;
  if (first === undefined) return null;
  const sum = (field: 'flows' | 'failedFlows' | 'http2Flows'): number =>
    slices.reduce((total, { row }) => total + row[field], 0);
  const firstUs = slices.reduce((least, { row }) => Math.min(least, row.firstUs), Number.POSITIVE_INFINITY);
  return {
    name: first.name,
    nameFrom: first.nameFrom,
    fingerprint: first.fingerprint,
    runtime: first.fingerprint === null ? null : catalogue.runtimeSeen(first.fingerprint),
    userAgent: first.userAgent,
    isProxied: first.proxy !== null,
    isHttp2: sum('http2Flows') > 0,
    slices,
    firstUs,
    lastUs: slices.reduce((most, { row }) => Math.max(most, row.lastUs), Number.NEGATIVE_INFINITY),
    flows: sum('flows'),
    failedFlows: sum('failedFlows'),
    helloTimesUs: slices.flatMap(({ row }) => row.helloTimesUs).sort((a, b) => a - b),
    exchanges: slices.flatMap(timedExchanges).sort((a, b) => a.startUs - b.startUs),
    communityIds: [...new Set(slices.flatMap(({ row }) => row.communityIds))].sort(compareText),
    midFlowSums:
      first.fingerprint !== null && midFlowSums !== null && firstUs < midFlowSums.lastUs ? midFlowSums : null,
  };
}

function timedExchanges({ windowSeconds, row }: Slice): TimedExchange[] {
  return row.exchanges.map((exchange) => {
    const startUs = windowSeconds * 1_000_000 + exchange.startMs * 1000;
    const lasts = exchange.uploadMs + exchange.waitMs + exchange.answerMs;
    return { startUs, endUs: startUs + lasts * 1000, exchange };
  });
}
