// Records that cannot be read: each command that reads a folder of them says so, and ends with 4.

import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { wiretallyHere } from '../../cli/in-process.ts';
import { temporaryFolder } from '../../temporary.ts';

const work = temporaryFolder('unread-records');
const [whole, cut, garbage, empty] = ['whole', 'cut', 'garbage', 'empty'].map((name) => join(work, name)) as [
  string,
  string,
  string,
  string,
];

beforeAll(async () => {
  const words = ['analyze', 'captures/demo.pcap.gz', '--sensor', 'site-a', '--write', `${whole}/`, '--quiet'];
  expect((await wiretallyHere(words)).code).toBe(0);
  const [first = ''] = readdirSync(whole).filter((name) => name.endsWith('.usage'));
  for (const [folder, damage] of [
    [cut, (bytes: Buffer) => bytes.subarray(0, -9)],
    [garbage, () => Buffer.from('no records at all')],
    [empty, () => Buffer.alloc(0)],
  ] as const) {
    cpSync(whole, folder, { recursive: true });
    writeFileSync(join(folder, first), damage(readFileSync(join(whole, first))));
  }
});

it.each([['fleet', 'sensors'], ['store', 'info'], ['analyze']])('%s %s', async (...verb) => {
  expect(await wiretallyHere([...verb, whole, '-q'])).toMatchObject({ code: 0, err: '' });
  for (const folder of [cut, garbage, empty]) {
    const { code, out, err } = await wiretallyHere([...verb, folder]);
    expect(code).toBe(4);
    expect(out).not.toBe('');
    expect(err).toMatch(/\.usage: (?:byte \d+: \d+ bytes skipped|the file is empty)/);
  }
});

it.each([[[]], [['--policy', 'captures/demo-policy.yaml']]])(
  'a capture without a record, %j',
  async (words) => {
    const capture = join(work, 'header.pcap');
    writeFileSync(capture, Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex'));
    const { code, out } = await wiretallyHere(['analyze', capture, ...words]);
    expect([code, out]).toEqual([4, expect.stringContaining('Nothing was read.')]);
    expect(out).not.toMatch(/COMPLIANT/);
  },
);
