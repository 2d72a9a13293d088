// Period sums in the tables of a DuckDB store: pending spans, replacement, and deletion.

import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { RunKey } from '../../attribution/sums/attribute-periods.ts';
import type { SummedPeriod } from '../../attribution/sums/period-sums.ts';
import type { HostQuartersBySensor } from '../../attribution/traffic/host-sensors.ts';
import type { UsageWindow } from '../../model/usage.ts';
import type { TimestampUs } from '../../time/units.ts';
import type { Span } from '../span.ts';
import { readHostQuarters } from '../sql/host-facts.ts';
import { PERIOD_TABLES } from '../sql/tables.ts';
import type { KeptPeriod, PeriodWriter } from '../write-periods.ts';
import { askedOf } from './dialect.ts';
import { attributedBy, pendingSpans, setPending } from './pending.ts';
import { appendPeriods } from './rows.ts';
import { inTransaction } from './transaction.ts';
import { readUsage, startOfRank } from './windows.ts';

export class DuckdbPeriodWriter implements PeriodWriter {
  readonly #path: string;
  readonly #connection: DuckDBConnection;

  constructor(path: string, connection: DuckDBConnection) {
    this.#path = path;
    this.#connection = connection;
  }

  attributedBy(): Promise<string | null> {
    return attributedBy(this.#connection);
  }

  async startAnew(key: string): Promise<void> {
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
    return pendingSpans(this.#connection);
  }

  async setPending(spans: readonly Span[]): Promise<void> {
    await setPending(this.#connection, spans);
  }

  async reach(span: Span, windows: number): Promise<{ from: number | null; to: number | null }> {
    const begin = await startOfRank(this.#connection, span, 0);
    const [[kept] = []] = await this.#rows(
      'SELECT min(greatest(first_seconds, $1)) FROM periods WHERE last_seconds >= $1 AND first_seconds < $2',
      [BigInt(span.from), BigInt(span.to)],
    );
    const from = typeof kept === 'bigint' ? Math.min(begin ?? Number(kept), Number(kept)) : begin;
    return { from, to: await startOfRank(this.#connection, span, windows) };
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
    const { windows, damage, damagedAt } = await readUsage(this.#path, this.#connection, span);
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
    return readHostQuarters(askedOf(this.#connection), span);
  }

  async blocksNear(lastFromUs: TimestampUs, firstToUs: TimestampUs): Promise<KeptPeriod[][]> {
    const rows = await this.#rows(
      `SELECT period, host, block_seconds, first_seconds, last_seconds, last_us FROM periods
       WHERE (host, block_seconds) IN
         (SELECT host, block_seconds FROM periods WHERE last_us >= $1 AND first_us <= $2)
       ORDER BY host, block_seconds, first_us`,
      [BigInt(lastFromUs), BigInt(firstToUs)],
    );
    const blocks = new Map<string, KeptPeriod[]>();
    for (const row of rows) {
      const period = keptPeriod(row);
      const key = `${period.blockSeconds} ${period.host}`;
      const block = blocks.get(key);
      if (block === undefined) blocks.set(key, [period]);
      else block.push(period);
    }
    return [...blocks.values()];
  }

  async lastRequests(periods: readonly number[]): Promise<(run: RunKey) => TimestampUs | null> {
    if (periods.length === 0) return () => null;
    const rows = await this.#rows(
      `SELECT host, tool, is_provider, is_provider OR grade > 0 AS is_strong, max(model_last_us)
       FROM period_sums WHERE period IN (${periods.join(', ')}) AND model_last_us IS NOT NULL
       GROUP BY host, tool, is_provider, is_strong`,
    );
    const last = new Map(
      rows.map(([host, tool, isProvider, isStrong, us]) => [
        `${isProvider} ${isStrong} ${tool} ${host}`,
        Number(us),
      ]),
    );
    return ({ host, tool, isProvider, isStrong }) =>
      last.get(`${isProvider} ${isStrong} ${tool} ${host}`) ?? null;
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
    return inTransaction(this.#path, this.#connection, work);
  }

  async #rows(sql: string, values: DuckDBValue[] = []): Promise<DuckDBValue[][]> {
    return (await this.#connection.runAndReadAll(sql, values)).getRows();
  }
}

function keptPeriod([period, host, block, first, last, lastUs]: readonly DuckDBValue[]): KeptPeriod {
  return {
    period: Number(period),
    host: String(host),
    blockSeconds: Number(block),
    firstSeconds: Number(first),
    lastSeconds: Number(last),
    lastUs: Number(lastUs),
  };
}
