// Drafts and temporary folders: those of ended processes are removed, those in use are not.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { replaceFile } from '../../../src/files/durable-file.ts';
import { ownerName } from '../../../src/files/temporary-names.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wiretally-owned-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The same process at another time, or none at all. */
const [space, pid, begin, unique] = ownerName().split('-');
const GONE = [`${space}-${pid}-${Number(begin) + 1}-${unique}`, `${space}-4194304-${begin}-${unique}`];
const THERE = [
  ['of a process that runs', `${space}-${pid}-${begin}-${unique}`],
  ['of another machine or container', `1-${pid}-1-${unique}`],
  ['of no owner', 'a'],
] as const;

it.runIf(process.platform === 'linux')(
  'drafts of processes that are gone are removed by the next',
  async () => {
    for (const owner of GONE) writeFileSync(join(folder, `.a.usage.${owner}.draft`), 'x');
    await replaceFile(join(folder, 'a.usage'), Buffer.from('y'));
    expect(readdirSync(folder)).toEqual(['a.usage']);
  },
);

it.each(THERE)('drafts %s stay', async (_, owner) => {
  const draft = `.a.usage.${owner}.draft`;
  writeFileSync(join(folder, draft), 'x');
  await replaceFile(join(folder, 'a.usage'), Buffer.from('y'));
  expect(readdirSync(folder).sort()).toEqual([draft, 'a.usage'].sort());
});

it('drafts of other files stay', async () => {
  const draft = `.b.usage.${GONE[0]}.draft`;
  writeFileSync(join(folder, draft), 'x');
  await replaceFile(join(folder, 'a.usage'), Buffer.from('y'));
  expect(readdirSync(folder).sort()).toEqual([draft, 'a.usage'].sort());
});
