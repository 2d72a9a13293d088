// Every JSON document of the demo and of the recordings is valid against its schema, which the API publishes.

import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { analyze, loadCatalogue, makeReport } from '../../src/index.ts';
import { report } from '../../src/model/report.ts';
import { temporaryFolder } from '../temporary.ts';

const FOLDER = 'captures/recordings';
const RECORDINGS = readdirSync(FOLDER).filter((name) => name.endsWith('.pcap.gz'));
const work = temporaryFolder('schema');

const windows = join(work, 'demo.usage');
beforeAll(() => {
  run(['analyze', 'captures/demo.pcap.gz', '--quiet', '--write', windows]);
});

const faultsOf = (document: unknown): string[] =>
  (report.safeParse(document).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );

it('accepts the document of each recording', { timeout: 300_000 }, async () => {
  const catalogue = await loadCatalogue();
  const faults: string[] = [];
  for (const name of RECORDINGS) {
    const analysis = await analyze([join(FOLDER, name)], { catalogue, workers: 1 });
    const document: unknown = JSON.parse(JSON.stringify(makeReport(analysis)));
    faults.push(...faultsOf(document).map((fault) => `${name}: ${fault}`));
  }
  expect(faults).toEqual([]);
});

const ADVISORY = ['--advisories', 'captures/advisories/claude-code-prompt-marking.yaml'];
const POLICY = ['--policy', 'captures/demo-policy.yaml'];
const SPAN = ['--since', '2026-07-13'];
const CASES: readonly (readonly string[])[] = [
  [],
  POLICY,
  [...POLICY, ...ADVISORY],
  ['--by', 'day'],
  SPAN,
  [...SPAN, '--against-since', '2026-07-06', ...POLICY],
  ['--tool', 'claude-code', '--timezone', 'Asia/Shanghai'],
];

it.each(CASES.map((words) => ({ words })))('accepts the demo with $words', ({ words }) => {
  expect(faultsOf(JSON.parse(run(['analyze', windows, '--quiet', ...words, '--format', 'json'])))).toEqual(
    [],
  );
});

function run(words: readonly string[]): string {
  const options = { encoding: 'utf8', maxBuffer: 64 << 20 } as const;
  // Exit code 1 is a violation of the policy, which the demo has.
  try {
    return execFileSync(process.execPath, ['dist/cli/main.js', ...words], options);
  } catch (error) {
    if (error instanceof Error && 'status' in error && error.status === 1 && 'stdout' in error)
      return String(error.stdout);
    throw error;
  }
}
