// Computes pending period sums in steps, and stores them next to their windows.

import { setImmediate } from 'node:timers/promises';
import { attributedPeriods, type RunKey } from '../attribution/sums/attribute-periods.ts';
import type { SummedPeriod } from '../attribution/sums/period-sums.ts';
import { type HostQuartersBySensor, HostSensors } from '../attribution/traffic/host-sensors.ts';
import type { UsageWindow } from '../model/usage.ts';
import { DAY_SECONDS, type TimestampUs, US } from '../time/units.ts';
import type { Attributor } from './attributor.ts';
import { REACH_US, type Span, wholeQuarters } from './span.ts';

/** Storage of sums. All methods run in the transaction of the caller. */
export interface PeriodWriter {
  /** Key of the attributor of the stored sums; null without any. */
  attributorKey(): Promise<string | null>;
  /** Deletes all sums, records the new attributor, and marks all windows as pending. */
  restart(key: string): Promise<void>;
  pending(): Promise<Span[]>;
  setPending(spans: readonly Span[]): Promise<void>;
  /**
   * Start of the first window of a span, or of a stored period that extends into it; and start of the window
   * after N others. Null without one.
   */
  reach(span: Span, windows: number): Promise<{ readonly from: number | null; readonly to: number | null }>;
  /** Stored size of the windows that `usage` reads: they take up to a hundred times as much in memory. */
  packedBytes(span: Span): Promise<number>;
  /**
   * Reads the windows that begin in a span, and records unreadable ones. Sums are made for every host in `made`, a part of
   * it.
   */
  usage(span: Span, made: Span): Promise<readonly UsageWindow[]>;
  /** Returns times of hosts with DNS names of the catalogue by sensor; empty for a single sensor. */
  hostQuarters(span: Span): Promise<HostQuartersBySensor>;
  /** Returns every block with a period that ends and begins within these bounds, in order of time. */
  blocksNear(lastFromUs: TimestampUs, firstToUs: TimestampUs): Promise<StoredPeriod[][]>;
  /** Returns the end of the last model request of each run in some periods of a host. */
  lastRequests(periods: readonly number[]): Promise<(run: RunKey) => TimestampUs | null>;
  replace(stale: readonly number[], periods: readonly SummedPeriod[]): Promise<void>;
  inTransaction<T>(work: () => Promise<T>): Promise<T>;
}

export interface StoredPeriod {
  readonly period: number;
  readonly host: string;
  readonly blockSeconds: number;
  readonly firstSeconds: number;
  readonly lastSeconds: number;
  readonly lastUs: TimestampUs;
}

/** Length of one step: a day of two thousand hosts takes about 0.7 s. Days with few windows are combined. */
const STEP_SECONDS = DAY_SECONDS;
const STEP_WINDOWS = 1440;
/** Maximum size of a step of several days: quarter hours of ten thousand hosts are few but large windows. */
const STEP_BYTES = 4 << 20;

/** Interval of pauses: a live sensor computes sums in the thread that consumes records. */
const MAX_BUSY_MS = 50;

/** Computes all pending sums in atomic steps. Returns the number of periods. */
export async function makePending(writer: PeriodWriter, attributor: Attributor): Promise<number> {
  let stepCount = 0;
  await writer.inTransaction(async () => {
    if ((await writer.attributorKey()) !== attributor.key) await writer.restart(attributor.key);
  });
  for (let spans = await writer.pending(); spans.length > 0; ) {
    const step = await nextStep(writer, spans);
    const from = step?.to ?? Number.POSITIVE_INFINITY;
    spans = spans.filter(({ to }) => to > from).map((span) => ({ ...span, from: Math.max(span.from, from) }));
    await writer.inTransaction(async () => {
      if (step !== null) stepCount += await makeSpan(writer, attributor, step);
      await writer.setPending(spans);
    });
  }
  return stepCount;
}

/** Includes short ranges between pending spans: each step has a fixed cost. */
async function nextStep(writer: PeriodWriter, spans: readonly Span[]): Promise<Span | null> {
  const to = spans.at(-1)?.to ?? 0;
  for (let from: number | undefined = spans[0]?.from; from !== undefined; ) {
    const begin = (await writer.reach({ from, to }, 0)).from;
    if (begin === null) return null;
    const pending = spans.find((span) => span.to > begin);
    if (pending === undefined || pending.from > begin) {
      from = pending?.from;
      continue;
    }
    const many = (await writer.reach({ from: begin, to }, STEP_WINDOWS)).to ?? to;
    return await limitStep(writer, { from: begin, to: Math.min(to, Math.max(begin + STEP_SECONDS, many)) });
  }
  return null;
}

/** Halves the number of days until the span is one day or small. */
async function limitStep(writer: PeriodWriter, { from, to }: Span): Promise<Span> {
  const days = Math.ceil((to - from) / STEP_SECONDS);
  if (days === 1 || (await writer.packedBytes({ from, to })) <= STEP_BYTES) return { from, to };
  return await limitStep(writer, { from, to: from + Math.floor(days / 2) * STEP_SECONDS });
}

/** The recomputed part of one host. */
interface Reopened {
  span: Span;
  /** The block that continues in this part, if its first period is not the first of the block. */
  readonly goesOn: { readonly blockSeconds: number; readonly before: readonly number[] } | null;
}

async function makeSpan(writer: PeriodWriter, attributor: Attributor, span: Span): Promise<number> {
  const reopened = new Map<string, Reopened>();
  const stale: number[] = [];
  const own = await writer.usage(span, span);
  const opened = findOpenings(own, span);
  const oldest = [...opened.values()].reduce((least, at) => Math.min(least, at), span.from);
  const [lastFromUs, firstToUs] = [oldest * US - REACH_US, span.to * US + REACH_US];
  for (const block of await writer.blocksNear(lastFromUs, firstToUs)) {
    const host = block[0]?.host ?? '';
    reopen(block, { ...span, from: opened.get(host) ?? span.from }, span, reopened, stale);
  }
  const spans = [span, ...[...reopened.values()].map((period) => period.span)];
  const read = {
    from: spans.reduce((least, { from }) => Math.min(least, from), Number.POSITIVE_INFINITY),
    to: spans.reduce((most, { to }) => Math.max(most, to), Number.NEGATIVE_INFINITY),
  };
  const isOwn = read.from === span.from && read.to === span.to;
  const usage = isOwn ? own : await writer.usage(read, span);
  const wanted = usage.map((window) => {
    const isWanted = ({ host }: { host: string }): boolean => {
      const { from, to } = reopened.get(host)?.span ?? span;
      return window.startSeconds >= from && window.startSeconds < to;
    };
    return {
      ...window,
      hosts: window.hosts.filter(isWanted),
      rows: window.rows.filter(isWanted),
      queriedNames: window.queriedNames.filter(isWanted),
    };
  });
  const before = [...reopened.values()].flatMap(({ goesOn }) => goesOn?.before ?? []);
  const lastRequest = await writer.lastRequests(before);
  // The home sensor of a host depends on the requested span: see PeriodSource.choose.
  const { networks } = attributor;
  const quarters = await writer.hostQuarters(wholeQuarters(read));
  const sensors = new HostSensors({ networks, totals: new Map(), times: [], quarters });
  const periods: SummedPeriod[] = [];
  let sinceMs = performance.now();
  for (const [, ofHost] of attributedPeriods(wanted, attributor.catalogue, { sensors, lastRequest })) {
    for (const { evidence: _, apis: _apis, parts: _parts, ...period } of ofHost) periods.push(period);
    if (performance.now() - sinceMs < MAX_BUSY_MS) continue;
    await setImmediate();
    sinceMs = performance.now();
  }
  await writer.replace(stale, assignBlocks(periods, reopened));
  return periods.length;
}

/** Finds for each host when the oldest connection of its windows was opened, if that was before the span. */
function findOpenings(windows: readonly UsageWindow[], span: Span): Map<string, number> {
  const opened = new Map<string, number>();
  for (const { startSeconds, rows } of windows) {
    for (const { host, openSeconds } of rows) {
      const at = startSeconds - openSeconds;
      if (openSeconds > 0 && at < (opened.get(host) ?? span.from)) opened.set(host, at);
    }
  }
  return opened;
}

/**
 * `near`: the span, extended to the opening of its oldest connection.
 * Ends of periods depend on earlier data only, so those that end well before the span are unchanged: otherwise a
 * continuously active host would be attributed from its first day each time. Periods that share a window are recomputed together.
 */
function reopen(
  block: readonly StoredPeriod[],
  near: Span,
  span: Span,
  reopened: Map<string, Reopened>,
  stale: number[],
): void {
  let first = block.findIndex(({ lastUs }) => lastUs >= near.from * US - REACH_US);
  if (first < 0) return;
  while (first > 0 && findEnd(block.slice(0, first)) >= (block[first]?.firstSeconds ?? 0)) first--;
  const open = block.slice(first);
  const [begin] = open;
  if (begin === undefined) return;
  stale.push(...open.map(({ period }) => period));
  const existing = reopened.get(begin.host);
  const from = open.reduce(
    (least, { firstSeconds }) => Math.min(least, firstSeconds),
    existing?.span.from ?? span.from,
  );
  const to = open.reduce(
    (most, { lastSeconds }) => Math.max(most, lastSeconds + 1),
    existing?.span.to ?? span.to,
  );
  const before = block.slice(0, first).map(({ period }) => period);
  const goesOn =
    first > 0 && from === begin.firstSeconds
      ? { blockSeconds: begin.blockSeconds, before }
      : (existing?.goesOn ?? null);
  reopened.set(begin.host, { span: { from, to }, goesOn });
}

const findEnd = (periods: readonly StoredPeriod[]): number =>
  periods.reduce((end, { lastSeconds }) => Math.max(end, lastSeconds), Number.NEGATIVE_INFINITY);

/** The first block of a host may continue unchanged periods. */
function assignBlocks(
  periods: readonly SummedPeriod[],
  reopened: ReadonlyMap<string, Reopened>,
): readonly SummedPeriod[] {
  const firsts = new Map<string, number>();
  return periods.map((period) => {
    const entry = reopened.get(period.host)?.goesOn?.blockSeconds ?? null;
    const first = firsts.get(period.host) ?? period.blockSeconds;
    firsts.set(period.host, first);
    return entry === null || period.blockSeconds !== first ? period : { ...period, blockSeconds: entry };
  });
}
