// Stores windows in a ClickHouse server: a fleet's history that several collectors write and any client may query.

import { errorAt, WiretallyError } from '../../model/errors.ts';
import { findMaximum, findMinimum } from '../../model/extremes.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { DAY_SECONDS } from '../../time/units.ts';
import { listClashes } from '../../window/clash.ts';
import { compareWindows, mergeWindows } from '../../window/merge-windows.ts';
import { windowKey } from '../../window/sums.ts';
import type { Attributor } from '../attributor.ts';
import type { PruneProof } from '../deletion-proof.ts';
import type { PeriodSource } from '../period-source.ts';
import { requireVersion } from '../schema-version.ts';
import type { Span } from '../span.ts';
import { spanCondition } from '../sql/dialect.ts';
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
import { makePending } from '../write-periods.ts';
import {
  type CountedSteps,
  listPendingHours,
  type Marks,
  readMarks,
  readSteps,
} from './attribution-steps.ts';
import { listShardBuckets } from './buckets.ts';
import { NOTE_VERSION, OWN_NAMES, TABLES } from './clickhouse-tables.ts';
import { type Connection, connectTo, readRows, readTableNames, readValues, serverError } from './connect.ts';
import { clickhouseStore, mayFill, openQueries } from './dialect.ts';
import { type BucketBatch, ClickhousePeriodWriter, OvertakenError } from './period-writer.ts';
import { deleteEnded, deleteReplaced, mergeParts, pruneWindows, readBytes } from './retention.ts';
import { IN_SPAN, putWindows, readNewest, readWindows } from './windows.ts';

/** Number of newest windows that `info` checks for damage. */
const CHECK_AT_MOST = 1000;
const EVER = 2 ** 52;

/** Throws USAGE, INPUT_UNREADABLE (reading: there is no store), STORE_WRITE (writing: none can be made). */
export async function openClickhouse(
  path: string,
  options: { readonly mode: 'read' | 'write'; readonly attributor?: Attributor | null },
): Promise<ClickhouseStore> {
  const { mode, attributor = null } = options;
  const connection = await checkOpened(path, mode, connectTo(path));
  return new Clickhouse(connection, mode, attributor);
}

/** Null for a user without the right to temporary tables. */
export async function openClickhousePeriods(
  path: string,
  attributor: Attributor,
): Promise<PeriodSource | null> {
  const connection = await checkOpened(path, 'read', connectTo(path, { session: true }));
  if (await mayFill(connection)) return new SqlPeriods(clickhouseStore(connection, attributor.key));
  await connection.client.close();
  return null;
}

async function checkOpened(
  path: string,
  mode: 'read' | 'write',
  connection: Connection,
): Promise<Connection> {
  try {
    const version = await readVersion(connection);
    if (version !== null) requireVersion('INPUT_UNREADABLE', path, version);
    else if (mode === 'write') await makeTables(connection);
    else throw errorAt('INPUT_UNREADABLE', path, 'is not a store: the database contains no records');
    return connection;
  } catch (cause) {
    await connection.client.close();
    throw serverError(mode === 'read' ? 'INPUT_UNREADABLE' : 'STORE_WRITE', connection, cause);
  }
}

/** A server distributes the aggregation of its windows over processes. */
export type ClickhouseStore = Store & Required<Pick<Store, 'attribute'>>;

class Clickhouse implements ClickhouseStore {
  readonly #connection: Connection;
  readonly #mode: 'read' | 'write';
  readonly #attributor: Attributor | null;

  constructor(connection: Connection, mode: 'read' | 'write', attributor: Attributor | null) {
    this.#connection = connection;
    this.#mode = mode;
    this.#attributor = attributor;
  }

  async put(windows: readonly UsageWindow[]): Promise<PutResult> {
    this.#refuseWhenReading();
    const given = mergeWindows(windows);
    if (given.length === 0) return { added: 0, replaced: 0, ignored: 0 };
    return await this.#convertErrors('STORE_WRITE', async () => {
      const revisions = await this.#knownRevisions(given);
      const put = selectByRevision(given, revisions);
      await putWindows(this.#connection, [...put.added, ...put.replacing].sort(compareWindows));
      const clashes = await findClashes(put.same, (span) => readWindows(this.#connection, span));
      return putResult(windows, put, [...listClashes(windows), ...clashes]);
    });
  }

  async #knownRevisions(windows: readonly UsageWindow[]): Promise<Map<string, number>> {
    const starts = windows.map(({ startSeconds }) => startSeconds);
    const rows = await readRows<{ sensor: string; start: number; live: number }>(
      this.#connection,
      `SELECT sensor, start_seconds AS start, max(revision) AS live FROM windows WHERE ${IN_SPAN} GROUP BY sensor, start`,
      { from: findMinimum(starts), to: findMaximum(starts) + 1 },
    );
    return new Map(rows.map(({ sensor, start, live }) => [windowKey({ sensor, startSeconds: start }), live]));
  }

  async windows(query: WindowQuery = {}): Promise<UsageWindow[]> {
    return (await this.read(query)).windows;
  }

  async read(query: WindowQuery = {}): Promise<WindowsRead> {
    return await this.#convertErrors('INPUT_UNREADABLE', () =>
      readWindows(this.#connection, buildSpan(query)),
    );
  }

  async span(): Promise<WindowSpan | null> {
    return await this.#convertErrors('INPUT_UNREADABLE', () => readSpan(openQueries(this.#connection)));
  }

  async info(): Promise<StoreInfo> {
    const sensors = await this.sensors();
    const span = await this.span();
    const { windows, damage } = await this.#convertErrors('INPUT_UNREADABLE', () =>
      readNewest(this.#connection, CHECK_AT_MOST),
    );
    const bytes = await this.#convertErrors('INPUT_UNREADABLE', () => readBytes(this.#connection));
    return {
      kind: 'clickhouse',
      path: this.#connection.address.name,
      windows: sensors.reduce((sum, sensorSpan) => sum + sensorSpan.windows, 0),
      sensors: sensors.map(({ sensor }) => sensor),
      firstSeconds: span?.firstSeconds ?? null,
      lastSeconds: span?.lastSeconds ?? null,
      bytes,
      checked: windows.length + damage.length,
      damage,
    };
  }

  async sensors(query: WindowQuery = {}): Promise<SensorSpan[]> {
    return await this.#convertErrors('INPUT_UNREADABLE', () =>
      readSensors(openQueries(this.#connection), buildSpan(query)),
    );
  }

  async attribute(attributor: Attributor, shard: Shard): Promise<ComputedSums> {
    this.#refuseWhenReading();
    return await this.#convertErrors('STORE_WRITE', () =>
      attributeShard(this.#connection, attributor, shard),
    );
  }

  async prune(beforeSeconds: number, sensors: readonly string[] | null): Promise<PruneProof> {
    this.#refuseWhenReading();
    return await this.#convertErrors('STORE_WRITE', () =>
      pruneWindows(this.#connection, beforeSeconds, sensors),
    );
  }

  async compact(): Promise<CompactResult> {
    this.#refuseWhenReading();
    return await this.#convertErrors('STORE_WRITE', async () => {
      const bytesBefore = await readBytes(this.#connection);
      if (this.#attributor !== null)
        await attributeShard(this.#connection, this.#attributor, { part: 1, of: 1 });
      await deleteReplaced(this.#connection);
      await deleteEnded(this.#connection, this.#attributor);
      await mergeParts(this.#connection);
      return { bytesBefore, bytesAfter: await readBytes(this.#connection), setAside: [] };
    });
  }

  async close(): Promise<void> {
    await this.#connection.client.close();
  }

  async #convertErrors<T>(code: 'INPUT_UNREADABLE' | 'STORE_WRITE', work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw serverError(code, this.#connection, cause);
    }
  }

  #refuseWhenReading(): void {
    if (this.#mode === 'write') return;
    const { name } = this.#connection.address;
    throw errorAt('STORE_WRITE', name, 'was opened for reading');
  }
}

const buildSpan = ({ sinceSeconds = -EVER, untilSeconds = EVER }: WindowQuery): Span => ({
  from: sinceSeconds,
  to: untilSeconds,
});

// Computes the period sums of a ClickHouse store, of all hosts or of a shard. A killed process leaves rows that do
// not count; the next run computes the pending ones.

/** Maximum packed size of one attribution step; in memory it takes about thirty times as much. */
const STEP_BYTES = 16 << 20;

/** Ends when everything that was pending at the start is done. Any number of processes may run concurrently, also for the same hosts. */
async function attributeShard(
  connection: Connection,
  attributor: Attributor,
  shard: Shard,
): Promise<ComputedSums> {
  const { key } = attributor;
  const mine = new Set(listShardBuckets(shard));
  let [periods, wasPending] = [0, false];
  for (;;) {
    const counted = await readSteps(connection, key);
    const plan = groupBuckets(counted, await readMarks(connection), mine);
    if (plan.length === 0) return { periods, wasPending };
    wasPending = true;
    try {
      for (const together of plan) {
        for (const slice of await readSlices(connection, together)) {
          const writer = new ClickhousePeriodWriter(connection, key, counted, slice);
          periods += await makePending(writer, attributor);
        }
      }
      return { periods, wasPending };
    } catch (error) {
      // Another process was faster and computed a part of it.
      if (!(error instanceof OvertakenError)) throw error;
    }
  }
}

/** Groups the buckets of a shard by their pending hours. */
function groupBuckets(counted: CountedSteps, now: Marks, mine: ReadonlySet<number>): BucketBatch[] {
  const byPending = new Map<string, BucketBatch & { buckets: number[]; heads: string[] }>();
  for (const group of counted.groups) {
    const buckets = group.buckets.filter((bucket) => mine.has(bucket));
    const pending = listPendingHours(group, now);
    if (buckets.length === 0 || pending.length === 0) continue;
    const key = JSON.stringify(pending);
    const existing = byPending.get(key);
    const heads = group.head === null ? [] : [group.head];
    byPending.set(key, {
      buckets: [...(existing?.buckets ?? []), ...buckets],
      heads: [...(existing?.heads ?? []), ...heads],
      generation: Math.max(existing?.generation ?? 0, group.generation),
      pending,
    });
  }
  return [...byPending.values()];
}

/** Selects the buckets that fit in memory. */
async function readSlices(connection: Connection, together: BucketBatch): Promise<BucketBatch[]> {
  const { pending, buckets } = together;
  const span: Span = { from: pending[0]?.from ?? 0, to: pending.at(-1)?.to ?? 0 };
  const rows = await readValues<[number, number]>(
    connection,
    `SELECT bucket, sum(length(usage)) FROM window_usage
     WHERE bucket IN (${buckets.join(', ')}) AND ${spanCondition(span)}
     GROUP BY bucket`,
  );
  const bytesOf = new Map(rows);
  const days = Math.max(1, (span.to - span.from) / DAY_SECONDS);
  const slices: number[][] = [[]];
  let room = STEP_BYTES;
  for (const bucket of buckets) {
    const bytes = (bytesOf.get(bucket) ?? 0) / days;
    if (bytes > room && (slices.at(-1)?.length ?? 0) > 0) {
      slices.push([]);
      room = STEP_BYTES;
    }
    slices.at(-1)?.push(bucket);
    room -= bytes;
  }
  return slices.map((some) => ({ ...together, buckets: some }));
}

// The tables of a ClickHouse store: created by writers.

/** Null without a store. Throws for a database with foreign tables. */
async function readVersion(connection: Connection): Promise<number | null> {
  const names = await readTableNames(connection);
  if (names.includes('meta')) {
    const [row] = await readRows<{ version: number }>(
      connection,
      'SELECT max(schema_version) AS version FROM meta',
    );
    return row?.version === 0 ? null : (row?.version ?? null);
  }
  const [other] = names.filter((name) => !OWN_NAMES.includes(name));
  if (other === undefined) return null;
  throw new WiretallyError(
    'INPUT_UNREADABLE',
    `${connection.address.name}: is not a store: it contains ${other}`,
    {
      next: 'use a separate database',
    },
  );
}

/** Creates the tables. A writer that is killed meanwhile leaves no version, so the next one starts again. */
async function makeTables(connection: Connection): Promise<void> {
  for (const query of [...TABLES, NOTE_VERSION]) await connection.client.command({ query });
}
