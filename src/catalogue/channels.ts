// Rows of merged windows as channels: all that one host did with one name in one form of the hello, in one stay.

import { compareText } from '../model/address.ts';
import type { HelloForm, TimestampUs } from '../model/flow.ts';
import type { NameAsked, UsageExchange, UsageRow, UsageWindow } from '../model/usage.ts';
import type { Catalogue } from './catalogue.ts';
import type { RuntimeSeen } from './runtimes.ts';

/** A stay ends with this much silence towards every name of the catalogue … */
export const STAY_GAP_US = 4 * 3_600_000_000;
/** … or when it has lasted this long: what was seen a day ago says nothing of now. */
const STAY_MAX_US = 24 * 3_600_000_000;

/** One window's part of a channel. */
export interface Slice {
  readonly windowSeconds: number;
  readonly row: UsageRow;
}

/** An exchange with its absolute time. */
export interface TimedExchange {
  readonly startUs: TimestampUs;
  readonly endUs: TimestampUs;
  readonly exchange: UsageExchange;
}

export interface Channel {
  readonly name: string;
  readonly nameFrom: UsageRow['nameFrom'];
  readonly form: HelloForm | null;
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
}

/** What one host did with the names of the catalogue without a long silence. */
export interface Stay {
  readonly host: string;
  readonly channels: readonly Channel[];
  readonly asked: readonly NameAsked[];
}

interface HostFacts {
  readonly slices: Slice[];
  readonly asked: NameAsked[];
}

/** Hosts in order of first mention, one by one; stays of each in order of time. */
export function* staysOf(
  windows: readonly UsageWindow[],
  catalogue: Catalogue,
): Iterable<readonly [host: string, stays: Stay[]]> {
  const hosts = new Map<string, HostFacts>();
  const factsOf = (host: string): HostFacts => {
    let facts = hosts.get(host);
    if (facts === undefined) {
      facts = { slices: [], asked: [] };
      hosts.set(host, facts);
    }
    return facts;
  };
  for (const window of windows) {
    for (const row of window.rows) factsOf(row.host).slices.push({ windowSeconds: window.startSeconds, row });
    for (const asked of window.asked) factsOf(asked.host).asked.push(asked);
  }
  for (const [host, facts] of hosts) yield [host, cutIntoStays(host, facts, catalogue)];
}

function cutIntoStays(host: string, facts: HostFacts, catalogue: Catalogue): Stay[] {
  const marks: { first: number; last: number; slice?: Slice; asked?: NameAsked }[] = [
    ...facts.slices.map((slice) => ({ first: slice.row.firstUs, last: slice.row.lastUs, slice })),
    ...facts.asked.map((asked) => ({ first: asked.firstUs, last: asked.lastUs, asked })),
  ].sort((a, b) => a.first - b.first || a.last - b.last);
  const stays: Stay[] = [];
  let slices: Slice[] = [];
  let asked: NameAsked[] = [];
  let begin = 0;
  let end = Number.NEGATIVE_INFINITY;
  const close = (): void => {
    if (slices.length + asked.length > 0)
      stays.push({ host, channels: channelsOf(slices, catalogue), asked });
    slices = [];
    asked = [];
  };
  for (const mark of marks) {
    if (mark.first - end > STAY_GAP_US || mark.first - begin > STAY_MAX_US) {
      close();
      begin = mark.first;
      end = mark.last;
    }
    end = Math.max(end, mark.last);
    if (mark.slice !== undefined) slices.push(mark.slice);
    if (mark.asked !== undefined) asked.push(mark.asked);
  }
  close();
  return stays;
}

function channelKey(row: UsageRow): string {
  const form = row.form;
  const shape =
    form === null ? '' : `${form.transport} ${form.ja4} ${form.ja3} ${form.alpn.join(',')} ${form.ech}`;
  return `${row.name}|${row.nameFrom}|${shape}|${row.proxy ?? ''}|${row.userAgent ?? ''}`;
}

function channelsOf(slices: readonly Slice[], catalogue: Catalogue): Channel[] {
  const groups = new Map<string, Slice[]>();
  for (const slice of slices) {
    const key = channelKey(slice.row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [slice]);
    else group.push(slice);
  }
  return [...groups.entries()]
    .sort((a, b) => compareText(a[0], b[0]))
    .map(([, group]) => channelOf(group, catalogue))
    .filter((channel) => channel !== null);
}

function channelOf(slices: readonly Slice[], catalogue: Catalogue): Channel | null {
  const first = slices[0]?.row;
  if (first === undefined) return null;
  const sum = (field: 'flows' | 'failedFlows' | 'http2Flows'): number =>
    slices.reduce((total, { row }) => total + row[field], 0);
  return {
    name: first.name,
    nameFrom: first.nameFrom,
    form: first.form,
    runtime: first.form === null ? null : catalogue.runtimeSeen(first.form),
    userAgent: first.userAgent,
    isProxied: first.proxy !== null,
    isHttp2: sum('http2Flows') > 0,
    slices,
    firstUs: slices.reduce((least, { row }) => Math.min(least, row.firstUs), Number.POSITIVE_INFINITY),
    lastUs: slices.reduce((most, { row }) => Math.max(most, row.lastUs), Number.NEGATIVE_INFINITY),
    flows: sum('flows'),
    failedFlows: sum('failedFlows'),
    helloTimesUs: slices.flatMap(({ row }) => row.helloTimesUs).sort((a, b) => a - b),
    exchanges: slices.flatMap(timedExchanges).sort((a, b) => a.startUs - b.startUs),
    communityIds: [...new Set(slices.flatMap(({ row }) => row.communityIds))].sort(compareText),
  };
}

function timedExchanges({ windowSeconds, row }: Slice): TimedExchange[] {
  return row.exchanges.map((exchange) => {
    const startUs = windowSeconds * 1_000_000 + exchange.startMs * 1000;
    const lasts = exchange.uploadMs + exchange.waitMs + exchange.answerMs;
    return { startUs, endUs: startUs + lasts * 1000, exchange };
  });
}
