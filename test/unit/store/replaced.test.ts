// A store that another process rewrites while this one opens it: writes go to the new file, or fail.

import {
  closeSync,
  copyFileSync,
  linkSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  renameSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DUCKDB_HEAD_BYTES, DUCKDB_MAGIC_AT, startsLikeDuckdb } from '../../../src/files/duckdb-head.ts';
import { openDuckdb } from '../../../src/store/duckdb/duckdb-store.ts';
import { temporaryFolder } from '../../temporary.ts';
import { minuteWindow, START } from './minute-window.ts';

const folder = temporaryFolder('replaced');

async function storeOf(name: string, ...minutes: number[]): Promise<string> {
  const path = join(folder, name);
  const store = await openDuckdb(path, { mode: 'write' });
  await store.put(minutes.map((minute) => minuteWindow(minute)));
  await store.close();
  return path;
}

async function minutesIn(path: string): Promise<number[]> {
  const store = await openDuckdb(path, { mode: 'read' });
  const windows = await store.windows();
  await store.close();
  return windows.map(({ startSeconds }) => (startSeconds - START) / 60);
}

function headOf(descriptor: number): Buffer {
  const head = Buffer.alloc(DUCKDB_HEAD_BYTES);
  readSync(descriptor, head, 0, head.length, 0);
  return head;
}

/** Synchronous, so that this thread cannot continue with the opened file. */
function untilOpen(path: string): void {
  const end = Date.now() + 20_000;
  const isOpen = (fd: string): boolean => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false; // it was closed meanwhile
    }
  };
  while (!readdirSync('/proc/self/fd').some(isOpen))
    if (Date.now() > end) throw new Error(`${path} was not opened`);
}

async function compact(path: string): Promise<void> {
  const store = await openDuckdb(path, { mode: 'write' });
  await store.compact();
  await store.close();
}

describe('a store that is rewritten', () => {
  it('leaves nothing behind that could be written into', async () => {
    const path = await storeOf('old.duckdb', 0, 1);
    const old = openSync(path, 'r');
    expect(headOf(old).toString('latin1', DUCKDB_MAGIC_AT)).toBe('DUCK');
    await compact(path);
    const head = headOf(old);
    expect(head.toString('latin1', DUCKDB_MAGIC_AT)).toBe('GONE');
    // A process that has opened it to detect its type must not report it as a foreign file.
    expect(startsLikeDuckdb(head)).toBe(true);
    closeSync(old);
    expect(await minutesIn(path)).toEqual([0, 1]);
  });

  it('leaves a file alone that has another name: a backup is one', async () => {
    const path = await storeOf('linked.duckdb', 0, 1);
    const backup = join(folder, 'backup.duckdb');
    linkSync(path, backup);
    await compact(path);
    expect(await minutesIn(backup)).toEqual([0, 1]);
  });

  it('while it is opened takes what is written then', async () => {
    const path = await storeOf('replaced.duckdb', 0);
    for (let minute = 1; minute <= 10; minute++) {
      const draft = join(folder, 'draft');
      copyFileSync(path, draft);
      const opening = openDuckdb(path, { mode: 'write' });
      untilOpen(path);
      renameSync(draft, path);
      const store = await opening;
      await store.put([minuteWindow(minute)]);
      await store.close();
      expect(await minutesIn(path)).toContain(minute);
    }
  });
});
