// Properties of a DuckDB store beyond the contract of all stores.

import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import { buildAttributor } from '../../../src/store/attributor.ts';
import { openDuckdb, openDuckdbPeriods } from '../../../src/store/duckdb/duckdb-store.ts';
import { openStore } from '../../../src/store/open.ts';
import { joinWindows, rollUpWindows } from '../../../src/window/merge-windows.ts';
import { temporaryFolder } from '../../temporary.ts';
import { exchange, FORMS, row, START as USED_AT, window } from '../attribution/rows.ts';
import { askDuckdb } from './ask-duckdb.ts';
import { minuteWindow, START } from './minute-window.ts';

const folder = temporaryFolder('duckdb');

describe('a DuckDB store', () => {
  it('sums minutes into quarter hours with the same totals, and knows the minutes when they come again', async () => {
    const store = await openDuckdb(join(folder, 'rolled.duckdb'), { mode: 'write' });
    const minutes = Array.from({ length: 40 }, (_, i) => minuteWindow(i));
    await store.put([...minutes, ...minutes.map((minute) => ({ ...minute, sensor: 'b' }))]);
    expect(await store.rollUp(START + 1800)).toEqual({ summed: 60, into: 4 });
    const expected = [...rollUpWindows(minutes.slice(0, 30), 900), ...minutes.slice(30)];
    expect((await store.windows()).filter((found) => found.sensor === 'a')).toEqual(expected);
    expect(await store.put([minuteWindow(3), minuteWindow(31)])).toEqual({
      added: 0,
      replaced: 0,
      ignored: 2,
    });
    expect(await store.put([minuteWindow(3, 'c')])).toMatchObject({ added: 1 });
    expect(await store.rollUp(START + 1800)).toMatchObject({ summed: 1 });
    const packets = joinWindows(await store.windows()).reduce((sum, found) => sum + found.stats.packets, 0);
    expect(packets).toBe(2 * (40 + 40 + 1));
    await store.close();
  });

  it('sums no quarter hour that is not over', async () => {
    const store = await openDuckdb(join(folder, 'open-quarter.duckdb'), { mode: 'write' });
    await store.put(Array.from({ length: 30 }, (_, i) => minuteWindow(i)));
    expect(await store.rollUp(START + 1799)).toEqual({ summed: 15, into: 1 });
    await store.close();
  });

  it('forgets the sums of a deleted window, also where it was the only one of its period', async () => {
    const path = join(folder, 'forgotten.duckdb');
    const attributor = buildAttributor(await loadCatalogue(), 'test');
    const used = row('api.factory.ai', FORMS.bun1313a, { exchanges: [exchange()] });
    const store = await openDuckdb(path, { mode: 'write', attributor });
    await store.put([window([used], [], USED_AT)]);
    await store.close();
    const sums = 'SELECT count(*)::INTEGER FROM period_sums';
    const pruned = await openDuckdb(path, { mode: 'write' });
    expect((await pruned.query(sums)).rows).not.toEqual([[0]]);
    await pruned.prune(USED_AT + 900, ['test']);
    expect((await pruned.query(sums)).rows).toEqual([[0]]);
    await pruned.close();
  });

  it('answers in SQL what the windows hold', async () => {
    const path = join(folder, 'asked.duckdb');
    const store = await openDuckdb(path, { mode: 'write' });
    await store.put([minuteWindow(0), minuteWindow(1)]);
    await store.close();
    const reader = await openDuckdb(path, { mode: 'read' });
    const answer = await reader.query(
      'SELECT host, sum(bytes_up)::INTEGER AS up FROM host_totals GROUP BY host',
    );
    expect(answer).toEqual({ columns: ['host', 'up'], rows: [['10.0.0.5', 6]] });
    const forbidden = [
      'DELETE FROM windows',
      "SELECT * FROM read_csv('/etc/passwd')",
      `COPY (SELECT 1) TO '${join(folder, 'out.parquet')}'`,
      'INSTALL httpfs',
      'SET enable_external_access = true',
      'selec 1',
    ];
    for (const sql of forbidden) {
      await expect(reader.query(sql)).rejects.toMatchObject({
        code: 'USAGE',
        message: expect.not.stringContaining('\n'),
      });
    }
    await reader.close();
  });

  it.each([0, 2, 99])('refuses a store of version %i, and says how to make a new one', async (version) => {
    const path = join(folder, `version-${version}.duckdb`);
    await (await openDuckdb(path, { mode: 'write' })).close();
    await askDuckdb(path, `UPDATE meta SET schema_version = ${version}`);
    for (const mode of ['read', 'write'] as const)
      await expect(openStore(path, { mode })).rejects.toMatchObject({
        code: 'STORE_DAMAGED',
        message: `${path}: contains tables of version ${version}, and this program reads version 1`,
        next: expect.stringContaining('wiretally analyze windows/ --store NEW'),
      });
    await expect(openDuckdbPeriods(path)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
  });

  it.each([
    'ALTER TABLE usage_rows DROP COLUMN payload_down',
    'ALTER TABLE usage_rows ADD COLUMN later BIGINT DEFAULT 7',
    'ALTER TABLE usage_rows ALTER COLUMN flows TYPE VARCHAR',
    'ALTER TABLE usage_rows RENAME COLUMN ja4 TO moved; ALTER TABLE usage_rows RENAME COLUMN ja3 TO ja4; ALTER TABLE usage_rows RENAME COLUMN moved TO ja3',
    'DROP TABLE usage_rows',
  ])('refuses a store with other columns: %s', async (sql) => {
    const path = join(folder, `changed-${sql.length}.duckdb`);
    await (await openDuckdb(path, { mode: 'write' })).close();
    await askDuckdb(path, sql);
    for (const mode of ['read', 'write'] as const)
      await expect(openStore(path, { mode })).rejects.toMatchObject({
        code: 'STORE_DAMAGED',
        message: `${path}: has other columns than a store in usage_rows`,
      });
  });

  it('refuses a database of something else, and an empty one for reading', async () => {
    const empty = join(folder, 'empty.duckdb');
    await askDuckdb(empty, 'CHECKPOINT');
    await expect(openStore(empty, { mode: 'read' })).rejects.toMatchObject({
      message: expect.stringContaining('is an empty database'),
    });
    const other = join(folder, 'other.duckdb');
    await askDuckdb(other, 'CREATE TABLE customers (name VARCHAR)');
    await expect(openStore(other, { mode: 'write' })).rejects.toMatchObject({
      message: expect.stringContaining('something else'),
    });
  });

  it.each(['parquet', 'csv'] as const)('writes any answer as %s', async (format) => {
    const path = join(folder, `exported-${format}.duckdb`);
    const store = await openDuckdb(path, { mode: 'write' });
    await store.put([minuteWindow(0), minuteWindow(1)]);
    await store.close();
    const reader = await openDuckdb(path, { mode: 'read' });
    const out = join(folder, `answer.${format}`);
    expect(await reader.exportQuery('SELECT host, start_seconds FROM host_totals', out, format)).toBe(2);
    await expect(reader.exportQuery('DROP TABLE windows', out, format)).rejects.toMatchObject({
      code: 'USAGE',
    });
    await expect(reader.exportQuery('SELECT 1', join(folder, 'no', 'x'), format)).rejects.toMatchObject({
      code: 'STORE_WRITE',
    });
    await reader.close();
    const read = format === 'csv' ? `read_csv('${out}')` : `read_parquet('${out}')`;
    expect(await ask(`SELECT host, start_seconds::BIGINT FROM ${read} ORDER BY 2`)).toEqual([
      ['10.0.0.5', BigInt(START)],
      ['10.0.0.5', BigInt(START + 60)],
    ]);
  });

  it('writes CSV that no spreadsheet runs and no terminal obeys, with what a question calls its columns', async () => {
    const path = join(folder, 'formulas.duckdb');
    await (await openDuckdb(path, { mode: 'write' })).close();
    const reader = await openDuckdb(path, { mode: 'read' });
    const out = join(folder, 'formulas.csv');
    const cells = ['=1+1', '+1', '-1', '@x', '\t=1', '\r=1', 'a\u001b[2J', 'a,"b"', 'plain'];
    const values = cells.map((cell) => `('${cell}')`).join(', ');
    const sql = `SELECT v AS "=head", v AS "=head", -1 AS n FROM (VALUES ${values}) AS t(v)`;
    expect(await reader.exportQuery(sql, out, 'csv')).toBe(cells.length);
    const shown = ["'=1+1", "'+1", "'-1", "'@x", '<U+0009>=1', '<U+000D>=1', 'a<U+001B>[2J', '"a,""b"""'];
    const rows = [...shown, 'plain'].map((cell) => `${cell},${cell},-1`);
    const text = ["'=head,'=head,n", ...rows, ''].join('\r\n');
    expect(readFileSync(out, 'utf8')).toBe(text);
    const late =
      "SELECT CASE WHEN range < 100000 THEN 1 ELSE CAST('x' || range AS INT) END FROM range(200000)";
    for (const format of ['csv', 'parquet'] as const)
      await expect(reader.exportQuery(late, out, format)).rejects.toMatchObject({ code: 'USAGE' });
    expect(readFileSync(out, 'utf8')).toBe(text);
    await reader.close();
  });

  it('says of a file that is cut that it is damaged', async () => {
    const path = join(folder, 'cut.duckdb');
    const store = await openDuckdb(path, { mode: 'write' });
    await store.put([minuteWindow(0)]);
    await store.close();
    truncateSync(path, 20_000);
    await expect(openStore(path, { mode: 'read' })).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
      message: expect.stringContaining('cut.duckdb: is damaged'),
    });
  });

  it('reports damage in the first blocks of a file, and not a concurrent writer', async () => {
    const path = join(folder, 'flipped.duckdb');
    const store = await openDuckdb(path, { mode: 'write' });
    await store.put([minuteWindow(0)]);
    await store.close();
    const bytes = readFileSync(path);
    for (let at = 12_288; at < bytes.length; at += 512) bytes[at] = (bytes[at] ?? 0) ^ 0x5a;
    writeFileSync(path, bytes);
    for (const mode of ['read', 'write'] as const) {
      await expect(openStore(path, { mode })).rejects.toMatchObject({
        code: 'STORE_DAMAGED',
        message: expect.stringContaining('flipped.duckdb: is damaged'),
      });
    }
  });

  it.each([
    [
      'too long',
      'SELECT sum(hash(a.range * b.range)) FROM range(10000000) a, range(1000000) b',
      /took more than 1 s/,
    ],
    ['too many rows', 'SELECT range FROM range(1000001)', /more than 1000000 rows/],
  ])('ends a question whose answer takes %s', async (_, sql, says) => {
    const path = join(folder, 'limits.duckdb');
    await (await openDuckdb(path, { mode: 'write' })).close();
    const store = await openDuckdb(path, { mode: 'read' });
    try {
      await expect(store.query(sql, 1)).rejects.toMatchObject({
        code: 'QUESTION_LIMIT',
        message: expect.stringMatching(says),
      });
      expect((await store.query('SELECT count(*) FROM windows', 1)).rows).toEqual([[0n]]);
    } finally {
      await store.close();
    }
  });

  it('starts again after a compaction that was killed, at any point', async () => {
    const path = join(folder, 'half-compacted.duckdb');
    const store = await openDuckdb(path, { mode: 'write' });
    await store.put([minuteWindow(0), minuteWindow(1)]);
    await store.close();
    // A draft with its log, as before it is closed.
    for (const left of ['draft', 'draft.wal'])
      writeFileSync(`${path}.1-1-1-${'0'.repeat(16)}.${left}`, readFileSync(path));
    const again = await openDuckdb(path, { mode: 'write' });
    expect(readdirSync(folder).filter((name) => name.includes('.draft'))).toEqual([]);
    await again.compact();
    expect((await again.windows()).length).toBe(2);
    await again.close();
  });

  it('names a damaged window and gives the others', async () => {
    const path = join(folder, 'damaged.duckdb');
    const store = await openDuckdb(path, { mode: 'write' });
    await store.put([minuteWindow(0), minuteWindow(1)]);
    await store.close();
    await askDuckdb(path, `UPDATE windows SET message = 'xx'::BLOB WHERE start_seconds = ${START}`);
    const damaged = await openDuckdb(path, { mode: 'read' });
    expect((await damaged.windows()).length).toBe(1);
    expect((await damaged.info()).damage[0]?.message).toContain(`window ${START} of a left out`);
    await damaged.close();
  });
});

async function ask(sql: string): Promise<unknown[][]> {
  return await askDuckdb(':memory:', sql);
}
