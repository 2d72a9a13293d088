// Windows in a ClickHouse server: a fleet's history that several collectors write and anybody may ask.

import { WiretallyError } from '../../model/errors.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { compareText } from '../../net/address.ts';
import { compareWindows, mergeWindows, windowKey } from '../../window/merge.ts';
import { leastOf, mostOf } from '../../window/sums.ts';
import type {
  CompactResult,
  PruneProof,
  PutResult,
  SensorSpan,
  Store,
  StoreInfo,
  WindowQuery,
  WindowSpan,
  WindowsRead,
} from '../store.ts';
import { sha256OfKeys } from '../usage-file.ts';
import { type Connection, connectTo, type Params, rowsOf, runCommand, serverError } from './connect.ts';
import { factRows, windowIn, windowRow } from './rows.ts';
import { CLICKHOUSE_VERSION, FACT_TABLES, TABLES } from './tables.ts';

/** Windows that `info` looks for damage in, the newest. */
const CHECK_AT_MOST = 1000;
const EVER = 2 ** 52;
const IN_SPAN = 'start_seconds >= {from: Int64} AND start_seconds < {to: Int64}';
const IS_OLD = 'start_seconds + length_seconds <= {before: Int64}';
/** Names hold any signs: on their way to a server quotes and backslashes mean something. */
const IS_MEANT = "has(JSONExtract(base64Decode({sensors: String}), 'Array(String)'), sensor)";
const ALL_TABLES = ['windows', ...FACT_TABLES] as const;

/** Throws USAGE, INPUT_UNREADABLE (reading: there is no store), STORE_WRITE (writing: none can be made). */
export async function openClickhouse(path: string, mode: 'read' | 'write'): Promise<Store> {
  const connection = connectTo(path);
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
    if (version === null) for (const query of TABLES) await connection.client.command({ query });
    return new ClickhouseStore(connection, mode);
  } catch (cause) {
    await connection.client.close();
    throw serverError(mode === 'read' ? 'INPUT_UNREADABLE' : 'STORE_WRITE', connection, cause);
  }
}

/** Null where there is no store. Throws for a database that holds tables of somebody else. */
async function versionOf(connection: Connection): Promise<number | null> {
  const tables = await rowsOf<{ name: string }>(
    connection,
    'SELECT name FROM system.tables WHERE database = currentDatabase()',
  );
  const names = tables.map(({ name }) => name);
  if (names.includes('meta')) {
    const [row] = await rowsOf<{ version: number }>(
      connection,
      'SELECT max(schema_version) AS version FROM meta',
    );
    return row?.version ?? 0;
  }
  const [other] = names.filter((name) => !TABLES.some((sql) => sql.includes(` ${name} `)));
  if (other === undefined) return null;
  throw new WiretallyError('INPUT_UNREADABLE', `${connection.address.name}: is no store: it holds ${other}`, {
    next: 'name a database of its own',
  });
}

class ClickhouseStore implements Store {
  readonly #connection: Connection;
  readonly #mode: 'read' | 'write';

  constructor(connection: Connection, mode: 'read' | 'write') {
    this.#connection = connection;
    this.#mode = mode;
  }

  /** Rows first, windows last: what was begun and not ended does not count. */
  async put(windows: readonly UsageWindow[]): Promise<PutResult> {
    this.#refuseWhenReading();
    const given = mergeWindows(windows);
    if (given.length === 0) return { added: 0, replaced: 0, ignored: 0 };
    return await this.#asking('STORE_WRITE', async () => {
      const known = await this.#knownRevisions(given);
      const fresh = given.filter((window) => (known.get(windowKey(window)) ?? -1) < window.revision);
      const facts = fresh.map(factRows);
      for (const table of FACT_TABLES)
        await this.#insert(
          table,
          facts.flatMap((each) => each[table]),
        );
      await this.#insert('windows', fresh.map(windowRow));
      const added = fresh.filter((window) => !known.has(windowKey(window))).length;
      return { added, replaced: fresh.length - added, ignored: windows.length - fresh.length };
    });
  }

  async #insert(table: string, values: readonly object[]): Promise<void> {
    if (values.length === 0) return;
    await this.#connection.client.insert({ table, values: [...values], format: 'JSONEachRow' });
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
    return await this.#read(
      `SELECT sensor, start_seconds AS start, message FROM windows FINAL WHERE ${IN_SPAN}`,
      spanOf(query),
    );
  }

  /** Row by row: of what is read the windows alone stay in memory. */
  async #read(query: string, params: Params): Promise<WindowsRead> {
    const { client, address } = this.#connection;
    const windows: UsageWindow[] = [];
    const damage: WiretallyError[] = [];
    await this.#asking('INPUT_UNREADABLE', async () => {
      const answer = await client.query({ query, query_params: { ...params }, format: 'JSONEachRow' });
      for await (const rows of answer.stream<{ sensor: string; start: number; message: string }>()) {
        for (const row of rows) {
          const { sensor, start, message } = row.json();
          const read = windowIn(message);
          windows.push(...read.windows);
          if (read.windows.length === 1 && read.damage.length === 0) continue;
          const reason = read.damage[0]?.reason ?? 'it holds no window';
          const text = `${address.name}: window ${start} of ${sensor} left out: ${reason}`;
          damage.push(new WiretallyError('STORE_DAMAGED', text, { where: address.name }));
        }
      }
    });
    return { windows: windows.sort(compareWindows), damage };
  }

  async span(): Promise<WindowSpan | null> {
    const [row] = await this.#rows<{ windows: number; first: number; last: number }>(
      'SELECT count() AS windows, min(start_seconds) AS first, max(start_seconds + length_seconds) AS last FROM windows',
    );
    return row === undefined || row.windows === 0 ? null : { firstSeconds: row.first, lastSeconds: row.last };
  }

  async info(): Promise<StoreInfo> {
    const sensors = await this.sensors();
    const span = await this.span();
    const newest = `SELECT sensor, start_seconds AS start, message FROM windows FINAL ORDER BY start_seconds DESC LIMIT ${CHECK_AT_MOST}`;
    const { windows, damage } = await this.#read(newest, {});
    return {
      kind: 'clickhouse',
      path: this.#connection.address.name,
      windows: sensors.reduce((sum, each) => sum + each.windows, 0),
      sensors: sensors.map(({ sensor }) => sensor),
      firstSeconds: span?.firstSeconds ?? null,
      lastSeconds: span?.lastSeconds ?? null,
      bytes: await this.#bytes(),
      checked: windows.length + damage.length,
      damage,
    };
  }

  async sensors(query: WindowQuery = {}): Promise<SensorSpan[]> {
    const spans = await this.#rows<SensorSpan>(
      `SELECT sensor, count() AS windows, min(start_seconds) AS firstSeconds,
         max(start_seconds + length_seconds) AS lastSeconds, sum(length_seconds) AS coveredSeconds,
         sum(w.packets) AS packets, sum(kernel_drops) AS kernelDrops
       FROM windows AS w FINAL WHERE ${IN_SPAN} GROUP BY sensor`,
      spanOf(query),
    );
    return spans.sort((a, b) => compareText(a.sensor, b.sensor));
  }

  async prune(beforeSeconds: number, sensors: readonly string[] | null): Promise<PruneProof> {
    this.#refuseWhenReading();
    const isGoing = sensors === null ? IS_OLD : `${IS_OLD} AND ${IS_MEANT}`;
    const before = {
      before: beforeSeconds,
      ...(sensors === null ? {} : { sensors: Buffer.from(JSON.stringify(sensors)).toString('base64') }),
    };
    const bytesBefore = await this.#bytes();
    const old = await this.#rows<{ sensor: string; startSeconds: number; revision: number }>(
      `SELECT sensor, start_seconds AS startSeconds, revision FROM windows FINAL WHERE ${isGoing}`,
      before,
    );
    for (const table of ALL_TABLES)
      await this.#command(`ALTER TABLE ${table} DELETE WHERE ${isGoing}`, before);
    let found = 0;
    for (const table of ALL_TABLES) {
      const [left] = await this.#rows<{ rows: number }>(
        `SELECT count() AS rows FROM ${table} WHERE ${isGoing}`,
        before,
      );
      found += left?.rows ?? 0;
    }
    const [kept] = await this.#rows<{ windows: number }>('SELECT count() AS windows FROM windows FINAL');
    return {
      beforeSeconds,
      sensors,
      deletedWindows: old.length,
      deletedKeysSha256: sha256OfKeys(old),
      keptWindows: kept?.windows ?? 0,
      bytesBefore,
      bytesAfter: await this.#bytes(),
      foundAfterwards: found,
    };
  }

  /** Of rows those go whose window has a later revision; others may be of a window that is being put. */
  async compact(): Promise<CompactResult> {
    this.#refuseWhenReading();
    const bytesBefore = await this.#bytes();
    for (const table of FACT_TABLES) {
      await this.#command(
        `ALTER TABLE ${table} DELETE WHERE (sensor, start_seconds, revision) IN (
           SELECT facts.sensor, facts.start_seconds, facts.revision FROM ${table} AS facts
           INNER JOIN (SELECT sensor, start_seconds, max(revision) AS live FROM windows GROUP BY sensor, start_seconds) AS w
           ON w.sensor = facts.sensor AND w.start_seconds = facts.start_seconds WHERE facts.revision < w.live)`,
      );
    }
    for (const table of ALL_TABLES) await this.#command(`OPTIMIZE TABLE ${table} FINAL`);
    return { bytesBefore, bytesAfter: await this.#bytes(), setAside: [] };
  }

  async close(): Promise<void> {
    await this.#connection.client.close();
  }

  async #bytes(): Promise<number> {
    const [row] = await this.#rows<{ bytes: number }>(
      'SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = currentDatabase()',
    );
    return row?.bytes ?? 0;
  }

  async #rows<T>(query: string, params: Params = {}): Promise<T[]> {
    return await this.#asking('INPUT_UNREADABLE', () => rowsOf<T>(this.#connection, query, params));
  }

  async #command(query: string, params: Params = {}): Promise<void> {
    await this.#asking('STORE_WRITE', () => runCommand(this.#connection, query, params));
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

const spanOf = ({ sinceSeconds = -EVER, untilSeconds = EVER }: WindowQuery): Params => ({
  from: sinceSeconds,
  to: untilSeconds,
});
