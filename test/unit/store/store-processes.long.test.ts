// Guarantees of stores when a process is killed, or while another process uses the store.

import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDuckdb } from '../../../src/store/duckdb/duckdb-store.ts';
import { openStore } from '../../../src/store/open.ts';
import { type Compiled, compile } from '../../compiled.ts';
import { temporaryFolder } from '../../temporary.ts';
import { PATIENT_WRITER, WRITER } from './crash-writer.ts';
import { minuteWindow, START } from './minute-window.ts';

/** Kills per store: ten, or the number in WIRETALLY_KILLS. A hundred take some minutes. */
const KILLS = Number(process.env.WIRETALLY_KILLS ?? 10);

const folder = temporaryFolder('processes');
let compiled: Compiled;
beforeAll(() => {
  compiled = compile('store-test');
  writeFileSync(join(compiled.folder, 'writer.mjs'), WRITER);
  writeFileSync(join(compiled.folder, 'patient.mjs'), PATIENT_WRITER);
});
afterAll(() => {
  compiled.remove();
});

interface Writer {
  readonly process: ChildProcess;
  /** Numbers of the windows that were acknowledged so far. */
  readonly acknowledged: number[];
  readonly ended: Promise<void>;
  /** Resolves after N acknowledgements. */
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
        for (const waiter of waiting) waiter.done(); // do not wait for a writer that ends without a kill
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
      // A run without any acknowledgement proves nothing: the writer has failed for another reason.
      expect(writer.acknowledged.length).toBeGreaterThan(0);
      acknowledged.push(...writer.acknowledged);
      const store = await openStore(path, { mode: 'write' });
      const kept = await store.windows();
      await store.close();
      const numbers = kept.map((found) => (found.startSeconds - START) / 60);
      // One more may be present: written, and killed before its acknowledgement.
      next = Math.max(...acknowledged) + 1;
      expect(numbers.filter((number) => number < next)).toEqual(acknowledged);
      expect(numbers.filter((number) => number >= next).length).toBeLessThanOrEqual(1);
      if (numbers.at(-1) === next) acknowledged.push(next++);
      expect(kept.map((found) => [...found.hosts][0]?.bytesUp)).toEqual(acknowledged);
    }
  });
});

describe('a DuckDB store among processes', () => {
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

  it('loses nothing that another process writes while it is compacted', { timeout: 600_000 }, async () => {
    const path = join(folder, 'contended.duckdb');
    const first = await openDuckdb(path, { mode: 'write' });
    await first.put([minuteWindow(0)]);
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
});
