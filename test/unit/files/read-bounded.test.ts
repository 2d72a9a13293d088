import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  openSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { causeRefusal, fileFault, openBounded, readBounded } from '../../../src/files/read-bounded.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wiretally-bounded-'));
  writeFileSync(join(folder, 'ten'), '0123456789');
  mkdirSync(join(folder, 'folder'));
  spawnSync('mkfifo', [join(folder, 'pipe')]);
  symlinkSync('/dev/zero', join(folder, 'zero'));
  symlinkSync(join(folder, 'ten'), join(folder, 'link'));
  symlinkSync(join(folder, 'loop'), join(folder, 'loop'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function refusal(name: string, most: number): string | null {
  try {
    readBounded(join(folder, name), most);
    return null;
  } catch (error) {
    return causeRefusal(error);
  }
}

it.each([
  ['ten', 10, null],
  ['link', 10, null],
  ['ten', 9, 'is larger than 0 KiB'],
  ['folder', 10, 'is a folder'],
  ['pipe', 10, 'is a pipe, not a regular file: write it to a file first'],
  ['zero', 10, 'is a device, not a regular file'],
  ['loop', 10, 'too many symbolic links'],
  ['none', 10, 'no such file'],
])('%s, of %d bytes at most: %s', async (name, most, expected) => {
  expect(refusal(name, most)).toBe(expected);
  const opened = openBounded(join(folder, name), most).then(
    (handle) => handle.close().then(() => null),
    causeRefusal,
  );
  expect(await opened).toBe(expected);
});

it('reads files of the system, which say that they are empty', () => {
  expect(readBounded('/proc/self/status', 1 << 20).length).toBeGreaterThan(100);
});

it.each<[what: string, look: () => unknown, fault: () => string | null]>([
  [
    'a loop of links',
    () => statSync(join(folder, 'loop')),
    () => `${join(folder, 'loop')}: too many symbolic links`,
  ],
  ['no file', () => openSync(join(folder, 'none'), 'r'), () => `${join(folder, 'none')}: no such file`],
  ['a change that fails, which is no fault of the user', () => rmdirSync(join(folder, 'none')), () => null],
])('puts a system error in words: %s', (_, look, fault) => {
  let error: unknown = null;
  try {
    look();
  } catch (cause) {
    error = cause;
  }
  expect(error).toBeInstanceOf(Error);
  expect(fileFault(error)).toBe(fault());
});
