// Writes period sums of some buckets of hosts into a ClickHouse store. A step is a transaction: its rows are written first, and
// count only after its row in `attribution_steps` exists, which refers to the previous step.

import { randomBytes } from 'node:crypto';
import type { SummedPeriod } from '../../attribution/sums/period-sums.ts';
import type { HostQuartersBySensor } from '../../attribution/traffic/host-sensors.ts';
import type { UsageWindow } from '../../model/usage.ts';
import type { TimestampUs } from '../../time/units.ts';
import type { Span } from '../span.ts';
import { type SqlRow, spanCondition } from '../sql/dialect.ts';
import { readHostQuarters } from '../sql/span-facts.ts';
import { readBlocksNear, readLastRequests } from '../sql/stored-periods.ts';
import { toolsIn } from '../sql/tables.ts';
import type { PeriodWriter, StoredPeriod } from '../write-periods.ts';
import {
  type CountedSteps,
  HOUR_SECONDS,
  insertSteps,
  liveCondition,
  type Marks,
  NO_MARK,
  readMarks,
} from './attribution-steps.ts';
import { parseBuckets } from './buckets.ts';
import { type Connection, insertRows, readValues } from './connect.ts';
import { openQueries } from './dialect.ts';
import { buildRows, STORED_PERIODS, STORED_TOOLS } from './rows.ts';
import { readUsage } from './windows.ts';

/** Another process attributed the same hosts concurrently: the pending hours must be read again. */
export class OvertakenError extends Error {}

/** Buckets that are attributed together. */
export interface BucketBatch {
  readonly buckets: readonly number[];
  readonly heads: readonly string[];
  readonly generation: number;
  readonly pending: readonly Span[];
}

export const newNumber = (): string => randomBytes(8).readBigUInt64LE().toString();

export class ClickhousePeriodWriter implements PeriodWriter {
  readonly #connection: Connection;
  readonly #key: string;
  readonly #buckets: readonly number[];
  readonly #steps: string[];
  readonly #passedOver: CountedSteps['passedOver'];
  #heads: readonly string[];
  #generation: number;
  #pending: readonly Span[];
  #step = '';
  #left: readonly Span[] | null = null;
  #read: Marks = new Map();
  /** Numbers of periods in the store, by the number that was assigned to them. */
  readonly #periods: { readonly period: string; readonly bucket: number }[] = [];

  constructor(connection: Connection, key: string, counted: CountedSteps, together: BucketBatch) {
    this.#connection = connection;
    this.#key = key;
    this.#buckets = together.buckets;
    this.#steps = [...counted.steps];
    this.#passedOver = counted.passedOver;
    this.#heads = together.heads;
    this.#generation = together.generation;
    this.#pending = together.pending;
  }

  /** Returns the own key: other attributors have separate chains, so there are no sums to delete. */
  async attributorKey(): Promise<string> {
    return this.#key;
  }

  async restart(): Promise<void> {
    this.#heads = [];
  }

  async pending(): Promise<Span[]> {
    return [...this.#pending];
  }

  async setPending(spans: readonly Span[]): Promise<void> {
    this.#left = spans;
  }

  /** Returns whole hours, because steps record the read windows by hour. */
  async reach(span: Span, windows: number): Promise<{ from: number | null; to: number | null }> {
    const within = spanCondition(span);
    const [[found, first] = [0, 0]] = await this.#values<[number, number]>(
      `SELECT count(), min(start_seconds) FROM windows WHERE ${within}`,
    );
    const [[periodCount, begin] = [0, 0]] = await this.#values<[number, number]>(
      `SELECT count(), min(greatest(first_seconds, ${span.from})) FROM periods
       WHERE ${this.#live()} AND last_seconds >= ${span.from} AND first_seconds < ${span.to}`,
    );
    const firsts = [...(found > 0 ? [first] : []), ...(periodCount > 0 ? [begin] : [])];
    const [[start] = [null]] = await this.#values<[number | null]>(
      `SELECT start_seconds FROM windows WHERE ${within} ORDER BY start_seconds LIMIT 1 OFFSET ${windows}`,
    );
    return {
      from: firsts.length === 0 ? null : Math.floor(Math.min(...firsts) / HOUR_SECONDS) * HOUR_SECONDS,
      to: start === null ? null : Math.ceil(start / HOUR_SECONDS) * HOUR_SECONDS,
    };
  }

  async packedBytes(span: Span): Promise<number> {
    const [[bytes] = [0]] = await this.#values<[number]>(
      `SELECT toFloat64(sum(length(usage))) FROM window_usage
       WHERE ${spanCondition(span)} AND bucket IN (${this.#buckets.join(', ')})`,
    );
    return bytes;
  }

  /** Reads the marks first, so that a window inserted between both queries makes the hour pending again. */
  async usage(span: Span, made: Span): Promise<readonly UsageWindow[]> {
    this.#read = await readMarks(this.#connection, made);
    const { windows, damage } = await readUsage(this.#connection, span, { buckets: this.#buckets });
    await insertRows(
      this.#connection,
      'damaged_windows',
      damage.map(({ window, startSeconds, error }) => ({
        window,
        start_seconds: startSeconds,
        message: error.message,
      })),
    );
    return windows;
  }

  hostQuarters(span: Span): Promise<HostQuartersBySensor> {
    return readHostQuarters(openQueries(this.#connection), span);
  }

  blocksNear(lastFromUs: TimestampUs, firstToUs: TimestampUs): Promise<StoredPeriod[][]> {
    const known = {
      live: this.#live(),
      columns: 'toString(period), bucket',
      numberOf: ([period, bucket]: SqlRow) =>
        this.#periods.push({ period: String(period), bucket: Number(bucket) }) - 1,
    };
    return readBlocksNear(openQueries(this.#connection), known, lastFromUs, firstToUs);
  }

  lastRequests(periods: readonly number[]): ReturnType<PeriodWriter['lastRequests']> {
    const ids = this.#kept(periods).map(({ period }) => period);
    return readLastRequests(openQueries(this.#connection), ids);
  }

  async replace(stale: readonly number[], periods: readonly SummedPeriod[]): Promise<void> {
    const step = this.#step;
    const madeMs = Date.now();
    const numbered = periods.map((period) => ({ ...period, step, madeMs, period: newNumber() }));
    const tools = toolsIn(numbered);
    // `periods` first: retention deletes by its time.
    await insertRows(this.#connection, STORED_PERIODS.name, buildRows(STORED_PERIODS, numbered));
    for (const table of STORED_TOOLS) await insertRows(this.#connection, table.name, buildRows(table, tools));
    const ends = this.#kept(stale).map((part) => ({ ...part, step }));
    await insertRows(this.#connection, 'period_ends', ends);
  }

  #kept(periods: readonly number[]): { readonly period: string; readonly bucket: number }[] {
    return periods.flatMap((number) => this.#periods[number] ?? []);
  }

  async inTransaction<T>(work: () => Promise<T>): Promise<T> {
    this.#step = newNumber();
    this.#left = null;
    this.#read = new Map();
    const result = await work();
    if (this.#left !== null) await this.#commit(this.#left);
    this.#periods.length = 0;
    return result;
  }

  /** Throws OvertakenError. If another process inserts a step concurrently, only one of both counts. */
  async #commit(left: readonly Span[]): Promise<void> {
    const later = await readValues<[string]>(
      this.#connection,
      `SELECT buckets FROM attribution_steps WHERE attributed_by = {key: String} AND generation > ${this.#generation}`,
      { key: this.#key },
    );
    const mine = new Set(this.#buckets);
    if (later.some(([text]) => parseBuckets(text).some((bucket) => mine.has(bucket))))
      throw new OvertakenError();
    const hours = listHours(this.#pending, left);
    this.#generation++;
    await insertSteps(this.#connection, this.#key, [
      {
        step: this.#step,
        parents: this.#heads,
        generation: this.#generation,
        buckets: this.#buckets,
        hours,
        marks: hours.map((hour) => this.#read.get(hour) ?? NO_MARK),
      },
    ]);
    this.#heads = [this.#step];
    this.#steps.push(this.#step);
    this.#pending = left;
  }

  #live(): string {
    const counts = liveCondition({ steps: this.#steps, passedOver: this.#passedOver });
    return `bucket IN (${this.#buckets.join(', ')}) AND ${counts}`;
  }

  #values<T extends readonly unknown[]>(query: string): Promise<T[]> {
    return readValues<T>(this.#connection, query);
  }
}

/** Lists the hours of spans that are no longer pending. */
function listHours(all: readonly Span[], left: readonly Span[]): number[] {
  return all.flatMap(({ from, to }) => {
    const hours: number[] = [];
    for (let hour = Math.floor(from / HOUR_SECONDS); hour * HOUR_SECONDS < to; hour++) {
      const isLeft = left.some((span) => hour * HOUR_SECONDS >= span.from && hour * HOUR_SECONDS < span.to);
      if (!isLeft) hours.push(hour);
    }
    return hours;
  });
}
