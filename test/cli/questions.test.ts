import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ToolProfile } from '../../src/catalogue/profile.ts';
import { wiretally } from './run.ts';

const DEMO = 'captures/demo.pcap.gz';
const POLICY = 'captures/demo-policy.yaml';

let folder: string;
let usage: string;
let key: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wiretally-questions-'));
  usage = join(folder, 'demo.usage');
  key = join(folder, 'key');
  writeFileSync(key, Buffer.alloc(32, 7));
  expect((await wiretally(['analyze', DEMO, '--write', usage])).code).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('explain', () => {
  it.each(['10.20.1.11', 'dev-01', '02:57:4C:14:01:11'])('knows a host as %s', async (host) => {
    const run = await wiretally(['explain', usage, '--host', host, '--tool', 'qwen-code']);
    expect(run.code).toBe(0);
    expect(run.out).toContain('Qwen Code');
    expect(run.out).toContain('on 10.20.1.11 is certain');
  });

  it('tells every row of the host when no tool is named', async () => {
    const run = await wiretally(['explain', usage, '--host', 'dev-01']);
    expect(run.code).toBe(0);
    expect(run.out).toMatch(/Claude Code .* on 10\.20\.1\.11 is /);
    expect(run.out).toMatch(/Qwen Code .* on 10\.20\.1\.11 is /);
  });

  it('shows pseudonyms alone with a key, and knows hosts by them', async () => {
    const words = ['explain', usage, '--tool', 'qwen-code', '--pseudonymize', key, '--host'];
    const byName = await wiretally([...words, 'dev-01']);
    const pseudonym = /h-[2-9B-Z]{8}/.exec(byName.out)?.[0] ?? '';
    expect(pseudonym).not.toBe('');
    expect(byName.out).not.toMatch(/10\.20\.|dev-01/);
    expect((await wiretally([...words, pseudonym])).out).toBe(byName.out);
  });

  it('writes amounts and times as reports do, in the zone asked for', async () => {
    const words = ['explain', usage, '--host', 'dev-01', '--tool', 'qwen-code'];
    const utc = await wiretally(words);
    expect(utc.out).toMatch(/Seen from 2026-07-\d\d \d\d:\d\d to .*: [\d ]+ flows?, [\d.]+ [kM]?B up/);
    const shanghai = await wiretally([...words, '--timezone', 'Asia/Shanghai']);
    expect(shanghai.out).not.toBe(utc.out);
  });
});

describe('what a command works by', () => {
  const none = '/none/of/these';
  it.each([
    { words: ['audit', DEMO, '--policy', none] },
    { words: ['report', DEMO, '--hosts', none] },
    { words: ['report', DEMO, '--pseudonymize', none] },
    { words: ['report', DEMO, '--catalogue', none] },
    { words: ['audit', DEMO, '--policy', POLICY, '--bundle', 'no-bundle-here', '--sign-key', none] },
    { words: ['policy', 'check', none] },
    { words: ['verify', 'captures', '--key', none] },
  ])('must be there: $words', async ({ words }) => {
    const run = await wiretally(words);
    expect([run.code, run.out]).toEqual([2, '']);
    expect(run.err).toContain(none);
  });
});

describe('verbs of verbs', () => {
  it.each(['policy', 'store', 'catalogue'])('named alone, %s lists them on stderr', async (verb) => {
    const run = await wiretally([verb]);
    expect([run.code, run.out]).toEqual([2, '']);
    expect(run.err).toMatch(new RegExp(`^Usage: wiretally ${verb} `));
    expect(run.err).not.toContain('outputHelp');
  });

  it('policy explain wants an address, or a name beside', async () => {
    const words = ['policy', 'explain', POLICY, '--tool', 'claude-code', '--at', '2026-07-12', '--host'];
    const word = await wiretally([...words, 'foo']);
    expect([word.code, word.out]).toEqual([2, '']);
    expect(word.err).toContain('"foo" is no address');
    expect((await wiretally([...words, '10.20.1.13'])).code).toBe(0);
  });
});

describe('questions about what is nowhere', () => {
  it.each([
    { words: ['explain', '--host', 'dev-0l'], what: 'no host "dev-0l"', next: 'did you mean dev-0' },
    { words: ['explain', '--host', '192.0.2.77'], what: 'no host "192.0.2.77"', next: 'hosts' },
    { words: ['explain', '--host', 'dev-01', '--tool', 'qwen-kode'], what: 'qwen-kode', next: 'qwen-code?' },
    { words: ['report', '--tool', 'claude-kode'], what: 'claude-kode', next: 'did you mean claude-code?' },
    { words: ['report', '--host', 'nosuch'], what: 'no host "nosuch"', next: '' },
    { words: ['report', '--group', 'foo'], what: 'no group "foo"', next: '--hosts' },
    { words: ['report', '--by', 'day', '--format', 'eve'], what: 'does not show --by', next: 'terminal' },
    { words: ['report', '--by', 'day', '--format', 'html'], what: 'does not show --by', next: 'csv' },
    {
      words: ['report', '--since', '2026-07-12', '--until', '2026-07-10'],
      what: '--since must be before --until',
      next: '',
    },
  ])('are refused: $words', async ({ words, what, next }) => {
    const run = await wiretally([words[0] ?? '', usage, ...words.slice(1)]);
    expect([run.code, run.out]).toEqual([2, '']);
    expect(run.err).toContain(what);
    expect(run.err).toContain(next);
  });

  it('are answered for a span in which a host was silent', async () => {
    const words = ['--host', 'dev-01', '--since', '2026-08-01', '--until', '2026-08-02'];
    const run = await wiretally(['report', usage, ...words]);
    expect(run.code).toBe(0);
    expect(run.err).toContain('no host "dev-01" was seen in that span');
  });

  it('takes the row of suspected relays, which is in no catalogue', async () => {
    expect((await wiretally(['report', usage, '--tool', 'relay'])).code).toBe(0);
  });
});

describe('profile', () => {
  it('says when each name is talked to, model requests with the rest', async () => {
    const run = await wiretally(['profile', usage, '--tool', 'qwen-code']);
    expect(run.out).toMatch(/AT START +IN USE +IDLE +AT EXIT/);
    const program = await wiretally(['profile', usage, '--tool', 'qwen-code', '--format', 'json']);
    const profile = JSON.parse(program.out) as ToolProfile;
    const model = profile.names.find(({ role }) => role === 'inference');
    expect(model?.requests.min).toBeGreaterThan(0);
    expect(model?.cadence.activity.exchanges).toBeGreaterThanOrEqual(model?.requests.min ?? 0);
  });

  it('is a document to attach, as Markdown', async () => {
    const run = await wiretally(['profile', usage, '--tool', 'qwen-code', '--format', 'md']);
    expect(run.code).toBe(0);
    expect(run.out).toMatch(/^# What Qwen Code talks to\n/);
    expect(run.out).toContain('| dashscope.aliyuncs.com | inference |');
    expect(run.out).toContain('## When it talks');
  });

  it('has no other formats', async () => {
    const run = await wiretally(['profile', usage, '--tool', 'qwen-code', '--format', 'eve']);
    expect([run.code, run.out]).toEqual([2, '']);
    expect(run.err).toContain('terminal, json or md');
  });
});

describe('messages', () => {
  it('tell every fault of a policy on a line of its own, and where to look', async () => {
    const run = await wiretally(['audit', DEMO, '--policy', 'package.json']);
    expect([run.code, run.out]).toEqual([2, '']);
    expect(run.err).not.toContain('<U+000A>');
    expect(run.err).toMatch(/\npackage\.json:1:1: rules: is missing\n/);
    expect(run.err).toContain('wiretally policy schema');
  });

  it('warn of a catalogue folder that adds nothing', async () => {
    const none = join(folder, 'none');
    mkdirSync(none);
    const run = await wiretally(['report', usage, '--catalogue', none]);
    expect(run.code).toBe(0);
    expect(run.err).toContain('--catalogue adds nothing');
  });

  it.each([
    { words: ['analyze', DEMO, '-f', 'foo('], says: 'where: option --filter' },
    { words: ['catalogue', 'test'], says: 'wiretally catalogue test --help' },
    { words: ['policy', 'explain', POLICY], says: 'wiretally policy explain --help' },
    { words: ['sql', 'captures', ' '], says: 'the question is empty' },
  ])('lead on: $words', async ({ words, says }) => {
    const run = await wiretally(words);
    expect([run.code, run.out]).toEqual([2, '']);
    expect(run.err).toContain(says);
  });
});
