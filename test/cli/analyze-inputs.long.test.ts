// One command analyzes captures, windows, stores and bundles.

import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { wiretally } from './run.ts';

const CAPTURE = 'captures/recordings/base-curl-api.anthropic.com.pcap.gz';
const work = temporaryFolder('verbs');
const usage = join(work, 'x.usage');
const json = ['--format', 'json', '--quiet'];
beforeAll(async () => {
  const made = await wiretally(['analyze', 'captures/demo.pcap.gz', '-q', '--write', usage]);
  expect(made.code).toBe(0);
}, 120_000);

/** Without the command, which says the name that was typed. */
const documentOf = async (...words: string[]): Promise<unknown> => {
  const { out, err } = await wiretally([...words, ...json]);
  expect(err).toBe('');
  const document: unknown = JSON.parse(out);
  return { ...(document as object), command: null };
};

describe('analyze', () => {
  it('is what an input alone asks for', async () => {
    expect(await documentOf(CAPTURE)).toEqual(await documentOf('analyze', CAPTURE));
    expect((await wiretally(['--format', 'json', '--quiet', CAPTURE])).out).toContain('"schema": 1');
    expect(await wiretally(['analyse', CAPTURE])).toMatchObject({ code: 2 });
    expect((await wiretally(['analyse', CAPTURE])).err).toContain('analyze');
  });

  it('asks a capture for a part of it, and stores all of it', async () => {
    const kept = join(work, 'kept.usage');
    const words = [CAPTURE, '--tool', 'claude-code', '--write', kept];
    const part = await documentOf('analyze', ...words);
    expect(part).toEqual(await documentOf('analyze', CAPTURE, '--tool', 'claude-code'));
    expect(await documentOf('analyze', kept)).toMatchObject({ stats: { packets: expect.any(Number) } });
  });

  it('writes an evidence bundle of all hosts and tools', async () => {
    const policy = ['--policy', 'captures/demo-policy.yaml'];
    const bundle = join(work, 'bundle');
    const evaluated = await documentOf('analyze', usage, ...policy);
    expect(await documentOf('analyze', usage, ...policy, '--bundle', bundle)).toEqual(evaluated);
    const without = await wiretally(['analyze', usage, '--bundle', join(work, 'none')]);
    expect(without).toMatchObject({ code: 2, out: '' });
    expect(without.err).toContain('an evidence bundle needs a policy');
    expect((await wiretally(['verify', bundle, '--unsigned'])).code).not.toBe(3);
    expect(await documentOf('analyze', bundle)).toMatchObject({ schema: 1 });
    const part = await wiretally([
      'analyze',
      usage,
      ...policy,
      '--bundle',
      join(work, 'b'),
      '--host',
      '10.20.1.13',
    ]);
    expect(part).toMatchObject({ code: 2, out: '' });
    expect(part.err).toContain('remove --host');
  });

  it('takes times relative to now', async () => {
    const { code, out } = await wiretally(['analyze', usage, '--since', '7d', ...json]);
    const { hosts, command } = JSON.parse(out) as { hosts: unknown[]; command: string };
    expect({ code, hosts }).toEqual({ code: 4, hosts: [] });
    // Read again tomorrow, it means the same time.
    expect(command).toMatch(/ --since \d{4}-\d{2}-\d{2}T[\d:]{8}Z$/);
    const wrong = await wiretally(['analyze', usage, '--since', 'tomorrow']);
    expect(wrong.code).toBe(2);
    expect(wrong.err).toContain('--since yesterday');
  });
});

describe('the help', () => {
  it('lists commands by group', async () => {
    const { out } = await wiretally(['--help']);
    for (const group of [
      'Analyze:',
      'Policy and evidence:',
      'History:',
      'Live:',
      'Fleet:',
      'Catalogue:',
      'Setup:',
    ])
      expect(out).toContain(`\n${group}\n`);
    expect((await wiretally(['fleet', '--help'])).out).toMatch(/ship[\s\S]*collect[\s\S]*aggregate/);
  });
});
