// The user that `serve` started by root becomes, with each of its logs.

import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { removeTemporaryFolders, temporaryFolder } from '../temporary.ts';

const CLI = 'dist/cli/main.js';
/** No account has this number: docs/deployment.md. */
const NO_ACCOUNT = '65533';
/** CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH of capabilities(7). */
const DAC = 0x6n;
const POLICY = `version: 1
name: ban
timezone: UTC
default: observe
groups:
  all: { cidr: [10.0.0.0/8] }
rules:
  - id: R1
    title: banned
    match: { tools: [claude-code] }
    scope: { groups: [all] }
    action: deny
    announced: 2026-01-01
    effective: 2026-01-02
    severity: high
`;

afterAll(removeTemporaryFolders);

interface Standing {
  readonly users: readonly string[];
  readonly capabilities: bigint;
}

/** User numbers and capabilities of the process once it serves. */
async function standingOf(folder: string, words: readonly string[]): Promise<Standing> {
  const child = spawn(process.execPath, [CLI, 'serve', join(folder, 'a.usage'), ...words]);
  let text = '';
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('exit', () => reject(new Error(text)));
      child.stderr.on('data', (data) => {
        text += String(data);
        if (text.includes('serving http')) resolve();
      });
    });
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    const fieldOf = (field: string): string => new RegExp(`^${field}:\\s+(.*)$`, 'm').exec(status)?.[1] ?? '';
    return { users: fieldOf('Uid').split('\t'), capabilities: BigInt(`0x${fieldOf('CapEff')}`) };
  } finally {
    child.kill();
  }
}

describe.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)('serve, started by root', () => {
  const folder = temporaryFolder('serve-rights');
  const at = (name: string): string => join(folder, name);
  const words = ['--policy', at('policy.yaml'), '--listen', '127.0.0.1:0', '--finding-log', at('log')];

  it('changes its user with a log of findings, which it reads or appends to', async () => {
    writeFileSync(at('policy.yaml'), POLICY);
    writeFileSync(at('tokens'), `anna ${'a'.repeat(16)}${'b'.repeat(16)}\n`, { mode: 0o600 });
    const { privateKey } = generateKeyPairSync('ed25519');
    writeFileSync(at('key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    const editor = ['--access-tokens', at('tokens'), '--finding-editor', 'anna'];
    const editing = [...editor, '--finding-sign-key', at('key.pem')];
    const capture = 'captures/recordings/claude-code-2.1.328-prompt.pcap.gz';
    const made = spawn(process.execPath, [CLI, 'analyze', capture, '--write', at('a.usage'), '--quiet']);
    expect(await new Promise((resolve) => made.once('exit', resolve))).toBe(0);
    const writing = await standingOf(folder, [...words, ...editing]);
    expect(new Set(writing.users)).toEqual(new Set([NO_ACCOUNT]));
    expect(writing.capabilities & ~DAC).toBe(0n);
    // The log was created before that: it belongs to root.
    expect(statSync(at('log')).uid).toBe(0);
    const reading = await standingOf(folder, words);
    expect(new Set(reading.users)).toEqual(new Set([NO_ACCOUNT]));
    expect(reading.capabilities & ~DAC).toBe(0n);
  }, 60_000);
});
