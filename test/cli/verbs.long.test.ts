// One command analyzes captures, windows, stores and bundles; former names of commands work and no help lists them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wiretally } from './run.ts';

const CAPTURE = 'captures/recordings/base-curl-api.anthropic.com.pcap.gz';
const work = mkdtempSync(join(tmpdir(), 'wiretally-verbs-'));
const usage = join(work, 'x.usage');
const store = join(work, 'x.duckdb');
const json = ['--format', 'json', '--quiet'];
beforeAll(async () => {
  const made = await wiretally([
    'analyze',
    'captures/demo.pcap.gz',
    '-q',
    '--write',
    usage,
    '--store',
    store,
  ]);
  expect(made.code).toBe(0);
}, 120_000);
afterAll(() => rmSync(work, { recursive: true }));

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

  it.each([
    [['--by', 'day']],
    [['--since', '2026-07-10', '--until', '2026-07-12T12:00']],
    [['--since', '2026-07-10', '--tool', 'Claude Code', '--policy', 'captures/demo-policy.yaml']],
    [['--host', '10.20.1.13']],
    [[]],
  ])('answers about windows and a store what report answers: %j', async (words) => {
    for (const source of [usage, store])
      expect(await documentOf('analyze', source, ...words)).toEqual(
        await documentOf('report', source, ...words),
      );
  });

  it('asks a capture for a part of it, and stores all of it', async () => {
    const kept = join(work, 'kept.usage');
    const words = [CAPTURE, '--tool', 'claude-code', '--write', kept];
    const part = await documentOf('analyze', ...words);
    expect(part).toEqual(await documentOf('report', CAPTURE, '--tool', 'claude-code'));
    expect(await documentOf('analyze', kept)).toMatchObject({ stats: { packets: expect.any(Number) } });
  });

  it('writes an evidence bundle, of the whole input alone', async () => {
    const policy = ['--policy', 'captures/demo-policy.yaml'];
    const [bundle, former] = [join(work, 'bundle'), join(work, 'former')];
    const now = await documentOf('analyze', usage, ...policy, '--bundle', bundle);
    expect(now).toEqual(await documentOf('audit', usage, ...policy, '--bundle', former));
    expect((await wiretally(['verify', bundle, '--unsigned'])).code).not.toBe(3);
    expect(await documentOf('analyze', bundle)).toMatchObject({ schema: 1 });
    const part = await wiretally([
      'analyze',
      usage,
      ...policy,
      '--bundle',
      join(work, 'b'),
      '--since',
      'today',
    ]);
    expect(part).toMatchObject({ code: 2, out: '' });
    expect(part.err).toContain('leave --since out');
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

describe('former names', () => {
  it.each([
    ['handshakes', ['dump', 'hellos'], [CAPTURE]],
    ['flows', ['dump', 'flows'], [CAPTURE]],
    ['sql', ['store', 'sql'], [store, 'SELECT count(*) FROM windows']],
    ['sensors', ['fleet', 'sensors'], [store, '--at', '2026-07-20']],
    ['judge', ['fleet', 'aggregate'], [store]],
  ])('%s is %j', async (former, now, words) => {
    const before = await wiretally([former, ...words, '--quiet']);
    expect(before.out).not.toBe('');
    expect(await wiretally([...now, ...words, '--quiet'])).toEqual(before);
  });

  it('are in no help', async () => {
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
    expect(out).not.toMatch(
      /^ {2}(report|audit|handshakes|flows|merge|sql|ship|collect|judge|sensors|signedConfig)\b/m,
    );
    expect((await wiretally(['fleet', '--help'])).out).toMatch(/ship[\s\S]*collect[\s\S]*aggregate/);
  });
});
