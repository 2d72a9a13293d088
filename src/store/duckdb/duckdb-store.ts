// Stores windows in a DuckDB file: a history of months, queryable in SQL. One process at a time writes it.

import { type FileHandle, open, stat } from 'node:fs/promises';
import type { DuckDBValue } from '@duckdb/node-api';
import { DUCKDB_MAGIC_AT, REPLACED_MAGIC } from '../../files/duckdb-head.ts';
import { moveInPlace, writeError } from '../../files/durable-file.ts';
import { removeAtEnd } from '../../files/temporary-names.ts';
import { errorAt, optionError, WiretallyError } from '../../model/errors.ts';
import { findMaximum, findMinimum } from '../../model/extremes.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { compareText } from '../../net/address.ts';
import { DAY_SECONDS } from '../../time/units.ts';
import { listClashes } from '../../window/clash.ts';
import { compareWindows, mergeWindows } from '../../window/merge-windows.ts';
import { windowKey } from '../../window/sums.ts';
import type { Attributor } from '../attributor.ts';
import type { PruneProof } from '../deletion-proof.ts';
import type { PeriodSource } from '../period-source.ts';
import { listSpans } from '../span.ts';
import { SqlPeriods } from '../sql/periods.ts';
import { readSensors, readSpan } from '../sql/span-facts.ts';
import {
  type CompactResult,
  type ComputedSums,
  findClashes,
  type PutResult,
  putResult,
  type SensorSpan,
  type Shard,
  type Store,
  type StoreInfo,
  selectByRevision,
  type WindowQuery,
  type WindowSpan,
  type WindowsRead,
} from '../store.ts';
import { sha256OfKeys } from '../usage-file.ts';
import { makePending } from '../write-periods.ts';
import { duckdbStore, openQueries } from './dialect.ts';
import {
  type DuckdbFile,
  damaged,
  forgetDraft,
  inTransaction,
  openForReading,
  openForWriting,
  pathDraft,
  readRows,
} from './duckdb-file.ts';
import { type QueryResult, queryError, runQuery, streamAnswer } from './duckdb-queries.ts';
import { prepareTables } from './duckdb-tables.ts';
import { type AddedTable, type ExportFormat, exportAnswer, loadTexts } from './export-answer.ts';
import { deleteHostDaysBefore, sumHostDays } from './host-days.ts';
import { addPending, forgetPeriods, forgetPeriodsAround, readAttributorKey, readPending } from './pending.ts';
import { DuckdbPeriodWriter } from './period-writer.ts';
import { type RolledUp, rollUp } from './roll-up.ts';
import { appendWindows, FORGET_IDENTITIES, WINDOW_TABLES } from './rows.ts';
import { findStartAtRank, readWindows } from './windows.ts';

/** Windows this much older than the newest are summed into quarter hours: no sensor corrects them any more. */
const ROLL_UP_AFTER_SECONDS = 14 * DAY_SECONDS;

/** Length of pending time above which sums are stored; shorter times are summed by each query. */
const SUM_AFTER_SECONDS = DAY_SECONDS / 4;

/** Number of newest windows that `info` checks for damage, and batch size: about 0.2 ms each. */
const CHECK_AT_MOST = 20_000;
const CHECK_AT_ONCE = 1000;

/** A DuckDB store answers some queries that files cannot. */
export interface DuckdbStore extends Store {
  /** Spill folder of this process for results that exceed memory; null when it was opened for writing. */
  readonly spillFolder: string | null;
  /**
   * Runs an SQL query with the limits of runQuery. While the engine plans a query, only the limits of
   * `wiretally store sql` apply, which end the process. Throws as runQuery.
   */
  query(sql: string, maxSeconds?: number): Promise<QueryResult>;
  /** Adds a table for queries, which is dropped when the store is closed. */
  addTable(table: AddedTable): Promise<void>;
  /** True if windows wait for their sums, so that the tables of sums lack them. */
  hasPending(): Promise<boolean>;
  /** Writes the result of a query to a file; an existing file is replaced. Returns the number of rows. */
  exportQuery(sql: string, file: string, format: ExportFormat): Promise<number>;
  /** Sums the windows that end by a time into quarter hours. Later revisions of summed windows are ignored. */
  rollUp(beforeSeconds: number): Promise<RolledUp>;
}

export async function openDuckdb(
  path: string,
  options: {
    readonly mode: 'read' | 'write';
    readonly attributor?: Attributor | null;
    readonly keepsMinutes?: boolean;
  },
): Promise<DuckdbStore> {
  const { mode, attributor = null, keepsMinutes = false } = options;
  return new Duckdb(await openPrepared(path, mode), mode === 'write' ? attributor : null, keepsMinutes);
}

export async function openDuckdbPeriods(path: string): Promise<PeriodSource> {
  return new SqlPeriods(duckdbStore(await openPrepared(path, 'read')));
}

/** Opens a file with the tables of a store. */
async function openPrepared(path: string, mode: 'read' | 'write'): Promise<DuckdbFile> {
  const file = await (mode === 'write' ? openForWriting(path) : openForReading(path));
  try {
    await prepareTables(file);
    return file;
  } catch (error) {
    await file.close();
    throw damaged(path, error);
  }
}

class Duckdb implements DuckdbStore {
  #file: DuckdbFile;
  #isOpen = true;
  #attributor: Attributor | null;
  readonly #keepsMinutes: boolean;

  constructor(file: DuckdbFile, attributor: Attributor | null, keepsMinutes: boolean) {
    this.#file = file;
    this.#attributor = attributor;
    this.#keepsMinutes = keepsMinutes;
  }

  async put(windows: readonly UsageWindow[]): Promise<PutResult> {
    const given = mergeWindows(windows);
    this.#refuseWhenReading();
    const result = await inTransaction(this.#file, async () => {
      const revisions = await this.#knownRevisions(given);
      const put = selectByRevision(given, revisions);
      const fresh = [...put.added, ...put.replacing].sort(compareWindows);
      const clashes = await findClashes(put.same, (span) => readWindows(this.#file, span));
      await this.#delete(put.replacing);
      await appendWindows(this.#file.connection, fresh);
      await addPending(this.#file.connection, listSpans(fresh));
      return putResult(windows, put, [...listClashes(windows), ...clashes]);
    });
    if (this.#keepsMinutes) return result;
    await this.#rollUpOld();
    await this.#sumWhenMuch();
    return result;
  }

  async settle(): Promise<void> {
    await this.#sumWhenMuch();
  }

  async attribute(attributor: Attributor, { of }: Shard): Promise<ComputedSums> {
    this.#refuseWhenReading();
    if (of > 1) {
      throw optionError(
        '--shard',
        `${this.#path}: one process at a time writes a DuckDB file`,
        'leave --shard out; hosts are shared where the store is a server',
      );
    }
    const { connection } = this.#file;
    const isCurrent = (await readAttributorKey(connection)) === attributor.key;
    const wasPending = !isCurrent || (await readPending(connection)).length > 0;
    return { periods: await this.#sum(attributor), wasPending };
  }

  /** Windows are summed by whole days, so that a day is summed and attributed once. */
  async #rollUpOld(): Promise<void> {
    const [row] = await this.#rows('SELECT max(start_seconds) FROM windows');
    const newest = numberOrNull(row?.[0]);
    if (newest === null) return;
    await this.rollUp(Math.floor((newest - ROLL_UP_AFTER_SECONDS) / DAY_SECONDS) * DAY_SECONDS);
  }

  async #sumWhenMuch(): Promise<void> {
    if (this.#attributor === null) return;
    const ranges = await readPending(this.#file.connection);
    const seconds = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
    if (seconds >= SUM_AFTER_SECONDS) await this.#sumPending();
  }

  /**
   * The windows of the sums are on disk: if the sums cannot be written, nothing is lost, the spans remain
   * pending, and every query attributes them.
   */
  async #sumPending(): Promise<void> {
    if (this.#attributor === null) return;
    try {
      await this.#sum(this.#attributor);
    } catch (error) {
      if (!(error instanceof WiretallyError) || error.code !== 'STORE_WRITE') throw error;
      this.#attributor = null;
    }
  }

  /** Returns the number of periods. */
  async #sum(attributor: Attributor): Promise<number> {
    const periods = await makePending(new DuckdbPeriodWriter(this.#file), attributor);
    await inTransaction(this.#file, () => sumHostDays(this.#file.connection));
    return periods;
  }

  /** A summed window counts as known in the highest revision: it cannot be removed from the sum. */
  async #knownRevisions(windows: readonly UsageWindow[]): Promise<Map<string, number>> {
    const revisions = new Map<string, number>();
    if (windows.length === 0) return revisions;
    const starts = windows.map((window) => window.startSeconds);
    const span = [findMinimum(starts), findMaximum(starts)].map(BigInt);
    const read = async (table: string, isFinal: boolean): Promise<void> => {
      const sql = `SELECT sensor, start_seconds, revision FROM ${table} WHERE start_seconds BETWEEN $1 AND $2`;
      for (const [sensor, start, revision] of await this.#rows(sql, span)) {
        const key = windowKey({ sensor: String(sensor), startSeconds: Number(start) });
        revisions.set(key, isFinal ? Number.POSITIVE_INFINITY : Number(revision));
      }
    };
    await read('windows', false);
    await read('rolled_up', true);
    return revisions;
  }

  async #rows(sql: string, values: DuckDBValue[] = []): Promise<DuckDBValue[][]> {
    return await this.#convertErrors(() => readRows(this.#file.connection, sql, values));
  }

  /** Throws STORE_DAMAGED for every error of the engine. */
  async #convertErrors<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      throw damaged(this.#path, error);
    }
  }

  async #delete(windows: readonly UsageWindow[]): Promise<void> {
    for (const { sensor, startSeconds } of windows) {
      for (const table of WINDOW_TABLES) {
        await this.#file.connection.run(`DELETE FROM ${table} WHERE sensor = $1 AND start_seconds = $2`, [
          sensor,
          BigInt(startSeconds),
        ]);
      }
    }
  }

  async windows(query: WindowQuery = {}): Promise<UsageWindow[]> {
    return (await this.read(query)).windows;
  }

  async read(query: WindowQuery = {}): Promise<WindowsRead> {
    const span = { from: query.sinceSeconds ?? 0, to: query.untilSeconds ?? Number.MAX_SAFE_INTEGER };
    return await this.#convertErrors(() => readWindows(this.#file, span));
  }

  async span(): Promise<WindowSpan | null> {
    return await this.#convertErrors(() => readSpan(openQueries(this.#file.connection)));
  }

  /** Checks windows in batches from the newest on, up to a limit: a history of months does not fit in memory. */
  async #damage(): Promise<{ readonly damage: WiretallyError[]; readonly checked: number }> {
    const span = await this.span();
    const damage: WiretallyError[] = [];
    let checked = 0;
    const from = span?.firstSeconds ?? 0;
    for (let to = span?.lastSeconds ?? 0; from < to && checked < CHECK_AT_MOST; ) {
      const rank = CHECK_AT_ONCE - 1;
      const start = (await findStartAtRank(this.#file.connection, { from, to }, rank, 'DESC')) ?? from;
      const read = await this.read({ sinceSeconds: start, untilSeconds: to });
      damage.unshift(...read.damage);
      checked += read.windows.length + read.damage.length;
      to = start;
    }
    return { damage, checked };
  }

  async info(): Promise<StoreInfo> {
    const sensors = await this.#rows('SELECT DISTINCT sensor FROM windows');
    const [totals] = await this.#rows('SELECT count(*) FROM windows');
    const span = await this.span();
    const { damage, checked } = await this.#damage();
    return {
      kind: 'duckdb',
      path: this.#path,
      windows: Number(totals?.[0] ?? 0),
      sensors: sensors.map(([sensor]) => String(sensor)).sort(compareText),
      firstSeconds: span?.firstSeconds ?? null,
      lastSeconds: span?.lastSeconds ?? null,
      bytes: await readSize(this.#path),
      checked,
      damage,
    };
  }

  async sensors(query: WindowQuery = {}): Promise<SensorSpan[]> {
    const { sinceSeconds = 0, untilSeconds = Number.MAX_SAFE_INTEGER } = query;
    const span = { from: sinceSeconds, to: untilSeconds };
    return await this.#convertErrors(() => readSensors(openQueries(this.#file.connection), span));
  }

  async rollUp(beforeSeconds: number): Promise<RolledUp> {
    this.#refuseWhenReading();
    return await rollUp(this.#file, beforeSeconds);
  }

  async prune(beforeSeconds: number, sensors: readonly string[] | null): Promise<PruneProof> {
    this.#refuseWhenReading();
    const bytesBefore = await readSize(this.#path);
    const isOfSensors = sensors === null ? '' : ' AND list_contains(CAST($2 AS JSON)::VARCHAR[], sensor)';
    const isOld = `start_seconds + length_seconds <= $1${isOfSensors}`;
    const bound = [BigInt(beforeSeconds), ...(sensors === null ? [] : [JSON.stringify(sensors)])];
    const keys = await this.#rows(
      `SELECT sensor, start_seconds, revision FROM windows WHERE ${isOld}`,
      bound,
    );
    const old = keys.map(([sensor, start, revision]) => ({
      sensor: String(sensor),
      startSeconds: Number(start),
      revision: Number(revision),
    }));
    await inTransaction(this.#file, async () => {
      const { connection } = this.#file;
      for (const table of WINDOW_TABLES) await connection.run(`DELETE FROM ${table} WHERE ${isOld}`, bound);
      await connection.run(`DELETE FROM rolled_up WHERE start_seconds < $1${isOfSensors}`, bound);
      await deleteHostDaysBefore(connection, beforeSeconds);
      await connection.run(FORGET_IDENTITIES);
      if (sensors === null) await forgetPeriods(connection, beforeSeconds);
      else await forgetPeriodsAround(connection, old);
    });
    await this.#sumPending();
    await this.#rewrite();
    const [left] = await this.#rows(`SELECT count(*), count(*) FILTER (${isOld}) FROM windows`, bound);
    return {
      beforeSeconds,
      sensors,
      deletedWindows: old.length,
      deletedKeysSha256: sha256OfKeys(old),
      keptWindows: Number(left?.[0] ?? 0),
      bytesBefore,
      bytesAfter: await readSize(this.#path),
      foundAfterwards: Number(left?.[1] ?? 0),
    };
  }

  async compact(): Promise<CompactResult> {
    this.#refuseWhenReading();
    const bytesBefore = await readSize(this.#path);
    await this.#rollUpOld();
    await this.#sumPending();
    await this.#rewrite();
    return { bytesBefore, bytesAfter: await readSize(this.#path), setAside: [] };
  }

  /**
   * DuckDB leaves deleted rows in free blocks of its file: only a rewritten file is free of them. The old file remains
   * locked until the new one has its name, and is invalidated afterwards, so that no process writes into it;
   * its log is checkpointed before, because a log is found by name only, and another writer may then have one for the new
   * file.
   */
  async #rewrite(): Promise<void> {
    const draft = pathDraft(this.#path);
    const unregister = removeAtEnd(() => forgetDraft(draft));
    const { connection } = this.#file;
    try {
      await connection.run('CHECKPOINT');
      await connection.run(`ATTACH '${draft.replaceAll("'", "''")}' AS draft`);
      const [current] = await this.#rows('SELECT current_database()');
      await connection.run(`COPY FROM DATABASE "${String(current?.[0]).replaceAll('"', '""')}" TO draft`);
      await connection.run('DETACH draft');
      const old = await open(this.#path, 'r+');
      try {
        await moveInPlace(draft, this.#path);
        await invalidateFile(old);
        await this.#file.close();
      } finally {
        // Closed only now, because closing any descriptor of a file releases the lock of the process on it.
        await old.close();
      }
    } catch (error) {
      forgetDraft(draft);
      throw writeError(this.#path, error);
    } finally {
      unregister();
    }
    this.#isOpen = false;
    this.#file = await openForWriting(this.#path).catch((cause: unknown) => {
      throw explainBusy(this.#path, cause);
    });
    this.#isOpen = true;
  }

  get #path(): string {
    return this.#file.path;
  }

  get spillFolder(): string | null {
    return this.#file.spillFolder;
  }

  async query(sql: string, maxSeconds?: number): Promise<QueryResult> {
    return await runQuery(this.#file, sql, maxSeconds);
  }

  async addTable({ name, columns, rows }: AddedTable): Promise<void> {
    await loadTexts(this.#file.connection, name, columns, rows);
  }

  async hasPending(): Promise<boolean> {
    return (await readPending(this.#file.connection)).length > 0;
  }

  async exportQuery(sql: string, file: string, format: ExportFormat): Promise<number> {
    const answer = await streamAnswer(this.#file, sql);
    return await exportAnswer(answer, file, format, (cause) => queryError(this.#path, cause));
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    try {
      // A quick end is more important than attributing the whole history by another catalogue.
      const key = await readAttributorKey(this.#file.connection);
      if (key === null || key === this.#attributor?.key) await this.#sumPending();
    } finally {
      await this.#file.close();
    }
  }

  #refuseWhenReading(): void {
    if (this.#file.isWritable) return;
    throw errorAt('STORE_WRITE', this.#path, 'was opened for reading');
  }
}

/** Invalidates the replaced file: a writer that waits for its lock must not find a store in it. A renamed copy is unchanged. */
async function invalidateFile(old: FileHandle): Promise<void> {
  if ((await old.stat()).nlink === 0) await old.write(REPLACED_MAGIC, DUCKDB_MAGIC_AT);
}

/** Explains STORE_BUSY after a rewrite: a waiting writer has opened the file meanwhile. */
function explainBusy(path: string, cause: unknown): unknown {
  if (!(cause instanceof WiretallyError) || cause.code !== 'STORE_BUSY') return cause;
  return errorAt(
    'STORE_BUSY',
    path,
    'was rewritten, and another process opened it before it was read again',
    { cause, next: 'nothing is lost; see "wiretally store info"' },
  );
}

function numberOrNull(value: DuckDBValue | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}

async function readSize(path: string): Promise<number> {
  const log = await stat(`${path}.wal`).catch(() => null);
  return (await stat(path)).size + (log?.size ?? 0);
}
