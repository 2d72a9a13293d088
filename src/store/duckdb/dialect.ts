// Implements the SQL dialect of DuckDB for the shared statements.

import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { Span } from '../span.ts';
import { type Dialect, type SqlRow, type SqlStore, spanCondition } from '../sql/dialect.ts';
import { readOutcomesByStart } from '../sql/span-facts.ts';
import type { ColumnValue, Table } from '../sql/tables.ts';
import { type Database, type DuckdbFile, damaged } from './duckdb-file.ts';
import { hostRowsSql } from './host-days.ts';
import { readAttributorKey, readPending } from './pending.ts';
import { appendRows, getType } from './rows.ts';
import { readUsage, type StoredWindows } from './windows.ts';

const aggregate = (name: string, expression: string, condition: string): string =>
  `${name}(${expression}) FILTER (WHERE ${condition})`;

const DUCKDB: Dialect = {
  divide: (dividend, divisor) => `((${dividend}) // ${divisor})`,
  // Sums of integers are HUGEINT (128 bits), which is slow to fetch.
  number: (expression) => `(${expression})::DOUBLE`,
  aggregateIf: aggregate,
  bitOr: (expression) => `bit_or(${expression})`,
  bitCount: (expression) => `bit_count(${expression})`,
  bit: (number) => `(1::UBIGINT << (${number})::UBIGINT)`,
  distinctList: (expression) => `list(DISTINCT ${expression})`,
  joined: (expression, separator) => `string_agg(${expression}, '${separator}')`,
  joinedDistinct: (expression, separator) => `string_agg(DISTINCT ${expression}, '${separator}')`,
  words: (expressions) => `concat_ws(',', ${expressions.join(', ')})`,
  contains: (text, part) => `contains(${text}, ${part})`,
  truth: 'true',
  rowNumber: 'row_number() OVER ()',
  antiJoin: 'ANTI JOIN',
  facts: (table, span) => `${table} WHERE ${spanCondition(span)}`,
  periods: (table) => `${table} WHERE true`,
  // Identities are joined after summing, because numbers are grouped faster than texts.
  identity: {
    sums: '',
    result: 'host, mac, mac_from, names, addresses',
    join: 'INNER JOIN host_identities USING (identity)',
  },
  signs: signsSql,
};

/** Length of the `[[` before the first time in a text of signs, and of a time in microseconds (16 digits until 2286). */
const [OPENING, TIME_LENGTH] = [2, 16];

/**
 * The signs of most periods differ in their times only and belong to one day (see signsText). The first sign then
 * represents them all, and the texts of one use are joined. Parsing every sign took half of the time of a report of months.
 */
function signsSql(key: string, rows: string, dayOf: (seconds: string) => string): string {
  const dayAt = (text: string, at: string): string =>
    dayOf(`TRY_CAST(substr(${text}, ${at}, ${TIME_LENGTH}) AS BIGINT) // 1000000`);
  // Without its form, each sign but the first is a comma, a bracket and a time.
  const isOneForm = `starts_with(form, ',"used",')
    AND (strlen(signs) - strlen(times)) * ${TIME_LENGTH + 2} = (strlen(times) - 1) * strlen(form)`;
  const isOneDay = `${dayAt('signs', String(OPENING + 1))} = ${dayAt('times', `strlen(times) - ${TIME_LENGTH}`)}`;
  return `SELECT ${key}, '[' || string_agg(sign, ',') || ']' FROM (
      SELECT ${key}, substr(signs, 2, CASE WHEN is_one THEN next ELSE strlen(signs) END - 2) AS sign,
        CASE WHEN next > 0 AND NOT is_one THEN period END AS own
      FROM (
        SELECT *, coalesce(${isOneForm} AND ${isOneDay}, false) AS is_one FROM (
          SELECT *, CASE WHEN form <> '' THEN replace(signs, form, '') END AS times FROM (
            SELECT *, CASE WHEN next > 0 THEN substr(signs, ${OPENING + TIME_LENGTH + 1}, next - ${OPENING + TIME_LENGTH + 1}) END AS form
            FROM (SELECT *, strpos(signs, ',[1') AS next FROM ${rows} AS b) AS b1
          ) AS b2
        ) AS b3
      ) AS b4
    ) AS each_period GROUP BY ${key}, own`;
}

/** Parts of a store that need no temporary tables. */
export const openQueries = (
  connection: DuckDBConnection,
): Pick<SqlStore, 'dialect' | 'rows' | 'each' | 'hostRows'> => {
  // Reads chunk by chunk: the whole result at once would be in memory twice.
  const each: SqlStore['each'] = async (sql, take) => {
    for await (const chunk of await connection.stream(sql)) {
      const columns = Array.from({ length: chunk.columnCount }, (_, column) => chunk.getColumnVector(column));
      for (let row = 0; row < chunk.rowCount; row++)
        take(columns.map((values) => plainValue(values.getItem(row))));
    }
  };
  return {
    dialect: DUCKDB,
    each,
    hostRows: (span, dayOf) => hostRowsSql(connection, span, dayOf),
    async rows(sql) {
      const rows: SqlRow[] = [];
      await each(sql, (row) => rows.push(row));
      return rows;
    },
  };
};

/**
 * Reads facts for attribution, with the outcomes of connections, which have a separate table: the first window of each
 * start time gets the outcomes of all sensors.
 */
export async function readUsageWithOutcomes(
  database: Database,
  span: Span,
  wants: ((host: string, startSeconds: number) => boolean) | null = null,
  onlyHost: string | null = null,
): Promise<StoredWindows> {
  const { windows, ...read } = await readUsage(database, span, wants, onlyHost);
  const outcomes = await readOutcomesByStart(openQueries(database.connection), span);
  return {
    ...read,
    windows: windows.map((window) => {
      const { startSeconds } = window;
      const cells = outcomes.get(startSeconds)?.filter(({ host }) => wants?.(host, startSeconds) ?? true);
      outcomes.delete(startSeconds);
      return cells === undefined || cells.length === 0 ? window : { ...window, outcomes: cells };
    }),
  };
}

export function duckdbStore(file: DuckdbFile): SqlStore {
  const { path, connection } = file;
  return {
    path,
    ...openQueries(connection),
    async run(sql) {
      await connection.run(sql);
    },
    async keep(table, query) {
      await connection.run(`CREATE OR REPLACE TEMP TABLE ${table} AS ${query}`);
    },
    fill: (table, ofs) => fill(connection, table, ofs),
    attributorKey: () => readAttributorKey(connection),
    pending: () => readPending(connection),
    countedPeriods: async () => 'true',
    usage: (span: Span, isWanted, host) => readUsageWithOutcomes(file, span, isWanted, host),
    asError: (cause) => damaged(path, cause),
    close: () => file.close(),
  };
}

async function fill<Of>(connection: DuckDBConnection, table: Table<Of>, ofs: readonly Of[]): Promise<void> {
  const columns = table.columns.map(({ name, type }) => `${name} ${getType(type)}`);
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${table.name} (${columns.join(', ')})`);
  await appendRows(connection, table, ofs, 'temp');
}

function plainValue(value: DuckDBValue): SqlRow[number] {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object' || value === null) return value as ColumnValue;
  return 'items' in value && Array.isArray(value.items) ? value.items.map(Number) : String(value);
}
