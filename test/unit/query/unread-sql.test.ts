// Report tables of `store sql`: what the report could not read of the store, and what was not read into it, is stated next to
// them.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, expect, it } from 'vitest';
import { wiretallyHere } from '../../cli/in-process.ts';
import { temporaryFolder } from '../../temporary.ts';

const work = temporaryFolder('unread-sql');
const TOOL = 'captures/recordings/claude-code-2.1.328-prompt.pcap.gz';
const [whole, damaged, cut, filtered] = ['whole', 'damaged', 'cut', 'filtered'].map((name) =>
  join(work, `${name}.duckdb`),
) as [string, string, string, string];

beforeAll(async () => {
  const capture = join(work, 'cut.pcap');
  writeFileSync(capture, gunzipSync(readFileSync(TOOL)).subarray(0, -9));
  expect((await wiretallyHere(['analyze', TOOL, '--store', whole, '-q'])).code).toBe(0);
  expect((await wiretallyHere(['analyze', TOOL, '-f', 'tcp', '--store', filtered, '-q'])).code).toBe(0);
  expect((await wiretallyHere(['analyze', capture, '--store', cut, '-q'])).code).toBe(4);
  writeFileSync(damaged, readFileSync(whole).subarray(0, 20_000));
});

const ROWS = 'SELECT count(*) AS rows FROM report_tools';
const COUNT = 'SELECT count(*) AS windows FROM windows';

it.each([
  ['a whole reading', whole, 0, /^$/],
  ['a cut capture', cut, 0, /^wiretally: \S+cut\.duckdb: .*the capture is cut or damaged/],
  ['a filter', filtered, 0, /^wiretally: \S+filtered\.duckdb: .*packets passed a capture filter/],
])('of a store of %s', async (_, store, code, says) => {
  const report = await wiretallyHere(['store', 'sql', store, ROWS]);
  expect(report.code).toBe(code);
  expect(report.out).toMatch(/^rows\n +\d+\n/);
  expect(report.err).toMatch(says);
  // Tables of records state nothing about a report.
  expect(await wiretallyHere(['store', 'sql', store, COUNT])).toMatchObject({ code: 0, err: '' });
  const quiet = await wiretallyHere(['store', 'sql', store, ROWS, '-q']);
  expect({ code: quiet.code, isSilent: quiet.err === '' }).toEqual({ code, isSilent: code === 0 });
});

it('of a damaged store there is none', async () => {
  const { code, out, err } = await wiretallyHere(['store', 'sql', damaged, ROWS]);
  expect({ code, out }).toEqual({ code: 3, out: '' });
  expect(err).toContain('damaged.duckdb: is damaged, or not a store');
});
