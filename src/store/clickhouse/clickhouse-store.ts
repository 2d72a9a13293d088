// Windows in a ClickHouse server: a fleet's history that several collectors write and anybody may ask.

import { WiretallyError } from '../../model/errors.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { clashesAmong } from '../../window/clash.ts';
import { mergeWindows, windowKey } from '../../window/merge.ts';
import { leastOf, mostOf } from '../../window/sums.ts';
import type { Attributor } from '../attributor.ts';
import type { PeriodSource } from '../period-source.ts';
import type { Span } from '../span.ts';
import { readSensors, readSpan } from '../sql/host-facts.ts';
import { SqlPeriods } from '../sql/periods.ts';
import {
  type CompactResult,
  clashesWith,
  type MadeSums,
  type PruneProof,
  type PutResult,
  type SensorSpan,
  type Shard,
  type Store,
  type StoreInfo,
  type WindowQuery,
  type WindowSpan,
  type WindowsRead,
  withClashes,
} from '../store.ts';
import { attributeShard } from './attribute-shard.ts';
import { type Connection, connectTo, rowsOf, serverError } from './connect.ts';
import { askedOf, clickhouseStore, mayFill } from './dialect.ts';
import { isCurrent, migrate, versionOf } from './migrate.ts';
import { bytesOf, deleteEnded, deleteReplaced, mergeParts, pruneWindows } from './retention.ts';
import { CLICKHOUSE_VERSION } from './tables.ts';
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
  const { connection } = await opened(path, mode, connectTo(path));
  return new Clickhouse(connection, mode, attributor);
}

/** Null for a store without period sums (of an older version), and for a user without the right to temporary tables. */
export async function openClickhousePeriods(
  path: string,
  attributor: Attributor,
): Promise<PeriodSource | null> {
  const { connection, version } = await opened(path, 'read', connectTo(path, { session: true }));
  if ((await isCurrent(connection, version)) && (await mayFill(connection)))
    return new SqlPeriods(clickhouseStore(connection, attributor.key));
  await connection.client.close();
  return null;
}

async function opened(
  path: string,
  mode: 'read' | 'write',
  connection: Connection,
): Promise<{ connection: Connection; version: number | null }> {
  try {
    const version = await versionOf(connection);
    if (version !== null && version > CLICKHOUSE_VERSION) {
      throw new WiretallyError('INPUT_UNREADABLE', `${path}: was made by a newer version`, { where: path });
    }
    if (version === null && mode === 'read') {
      throw new WiretallyError('INPUT_UNREADABLE', `${path}: is no store: the database holds no windows`, {
        where: path,
      });
    }
    if (mode === 'write') await migrate(connection, version);
    return { connection, version };
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
    return await this.#asking('STORE_WRITE', async () => {
      const known = await this.#knownRevisions(given);
      const fresh = given.filter((window) => (known.get(windowKey(window)) ?? -1) < window.revision);
      await putWindows(this.#connection, fresh);
      const same = given.filter((window) => known.get(windowKey(window)) === window.revision);
      const clashes = await clashesWith(same, (span) => readWindows(this.#connection, span));
      const added = fresh.filter((window) => !known.has(windowKey(window))).length;
      const counts = { added, replaced: fresh.length - added, ignored: windows.length - fresh.length };
      return withClashes(counts, [...clashesAmong(windows), ...clashes]);
    });
  }

  async #knownRevisions(windows: readonly UsageWindow[]): Promise<Map<string, number>> {
    const starts = windows.map(({ startSeconds }) => startSeconds);
    const rows = await rowsOf<{ sensor: string; start: number; live: number }>(
      this.#connection,
      `SELECT sensor, start_seconds AS start, max(revision) AS live FROM windows WHERE ${IN_SPAN} GROUP BY sensor, start`,
      { from: leastOf(starts), to: mostOf(starts) + 1 },
    );
    return new Map(rows.map(({ sensor, start, live }) => [windowKey({ sensor, startSeconds: start }), live]));
  }

  async windows(query: WindowQuery = {}): Promise<UsageWindow[]> {
    return (await this.read(query)).windows;
  }

  async read(query: WindowQuery = {}): Promise<WindowsRead> {
    return await this.#asking('INPUT_UNREADABLE', () => readWindows(this.#connection, spanOf(query)));
  }

  async span(): Promise<WindowSpan | null> {
    return await this.#asking('INPUT_UNREADABLE', () => readSpan(askedOf(this.#connection)));
  }

  async info(): Promise<StoreInfo> {
    const sensors = await this.sensors();
    const span = await this.span();
    const { windows, damage } = await this.#asking('INPUT_UNREADABLE', () =>
      readNewest(this.#connection, CHECK_AT_MOST),
    );
    const bytes = await this.#asking('INPUT_UNREADABLE', () => bytesOf(this.#connection));
    return {
      kind: 'clickhouse',
      path: this.#connection.address.name,
      windows: sensors.reduce((sum, each) => sum + each.windows, 0),
      sensors: sensors.map(({ sensor }) => sensor),
      firstSeconds: span?.firstSeconds ?? null,
      lastSeconds: span?.lastSeconds ?? null,
      bytes,
      checked: windows.length + damage.length,
      damage,
    };
  }

  async sensors(query: WindowQuery = {}): Promise<SensorSpan[]> {
    return await this.#asking('INPUT_UNREADABLE', () =>
      readSensors(askedOf(this.#connection), spanOf(query)),
    );
  }

  async attribute(attributor: Attributor, shard: Shard): Promise<MadeSums> {
    this.#refuseWhenReading();
    return await this.#asking('STORE_WRITE', () => attributeShard(this.#connection, attributor, shard));
  }

  async prune(beforeSeconds: number, sensors: readonly string[] | null): Promise<PruneProof> {
    this.#refuseWhenReading();
    return await this.#asking('STORE_WRITE', () => pruneWindows(this.#connection, beforeSeconds, sensors));
  }

  async compact(): Promise<CompactResult> {
    this.#refuseWhenReading();
    return await this.#asking('STORE_WRITE', async () => {
      const bytesBefore = await bytesOf(this.#connection);
      if (this.#attributor !== null)
        await attributeShard(this.#connection, this.#attributor, { part: 1, of: 1 });
      await deleteReplaced(this.#connection);
      await deleteEnded(this.#connection, this.#attributor);
      await mergeParts(this.#connection);
      return { bytesBefore, bytesAfter: await bytesOf(this.#connection), setAside: [] };
    });
  }

  async close(): Promise<void> {
    await this.#connection.client.close();
  }

  async #asking<T>(code: 'INPUT_UNREADABLE' | 'STORE_WRITE', work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw serverError(code, this.#connection, cause);
    }
  }

  #refuseWhenReading(): void {
    if (this.#mode === 'write') return;
    const { name } = this.#connection.address;
    throw new WiretallyError('STORE_WRITE', `${name}: was opened for reading`, { where: name });
  }
}

const spanOf = ({ sinceSeconds = -EVER, untilSeconds = EVER }: WindowQuery): Span => ({
  from: sinceSeconds,
  to: untilSeconds,
});
