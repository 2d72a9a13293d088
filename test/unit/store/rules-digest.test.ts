// A history with results of other rules is attributed again: the digest changes with every file of rules.

import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { rulesDigest } from '../../../src/store/attributor.ts';
import { temporaryFolder } from '../../temporary.ts';

const folder = temporaryFolder('rules');

it('changes with the rules, and with nothing else', () => {
  const copied = ['catalogue', 'attribution'].map((part) => {
    cpSync(new URL(`../../../src/${part}/`, import.meta.url), join(folder, part), { recursive: true });
    return join(folder, part);
  });
  expect(rulesDigest(copied)).toBe(rulesDigest());
  writeFileSync(join(folder, 'attribution/notes.txt'), 'no rule');
  expect(rulesDigest(copied)).toBe(rulesDigest());
  writeFileSync(join(folder, 'attribution/evidence/program-behavior.ts'), 'export const CALL = 600;\n');
  expect(rulesDigest(copied)).not.toBe(rulesDigest());
});
