// What a DuckDB store does beyond the contract of all stores, and what no store may lose when its process is killed.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UsageWindow } from '../../../src/model/usage.ts';
import { openDuckdb } from '../../../src/store/duckdb/duckdb-store.ts';
import { openStore } from '../../../src/store/open.ts';
import { joinWindows, rollUpWindows } from '../../../src/window/merge.ts';
import { EMPTY_STATS } from '../../../src/window/sums.ts';
import { type Compiled, compile } from '../../compiled.ts';
import { askDuckdb } from './ask-duckdb.ts';
import { PATIENT_WRITER, WRITER } from './crash-writer.ts';

const START = 1_783_900_800;
/** Kills of each store: ten, or as many as WIRETALLY_KILLS says. A hundred take some minutes. */
const KILLS = Number(process.env.WIRETALLY_KILLS ?? 10);

const folder = mkdtempSync(join(tmpdir(), 'wiretally-duckdb-'));
let compiled: Compiled;
beforeAll(() => {
  compiled = compile('store-test');
  writeFileSync(join(compiled.folder, 'writer.mjs'), WRITER);
  writeFileSync(join(compiled.folder, 'patient.mjs'), PATIENT_WRITER);
});
afterAll(() => {
  compiled.remove();
  rmSync(folder, { recursive: true });
});

function window(minute: number, sensor = 'a'): UsageWindow {
  const startSeconds = START + minute * 60;
  const host = {
    host: '10.0.0.5',
    mac: null,
    macFrom: null,
    names: [],
    vlans: [],
    flows: 1,
    packets: 2,
    bytesUp: 3,
    bytesDown: minute,
    firstUs: startSeconds * 1e6,
    lastUs: startSeconds * 1e6 + 1,
    notVisible: [],
  };
  const stats = { ...EMPTY_STATS, packets: 2, bytes: 3 + minute, flows: 1 };
  return { sensor, startSeconds, revision: 0, lengthSeconds: 60, stats, hosts: [host], rows: [], asked: [] };
}

interface Writer {
  readonly process: ChildProcess;
  /** Numbers of the windows that were acknowledged so far. */
  readonly acknowledged: number[];
  readonly ended: Promise<void>;
  /** Resolves when so many have been acknowledged. */
  reached(count: number): Promise<void>;
}

function startWriter(path: string, first: number, program = 'writer.mjs'): Writer {
  const child = spawn(
    process.execPath,
    [join(compiled.folder, program), resolve(compiled.folder), path, String(first)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const acknowledged: number[] = [];
  const waiting: { count: number; done: () => void }[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    if (line !== 'open') acknowledged.push(Number(line));
    for (const waiter of waiting) if (acknowledged.length >= waiter.count) waiter.done();
  });
  return {
    process: child,
    acknowledged,
    ended: new Promise((done) => {
      lines.once('close', () => {
        for (const waiter of waiting) waiter.done(); // a writer that dies by itself must not be waited for
        done();
      });
    }),
    reached: (count) => new Promise((done) => waiting.push({ count, done })),
  };
}

describe.each([
  { kind: 'DuckDB', name: 'killed.duckdb' },
  { kind: 'a folder of .usage files', name: 'killed/' },
])('$kind under kill -9', ({ name }) => {
  it(`loses no acknowledged window in ${KILLS} kills`, { timeout: 600_000 }, async () => {
    const path = join(folder, name);
    const acknowledged: number[] = [];
    let next = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const writer = startWriter(path, next);
      await writer.reached(1 + ((kill * 7) % 23));
      writer.process.kill('SIGKILL');
      await writer.ended;
      // One that was never acknowledged proves nothing: the writer has died of something else.
      expect(writer.acknowledged.length).toBeGreaterThan(0);
      acknowledged.push(...writer.acknowledged);
      const store = await openStore(path, { mode: 'write' });
      const kept = await store.windows();
      await store.close();
      const numbers = kept.map((found) => (found.startSeconds - START) / 60);
      // One more may be there: written, and killed before the word of it was out.
      next = Math.max(...acknowledged) + 1;
      expect(numbers.filter((number) => number < next)).toEqual(acknowledged);
      expect(numbers.filter((number) => number >= next).length).toBeLessThanOrEqual(1);
      if (numbers.at(-1) === next) acknowledged.push(next++);
      expect(kept.map((found) => found.hosts[0]?.bytesUp)).toEqual(acknowledged);
    }
  });
});

describe('a DuckDB store', () => {
  it('names the process that owns it, and is read as a snapshot meanwhile', async () => {
    const path = join(folder, 'owned.duckdb');
    const writer = startWriter(path, 0);
    await writer.reached(5);
    await expect(openStore(path, { mode: 'write' })).rejects.toMatchObject({
      code: 'STORE_BUSY',
      message: expect.stringContaining(`process ${writer.process.pid}`),
    });
    const before = writer.acknowledged.length;
    const reader = await openStore(path, { mode: 'read' });
    const numbers = (await reader.windows()).map((found) => (found.startSeconds - START) / 60);
    await reader.close();
    expect(numbers.length).toBeGreaterThanOrEqual(before);
    expect(numbers).toEqual(numbers.map((_, i) => i));
    writer.process.kill('SIGKILL');
    await writer.ended;
  });

  it('sums minutes into quarter hours with the same totals, and knows the minutes when they come again', async () => {
    const store = await openDuckdb(join(folder, 'rolled.duckdb'), { mode: 'write' });
    const minutes = Array.from({ length: 40 }, (_, i) => window(i));
    await store.put([...minutes, ...minutes.map((minute) => ({ ...minute, sensor: 'b' }))]);
    expect(await store.rollUp(START + 1800)).toEqual({ summed: 60, into: 4 });
    const expected = [...rollUpWindows(minutes.slice(0, 30), 900), ...minutes.slice(30)];
    expect((await store.windows()).filter((found) => found.sensor === 'a')).toEqual(expected);
    expect(await store.put([window(3), window(31)])).toEqual({ added: 0, replaced: 0, ignored: 2 });
    expect(await store.put([window(3, 'c')])).toMatchObject({ added: 1 });
    expect(await store.rollUp(START + 1800)).toMatchObject({ summed: 1 });
    const packets = joinWindows(await store.windows()).reduce((sum, found) => sum + found.stats.packets, 0);
    expect(packets).toBe(2 * (40 + 40 + 1));
    await store.close();
  });

  it('answers in SQL what the windows hold', async () => {
    const path = join(folder, 'asked.duckdb');
    const store = await openDuckdb(path, { mode: 'write' });
    await store.put([window(0), window(1)]);
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

  it('refuses a store of a newer version, and a database of something else', async () => {
    const newer = join(folder, 'newer.duckdb');
    await (await openDuckdb(newer, { mode: 'write' })).close();
    await askDuckdb(newer, 'UPDATE meta SET schema_version = 99');
    await expect(openStore(newer, { mode: 'read' })).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
      message: expect.stringContaining('newer version'),
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
    await store.put([window(0), window(1)]);
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

  it('says of a file that is cut that it is damaged', async () => {
    const path = join(folder, 'cut.duckdb');
    const store = await openDuckdb(path, { mode: 'write' });
    await store.put([window(0)]);
    await store.close();
    truncateSync(path, 20_000);
    await expect(openStore(path, { mode: 'read' })).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
      message: expect.stringContaining('cut.duckdb: is damaged'),
    });
  });

  it('says of a file whose first blocks are damaged that it is, and not that somebody writes it', async () => {
    const path = join(folder, 'flipped.duckdb');
    const store = await openDuckdb(path, { mode: 'write' });
    await store.put([window(0)]);
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

  it('begins anew after a compaction that was killed, whatever it left', async () => {
    const path = join(folder, 'half-compacted.duckdb');
    const store = await openDuckdb(path, { mode: 'write' });
    await store.put([window(0), window(1)]);
    await store.close();
    // A draft with a log of its own, as it is before it is closed.
    for (const left of ['draft', 'draft.wal']) writeFileSync(`${path}.${left}`, readFileSync(path));
    const again = await openDuckdb(path, { mode: 'write' });
    expect(readdirSync(folder).filter((name) => name.startsWith('half-compacted.duckdb.draft'))).toEqual([]);
    await again.compact();
    expect((await again.windows()).length).toBe(2);
    await again.close();
  });

  it('loses nothing that another process writes while it is compacted', { timeout: 600_000 }, async () => {
    const path = join(folder, 'contended.duckdb');
    const first = await openDuckdb(path, { mode: 'write' });
    await first.put([window(0)]);
    await first.close();
    const writer = startWriter(path, 1, 'patient.mjs');
    while (writer.acknowledged.length < 20 && writer.process.exitCode === null) {
      try {
        const store = await openDuckdb(path, { mode: 'write' });
        await store.compact().finally(() => store.close());
      } catch (error) {
        expect(error).toMatchObject({ code: 'STORE_BUSY' });
      }
      await new Promise((wake) => setTimeout(wake, 1));
    }
    writer.process.kill('SIGKILL');
    await writer.ended;
    const store = await openDuckdb(path, { mode: 'write' });
    const numbers = (await store.windows()).map(({ startSeconds }) => (startSeconds - START) / 60);
    await store.close();
    expect(writer.acknowledged.length).toBeGreaterThanOrEqual(20);
    expect(writer.acknowledged.filter((number) => !numbers.includes(number))).toEqual([]);
    expect(readdirSync(folder).filter((name) => name.startsWith('contended.duckdb.'))).toEqual([]);
  });

  it('names a damaged window and gives the others', async () => {
    const path = join(folder, 'damaged.duckdb');
    const store = await openDuckdb(path, { mode: 'write' });
    await store.put([window(0), window(1)]);
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
