// Answers about stores are those about captures: findings, verdict, paths and opt-outs of conditions, registers and allow lists.
// Each is as its published schema says.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { AllowList } from '../../src/model/profile.ts';
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

async function schemaOf(document: string): Promise<z.ZodType> {
  const { out } = await wiretally(['policy', 'schema', '--of', document]);
  return z.fromJSONSchema(JSON.parse(out));
}

const REGISTER = `tool;owner;host;from;until
"Claude Code";"A; B";${HOST};;
aider;;;;2026-01-01
cline;;10.99.0.1;;
`;

/** Recordings, and a name that they need. */
const ANSWERS = [
  { name: 'prompt', needed: 'api.anthropic.com' },
  { name: 'relay', needed: 'ai-gateway.corp.example' },
] as const;

describe.each(ANSWERS)('$name: a register and an allow list', ({ name, needed }) => {
  const file = join(folder, 'register.csv');
  const capture = captureOf(name);
  const listOf = async (source: string): Promise<AllowList> => {
    const words = ['--tool', 'claude-code', '--allow-list', '--against', join(folder, 'list.txt')];
    const { code, out, err } = await wiretally(['profile', source, ...words, '--format', 'json', '--quiet']);
    expect(code, err).toBe(0);
    return JSON.parse(out);
  };
  const comparedWith = async (source: string): Promise<ReportDocument['register']> => {
    const { code, out, err } = await wiretally(['analyze', source, '--register', file, '--format', 'json']);
    expect(code, err).toBe(0);
    const document: ReportDocument = JSON.parse(out);
    return document.register;
  };

  it.each(STORES)('say of %s what they say of the capture', async (kind) => {
    writeFileSync(file, REGISTER);
    writeFileSync(join(folder, 'list.txt'), 'api.anthropic.com\nstatsig.anthropic.com\n');
    const store = join(folder, `asked-${name}-${kind}`);
    const kept = await wiretally(['analyze', capture, '--store', store, '--format', 'json']);
    expect(kept.code, kept.err).toBe(0);
    const compared = await comparedWith(capture);
    expect(compared?.entries.map(({ answer }) => answer)).toEqual(['used', 'cannotSay', 'cannotSay']);
    expect(compared?.entries[1]?.removed?.answer).toBe('unused');
    expect(await comparedWith(store)).toEqual(compared);
    const list = await listOf(capture);
    expect((await schemaOf('allow-list')).safeParse(list).success).toBe(true);
    expect(list.names.find((one) => one.name === needed)).toMatchObject({ need: 'needed', hosts: 1 });
    expect(await listOf(store)).toEqual(list);
  });
});

describe('published schemas', () => {
  it.each(['policy', 'register', 'report', 'allow-list', 'opt-outs', 'uploads'])(
    'describe a document: %s',
    async (document) => {
      const schema = await schemaOf(document);
      expect(schema.safeParse({ unknown: 1 }).success).toBe(false);
      expect(schema.safeParse([{ unknown: 1 }]).success).toBe(false);
    },
  );

  it('accept a report, its opt-outs and uploads, and a register', async () => {
    for (const condition of ['telemetry', 'upload']) {
      const { out } = await wiretally([
        'analyze',
        captureOf('prompt'),
        '--policy',
        policyOf(condition),
        '--format',
        'json',
      ]);
      const document: ReportDocument = JSON.parse(out);
      expect((await schemaOf('report')).safeParse(document).error).toBeUndefined();
      const optOuts = document.summary?.rules[0]?.optOuts ?? [];
      const uploads = document.findings?.flatMap((one) => one.uploads ?? []) ?? [];
      expect((condition === 'telemetry' ? optOuts : uploads).length).toBeGreaterThan(0);
      expect((await schemaOf('opt-outs')).safeParse(optOuts).success).toBe(true);
      expect((await schemaOf('uploads')).safeParse(uploads).success).toBe(true);
    }
    const register = { version: 1, entries: [{ tool: 'aider', host: ['10.0.0.1'], until: '2026-07-10' }] };
    expect((await schemaOf('register')).safeParse(register).success).toBe(true);
  });
});
