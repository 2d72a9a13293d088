// Messages in progress at the end of a process are known to the next one.

import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { CrashCounts } from '../../../../src/fleet/delivery/crash-counts.ts';
import { temporaryFolder } from '../../../temporary.ts';

const root = temporaryFolder('in-hand');
let made = 0;
let folder: string;
beforeEach(() => {
  folder = join(root, `${made++}`);
});

it('counts the processes that ended with one message in hand, and forgets what was released', () => {
  for (let ends = 0; ends < 4; ends++) expect(new CrashCounts(folder, 'wiretally').take('7 1')).toBe(ends);
  const last = new CrashCounts(folder, 'wiretally');
  // Others in between change nothing.
  expect(last.take('8 2')).toBe(0);
  last.release('8 2');
  expect(last.take('7 1')).toBe(4);
  last.release('7 1');
  expect(readdirSync(folder)).toEqual([]);
  expect(new CrashCounts(folder, 'wiretally').take('7 1')).toBe(0);
});

it('remembers 64 messages, whatever was killed', () => {
  for (let i = 0; i < 100; i++) new CrashCounts(folder, 'wiretally').take(`${i} 1`);
  expect(new CrashCounts(folder, 'wiretally').take('35 1')).toBe(0);
  expect(new CrashCounts(folder, 'wiretally').take('99 1')).toBe(1);
});

it('is that of its consumer alone, and nothing where the file is damaged', () => {
  new CrashCounts(folder, 'one').take('7 1');
  expect(new CrashCounts(folder, 'other').take('7 1')).toBe(0);
  for (const text of ['', '{', '[["7 1",0]]', '[["7 1","2"]]', 'x'.repeat(5000)]) {
    writeFileSync(join(folder, '.in-hand-one.json'), text);
    expect(new CrashCounts(folder, 'one').take('7 1')).toBe(0);
  }
});
