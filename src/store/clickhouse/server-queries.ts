// Runs SQL queries of users on a ClickHouse store: read-only, only on the tables of the store, with limits that
// the server enforces.

import { text as textOf } from 'node:stream/consumers';
import { ClickHouseError, type ClickHouseSettings } from '@clickhouse/client';
import { usageError, WiretallyError } from '../../model/errors.ts';
import type { AnswerValue, ServerAnswer } from '../period-source.ts';
import { OWN_NAMES } from './clickhouse-tables.ts';
import { type Connection, connectTo, readRows, readTableNames, serverError } from './connect.ts';

const MAX_ROWS = 1_000_000;
/** Limit of a result in memory, as counted by the server. */
const MAX_BYTES = 2 ** 29;
/** Memory limit of the server for one query. */
const MAX_MEMORY = 2 ** 31;
const SPARE_MS = 30_000;

const OWN: ReadonlySet<string> = new Set(OWN_NAMES);

/**
 * Throws USAGE for an invalid query or one beyond the store; QUESTION_LIMIT when it exceeds the limits of time or result
 * size; INPUT_UNREADABLE.
 */
export async function runServerQuery(store: string, sql: string, mostSeconds: number): Promise<ServerAnswer> {
  const question = requireSingleStatement(sql);
  const connection = connectTo(store, { timeoutMs: mostSeconds * 1000 + SPARE_MS });
  try {
    const { askable, isFree } = await readQueryScope(connection);
    for (const line of await readParts(connection, question)) {
      if (line.trim() === '') continue;
      const [, part = '', what = ''] = LINE.exec(line) ?? [];
      if (!PARTS.has(part)) throw refused(`${part === '' ? 'this' : part} is not allowed in queries`);
      if (part === 'Function') requirePureFunction(what);
      if (part === 'TableIdentifier' || part === 'Identifier') requireStoreName(what, askable);
    }
    return await readAnswer(connection, question, {
      ...LIMITS,
      // A read-only user may not set readonly.
      ...(isFree ? { readonly: '1' } : {}),
      max_execution_time: mostSeconds,
    });
  } catch (cause) {
    throw queryError(connection, cause, mostSeconds);
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
  max_result_rows: String(MAX_ROWS),
  max_result_bytes: String(MAX_BYTES),
  max_memory_usage: String(MAX_MEMORY),
  // Numbers are not quoted: a double has 53 bits.
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_denormals: 1,
  output_format_json_quote_decimals: 1,
};

/** Runs EXPLAIN without a FORMAT clause of the client, which would become a part of the query. */
async function readParts({ client }: Connection, question: string): Promise<string[]> {
  const clickhouse_settings = { default_format: 'JSONEachRow' as const };
  const { stream } = await client.exec({ query: partsQuery(question), clickhouse_settings });
  const rows = (await textOf(stream)).split('\n').filter((line) => line !== '');
  return rows.map((row) => String((JSON.parse(row) as { explain?: unknown }).explain));
}

/** `isFree`: the user is not restricted to reading. */
async function readQueryScope(connection: Connection): Promise<{ askable: QueryScope; isFree: boolean }> {
  const tables = await readTableNames(connection);
  const databases = await readRows<{ name: string }>(connection, 'SELECT name FROM system.databases');
  const [setting] = await readRows<{ bound: string }>(
    connection,
    "SELECT value AS bound FROM system.settings WHERE name = 'readonly'",
  );
  const { database } = connection.address;
  const others = databases.map(({ name }) => name).filter((name) => name !== database);
  return {
    askable: {
      database,
      own: OWN,
      foreign: new Set(tables.filter((name) => !OWN.has(name))),
      databases: new Set(others),
    },
    isFree: setting?.bound === '0',
  };
}

async function readAnswer(
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
  if (typeof cell === 'string' && FRACTION.test(bare)) return parseFraction(cell);
  if (typeof cell === 'string' || typeof cell === 'number' || typeof cell === 'boolean') return cell;
  return listText(cell);
}

const parseFraction = (text: string): number =>
  ({ nan: Number.NaN, inf: Number.POSITIVE_INFINITY, '-inf': Number.NEGATIVE_INFINITY })[text] ??
  Number(text);

/** Lists and nested types in the notation of DuckDB. */
function listText(value: unknown): string {
  if (value === null) return 'NULL';
  if (Array.isArray(value)) return `[${value.map(listText).join(', ')}]`;
  if (typeof value === 'object') {
    const parts = Object.entries(value).map(([name, content]) => `'${name}': ${listText(content)}`);
    return `{${parts.join(', ')}}`;
  }
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
}

function queryError(connection: Connection, cause: unknown, mostSeconds: number): WiretallyError {
  if (!(cause instanceof ClickHouseError)) return serverError('INPUT_UNREADABLE', connection, cause);
  const limited = (what: string): WiretallyError =>
    new WiretallyError('QUESTION_LIMIT', what, { cause, next: 'select less data' });
  switch (cause.type) {
    case 'TIMEOUT_EXCEEDED':
      return limited(`the query took more than ${mostSeconds} s`);
    case 'MEMORY_LIMIT_EXCEEDED':
      return limited('the query needs more than 2 GB of memory');
    case 'TOO_MANY_ROWS_OR_BYTES':
      return limited(`the answer has more than ${MAX_ROWS} rows, or 512 MiB`);
    case 'AUTHENTICATION_FAILED':
      return serverError('INPUT_UNREADABLE', connection, cause);
    default:
      return refused(cause.message.split('\n')[0] ?? cause.message);
  }
}

// Restricts SQL queries to a server. The server parses a query (EXPLAIN AST, which resolves and opens nothing), and the
// parts of its tree are compared with lists of those that read only the tables of the store: a server
// also reads files, other servers and URLs for its users.

interface QueryScope {
  readonly database: string;
  readonly own: ReadonlySet<string>;
  readonly foreign: ReadonlySet<string>;
  readonly databases: ReadonlySet<string>;
}

/** Permitted parts of a query; other parts may hide their content (as APPLY hides the name of a function). */
const PARTS = new Set(
  `SelectWithUnionQuery SelectIntersectExceptQuery SelectQuery ExpressionList Subquery WithElement Asterisk
  QualifiedAsterisk ColumnsRegexpMatcher ColumnsListMatcher ColumnsTransformerList ColumnsExceptTransformer Identifier
  Literal OrderByElement TablesInSelectQuery TablesInSelectQueryElement TableExpression TableIdentifier TableJoin ArrayJoin
  Function WindowDefinition WindowListElement`.split(/\s+/),
);

/** Functions that compute from their arguments only, in lower case: operators, and words by meaning. */
const FUNCTIONS = new Set(
  `plus minus multiply divide intdiv modulo positivemodulo negate abs sign equals notequals less greater lessorequals
  greaterorequals and or not xor in notin nullin notnullin globalin globalnotin exists like notlike ilike notilike match
  if multiif case caseWithExpression coalesce ifnull nullif assumenotnull isnull isnotnull isnan isfinite isinfinite
  greatest least cast accuratecast accuratecastornull reinterpret tuple untuple lambda in concat concatwithseparator
  count sum sumwithoverflow sumcount min max any anylast anyheavy first_value last_value argmin argmax avg avgweighted
  median mode var_pop var_samp varpop varsamp stddev_pop stddev_samp stddevpop stddevsamp covarpop covarsamp corr
  uniq uniqexact uniqcombined uniqcombined64 uniqhll12 countdistinct topk topkweighted boundingratio entropy kurtpop
  skewpop deltasum simplelinearregression exponentialmovingaverage
  row_number rank dense_rank percent_rank cume_dist ntile lag lead laginframe leadinframe nth_value
  now now64 today yesterday timeslot timeslots timediff age monthname add subtract
  length lengthutf8 empty notempty lower upper lowerutf8 upperutf8 reverse left right lpad rpad repeat ascii char hex unhex
  base64encode base64decode startswith endswith like position locate instr strpos ltrim rtrim
  floor ceil ceiling round roundbankers trunc truncate sqrt cbrt exp exp2 exp10 ln log log2 log10 pow power intexp2 pi e
  cityhash64 siphash64 md5 sha1 sha256 crc32 bitcount has hasall hasany indexof countequal range
  ipv4numtostring ipv4stringtonum ipv6numtostring ipv6stringtonum isipv4string isipv6string isipaddressinrange
  ipv4cidrtorange ipv6cidrtorange`
    .toLowerCase()
    .split(/\s+/),
);
/** Prefixes of further such functions; no table function begins with one. */
const FAMILIES =
  /^(to|date|format(datetime|readable)|parsedatetime|add(s|m|h|d|w|q|y)|subtract(s|m|h|d|w|q|y)|array|tuple|map|bit(and|or|xor|not|shift|test|mask)|grouparray|groupuniqarray|groupbit|quantiles?|median|substring|position|replace|split|string|extract|trim|isnull|json|simplejson|regexp|argmin|argmax)/;
/** Suffixes of aggregate functions. */
const COMBINATORS = /(if|distinct|ornull|ordefault|foreach|array)+$/;

const BEGIN = /^[\s(]*(?:select|with|from)\b/i;
/** Words that end a query or change its output. They are also refused inside texts and names, which do not need them. */
const ENDINGS = /\b(outfile|settings)\b/i;
const LINE = /^ *([A-Za-z:]+)(?: (.*?))??(?: \(alias .*\))?(?: \(children \d+\))?$/;
const NAME = /^[A-Za-z_]\w*$/;

/** Returns the single statement. Throws USAGE for other text. */
function requireSingleStatement(sql: string): string {
  const question = sql.replace(/[\s;]+$/, '');
  if (!BEGIN.test(question)) throw refused('a query to a server begins with SELECT, WITH or FROM');
  if (question.includes(';'))
    throw refused('a query to a server is one statement without a semicolon (char(59) is one)');
  const ending = ENDINGS.exec(question)?.[1];
  if (ending !== undefined) throw refused(`${ending.toUpperCase()} is not allowed in queries`);
  return question;
}

/** Parser of a query. Between brackets only a SELECT is valid. */
const partsQuery = (question: string): string => `EXPLAIN AST SELECT * FROM (\n${question}\n)`;

function requirePureFunction(name: string): void {
  const word = name.toLowerCase();
  const bare = word.replace(COMBINATORS, '');
  if (NAME.test(name) && (FUNCTIONS.has(word) || FUNCTIONS.has(bare) || FAMILIES.test(word))) return;
  throw refused(`the function ${name} is not allowed in queries`);
}

/** After IN a plain name may be a table too. */
function requireStoreName(name: string, { database, own, foreign, databases }: QueryScope): void {
  const [first = '', second = ''] = name.split('.');
  const isOutside = foreign.has(name) || (name.includes('.') && databases.has(first));
  if (isOutside || (first === database && name.includes('.') && !own.has(second)))
    throw refused(`${name} is not a table of the store`);
}

function refused(reason: string): WiretallyError {
  return usageError(reason, 'ask with SELECT; docs/store.md names tables and columns');
}
