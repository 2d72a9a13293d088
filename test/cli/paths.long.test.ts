// A required path holds for stores as for captures: the findings, the verdict and the hosts on each path are the same.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../src/model/report.ts';
import { temporaryFolder } from '../temporary.ts';
import { wiretally } from './run.ts';

const folder = temporaryFolder('paths');

const PROXY = '10.77.0.1';
const policy = join(folder, 'policy.yaml');
const captureOf = (name: string): string => `captures/recordings/claude-code-2.1.328-${name}.pcap.gz`;

/** Recording, and what the rule says of its host. */
const CASES = [
  { name: 'prompt', results: ['bypass'], verdict: 'violated', path: 'around' },
  { name: 'connect-proxy', results: [], verdict: 'compliant', path: 'through' },
  { name: 'relay', results: ['suspected'], verdict: 'inconclusive', path: 'unclear' },
] as const;
const STORES = ['history.duckdb', 'history.usage', 'windows/'] as const;

beforeAll(() =>
  writeFileSync(
    policy,
    `version: 1
name: paths
timezone: UTC
rules:
  - { id: PATH, title: through the gateway, match: { tools: [claude-code] }, action: allow, via: { host: ${PROXY} } }
`,
  ),
);

/** What an audit or a report says of the rule. */
async function saidOf(words: readonly string[]) {
  const { code, out, err } = await wiretally([...words, '--policy', policy, '--format', 'json']);
  expect(err).toBe('');
  const { findings = [], summary }: ReportDocument = JSON.parse(out);
  const [rule] = summary?.rules ?? [];
  return {
    code,
    findings: findings.map(({ id, host, tool, result, confidence, severity, requests, first, last }) => {
      return { id, host, tool, result, confidence, severity, requests, first, last };
    }),
    verdict: rule?.verdict,
    paths: rule?.paths,
  };
}

describe.each(CASES)('$name: a rule with a required path', ({ name, results, verdict, path }) => {
  it.each(STORES)('says of %s what it says of the capture', async (kind) => {
    const store = join(folder, `${name}-${kind}`);
    const capture = captureOf(name);
    const kept = await wiretally(['analyze', capture, '--store', store, '--format', 'json']);
    expect(kept.code, kept.err).toBe(0);
    const ofCapture = await saidOf(['analyze', capture]);
    expect(ofCapture.findings.map(({ result }) => result)).toEqual(results);
    expect(ofCapture.verdict).toBe(verdict);
    expect(ofCapture.paths?.[path]).toEqual(['10.77.0.2']);
    expect(await saidOf(['analyze', store])).toEqual(ofCapture);
    expect((await saidOf(['analyze', store])).findings).toEqual(ofCapture.findings);
  });
});
