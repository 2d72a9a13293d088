// Inputs of 1 MB that are made to cost: each at the verb that it once cost most at, with a ceiling of memory and CPU time.

import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { captureKinds } from '../hostile-inputs/captures.ts';
import { costOf, MOST } from '../hostile-inputs/measure.ts';
import { textKinds } from '../hostile-inputs/texts.ts';
import { windowKinds } from '../hostile-inputs/windows.ts';
import { temporaryFolder } from '../temporary.ts';

const folder = temporaryFolder('hostile');

const kinds = [...captureKinds(undefined), ...textKinds(), ...windowKinds()];

it.each([
  { kind: 'policy: keys of one map', words: ['policy', 'check'], code: 2, says: /^$/ },
  { kind: 'policy: as many keys as are read', words: ['policy', 'check'], code: 2, says: /^$/ },
  { kind: 'policy: lists in lists', words: ['policy', 'check'], code: 2, says: /^$/ },
  { kind: 'policy: unknown keys', words: ['policy', 'check'], code: 2, says: /^$/ },
  { kind: 'policy: a thousand rules', words: ['policy', 'check'], code: 0, says: /^$/ },
  {
    kind: 'catalogue: lists in lists',
    words: ['catalogue', 'lint', '--catalogue'],
    code: 2,
    says: /too deeply/,
  },
  {
    kind: 'store: windows without end in a view',
    words: ['analyze'],
    code: 3,
    says: /contains the view "windows"/,
  },
  {
    kind: 'store: the schema version from a view without end',
    words: ['store', 'info'],
    code: 3,
    says: /the view "meta"/,
  },
  {
    kind: 'bundle: a manifest of wrong inputs',
    words: ['verify'],
    code: 1,
    says: /is not a whole manifest of an evidence bundle/,
  },
  { kind: 'store: sums that a macro makes', words: ['analyze'], code: 3, says: /contains the macro "sum"/ },
  {
    kind: 'store: windows a century apart',
    words: ['store', 'info'],
    code: 4,
    says: /left out: it holds another window/,
  },
  {
    kind: 'store: windows a century apart',
    words: ['store', 'compact'],
    code: 3,
    says: /left out: it holds another window/,
  },
  {
    kind: 'store: a million windows',
    words: ['store', 'info'],
    code: 4,
    says: /left out: it holds another window/,
  },
  {
    kind: 'store: windows ten thousand centuries apart',
    words: ['store', 'info'],
    code: 3,
    says: /no year of four digits/,
  },
  {
    kind: 'capture: first and last second of the format',
    words: ['analyze', '--store', join(folder, 'ends.duckdb')],
    code: 0,
    says: /: 2 records added\n.* is later than the clock of this machine/,
  },
  {
    kind: 'capture: time back and forth',
    words: ['analyze', '--store', join(folder, 'forth.duckdb')],
    code: 0,
    says: /times run backwards/,
  },
  { kind: 'store: a column that is computed', words: ['analyze'], code: 3, says: /computed columns "meta"/ },
])('$kind costs little at $words', async ({ kind: name, words, code, says }) => {
  const kind = kinds.find((each) => `${each.of}: ${each.name}` === name);
  const file = join(folder, kind?.file ?? '');
  await kind?.write(file);
  const cost = await costOf([...words, file]);
  expect({ code: cost.code, isEnded: cost.isEnded }).toEqual({ code, isEnded: false });
  expect(cost.said).toMatch(says);
  expect(cost.residentMb).toBeLessThan(MOST.residentMb);
  expect(cost.cpuSeconds).toBeLessThan(MOST.cpuSeconds);
});

describe('a bundle', () => {
  it.each([
    { name: 'manifest.json', lays: 'a pipe', code: 3, says: /is a pipe, not a regular file/ },
    { name: 'manifest.json', lays: 'a device', code: 3, says: /is a device, not a regular file/ },
    { name: 'report.json', lays: 'a pipe', code: 1, says: /^$/ },
    { name: 'report.json', lays: 'a device', code: 1, says: /^$/ },
    { name: 'manifest.sig', lays: 'a device', code: 1, says: /^$/ },
  ])('with $lays for its $name is told of at once', async ({ name, lays, code, says }) => {
    const bundle = join(folder, `${name}-${lays}`);
    mkdirSync(bundle);
    const sum = '0'.repeat(64);
    const manifest = {
      ...{ schema: 1, wiretally: '0', catalogue: '0', policySha256: sum, complete: true, interrupted: false },
      ...{ incomplete: [], inputs: [], files: [{ name: 'report.json', bytes: 2 ** 40, sha256: sum }] },
    };
    writeFileSync(join(bundle, 'manifest.json'), JSON.stringify(manifest));
    const path = join(bundle, name);
    rmSync(path, { force: true });
    if (lays === 'a device') symlinkSync('/dev/zero', path);
    else spawnSync('mkfifo', [path]);
    const cost = await costOf(['verify', bundle]);
    expect({ code: cost.code, isEnded: cost.isEnded }).toEqual({ code, isEnded: false });
    expect(cost.said).toMatch(says);
    expect(cost.residentMb).toBeLessThan(MOST.residentMb);
  });
});

describe('a filter that libpcap would compile for minutes', () => {
  const terms = Array.from({ length: 3000 }, (_, i) => `host 10.1.${i >> 8}.${i & 255}`).join(' or ');
  it.each([['analyze'], ['dump', 'flows'], ['dump', 'hellos']])(
    'ends %s with what to do',
    async (...verb) => {
      const cost = await costOf([...verb, 'captures/demo.pcap.gz', '-f', terms]);
      expect({ code: cost.code, isEnded: cost.isEnded }).toEqual({ code: 2, isEnded: false });
      expect(cost.said).toContain('the filter takes more than 3 s to compile');
    },
  );

  it('is none of 150 hosts', async () => {
    const few = Array.from({ length: 150 }, (_, i) => `host 10.20.1.${i}`).join(' or ');
    expect((await costOf(['analyze', 'captures/demo.pcap.gz', '-f', few])).code).toBe(0);
  });
});
