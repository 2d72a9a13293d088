// What explain prints of a use that other programs can make too, and policy explain of a date.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { wiretallyHere } from '../../cli/in-process.ts';
import { temporaryFolder } from '../../temporary.ts';

const CAPTURE = 'captures/recordings/base-node24-fetch-api.anthropic.com.pcap.gz';

async function explain(...more: readonly string[]): Promise<string> {
  const subject = ['--host', '10.77.0.2', '--tool', 'claude-code', '--timezone', 'UTC'];
  const { code, out } = await wiretallyHere(['explain', CAPTURE, ...subject, ...more]);
  expect(code).toBe(0);
  return out.replaceAll(/\s+/g, ' ');
}

it('names the programs that can send the same', async () => {
  const text = await explain();
  expect(text).toMatch(
    /Programs that can reach the names of Claude Code from the same runtime: [^.]*pi coding agent[^.]*, or a script\./,
  );
  expect(text).not.toMatch(/from the same runtime: [^.]*Claude Code/);
});

it('gives figures of a tool that is only possible as an assumption, without its recordings and builds', async () => {
  const text = await explain();
  expect(text).toContain('What it did, if it was Claude Code:');
  expect(text).not.toContain('requests exact in');
  expect(text).not.toContain('Which build ran:');
});

it('has times with seconds, and sentences without the IDs of rules and connections unless asked', async () => {
  const text = await explain();
  expect(text).toMatch(/from 2026-11-20 06:21:45 to 2026-11-20 06:21:4\d \(UTC\)/);
  expect(text).toMatch(/api\.anthropic\.com from Node 22-26 fetch \(1 flow; first 2026-11-20 06:21:4\d\)/);
  expect(await explain('--verbose')).toMatch(/\(1 flow; first [-\d: ]+; vendor-name; 1:[\w+/]+=\)/);
});

it('explains in another language with the texts of the report', async () => {
  const text = await explain('--language', 'de');
  expect(text).toMatch(/^Claude Code, 10\.77\.0\.2: möglich 20\. November/);
  expect(text).toMatch(/zu sehen war: \+ läuft auf Node[^+]*\+ api\.anthropic\.com von Node 22-26 fetch/);
  expect(text).toContain('Was dagegen spricht: - ');
  expect(text).not.toMatch(/Evidence|flows?\b|first/);
  const { code, err } = await wiretallyHere([
    ...['explain', CAPTURE, '--host', '10.77.0.2', '--language', 'de'],
    ...['--advisories', 'captures/advisories'],
  ]);
  expect(code).toBe(2);
  expect(err).toContain('advisories are explained in English only');
});

it('policy explain answers in the time zone of the policy, in which it was asked', async () => {
  const words = ['policy', 'explain', 'captures/demo-policy.yaml', '10.20.1.5', 'claude-code', '2026-07-14'];
  const { out } = await wiretallyHere(words);
  expect(out).toContain('10.20.1.5 at 2026-07-14 00:00:00 (Asia/Shanghai) is in developers');
});

async function explainOf(source: string, ...more: readonly string[]): Promise<string> {
  const { code, out } = await wiretallyHere(['explain', source, ...more, '--timezone', 'UTC']);
  expect(code).toBe(0);
  return out;
}

it.each([
  ['checkpoint-lea', '10.77.0.2'],
  ['aws-flow', '10.77.0.3'],
])('mentions no packets in the evidence of a log: %s', async (log, host) => {
  const text = await explainOf(`captures/logs/${log}`, '--host', host);
  const [evidence = ''] = text.split('To find the flows');
  expect(evidence).toContain('no log line shows an answer to these connections');
  expect(evidence).toContain('as the log counts it');
  expect(evidence).not.toMatch(/packet|forged|capture|handshakes/);
});

it('has one line for starts with the same builds', async () => {
  const text = await explainOf('captures/demo.pcap.gz', '--host', '10.20.1.13', '--tool', 'claude-code');
  expect(text).toContain('  2026-07-08 03:04:26 to 2026-07-14 02:48:07, 6 starts: unknown: some of');
  expect(text.split('sizes of no recorded build')).toHaveLength(2);
});

it('counts telemetry of a program as no request to the API of its vendor', async () => {
  const subject = ['--host', '10.77.0.2', '--tool', 'copilot-api'];
  const text = await explainOf('captures/builds/copilot-cli-1.0.60-p1.pcap.gz', ...subject);
  expect(text).toContain('telemetry.individual.githubcopilot.com: telemetry, 2 flows');
  expect(text).toContain('1 model request, in 1 prompt');
});

it('explains a finding in the time zone of the policy that made it', async () => {
  const policy = join(temporaryFolder('explain-policy'), 'policy.yaml');
  writeFileSync(
    policy,
    'version: 1\nname: p\ntimezone: Asia/Shanghai\nrules:\n  - { id: BAN, title: t, match: { tools: [claude-code] }, action: deny, effective: 2026-07-01 }\n',
  );
  const subject = ['--finding', 'BAN/1/10.77.0.2/claude-code/suspected', '--policy', policy];
  const { code, out, err } = await wiretallyHere(['explain', CAPTURE, ...subject]);
  expect([code, err]).toEqual([0, '']);
  expect(out).toContain('2026-11-20 14:21:45');
  const missing = await wiretallyHere(['explain', CAPTURE, ...subject.slice(0, 3), `${policy}.none`]);
  expect([missing.code, missing.err]).toEqual([2, expect.stringContaining('policy.yaml.none')]);
});

it('refuses a finding of a rule that the policy does not have', async () => {
  const policy = join(temporaryFolder('explain-rule'), 'ban.yaml');
  writeFileSync(
    policy,
    'version: 1\nname: t\ntimezone: UTC\nrules:\n  - { id: BAN, title: t, match: { tools: [claude-code] }, action: deny, effective: 2026-01-01 }\n',
  );
  const finding = (rule: string) => ['--finding', `${rule}/1/10.77.0.2/claude-code/suspected`];
  const refused = await wiretallyHere(['explain', CAPTURE, ...finding('BAM'), '--policy', policy]);
  expect(refused.code).toBe(2);
  expect(refused.err).toContain('the policy has no rule "BAM"');
  expect(refused.err).toContain('did you mean BAN?');
  const known = await wiretallyHere(['explain', CAPTURE, ...finding('BAN'), '--policy', policy]);
  expect(known.code).toBe(0);
});
