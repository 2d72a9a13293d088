// Real captures as a poor sensor would have taken them: what it could not see must be said, never papered over.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { type Frame, readPcap, writePcap } from '../../captures/pcap.ts';
import { temporaryFolder } from '../temporary.ts';
import { wiretally } from './run.ts';

const BAN = `version: 1
name: blind
timezone: UTC
rules:
  - { id: B, title: Claude Code is banned, match: { tools: [claude-code] }, action: deny, effective: 2026-11-01, severity: high }
`;

const OWNER = Buffer.from('0e2ddf34519a', 'hex');
const NEXT_OWNER = Buffer.from('02000000bb01', 'hex');

const folder = temporaryFolder('blind');
const policy = join(folder, 'ban.yaml');
writeFileSync(policy, BAN);
const frames = readPcap(gunzipSync(readFileSync('captures/recordings/claude-code-2.1.328-prompt.pcap.gz')));

async function audit(seen: readonly Frame[]) {
  return await wiretally(['analyze', '-', '--policy', policy], { input: writePcap(seen) });
}

it.each([64, 96, 128])('cannot say that a ban was kept when packets were cut to %i bytes', async (bytes) => {
  const { out } = await audit(frames.map((frame) => ({ ...frame, bytes: frame.bytes.subarray(0, bytes) })));
  expect(out).toContain('INCONCLUSIVE');
  expect(out).toContain('handshake not captured');
  expect(out).not.toContain('VIOLATION');
});

it('cannot say that a ban was kept when one direction only was mirrored', async () => {
  const up = frames.filter(({ bytes }) => bytes.subarray(6, 12).equals(OWNER));
  const { out } = await audit(up);
  expect(out).toContain('INCONCLUSIVE');
  expect(out).toContain('one direction only');
  expect(out).not.toContain('VIOLATION');
});

it('says that bytes count double when a mirror port delivers every packet twice', async () => {
  const twice = frames.flatMap((frame) => [frame, { ...frame, timeUs: frame.timeUs + 3 }]);
  expect((await audit(twice)).out).toContain('captured more than once');
  expect((await audit(frames)).out).not.toContain('captured more than once');
});

/** The machine that the address was given to half an hour later: a script of somebody else. */
function nextOwner(): Frame[] {
  const script = readPcap(
    gunzipSync(readFileSync('captures/recordings/base-node24-fetch-api.anthropic.com.pcap.gz')),
  );
  const shift = (frames[0]?.timeUs ?? 0) + 1_800_000_000 - (script[0]?.timeUs ?? 0);
  return script.map((frame) => {
    const bytes = Buffer.from(frame.bytes);
    for (const at of [0, 6]) if (bytes.subarray(at, at + 6).equals(OWNER)) NEXT_OWNER.copy(bytes, at);
    return { ...frame, timeUs: frame.timeUs + shift, bytes };
  });
}

it.each([
  { except: OWNER, result: 'exempt', who: 'the one who used it' },
  { except: NEXT_OWNER, result: 'violation', who: 'the one who has the address now' },
])('tells apart who had an address, with an exception for $who', async ({ except, result }) => {
  const mac = except.toString('hex').replace(/..(?=.)/g, '$&:');
  const exempting = join(folder, `${result}.yaml`);
  writeFileSync(
    exempting,
    `${BAN}groups: { lab: { mac: ["${mac}"] } }
exceptions: [{ id: X, rule: B, scope: { groups: [lab] }, until: 2030-01-01, reason: test }]
`,
  );
  const { out } = await wiretally(['analyze', '-', '--policy', exempting, '--format', 'json'], {
    input: writePcap([...frames, ...nextOwner()]),
  });
  const document = z
    .object({
      hosts: z.array(z.object({ mac: z.string().nullable() })),
      findings: z.array(z.object({ result: z.string() })),
    })
    .parse(JSON.parse(out));
  expect(document.hosts.map(({ mac }) => mac)).toEqual([null]);
  expect(document.findings.map((finding) => finding.result)).toEqual([result]);
});
