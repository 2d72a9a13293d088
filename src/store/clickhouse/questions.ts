// Questions in SQL to a ClickHouse store, as people ask them: only read, only of the store's own tables, with ceilings that
// the server keeps.

import { text as textOf } from 'node:stream/consumers';
import { ClickHouseError, type ClickHouseSettings } from '@clickhouse/client';
import { WiretallyError } from '../../model/errors.ts';
import type { AnswerValue, ServerAnswer } from '../period-source.ts';
import { type Connection, connectTo, rowsOf, serverError } from './connect.ts';
import { type Askable, partsQuery, plainQuestion, refused, requireOwnTables } from './question-guard.ts';
import { OWN_NAMES } from './tables.ts';

const MOST_ROWS = 1_000_000;
/** Limit of a result in memory, as counted by the server. */
const MOST_BYTES = 2 ** 29;
/** Of the server, for one question. */
const MOST_MEMORY = 2 ** 31;
const SPARE_MS = 30_000;

const OWN: ReadonlySet<string> = new Set(OWN_NAMES);

/**
 * Throws USAGE for an invalid query or one beyond the store; QUESTION_LIMIT when it exceeds the limits of time or result
 * size; INPUT_UNREADABLE.
 */
export async function askServer(store: string, sql: string, mostSeconds: number): Promise<ServerAnswer> {
  const question = plainQuestion(sql);
  const connection = connectTo(store, { timeoutMs: mostSeconds * 1000 + SPARE_MS });
  try {
    const { askable, isFree } = await readAskable(connection);
    requireOwnTables(await partsOf(connection, question), askable);
    return await answerOf(connection, question, {
      ...LIMITS,
      // A read-only user may not set readonly.
      ...(isFree ? { readonly: '1' } : {}),
      max_execution_time: mostSeconds,
    });
  } catch (cause) {
    throw questionError(connection, cause, mostSeconds);
  } finally {
    await connection.client.close();
  }
}

const LIMITS: ClickHouseSettings = {
  // An error after the first rows could no longer be reported.
  wait_end_of_query: 1,
  cancel_http_readonly_queries_on_client_close: 1,
  timeout_overflow_mode: 'throw',
  result_overflow_mode: 'throw',
  max_result_rows: String(MOST_ROWS),
  max_result_bytes: String(MOST_BYTES),
  max_memory_usage: String(MOST_MEMORY),
  // Numbers as they are: a double holds 53 bits.
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_denormals: 1,
  output_format_json_quote_decimals: 1,
};

/** The client would name the format of the answer in the question itself, as a part of it. */
async function partsOf({ client }: Connection, question: string): Promise<string[]> {
  const clickhouse_settings = { default_format: 'JSONEachRow' as const };
  const { stream } = await client.exec({ query: partsQuery(question), clickhouse_settings });
  const rows = (await textOf(stream)).split('\n').filter((line) => line !== '');
  return rows.map((row) => String((JSON.parse(row) as { explain?: unknown }).explain));
}

/** `isFree`: this user is not bound to reading. */
async function readAskable(connection: Connection): Promise<{ askable: Askable; isFree: boolean }> {
  const tables = await rowsOf<{ name: string }>(
    connection,
    'SELECT name FROM system.tables WHERE database = currentDatabase()',
  );
  const databases = await rowsOf<{ name: string }>(connection, 'SELECT name FROM system.databases');
  const [setting] = await rowsOf<{ bound: string }>(
    connection,
    "SELECT value AS bound FROM system.settings WHERE name = 'readonly'",
  );
  const { database } = connection.address;
  const others = databases.map(({ name }) => name).filter((name) => name !== database);
  return {
    askable: {
      database,
      own: OWN,
      foreign: new Set(tables.map(({ name }) => name).filter((name) => !OWN.has(name))),
      databases: new Set(others),
    },
    isFree: setting?.bound === '0',
  };
}

async function answerOf(
  { client }: Connection,
  query: string,
  clickhouse_settings: ClickHouseSettings,
): Promise<ServerAnswer> {
  const format = 'JSONCompactEachRowWithNamesAndTypes';
  const answer = await client.query({ query, format, clickhouse_settings });
  const lines: unknown[][] = [];
  for await (const chunk of answer.stream<unknown[]>()) lines.push(...chunk.map((line) => line.json()));
  const [columns = [], types = []] = lines.splice(0, 2).map((line) => line.map(String));
  return {
    columns,
    types: types.map(duckdbType),
    rows: lines.map((line) => line.map((cell, i) => answerValue(cell, types[i] ?? ''))),
  };
}

const WHOLE = /^U?Int(?:64|128|256)$/;
const FRACTION = /^B?Float/;

/** The type without Nullable and LowCardinality. */
const bareType = (type: string): string =>
  /^(?:Nullable|LowCardinality)\((.*)\)$/.test(type) ? bareType(type.slice(type.indexOf('(') + 1, -1)) : type;

/** DuckDB's names of the types of this server. */
const TYPES: readonly (readonly [server: RegExp, type: string])[] = [
  [/^Int(8|16|32|64)$/, 'BIGINT'],
  [/^UInt(8|16|32)$/, 'BIGINT'],
  [/^UInt64$/, 'UBIGINT'],
  [/^Int(128|256)$/, 'HUGEINT'],
  [/^UInt(128|256)$/, 'UHUGEINT'],
  [/^B?Float/, 'DOUBLE'],
  [/^Bool$/, 'BOOLEAN'],
  [/^Date(32)?$/, 'DATE'],
  [/^DateTime/, 'TIMESTAMP'],
];

const duckdbType = (type: string): string =>
  TYPES.find(([server]) => server.test(bareType(type)))?.[1] ?? 'VARCHAR';

function answerValue(cell: unknown, type: string): AnswerValue {
  if (cell === null || cell === undefined) return null;
  const bare = bareType(type);
  if (typeof cell === 'string' && WHOLE.test(bare)) return BigInt(cell);
  if (typeof cell === 'string' && FRACTION.test(bare)) return fractionOf(cell);
  if (typeof cell === 'string' || typeof cell === 'number' || typeof cell === 'boolean') return cell;
  return listText(cell);
}

const fractionOf = (text: string): number =>
  ({ nan: Number.NaN, inf: Number.POSITIVE_INFINITY, '-inf': Number.NEGATIVE_INFINITY })[text] ??
  Number(text);

/** Lists and nested types in the notation of DuckDB. */
function listText(value: unknown): string {
  if (value === null) return 'NULL';
  if (Array.isArray(value)) return `[${value.map(listText).join(', ')}]`;
  if (typeof value === 'object') {
    const parts = Object.entries(value).map(([name, each]) => `'${name}': ${listText(each)}`);
    return `{${parts.join(', ')}}`;
  }
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
}

function questionError(connection: Connection, cause: unknown, mostSeconds: number): WiretallyError {
  if (!(cause instanceof ClickHouseError)) return serverError('INPUT_UNREADABLE', connection, cause);
  const limited = (what: string): WiretallyError =>
    new WiretallyError('QUESTION_LIMIT', what, { cause, next: 'ask for less at once' });
  switch (cause.type) {
    case 'TIMEOUT_EXCEEDED':
      return limited(`the question took more than ${mostSeconds} s`);
    case 'MEMORY_LIMIT_EXCEEDED':
      return limited('the question needs more than 2 GB of memory');
    case 'TOO_MANY_ROWS_OR_BYTES':
      return limited(`the answer has more than ${MOST_ROWS} rows, or 512 MiB`);
    case 'AUTHENTICATION_FAILED':
      return serverError('INPUT_UNREADABLE', connection, cause);
    default:
      return refused(cause.message.split('\n')[0] ?? cause.message);
  }
}
