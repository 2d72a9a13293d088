// Declares the columns of a DuckDB store, and appends rows.

import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import type { HostTotals, UsageWindow } from '../../model/usage.ts';
import {
  type Column,
  type ColumnType,
  column,
  FACT_TABLES,
  HOST_TOTALS,
  IDENTITY,
  type Identity,
  identityText,
  type NumberedPeriod,
  nullable,
  PERIODS,
  type Table,
  TOOL_TABLES,
  toolsIn,
  WINDOW_KEY,
  WINDOWS,
} from '../sql/tables.ts';
import { readRows } from './duckdb-file.ts';
import { deleteHostDays } from './host-days.ts';
import { packHosts, packUsage } from './packed-parts.ts';

/** Columns are those of the shared tables, with packed windows. */
interface DuckdbColumn<Row, Of> extends Omit<Column<Row, Of>, 'type' | 'value'> {
  readonly type: ColumnType | 'bytes';
  value(row: Row, of: Of): ReturnType<Column['value']> | Uint8Array;
}

export interface DuckdbTable<Of, Row = unknown> extends Omit<Table<Of, Row>, 'columns'> {
  readonly columns: readonly DuckdbColumn<Row, Of>[];
}

const START_KEY = [WINDOW_KEY.sensor, WINDOW_KEY.start];

/** Windows: `message` has hosts and statistics, `usage` the facts for attribution. */
const STORED_WINDOWS: DuckdbTable<UsageWindow, UsageWindow> = {
  ...WINDOWS,
  columns: [
    ...START_KEY,
    WINDOW_KEY.revision,
    WINDOW_KEY.length,
    { name: 'message', type: 'bytes', isNullable: false, value: packHosts },
    { name: 'usage', type: 'bytes', isNullable: false, value: packUsage },
    ...WINDOWS.columns,
  ],
};

/** Tables of window facts, in which a number replaces address, MAC and names of a host. */
function factTables(identityOf: (host: HostTotals) => number): DuckdbTable<UsageWindow>[] {
  const identity = column<HostTotals>('identity', 'small', identityOf);
  return FACT_TABLES.map((table): DuckdbTable<UsageWindow> => {
    const columns = [...START_KEY, WINDOW_KEY.length, ...table.columns];
    return { ...table, columns: table.name === HOST_TOTALS.name ? [...columns, identity] : columns };
  });
}

/** Address, MAC and names of hosts, so that sums over months group by a number instead of texts. */
const HOST_IDENTITIES: DuckdbTable<readonly [number, Identity], readonly [number, Identity]> = {
  name: 'host_identities',
  rowsOf: (row) => [row],
  columns: [
    column('identity', 'small', ([number]) => number),
    column('host', 'word', ([, { host }]) => host),
    nullable(column('mac', 'word', ([, { mac }]) => mac)),
    ...IDENTITY.map((column) => ({
      ...column,
      value: ([, host]: readonly [number, Identity]) => column.value(host, undefined),
    })),
  ],
};

export const TABLES: readonly DuckdbTable<never>[] = [
  STORED_WINDOWS,
  ...factTables(() => 0),
  HOST_IDENTITIES,
  PERIODS,
  ...TOOL_TABLES,
];

/** Tables with rows of each window, all with (sensor, start_seconds). */
export const WINDOW_TABLES: readonly string[] = [WINDOWS, ...FACT_TABLES].map(({ name }) => name);

/** Deletes identities without a window. */
export const FORGET_IDENTITIES =
  'DELETE FROM host_identities WHERE identity NOT IN (SELECT DISTINCT identity FROM host_totals)';

/** Appends windows to all tables. The caller has a transaction open. */
export async function appendWindows(
  connection: DuckDBConnection,
  windows: readonly UsageWindow[],
): Promise<void> {
  await deleteHostDays(connection, windows);
  await appendRows(connection, STORED_WINDOWS, windows);
  const identityOf = await identify(connection, windows);
  for (const table of factTables(identityOf)) await appendRows(connection, table, windows);
}

export async function appendPeriods(
  connection: DuckDBConnection,
  periods: readonly NumberedPeriod[],
): Promise<void> {
  await appendRows(connection, PERIODS, periods);
  const tools = toolsIn(periods);
  for (const table of TOOL_TABLES) await appendRows(connection, table, tools);
}

/** Numbers by `identityText` after the last `identify` of a connection. */
const IDENTITIES = new WeakMap<DuckDBConnection, Map<string, number>>();

/** Looks up or creates the number of every host in the windows, within the transaction of the caller. */
async function identify(
  connection: DuckDBConnection,
  windows: readonly UsageWindow[],
): Promise<(host: HostTotals) => number> {
  const read = (sql: string) => readRows(connection, `${sql} FROM host_identities`);
  const [[count, most] = []] = await read('SELECT count(*), coalesce(max(identity), -1)');
  let numbers = IDENTITIES.get(connection);
  // After a rollback or FORGET_IDENTITIES the table has fewer rows than the cache.
  if (numbers?.size !== Number(count)) {
    const stored = await read('SELECT identity, host, mac, mac_from, names, addresses');
    numbers = new Map(stored.map(([identity, ...texts]) => [JSON.stringify(texts), Number(identity)]));
    IDENTITIES.set(connection, numbers);
  }
  const numbering = numbers;
  let next = Number(most) + 1;
  const added: [number, Identity][] = [];
  for (const { hosts } of windows) {
    for (const host of hosts) {
      const text = identityText(host);
      if (numbering.has(text)) continue;
      numbering.set(text, next);
      added.push([next++, host]);
    }
  }
  await appendRows(connection, HOST_IDENTITIES, added);
  // Each reading of a file makes new host objects, so identities are compared as texts.
  return (host) => {
    const number = numbering.get(identityText(host));
    if (number === undefined) throw new Error(`no identity of ${host.host} is known`);
    return number;
  };
}

const TYPES: Readonly<Record<DuckdbColumn<unknown, unknown>['type'], string>> = {
  text: 'VARCHAR',
  word: 'VARCHAR',
  count: 'BIGINT',
  whole: 'BIGINT',
  period: 'BIGINT',
  small: 'INTEGER',
  tiny: 'INTEGER',
  truth: 'BOOLEAN',
  bytes: 'BLOB',
};
export const getType = (type: keyof typeof TYPES): string => TYPES[type] ?? 'VARCHAR';

const APPEND: Readonly<
  Record<DuckdbColumn<unknown, unknown>['type'], (to: DuckDBAppender, value: never) => void>
> = {
  text: (to, value) => to.appendVarchar(value),
  word: (to, value) => to.appendVarchar(value),
  count: (to, value) => to.appendBigInt(BigInt(value)),
  whole: (to, value) => to.appendBigInt(BigInt(value)),
  period: (to, value) => to.appendBigInt(BigInt(value)),
  small: (to, value) => to.appendInteger(value),
  tiny: (to, value) => to.appendInteger(value),
  truth: (to, value) => to.appendBoolean(value),
  bytes: (to, value) => to.appendBlob(value),
};

/** Appends the rows that belong to some windows or periods. The table has the declared columns in their order. */
export async function appendRows<Of>(
  connection: DuckDBConnection,
  { name, columns, rowsOf }: DuckdbTable<Of>,
  ofs: readonly Of[],
  catalog: 'stored' | 'temp' = 'stored',
): Promise<void> {
  const appender = await connection.createAppender(name, ...(catalog === 'stored' ? [] : ['main', 'temp']));
  try {
    for (const source of ofs) {
      for (const row of rowsOf(source)) {
        for (const column of columns) {
          const value = column.value(row, source);
          if (value === null) appender.appendNull();
          else APPEND[column.type](appender, value as never);
        }
        appender.endRow();
      }
    }
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
}
