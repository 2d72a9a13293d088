// Statements of non-use as an auditor holds them: signed, verified, and refused after a change.

import { generateKeyPairSync } from 'node:crypto';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { wiretally } from './run.ts';

const DEMO = 'captures/demo.pcap.gz';
const SMALL = 'captures/recordings/base-node20-https.pcap.gz';
const folder = temporaryFolder('statements');
const at = (name: string): string => join(folder, name);
const PERIOD = ['--since', '2026-07-01', '--until', '2026-07-31'];
const SCOPE = ['--scope', '192.0.2.0/24'];

beforeAll(() => {
  const pair = generateKeyPairSync('ed25519');
  writeFileSync(at('key.pem'), pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(at('public.pem'), pair.publicKey.export({ type: 'spki', format: 'pem' }));
});

const attest = (tool: string, name: string, ...more: string[]) =>
  wiretally(['attest', DEMO, '--tool', tool, ...PERIOD, '--bundle', at(name), ...more]);

describe('a signed statement', () => {
  it('is made, verified and evaluated again', async () => {
    const made = await attest('claude-code', 'signed', '--sign-key', at('key.pem'), '--format', 'json');
    expect(made.code).toBe(1);
    const statement = JSON.parse(made.out);
    expect(statement.result).toBe('noStatement');
    expect(statement.reasons.map(({ reason }: { reason: string }) => reason)).toContain('used');
    expect(JSON.parse(readFileSync(join(at('signed'), 'statement.json'), 'utf8'))).toEqual(statement);
    const verified = await wiretally(['verify', at('signed'), '--key', at('public.pem')]);
    expect(verified.out).toContain('signed by the given key');
    expect(verified.out).toContain(statement.sentence.slice(0, 60));
    expect(verified.code).toBe(0);
  });

  it('about gateways is verified and evaluated again as well', async () => {
    const made = await attest(
      'claude-code',
      'paths',
      '--via',
      '192.0.2.250',
      '--via',
      'gateway.example',
      '--format',
      'json',
    );
    expect(made.code).toBe(1);
    const statement = JSON.parse(made.out);
    expect(statement.via).toEqual(['192.0.2.250', 'gateway.example']);
    expect(statement.flows.around).toBeGreaterThan(0);
    expect(statement.reasons.map(({ reason }: { reason: string }) => reason)).toContain('around');
    const verified = await wiretally(['verify', at('paths'), '--unsigned']);
    expect(verified.out).toContain('evaluated again: the same');
    expect(verified.code).toBe(0);
  });

  it('is read in the zone of the policy, and says where its period can begin', async () => {
    // The demo begins on 8 July in Shanghai; windows have 60 seconds.
    const period = ['--since', '2026-07-08T08:30:30', '--until', '2026-07-08T08:32:00'];
    const words = ['attest', DEMO, '--tool', 'cursor', '--policy', 'captures/demo-policy.yaml', ...period];
    const { out } = await wiretally([...words, '--bundle', at('zone')]);
    expect(out).toMatch(/^period {5}2026-07-08 08:30:30 to 2026-07-08 08:32:00 \(Asia\/Shanghai\)$/m);
    expect(out.replaceAll(/\s+/g, ' ')).toContain('begin the period at 2026-07-08 08:30:00');
    const end = ['--since', '2026-07-08T08:30:00', '--until', '2026-07-08T08:31:30'];
    const atEnd = await wiretally([...words.slice(0, -period.length), ...end]);
    expect(atEnd.out.replaceAll(/\s+/g, ' ')).toContain('end the period at 2026-07-08 08:32:00');
    expect(out).not.toMatch(/\dZ\b/);
    const verified = await wiretally(['verify', at('zone'), '--unsigned']);
    expect(verified.out).toContain('evaluated again: the same');
  });

  it('does not count a host with use as one that asked for names alone', async () => {
    const { out } = await attest('claude-code', 'counts', '--scope', '10.20.1.13', '--format', 'json');
    const { found, reasons } = JSON.parse(out);
    expect(found).toMatchObject({ uses: 1, attempts: 0 });
    expect(reasons.map(({ reason }: { reason: string }) => reason)).not.toContain('asked');
  });

  it('is not made about a tool without signs where another tool on its runtime used a provider', async () => {
    const capture = 'captures/recordings/continue-1.5.47-prompt.pcap.gz';
    const period = ['--since', '2026-11-20T06:19', '--until', '2026-11-20T06:20'];
    const made = await wiretally(['attest', capture, '--tool', 'openclaw', ...period, '--format', 'json']);
    const { reasons } = JSON.parse(made.out);
    expect(reasons.map(({ reason }: { reason: string }) => reason)).toContain('nearby');
  });

  it('is refused after a change of one word', async () => {
    await attest('cursor', 'changed', '--sign-key', at('key.pem'));
    cpSync(at('changed'), at('forged'), { recursive: true });
    const file = join(at('forged'), 'statement.json');
    const before = readFileSync(file, 'utf8');
    const after = before.replace('"noStatement"', '"notObserved"');
    expect(after).not.toBe(before);
    writeFileSync(file, after);
    const { code, out, err } = await wiretally(['verify', at('forged'), '--key', at('public.pem')]);
    expect(code).toBe(1);
    expect(out + err).toContain('statement.json');
  });

  it('is not made for a scope without hosts', async () => {
    const { code, out } = await attest('claude-code', 'empty', ...SCOPE);
    expect(code).toBe(1);
    expect(out).toContain('no host of the scope');
  });

  it.each([
    ['filtered', ['-f', 'tcp']],
    ['excluded', ['--exclude', '160.79.104.0/23']],
    ['excluded', ['--exclude', '10.99.0.0/16']],
  ])('is not made over a store of which packets were left out: %s', async (reason, options) => {
    for (const store of [
      `${options[1]?.replaceAll(/\W/g, '')}.usage`,
      `${options[1]?.replaceAll(/\W/g, '')}.duckdb`,
    ]) {
      await wiretally(['analyze', SMALL, '--store', at(store), ...options]);
      const asked = [
        '--tool',
        'cursor',
        '--since',
        '2026-01-01',
        '--until',
        '2028-01-01',
        '--format',
        'json',
      ];
      const { out, code } = await wiretally(['attest', at(store), ...asked]);
      expect(code).toBe(1);
      expect(JSON.parse(out).reasons.map((one: { reason: string }) => one.reason)).toContain(reason);
    }
  });

  it('names services that hosts of the scope used, also on hosts outside of it', async () => {
    const relayed = ['attest', 'captures/services/ccr-claude-code.pcap.gz', '--tool', 'openai-codex'];
    const period = ['--since', '2026-11-21', '--until', '2026-11-22'];
    const { out } = await wiretally([...relayed, ...period, '--scope', '10.88.0.21', '--format', 'json']);
    const { reasons } = JSON.parse(out);
    expect(reasons.map(({ reason }: { reason: string }) => reason)).toContain('service');
  });
});
