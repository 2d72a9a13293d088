// Period sums in the tables of a DuckDB store: pending spans, replacement, and deletion.

import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { SummedPeriod } from '../../attribution/sums/period-sums.ts';
import type { HostQuartersBySensor } from '../../attribution/traffic/host-sensors.ts';
import type { UsageWindow } from '../../model/usage.ts';
import type { TimestampUs } from '../../time/units.ts';
import type { Span } from '../span.ts';
import type { SqlRow } from '../sql/dialect.ts';
import { readHostQuarters } from '../sql/span-facts.ts';
import { readBlocksNear, readLastRequests } from '../sql/stored-periods.ts';
import { PERIOD_TABLES } from '../sql/tables.ts';
import type { PeriodWriter, StoredPeriod } from '../write-periods.ts';
import { openQueries, readUsageWithOutcomes } from './dialect.ts';
import { type Database, inTransaction, readRows } from './duckdb-file.ts';
import { readAttributorKey, readPending, setPending } from './pending.ts';
import { appendPeriods } from './rows.ts';
import { findStartAtRank } from './windows.ts';

export class DuckdbPeriodWriter implements PeriodWriter {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  get #connection(): DuckDBConnection {
    return this.#database.connection;
  }

  attributorKey(): Promise<string | null> {
    return readAttributorKey(this.#connection);
  }

  async restart(key: string): Promise<void> {
    for (const table of [...PERIOD_TABLES, 'damaged_windows'])
      await this.#connection.run(`DELETE FROM ${table}`);
    await this.#connection.run('UPDATE meta SET attributed_by = $1', [key]);
    const [[from, last] = []] = await this.#rows(
      'SELECT min(start_seconds), max(start_seconds) FROM windows',
    );
    const isEmpty = typeof from !== 'bigint' || typeof last !== 'bigint';
    await this.setPending(isEmpty ? [] : [{ from: Number(from), to: Number(last) + 1 }]);
  }

  pending(): Promise<Span[]> {
    return readPending(this.#connection);
  }

  async setPending(spans: readonly Span[]): Promise<void> {
    await setPending(this.#connection, spans);
  }

  async reach(span: Span, windows: number): Promise<{ from: number | null; to: number | null }> {
    const begin = await findStartAtRank(this.#connection, span, 0);
    const [[periodStart] = []] = await this.#rows(
      'SELECT min(greatest(first_seconds, $1)) FROM periods WHERE last_seconds >= $1 AND first_seconds < $2',
      [BigInt(span.from), BigInt(span.to)],
    );
    const from =
      typeof periodStart === 'bigint' ? Math.min(begin ?? Number(periodStart), Number(periodStart)) : begin;
    return { from, to: await findStartAtRank(this.#connection, span, windows) };
  }

  async packedBytes({ from, to }: Span): Promise<number> {
    const [[bytes] = []] = await this.#rows(
      `SELECT coalesce(sum(octet_length(coalesce(usage, message))), 0)::DOUBLE FROM windows
       WHERE start_seconds >= $1 AND start_seconds < $2`,
      [BigInt(from), BigInt(to)],
    );
    return Number(bytes);
  }

  async usage(span: Span): Promise<readonly UsageWindow[]> {
    const { windows, damage, damagedAt } = await readUsageWithOutcomes(this.#database, span);
    await this.#connection.run(
      'DELETE FROM damaged_windows WHERE start_seconds >= $1 AND start_seconds < $2',
      [BigInt(span.from), BigInt(span.to)],
    );
    for (const [i, { message }] of damage.entries()) {
      const row = [BigInt(damagedAt[i] ?? span.from), message];
      await this.#connection.run('INSERT INTO damaged_windows VALUES ($1, $2)', row);
    }
    return windows;
  }

  hostQuarters(span: Span): Promise<HostQuartersBySensor> {
    return readHostQuarters(openQueries(this.#connection), span);
  }

  blocksNear(lastFromUs: TimestampUs, firstToUs: TimestampUs): Promise<StoredPeriod[][]> {
    const known = { live: 'true', columns: 'period', numberOf: ([period]: SqlRow) => Number(period) };
    return readBlocksNear(openQueries(this.#connection), known, lastFromUs, firstToUs);
  }

  lastRequests(periods: readonly number[]): ReturnType<PeriodWriter['lastRequests']> {
    return readLastRequests(openQueries(this.#connection), periods);
  }

  async replace(stale: readonly number[], periods: readonly SummedPeriod[]): Promise<void> {
    await this.#delete(stale);
    const [[most] = []] = await this.#rows('SELECT coalesce(max(period), 0) FROM periods');
    const last = Number(most ?? 0);
    await appendPeriods(
      this.#connection,
      periods.map((period, i) => ({ ...period, period: last + 1 + i })),
    );
  }

  async #delete(periods: readonly number[]): Promise<void> {
    if (periods.length === 0) return;
    await this.#connection.run('CREATE OR REPLACE TEMP TABLE stale (period BIGINT)');
    const appender = await this.#connection.createAppender('stale', 'main', 'temp');
    for (const period of periods) {
      appender.appendBigInt(BigInt(period));
      appender.endRow();
    }
    appender.closeSync();
    for (const table of PERIOD_TABLES)
      await this.#connection.run(`DELETE FROM ${table} WHERE period IN (SELECT period FROM stale)`);
  }

  inTransaction<T>(work: () => Promise<T>): Promise<T> {
    return inTransaction(this.#database, work);
  }

  #rows(sql: string, values: DuckDBValue[] = []): Promise<DuckDBValue[][]> {
    return readRows(this.#connection, sql, values);
  }
}
