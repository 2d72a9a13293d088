// The tables of a ClickHouse store: created and migrated by writers.

import { WiretallyError } from '../../model/errors.ts';
import { DAY_SECONDS } from '../../time/units.ts';
import { type Connection, rowsOf, valuesOf } from './connect.ts';
import { CLICKHOUSE_VERSION, COLUMNS, FROM_VERSION_1, NOTE_VERSION, OWN_NAMES, TABLES } from './tables.ts';
import { putWindows, readWindows } from './windows.ts';

/** Null without a store. Throws for a database with foreign tables. */
export async function versionOf(connection: Connection): Promise<number | null> {
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
    return row?.version === 0 ? null : (row?.version ?? null);
  }
  const [other] = names.filter((name) => !OWN_NAMES.includes(name));
  if (other === undefined) return null;
  throw new WiretallyError('INPUT_UNREADABLE', `${connection.address.name}: is no store: it holds ${other}`, {
    next: 'name a database of its own',
  });
}

/** Whether a store has the version and the columns of this program. */
export async function isCurrent(connection: Connection, version: number | null): Promise<boolean> {
  if (version !== CLICKHOUSE_VERSION) return false;
  const rows = await valuesOf<[string, string]>(
    connection,
    'SELECT table, name FROM system.columns WHERE database = currentDatabase()',
  );
  const known = new Set(rows.map(([table, name]) => `${table}.${name}`));
  return COLUMNS.every((column) => known.has(column));
}

/** A killed migration leaves the version unchanged: the next writer starts again, and nothing is lost. */
export async function migrate(connection: Connection, version: number | null): Promise<void> {
  if (await isCurrent(connection, version)) return;
  const isFirst = version === 1;
  for (const query of [...(isFirst ? FROM_VERSION_1 : []), ...TABLES])
    await connection.client.command({ query });
  if (isFirst) await putAnew(connection);
  await connection.client.command({ query: NOTE_VERSION });
}

/** Every window in the current format, day by day; an unreadable one is retained and reported as before. */
async function putAnew(connection: Connection): Promise<void> {
  const [[count, first, last] = [0, 0, 0]] = await valuesOf<[number, number, number]>(
    connection,
    'SELECT count(), min(start_seconds), max(start_seconds) FROM windows',
  );
  if (count === 0) return;
  for (let from = first; from <= last; from += DAY_SECONDS) {
    const { windows } = await readWindows(connection, { from, to: from + DAY_SECONDS });
    await putWindows(connection, windows);
  }
}
