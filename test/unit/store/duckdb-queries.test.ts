// Which questions in SQL a DuckDB store answers, and which it refuses, in any spelling.

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DuckdbStore, openDuckdb } from '../../../src/store/duckdb/duckdb-store.ts';
import { FUNCTIONS, TABLE_FUNCTIONS } from '../../../src/store/duckdb/query-guard.ts';
import { temporaryFolder } from '../../temporary.ts';
import { askDuckdb } from './ask-duckdb.ts';
import { minuteWindow } from './minute-window.ts';

const folder = temporaryFolder('questions');
const file = join(folder, 'secret.csv');
const out = join(folder, 'stolen');

let store: DuckdbStore;
beforeAll(async () => {
  const path = join(folder, 'asked.duckdb');
  const writer = await openDuckdb(path, { mode: 'write' });
  await writer.put([minuteWindow(0), minuteWindow(1)]);
  await writer.close();
  writeFileSync(file, 'a,b\n1,2\n');
  store = await openDuckdb(path, { mode: 'read' });
});
afterAll(async () => {
  await store.close();
});

/** Forbidden targets of a query, as an expression in FROM. */
const TABLES = [
  'enable_logging()',
  'ENABLE_LOGGING()',
  '"enable_logging"()',
  '"Enable_Logging" ()',
  'enable_logging/**/()',
  'enable_logging--\n()',
  'system.enable_logging()',
  'main.enable_logging()',
  'system.main.enable_logging()',
  '"system"."main"."enable_logging"()',
  "enable_logging(storage = 'file')",
  'disable_logging()',
  'enable_profiling()',
  'enable_peg_parser()',
  'truncate_duckdb_logs()',
  'force_checkpoint()',
  'checkpoint()',
  "read_csv('FILE')",
  "read_csv_auto('FILE')",
  "read_text('FILE')",
  "read_blob('FILE')",
  "read_json('FILE')",
  "read_parquet('FILE')",
  "parquet_scan('FILE')",
  "sniff_csv('FILE')",
  "glob('FILE')",
  "'FILE'",
  '"FILE"',
  "query('SELECT 1')",
  "query('CALL enable_logging()')",
  "query_table('windows')",
  "query_table(['windows', 'meta'])",
  "json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
  "sql_auto_complete('SEL')",
  "summary('windows')",
  'arrow_scan(1, 2, 3)',
  'arrow_scan_dumb(1, 2, 3)',
  "seq_scan('windows')",
  'duckdb_settings()',
  'duckdb_secrets()',
  "which_secret('s3://x', 's3')",
  'duckdb_functions()',
  'duckdb_logs()',
  'duckdb_logs',
  'duckdb_temporary_files()',
  'duckdb_external_file_cache()',
  "pragma_storage_info('windows')",
  "pragma_table_info('windows')",
  'pragma_database_list',
  'pragma_database_size()',
  'sqlite_master',
  'pg_catalog.pg_settings',
  'pg_settings',
  'information_schema.tables',
  'system.information_schema.tables',
  'test_all_types()',
  'repeat_row(1, num_rows = 3)',
  'no_such_table',
  'other.main.windows',
  'temp.main.windows',
];

/** One of each kind of them: what a place lets through, it lets through for all of a kind. */
const KINDS = [
  'enable_logging()',
  '"system"."main"."enable_logging"()',
  "read_text('FILE')",
  "'FILE'",
  "query_table(['windows', 'meta'])",
  'duckdb_logs',
  'information_schema.tables',
  'no_such_table',
];

/** Ways to embed one in a query. */
const PLACES: readonly (readonly [what: string, question: (table: string) => string])[] = [
  ['plain', (table) => `SELECT * FROM ${table}`],
  ['a comment within a text', (table) => `SELECT '/*', * FROM ${table} WHERE '*/' <> ''`],
  ['a line comment within a text', (table) => `SELECT '--', * FROM ${table}`],
  ['a comment within a name', (table) => `SELECT 1 AS "/*" FROM ${table} AS "*/"`],
  ['a text between dollars', (table) => `SELECT $a$ /* $a$, * FROM ${table} WHERE $$ */ $$ <> ''`],
  ['a nested comment', (table) => `SELECT /* /* */ */ * FROM ${table}`],
  ['FROM first', (table) => `FROM ${table}`],
  ['brackets', (table) => `((SELECT * FROM ((${table}))))`],
  ['a subquery', (table) => `SELECT * FROM (SELECT * FROM ${table}) AS t`],
  ['a scalar subquery', (table) => `SELECT (SELECT count(*) FROM ${table})`],
  ['EXISTS', (table) => `SELECT sensor FROM windows WHERE EXISTS (FROM ${table})`],
  ['IN', (table) => `SELECT 1 WHERE 1 IN (SELECT 1 FROM ${table})`],
  ['a list of a query', (table) => `SELECT ARRAY(SELECT 1 FROM ${table})`],
  ['WITH', (table) => `WITH a AS (SELECT * FROM ${table}) SELECT * FROM a`],
  ['WITH of WITH', (table) => `WITH a AS (WITH b AS (FROM ${table}) FROM b) FROM a`],
  ['WITH that is not used', (table) => `WITH a AS MATERIALIZED (FROM ${table}) SELECT 1`],
  [
    'a recursive query',
    (table) => `WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a, ${table} WHERE n < 3) FROM a`,
  ],
  ['a join', (table) => `SELECT * FROM windows CROSS JOIN ${table}`],
  ['a join of a side', (table) => `SELECT * FROM windows LEFT JOIN LATERAL (FROM ${table}) AS t ON true`],
  ['UNION', (table) => `SELECT 1 UNION ALL SELECT 1 FROM ${table}`],
  ['EXCEPT', (table) => `SELECT 1 EXCEPT (SELECT 1 FROM ${table})`],
  ['ORDER BY', (table) => `SELECT 1 ORDER BY (SELECT count(*) FROM ${table})`],
  ['LIMIT', (table) => `SELECT 1 LIMIT (SELECT count(*) FROM ${table})`],
  ['VALUES', (table) => `VALUES ((SELECT count(*) FROM ${table}))`],
  ['a window', (table) => `SELECT sum(1) OVER (ORDER BY (SELECT count(*) FROM ${table}))`],
  ['FILTER', (table) => `SELECT count(*) FILTER ((SELECT count(*) FROM ${table}) > 0)`],
  ['CASE', (table) => `SELECT CASE WHEN true THEN (SELECT count(*) FROM ${table}) END`],
  ['a lambda', (table) => `SELECT list_transform([1], x -> (SELECT count(*) FROM ${table}))`],
  ['PIVOT', (table) => `FROM ${table} PIVOT (count(*) FOR a IN (1, 2))`],
  ['UNPIVOT', (table) => `UNPIVOT ${table} ON a INTO NAME n VALUE v`],
  ['EXPLAIN', (table) => `EXPLAIN SELECT * FROM ${table}`],
  ['EXPLAIN ANALYZE', (table) => `EXPLAIN ANALYZE SELECT * FROM ${table}`],
  ['DESCRIBE', (table) => `DESCRIBE SELECT * FROM ${table}`],
  ['SUMMARIZE', (table) => `SUMMARIZE SELECT * FROM ${table}`],
];

const CALLS = [
  "getenv('HOME')",
  "current_setting('temp_directory')",
  "system.main.current_setting('temp_directory')",
  "'temp_directory'.current_setting()",
  'sensor.write_log() FROM windows',
  "write_log('x')",
  "write_log('x', level := 'ERROR')",
  'sleep_ms(1)',
  'pg_sleep(1)',
  "getvariable('x')",
  "nextval('s')",
  'setseed(0.1)',
  'current_query()',
  'CURRENT_QUERY()',
  '"current_query"()',
  'current_database()',
  'txid_current()',
  "json_serialize_sql('SELECT 1')",
  "json_serialize_plan('SELECT 1')",
  "json_deserialize_sql('{}')",
  "parse_duckdb_log_message('HTTP', 'x')",
  'stats(sensor) FROM windows',
  'vector_type(sensor) FROM windows',
  'finalize(sum(1) EXPORT_STATE)',
  'sum(1) EXPORT_STATE',
  "in_search_path('a', 'b')",
  "cast_to_type('1', 1)",
  "read_text('FILE')",
  'list_transform([1], x -> sleep_ms(x))',
  'no_such_function(1)',
];

const STATEMENTS = [
  '',
  ';',
  '-- nothing',
  'SELECT 1; SELECT 2',
  "SELECT ';'; CALL enable_logging()",
  'SELECT 1\0; CALL enable_logging()',
  'SELECT 1 /*\0*/',
  "ATTACH 'OUT'",
  'DETACH asked',
  'USE system',
  'PRAGMA show_tables',
  'PRAGMA enable_logging',
  'pragma/**/version',
  'CALL enable_logging()',
  'call "enable_logging"()',
  'SET threads = 1',
  "SET VARIABLE x = 'y'",
  'RESET threads',
  "COPY windows TO 'OUT'",
  "COPY (SELECT 1) TO 'OUT'",
  "COPY windows FROM 'FILE'",
  "EXPORT DATABASE 'OUT'",
  "IMPORT DATABASE 'OUT'",
  'CREATE TABLE t AS SELECT 1',
  'CREATE TEMP TABLE t AS SELECT 1',
  'CREATE MACRO f() AS 1',
  'CREATE SECRET (TYPE s3)',
  'CREATE VIEW v AS SELECT 1',
  'INSERT INTO meta VALUES (1)',
  'WITH a AS (SELECT 1) INSERT INTO meta SELECT 1 FROM a',
  'WITH a AS (DELETE FROM meta RETURNING 1) SELECT * FROM a',
  'UPDATE meta SET schema_version = 1',
  'DELETE FROM windows',
  'TRUNCATE windows',
  'DROP TABLE windows',
  'ALTER TABLE windows ADD COLUMN x INT',
  'MERGE INTO meta USING meta AS m ON true WHEN MATCHED THEN DELETE',
  'BEGIN',
  'COMMIT',
  'CHECKPOINT',
  'VACUUM',
  'ANALYZE',
  'INSTALL httpfs',
  'LOAD httpfs',
  "LOAD 'OUT'",
  'PREPARE p AS SELECT 1',
  'EXECUTE p',
  'EXPLAIN CALL enable_logging()',
  "EXPLAIN ANALYZE COPY windows TO 'OUT'",
  'EXPLAIN EXPLAIN SELECT 1',
  'EXPLAIN ANALYZE ANALYZE',
  'EXPLAIN SELECT 1; CALL enable_logging()',
  'SELECT $1',
  'SELECT 1e400',
  'SELECT ?',
  'SHOW DATABASES',
  'SHOW ALL TABLES',
  'SHOW VARIABLES',
  'SHOW SCHEMAS',
  'DESCRIBE duckdb_logs',
  'WITH duckdb_logs AS (SELECT * FROM duckdb_logs) SELECT * FROM duckdb_logs',
  'SELECT (WITH duckdb_logs AS (SELECT 1) FROM duckdb_logs), (SELECT count(*) FROM duckdb_logs)',
  'WITH "FILE" AS (SELECT 1) SELECT 1 UNION ALL SELECT 1 FROM (FROM "FILE")',
  'SELECT * FROM a, (WITH a AS (SELECT 1) FROM a)',
  'selec 1',
  "SELECT 'open",
  'SELECT 1 /* open',
  `SELECT ${'('.repeat(200_000)}1${')'.repeat(200_000)}`,
  `SELECT ${'NOT '.repeat(5000)}true`,
  `SELECT ${'(SELECT '.repeat(2000)}1${')'.repeat(2000)}`,
];

const filled = (question: string): string => question.replaceAll('FILE', file).replaceAll('OUT', out);

async function requireRefused(question: string): Promise<void> {
  await expect(store.query(filled(question)), question).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.not.stringContaining('\n'),
  });
}

/** The same where the answer would be written to a file. */
async function requireNoFile(question: string): Promise<void> {
  await requireRefused(question);
  await expect(store.exportQuery(filled(question), out, 'csv'), question).rejects.toMatchObject({
    code: 'USAGE',
  });
  expect(existsSync(out)).toBe(false);
}

describe('a question that would read or do anything else', () => {
  it('is refused for each table function and foreign table', async () => {
    for (const table of TABLES) {
      await requireRefused(`SELECT * FROM ${table}`);
      await requireRefused(`SELECT (SELECT count(*) FROM ${table})`);
    }
  });

  it.each(PLACES)('is refused for each kind of these: %s', async (_, question) => {
    for (const table of KINDS) await requireRefused(question(table));
  });

  it.each(CALLS)('is refused: SELECT %s', async (call) => {
    await requireNoFile(`SELECT ${call}`);
    await requireRefused(
      `SELECT sensor FROM windows WHERE '/*' <> '' GROUP BY ALL HAVING (SELECT ${call}) IS NULL`,
    );
  });

  it.each(STATEMENTS)('is refused: %.60s', async (statement) => {
    await requireNoFile(statement);
  });

  it('about a table that does not exist names the nearest one', async () => {
    await expect(store.query('SELECT 1 FROM windos')).rejects.toMatchObject({
      message: 'windos is not a table of the store',
      next: expect.stringContaining('did you mean windows?'),
    });
    await expect(store.query('SELECT 1 FROM elsewhere')).rejects.toMatchObject({
      next: expect.stringContaining('report_tools'),
    });
  });

  it('is refused in each order of capital letters', async () => {
    for (let i = 0; i < 40; i++) {
      const letters = [...'enable_logging'].map((letter, at) =>
        ((i * 2654435761) >>> (at % 31)) & 1 ? letter.toUpperCase() : letter,
      );
      await requireRefused(`SELECT * FROM ${letters.join('')}()`);
    }
  });
});

describe('a question that only reads', () => {
  it.each([
    'SELECT 1',
    'SELECT 1;',
    '(SELECT 1)',
    "SELECT ';COPY', 'enable_logging()', '/* x */', '--'",
    'SELECT 1 -- CALL enable_logging()',
    'DESCRIBE windows',
    'DESCRIBE SELECT sensor FROM windows',
    'SUMMARIZE usage_rows',
    'SHOW TABLES',
    'EXPLAIN SELECT 1',
    'explain analyze\nSELECT count(*) FROM windows',
    'FROM windows LIMIT 1',
    'TABLE meta',
    'VALUES (1), (2)',
    'FROM main.windows SELECT sensor',
    'FROM "WINDOWS" AS w SELECT w.*',
    'SELECT * EXCLUDE (message) REPLACE (upper(sensor) AS sensor) FROM windows',
    "SELECT COLUMNS('.*_seconds') FROM windows",
    "SELECT COLUMNS(c -> starts_with(c, 's')) FROM windows",
    'SELECT host, sum(bytes_up)::BIGINT AS up FROM usage_rows GROUP BY ALL ORDER BY up DESC NULLS LAST LIMIT 5 OFFSET 0',
    "SELECT host, to_timestamp(start_seconds)::DATE AS day FROM usage_rows WHERE name LIKE 'api%' ESCAPE '!'",
    "SELECT strftime(to_timestamp(first_us / 1e6), '%Y-%m'), extract(hour FROM to_timestamp(start_seconds)) FROM usage_rows",
    "SELECT date_trunc('day', to_timestamp(start_seconds) AT TIME ZONE 'Europe/Berlin') + INTERVAL 3 DAY FROM windows",
    'WITH busy AS (SELECT host FROM usage_rows GROUP BY host HAVING count(*) > 1), more AS (FROM busy) SELECT * FROM more',
    'WITH windows AS (SELECT 1 AS sensor) SELECT sensor FROM windows',
    'WITH Busy AS (SELECT 1 AS a) SELECT a FROM bUSY',
    'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT sum(i) FROM n',
    'SELECT * FROM windows AS a JOIN host_totals AS b USING (sensor, start_seconds) LEFT JOIN usage_rows c ON a.sensor = c.sensor',
    'SELECT * FROM windows ASOF JOIN (SELECT start_seconds FROM host_totals) h ON windows.start_seconds >= h.start_seconds',
    'SELECT row_number() OVER w, lag(sensor, 1) OVER w, quantile_cont(bytes, 0.5) OVER () FROM windows WINDOW w AS (PARTITION BY sensor ORDER BY start_seconds ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)',
    'SELECT sensor, count(*) FILTER (WHERE bytes > 0), string_agg(DISTINCT sensor ORDER BY sensor) FROM windows GROUP BY ROLLUP (sensor)',
    'SELECT sensor FROM windows QUALIFY row_number() OVER (PARTITION BY sensor) = 1',
    "SELECT json_extract(malformed, '$.a'), malformed ->> 'a' FROM windows",
    'SELECT * FROM json_each(\'{"a": 1}\')',
    'SELECT i, unnest([1, 2]) FROM range(3) AS r(i), generate_series(1, 2)',
    "SELECT [x + 1 for x in [1, 2] if x > 1], list_transform([1], lambda x: x + 1), {'a': [1][1]}, MAP {1: 2}, [1, 2, 3][1:2]",
    "SELECT CASE sensor WHEN 'a' THEN 1 ELSE 2 END, coalesce(NULL, 1), nullif(1, 2), TRY_CAST('x' AS INT), 1 BETWEEN 0 AND 2, NOT true FROM windows",
    "SELECT 'a' || 'b', 'a' ~ 'b', 'a' SIMILAR TO 'b', 'a' ILIKE 'B', 7 // 2, 7 % 2, 2 ** 3, -1, 1 & 3, ~1, ('abc').upper(), windows.sensor.upper() FROM windows",
    "SELECT now() > '2020-01-01', current_date, today(), position('a' IN 'ba'), substring('abc' FROM 2), trim(BOTH ' ' FROM ' a ')",
    'SELECT DISTINCT ON (sensor) sensor FROM windows ORDER BY #1 COLLATE NOCASE',
    "SELECT * FROM (SELECT sensor, start_seconds, bytes FROM windows) PIVOT (sum(bytes) FOR sensor IN ('a', 'b'))",
    'UNPIVOT (SELECT packets, bytes FROM windows) ON packets, bytes INTO NAME what VALUE amount',
    "SELECT sensor FROM windows UNION ALL BY NAME SELECT sensor FROM host_totals EXCEPT SELECT 'x' INTERSECT SELECT 'y'",
    'SELECT * FROM windows USING SAMPLE 1 ROWS',
    'SELECT * FROM windows LIMIT 10%',
    'SELECT (SELECT max(bytes) FROM windows w WHERE w.sensor = h.sensor), ARRAY(SELECT 1), 1 = ANY (SELECT 1) FROM host_totals h',
    'SELECT grouping(sensor) FROM windows GROUP BY GROUPING SETS ((sensor), ())',
    "SELECT 1.5, 9223372036854775808, '1.5'::DECIMAL(10, 2), [1]::INT[], NULL::STRUCT(a INT, b VARCHAR[3]), '{}'::JSON, 'a'::ENUM('a')",
    "SELECT INTERVAL '1' DAY, TIMESTAMP '2020-01-01', 'ab'::BLOB, 5!",
    'SELECT arg_max(sensor, bytes), mode(sensor), approx_count_distinct(sensor), histogram(bytes) FROM windows',
  ])('is answered: %s', async (question) => {
    expect((await store.query(question)).columns.length).toBeGreaterThan(0);
  });
});

describe('the list of functions', () => {
  it('names functions that the engine has, and none with side effects but those of chance', async () => {
    const known = await askDuckdb(
      ':memory:',
      'SELECT lower(function_name), bool_or(coalesce(has_side_effects, false)) FROM duckdb_functions() GROUP BY 1',
    );
    const sideEffects = new Map(known.map(([name, has]) => [String(name), has === true]));
    expect([...FUNCTIONS, ...TABLE_FUNCTIONS].filter((name) => !sideEffects.has(name))).toEqual([]);
    const chance = ['error', 'gen_random_uuid', 'random', 'uuid', 'uuidv4', 'uuidv7'];
    expect([...FUNCTIONS].filter((name) => sideEffects.get(name) === true).sort()).toEqual(chance);
  });
});
