// Questions in SQL to a server: the same answers as of a DuckDB store, and nothing but the store's own tables.

import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runServerQuery } from '../../src/store/clickhouse/server-queries.ts';
import { openStore } from '../../src/store/open.ts';
import { wiretally } from '../cli/run.ts';
import { makeFleet } from '../made-fleet.ts';
import { temporaryFolder } from '../temporary.ts';
import { ClickhouseFront, lacksEngine } from './clickhouse-front.ts';

const folder = temporaryFolder('asked');
const path = (...names: string[]): string => join(folder, ...names);
const duckdb = path('fleet.duckdb');

const isWithout = lacksEngine();
let front: ClickhouseFront;
let address: string;
/** A query for it is outside the store. */
let elsewhere: Server;
let visits = 0;
beforeAll(async () => {
  front = await ClickhouseFront.start();
  address = front.newAddress();
  const fleet = makeFleet({ sensors: 2, days: 3, quarters: 4, hosts: 5, seed: 3 });
  for (const place of [address, duckdb]) {
    const store = await openStore(place, { mode: 'write' });
    await store.put(fleet.flatMap(({ windows }) => windows));
    await store.close();
  }
  elsewhere = createServer((_, response) => {
    visits++;
    response.end('1\n');
  });
  await new Promise<void>((done) => elsewhere.listen(0, '127.0.0.1', done));
});
afterAll(async () => {
  await front.close();
  elsewhere.close();
});

const QUESTIONS = [
  'SELECT sensor, count(*) AS windows, sum(bytes) AS bytes FROM windows GROUP BY sensor ORDER BY sensor',
  `SELECT host, name, sum(payload_up) AS up, max(last_us) AS last, min(ja4) AS form, max(proxy) AS proxy
   FROM usage_rows GROUP BY host, name ORDER BY host, name`,
  'SELECT avg(bytes_up) AS mean, sum(bytes_up) / 7 AS seventh, CAST(min(row_bytes) IS NULL AS BOOLEAN) AS none FROM (SELECT bytes_up, bytes_down AS row_bytes FROM usage_rows) AS r',
  "WITH busy AS (SELECT host FROM usage_rows GROUP BY host HAVING count(*) > 1) SELECT host, 'a,\"b' AS odd FROM busy ORDER BY 1;",
  'SELECT w.sensor AS sensor, 9007199254740993 AS large FROM windows AS w WHERE w.start_seconds < 0',
];

describe.skipIf(isWithout)('a question', () => {
  it.each(
    QUESTIONS.flatMap((question) => ['terminal', 'json', 'csv'].map((format) => ({ question, format }))),
  )('is answered as by DuckDB, in $format: $question', async ({ question, format }) => {
    const [server, file] = await Promise.all(
      [address, duckdb].map((store) => wiretally(['store', 'sql', store, question, '--format', format])),
    );
    expect(server).toEqual(file);
    expect(server?.code).toBe(0);
  });

  it.each(QUESTIONS)('is answered in a file as by DuckDB: %s', async (question) => {
    const files = [path('server.csv'), path('duckdb.csv')];
    for (const [i, store] of [address, duckdb].entries())
      expect(await wiretally(['store', 'sql', store, question, '--out', files[i] ?? ''])).toMatchObject({
        code: 0,
      });
    const [server, file] = files.map((each) => readFileSync(each, 'utf8'));
    expect(server).toBe(file);
  });

  it('counts rows of live revisions where it asks the views', async () => {
    const { out } = await wiretally([
      'store',
      'sql',
      address,
      'SELECT count() AS n FROM live_usage_rows',
      '--json',
    ]);
    const { out: all } = await wiretally([
      'store',
      'sql',
      duckdb,
      'SELECT count(*) AS n FROM usage_rows',
      '--json',
    ]);
    expect(out).toBe(all);
  });

  it('is answered as Parquet too', async () => {
    const out = ['--out', path('answer.parquet')];
    expect(
      await wiretally(['store', 'sql', address, 'SELECT host, flows FROM usage_rows', ...out]),
    ).toMatchObject({
      code: 0,
    });
    expect(readFileSync(path('answer.parquet')).subarray(0, 4).toString()).toBe('PAR1');
  });
});

describe.skipIf(isWithout)('a question that is none', () => {
  const url = (): string => {
    const at = elsewhere.address();
    return `http://127.0.0.1:${at === null || typeof at === 'string' ? 0 : at.port}/x`;
  };
  it.each([
    { question: "SELECT * FROM url('URL', 'CSV', 'a String')", says: 'the function url is not allowed' },
    { question: "SELECT * FROM url('URL')", says: 'the function url is not allowed' },
    {
      question: "SELECT 1 FROM (SELECT * FROM s3('URL', 'CSV')) AS a",
      says: 'the function s3 is not allowed',
    },
    { question: "SELECT * FROM remote('127.0.0.1:9000', system.one)", says: 'the function remote' },
    { question: "SELECT file('/etc/passwd')", says: 'the function file is not allowed' },
    {
      question: "SELECT * FROM file('/etc/passwd', 'LineAsString')",
      says: 'the function file is not allowed',
    },
    { question: 'SELECT sensor FROM windows LIMIT length(file(sensor))', says: 'the function file' },
    { question: 'SELECT * APPLY(file) FROM windows', says: 'ColumnsApplyTransformer is not allowed' },
    { question: "SELECT * FROM merge('system', '.*')", says: 'the function merge' },
    { question: "SELECT * FROM executable('id', 'TSV', 'a String')", says: 'the function executable' },
    { question: "SELECT dictGet('d', 'a', 1)", says: 'the function dictGet' },
    { question: "SELECT joinGet('system.one', 'dummy', 1)", says: 'the function joinGet' },
    { question: 'SELECT sleep(3)', says: 'the function sleep' },
    { question: 'SELECT * FROM system.tables', says: 'system.tables is not a table of the store' },
    { question: 'SELECT * FROM `system`.`users`', says: 'system.users is not a table of the store' },
    { question: "SELECT 1 WHERE 'default' IN system.databases", says: 'system.databases is not a table' },
    { question: 'SELECT (SELECT count() FROM information_schema.tables)', says: 'information_schema.tables' },
    { question: 'SELECT * FROM (EXPLAIN SELECT 1)', says: 'the function viewExplain' },
    { question: 'SELECT 1; DROP TABLE windows', says: 'one statement' },
    { question: 'DROP TABLE windows', says: 'begins with SELECT, WITH or FROM' },
    { question: '/* */ DROP TABLE windows', says: 'begins with SELECT, WITH or FROM' },
    { question: 'INSERT INTO meta VALUES (9)', says: 'begins with SELECT, WITH or FROM' },
    { question: 'WITH a AS (SELECT 1) INSERT INTO meta SELECT 9', says: 'Syntax error' },
    { question: "SELECT 1 INTO OUTFILE 'OUTFILE'", says: 'OUTFILE is not allowed in queries' },
    { question: "SELECT 1 INTO/**/ outfile 'OUTFILE'", says: 'OUTFILE is not allowed in queries' },
    { question: 'SELECT 1 SETTINGS readonly = 0', says: 'SETTINGS is not allowed in queries' },
    { question: 'SELECT 1 FORMAT TSV', says: 'Syntax error' },
    { question: 'SELECT 1) FORMAT TSV --', says: 'Syntax error' },
    { question: 'SELECT 1) AS a, (SELECT 2', says: 'Syntax error' },
    { question: 'SELECT 1 FROM `a\nTableIdentifier windows`', says: 'Unknown' },
    { question: 'SELECT 1 FROM `a\nAnd b`', says: 'And is not allowed in queries' },
    { question: 'SELECT nothing FROM windows', says: 'nothing' },
    // Quotes and comments within each other.
    { question: "SELECT '/*', file('/etc/passwd'), '*/'", says: 'the function file is not allowed' },
    { question: "SELECT '--', file('/etc/passwd')", says: 'the function file is not allowed' },
    { question: "SELECT '\\'/*', file('/etc/passwd'), '*/'", says: 'the function file is not allowed' },
    { question: "SELECT '''/*', file('/etc/passwd'), '*/'", says: 'the function file is not allowed' },
    { question: "SELECT 1 AS `/*`, file('/etc/passwd') AS `*/`", says: 'the function file is not allowed' },
    { question: "SELECT $a$ /* $a$, file('/etc/passwd'), $$*/$$", says: 'the function file is not allowed' },
    { question: "SELECT 1 # '\n, file('/etc/passwd')", says: 'the function file is not allowed' },
    { question: "SELECT `file`('/etc/passwd')", says: 'the function file is not allowed' },
    { question: 'SELECT "file"/**/(\'/etc/passwd\')', says: 'the function file is not allowed' },
    { question: "WITH a AS (SELECT file('/etc/passwd') AS x) SELECT x FROM a", says: 'the function file' },
    { question: "SELECT arrayMap(x -> file(x), ['/etc/passwd'])", says: 'the function file is not allowed' },
    { question: "SELECT 1 UNION ALL SELECT length(file('/etc/passwd'))", says: 'the function file' },
    { question: "SELECT 1 AS x ORDER BY (SELECT file('/etc/passwd'))", says: 'the function file' },
    {
      question: 'SELECT * FROM (SELECT * FROM (SELECT * FROM system.users))',
      says: 'system.users is not a table',
    },
    { question: 'WITH system AS (SELECT 1) SELECT * FROM system.users', says: 'system.users is not a table' },
    { question: 'SELECT count() FROM windows, system.users', says: 'system.users is not a table' },
    { question: 'SELECT (SELECT x FROM {a:Identifier})', says: 'Substitution' },
    { question: 'SELECT 1 PARALLEL WITH SELECT 2', says: 'Syntax error' },
    { question: 'SELECT 1 /* open', says: 'error' },
  ])('is refused: $question', async ({ question, says }) => {
    const asked = question.replace('URL', url()).replace("'OUTFILE'", `'${path('stolen')}'`);
    const before = front.rowsOf(address);
    await expect(runServerQuery(address, asked, 20)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(says),
    });
    expect(visits).toBe(0);
    expect(existsSync(path('stolen'))).toBe(false);
    expect(front.rowsOf(address)).toBe(before);
  });

  it('is refused where it reads foreign tables in the same database', async () => {
    const mixed = front.newAddress();
    await (await openStore(mixed, { mode: 'write' })).close();
    const database = new URL(mixed).pathname.slice(1);
    front.ask(`CREATE VIEW ${database}.users AS SELECT * FROM system.users`);
    for (const question of [
      'SELECT * FROM users',
      "SELECT 1 WHERE 'a' IN users",
      `SELECT 1 FROM ${database}.users`,
    ])
      expect(await wiretally(['store', 'sql', mixed, question])).toMatchObject({
        code: 2,
        err: expect.stringContaining('is not a table of the store'),
      });
    const own = `SELECT count() AS n FROM ${database}.windows`;
    expect(await wiretally(['store', 'sql', mixed, own, '--format', 'csv'])).toMatchObject({
      code: 0,
      out: 'n\r\n0\r\n',
    });
  });
});

describe.skipIf(isWithout)('a question that asks for too much', () => {
  it('is reported by its time', async () => {
    const long =
      'SELECT count() FROM usage_rows AS a, usage_rows AS b, usage_rows AS c, usage_rows AS d, usage_rows AS e';
    expect(await wiretally(['store', 'sql', address, long, '--max-seconds', '1'])).toMatchObject({
      code: 3,
      err: expect.stringContaining('the query took more than 1 s'),
    });
  });

  it('is reported by its rows', async () => {
    const many = 'SELECT a.host FROM usage_rows AS a, usage_rows AS b, usage_rows AS c, usage_rows AS d';
    expect(await wiretally(['store', 'sql', address, many])).toMatchObject({
      code: 3,
      err: expect.stringContaining('the answer has more than 1000000 rows'),
    });
  });
});
