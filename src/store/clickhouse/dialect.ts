// Implements the SQL dialect of ClickHouse for the shared statements.

import { ClickHouseError } from '@clickhouse/client';
import { joinSpans, type Span } from '../span.ts';
import { type Dialect, type SqlRow, type SqlStore, spanCondition } from '../sql/dialect.ts';
import type { Table } from '../sql/tables.ts';
import {
  type CountedSteps,
  listPendingHours,
  liveCondition,
  readMarks,
  readSteps,
} from './attribution-steps.ts';
import { type Connection, insertRows, readValues, runCommand, serverError } from './connect.ts';
import { buildRows, columnType } from './rows.ts';
import { readUsage } from './windows.ts';

/** Tables with the number of their window; other tables identify a window by three columns. */
const NUMBERED: ReadonlySet<string> = new Set(['host_totals', 'host_dark', 'damaged_windows']);
const THREE = 'sensor, start_seconds, revision';

function facts(table: string, span: Span): string {
  const all = `${table} FINAL WHERE ${spanCondition(span)}`;
  if (table === 'windows') return all;
  const [is, key] = NUMBERED.has(table) ? ['window', 'window'] : [`(${THREE})`, THREE];
  return `${all} AND ${is} IN (SELECT ${key} FROM windows FINAL WHERE ${spanCondition(span)})`;
}

const CLICKHOUSE: Dialect = {
  divide: (dividend, divisor) => `intDiv(${dividend}, ${divisor})`,
  number: (expression) => expression,
  aggregateIf: (aggregate, expression, condition) => `${aggregate}OrNullIf(${expression}, ${condition})`,
  bitOr: (expression) => `groupBitOr(${expression})`,
  bitCount: (expression) => `bitCount(${expression})`,
  bit: (number) => `bitShiftLeft(toUInt64(1), toUInt8(${number}))`,
  distinctList: (expression) => `groupUniqArray(${expression})`,
  joined: (expression, separator) => `arrayStringConcat(groupArray(${expression}), '${separator}')`,
  joinedDistinct: (expression, separator) =>
    `arrayStringConcat(groupUniqArray(toString(${expression})), '${separator}')`,
  words: (expressions) => `concat(${expressions.join(", ',', ")})`,
  contains: (text, part) => `position(${text}, ${part}) > 0`,
  truth: '1',
  rowNumber: 'rowNumberInAllBlocks()',
  antiJoin: 'LEFT ANTI JOIN',
  facts,
  // The server skips blocks that begin outside the span.
  periods: (table, { from, to }) => `${table} WHERE block_seconds >= ${from} AND block_seconds < ${to}`,
  identity: {
    sums: `any(host) AS a_host, any(mac) AS a_mac, any(mac_from) AS a_mac_from, any(names) AS some_names,
      any(addresses) AS some_addresses,`,
    result: 'a_host, a_mac, a_mac_from, some_names, some_addresses',
    join: '',
  },
};

/** Parts of a store that need no temporary tables. */
export const openQueries = (connection: Connection): Pick<SqlStore, 'dialect' | 'rows' | 'each'> => ({
  dialect: CLICKHOUSE,
  rows: (sql) => readValues<SqlRow>(connection, sql),
  async each(sql, take) {
    for (const row of await readValues<SqlRow>(connection, sql)) take(row);
  },
});

interface Counted extends CountedSteps {
  readonly pending: Span[];
}

/** `key`: identifies the catalogue and rules that the sums were computed with; other sums are ignored. */
export function clickhouseStore(connection: Connection, key: string): SqlStore {
  // The set of valid attribution steps is read once per open store; hours attributed later count as pending.
  let counted: Promise<Counted> | null = null;
  const countedSteps = (): Promise<Counted> => {
    counted ??= readCounted(connection, key);
    return counted;
  };
  return {
    path: connection.address.name,
    ...openQueries(connection),
    run: (sql) => runCommand(connection, sql),
    keep: (table, query) =>
      runCommand(connection, `CREATE OR REPLACE TEMPORARY TABLE ${table} ENGINE = Memory AS ${query}`),
    fill: (table, ofs) => fill(connection, table, ofs),
    attributorKey: async () => ((await countedSteps()).steps.length > 0 ? key : null),
    pending: async () => (await countedSteps()).pending,
    countedPeriods: async () => liveCondition(await countedSteps()),
    async usage(span, wants) {
      const { windows, damage } = await readUsage(connection, span, { buckets: null, wants });
      return { windows, damage: damage.map(({ error }) => error) };
    },
    asError: (cause) => serverError('INPUT_UNREADABLE', connection, cause),
    close: () => connection.client.close(),
  };
}

async function readCounted(connection: Connection, key: string): Promise<Counted> {
  const steps = await readSteps(connection, key);
  const now = await readMarks(connection);
  return { ...steps, pending: joinSpans(steps.groups.flatMap((group) => listPendingHours(group, now))) };
}

/** False for a user without the right to create temporary tables. */
export async function mayFill(connection: Connection): Promise<boolean> {
  try {
    await runCommand(
      connection,
      'CREATE OR REPLACE TEMPORARY TABLE candidates (period UInt64) ENGINE = Memory',
    );
    return true;
  } catch (cause) {
    if (cause instanceof ClickHouseError && ['ACCESS_DENIED', 'READONLY'].includes(cause.type ?? ''))
      return false;
    throw cause;
  }
}

async function fill<Of>(connection: Connection, table: Table<Of>, ofs: readonly Of[]): Promise<void> {
  const columns = table.columns.map((column) => `${column.name} ${columnType(column)}`);
  await runCommand(
    connection,
    `CREATE OR REPLACE TEMPORARY TABLE ${table.name} (${columns.join(', ')}) ENGINE = Memory`,
  );
  await insertRows(connection, table.name, buildRows(table, ofs));
}
