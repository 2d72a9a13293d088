// A report as text is the same from a folder of windows, a .usage file and a DuckDB store.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { wiretallyHere } from '../../cli/in-process.ts';
import { temporaryFolder } from '../../temporary.ts';

const CAPTURES = join(import.meta.dirname, '../../../captures');
const work = temporaryFolder('same-text');

const run = async (...words: string[]): Promise<string> => {
  const { out, err, code } = await wiretallyHere(words);
  expect({ err, code }).toEqual({ err: '', code: 0 });
  return out;
};

const stored = (name: string): string[] =>
  ['folder/', 'x.usage', 'x.duckdb'].map((kind) => join(work, name, kind));

/** With the name of the store left out. */
const reportOf = async (store: string, format: string): Promise<string> =>
  (await run('analyze', store, '--format', format, '-q')).replaceAll(store, 'STORE');

describe.each([
  ['faults/qwen-code-0.24.4-proxy-407.pcap.gz', 'a proxy that refuses'],
  ['faults/node-fetch-dns-sinkhole.pcap.gz', 'a name that never answers'],
  ['recordings/openclaw-2026.9.6-rt-session.pcap.gz', 'an agent of no known name'],
])('%s: %s', (capture) => {
  const name = capture.replaceAll('/', '-');
  const [folder = '', ...others] = stored(name);

  beforeAll(async () => {
    mkdirSync(join(work, name));
    await run('analyze', join(CAPTURES, capture), '--sensor', 'site', '--write', folder, '-q');
    for (const other of others)
      await run('analyze', folder, other.endsWith('.usage') ? '--write' : '--store', other, '-q');
  });

  it.each(['terminal', 'md', 'csv', 'json'])('%s', async (format) => {
    const report = await reportOf(folder, format);
    for (const other of others) expect(await reportOf(other, format)).toBe(report);
  });
});

it('has the hosts of each day of a capture that went straight into a store', async () => {
  const capture = join(CAPTURES, 'demo.pcap.gz');
  const store = join(work, 'demo.duckdb');
  await run('analyze', capture, '--store', store, '-q');
  const hostsIn = async (source: string): Promise<unknown> =>
    (JSON.parse(await run('analyze', source, '--format', 'json', '-q')) as { hosts: unknown }).hosts;
  expect(await hostsIn(store)).toEqual(await hostsIn(capture));
});
