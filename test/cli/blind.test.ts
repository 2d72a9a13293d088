// Real captures as a poor sensor would have taken them: what it could not see must be said, never papered over.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { type Frame, readPcap, writePcap } from '../../captures/pcap.ts';
import { wiretally } from './run.ts';

const BAN = `version: 1
name: blind
timezone: UTC
rules:
  - { id: B, title: Claude Code is banned, match: { tools: [claude-code] }, action: deny, effective: 2026-11-01, severity: high }
`;

const folder = mkdtempSync(join(tmpdir(), 'wiretally-blind-'));
afterAll(() => rmSync(folder, { recursive: true }));
const policy = join(folder, 'ban.yaml');
writeFileSync(policy, BAN);
const frames = readPcap(gunzipSync(readFileSync('captures/recordings/claude-code-2.1.328-prompt.pcap.gz')));

async function audit(seen: readonly Frame[]) {
  return await wiretally(['audit', '-', '--policy', policy], { input: writePcap(seen) });
}

it.each([64, 96, 128])('cannot say that a ban was kept when packets were cut to %i bytes', async (bytes) => {
  const { out } = await audit(frames.map((frame) => ({ ...frame, bytes: frame.bytes.subarray(0, bytes) })));
  expect(out).toContain('CANNOT SAY');
  expect(out).toContain('handshake not captured');
  expect(out).not.toContain('VIOLATION');
});
