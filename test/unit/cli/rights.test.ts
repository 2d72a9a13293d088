// What a command asks the kernel to leave it: the kernel's part is in test/contract/rights.long.test.ts.

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { confinePlaces } from '../../../src/cli/rights/rights.ts';
import type { ConfineOptions } from '../../../src/native/addon.ts';
import { confinements } from '../../confinements.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'wiretally-rights-')));
afterAll(() => rmSync(folder, { recursive: true }));
const [input, outputs] = [join(folder, 'in'), join(folder, 'out')];
for (const each of [input, outputs]) mkdirSync(each);
const capture = join(input, 'a.pcap');
writeFileSync(capture, 'no capture');

function rightsWith(words: readonly string[], written: readonly string[]): ConfineOptions {
  confinePlaces([], words, written, () => undefined);
  return confinements.at(-1) ?? {};
}

it('writes nowhere where it only reads, and connects to nothing', () => {
  const { landlock, syscalls } = rightsWith([capture], []);
  expect(landlock).toMatchObject({ write: ['/dev/null'], ports: [] });
  expect(landlock?.read).toContain(capture);
  expect(landlock?.read).not.toContain(folder);
  expect(syscalls).toEqual({ sockets: [], signals: [] });
});

it('writes into the folder of its output alone', () => {
  const output = join(outputs, 'a.usage');
  const { landlock } = rightsWith([capture, output], [output]);
  expect(new Set(landlock?.write)).toEqual(new Set([outputs, '/dev/null']));
});
