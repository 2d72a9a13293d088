// Conditions of allowing rules hold for stores as for captures: findings, verdict, paths and opt-outs are the same.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../src/model/report.ts';
import { temporaryFolder } from '../temporary.ts';
import { wiretally } from './run.ts';

const folder = temporaryFolder('conditions');

const HOST = '10.77.0.2';
const captureOf = (name: string): string => `captures/recordings/claude-code-2.1.328-${name}.pcap.gz`;
const policyOf = (condition: string): string => join(folder, `${condition}.yaml`);
const CONDITIONS = {
  via: 'via: { host: 10.77.0.1 }',
  telemetry: 'telemetry: off',
  upload: 'upload: { above: 100 kB, per: hour }',
} as const;

/** Recording, and what the rule says of its host. */
const CASES = [
  { rule: 'via', name: 'prompt', results: ['bypass'], verdict: 'violated', of: 'around' },
  { rule: 'via', name: 'connect-proxy', results: [], verdict: 'compliant', of: 'through' },
  { rule: 'via', name: 'relay', results: ['suspected'], verdict: 'inconclusive', of: 'unclear' },
  { rule: 'telemetry', name: 'prompt', results: ['telemetrySent'], verdict: 'violated', of: 'notKept' },
  { rule: 'telemetry', name: 'nononessential', results: [], verdict: 'inconclusive', of: 'cannotSay' },
  { rule: 'upload', name: 'prompt', results: ['uploaded'], verdict: 'violated', of: 'above' },
] as const;
const STORES = ['history.duckdb', 'history.usage', 'windows/'] as const;

beforeAll(() => {
  for (const [condition, text] of Object.entries(CONDITIONS))
    writeFileSync(
      policyOf(condition),
      `version: 1
name: conditions
timezone: UTC
rules:
  - { id: IF, title: on a condition, match: { tools: [claude-code] }, action: allow, ${text} }
`,
    );
});

/** What an audit or a report says of the rule. */
async function saidOf(words: readonly string[], condition: string) {
  const { code, out, err } = await wiretally([...words, '--policy', policyOf(condition), '--format', 'json']);
  expect(err).toBe('');
  const { findings = [], summary }: ReportDocument = JSON.parse(out);
  const [rule] = summary?.rules ?? [];
  return {
    code,
    findings: findings.map(({ id, host, tool, result, confidence, severity, requests, first, last }) => {
      return { id, host, tool, result, confidence, severity, requests, first, last };
    }),
    verdict: rule?.verdict,
    hosts: [
      ...Object.entries(rule?.paths ?? {}).flatMap(([path, hosts]) => hosts.map((host) => `${path} ${host}`)),
      ...(rule?.optOuts ?? []).map(({ answer, host }) => `${answer} ${host}`),
      ...findings.flatMap(({ uploads = [], host }) => uploads.map(() => `above ${host}`)),
    ],
    uploads: findings.map(({ uploads }) => uploads),
    optOuts: rule?.optOuts,
  };
}

describe.each(CASES)('$name: a rule with $rule', ({ rule, name, results, verdict, of }) => {
  it.each(STORES)('says of %s what it says of the capture', async (kind) => {
    const store = join(folder, `${rule}-${name}-${kind}`);
    const capture = captureOf(name);
    const kept = await wiretally(['analyze', capture, '--store', store, '--format', 'json']);
    expect(kept.code, kept.err).toBe(0);
    const ofCapture = await saidOf(['analyze', capture], rule);
    expect(ofCapture.findings.map(({ result }) => result)).toEqual(results);
    expect(ofCapture.verdict).toBe(verdict);
    expect(ofCapture.hosts).toContain(`${of} ${HOST}`);
    expect(await saidOf(['analyze', store], rule)).toEqual(ofCapture);
  });
});
