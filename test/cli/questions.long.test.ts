import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ToolProfile } from '../../src/model/profile.ts';
import type { ReportDocument } from '../../src/model/report.ts';
import { wiretallyHere } from './in-process.ts';
import { keepHosts } from './part-of-demo.ts';
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
  it('says of a host that was only stopped that it tried, and not that nothing was seen', async () => {
    const run = await wiretally(['explain', usage, '--host', '10.20.3.33']);
    expect(run.code).toBe(0);
    expect(run.out).toContain(
      'Attempts, which are not use:\n  api.anthropic.com: 28 failed before any request',
    );
    expect(run.out).not.toContain('no AI traffic');
    const asked = await wiretally(['explain', usage, '--host', '10.20.3.33', '--tool', 'qwen-code']);
    expect(asked.out).not.toContain('Attempts');
    const json = await wiretally(['explain', usage, '--host', '10.20.3.33', '--format', 'json']);
    const { attempts } = JSON.parse(json.out) as ReportDocument;
    expect(attempts?.map(({ host, name }) => `${host} ${name}`)).toEqual(['10.20.3.33 api.anthropic.com']);
  });

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
    expect(utc.out).toMatch(/^[\d ]+ flows? from 2026-07-\d\d \d\d:\d\d:\d\d to .*: [\d.]+ [kM]?B up/m);
    const shanghai = await wiretally([...words, '--timezone', 'Asia/Shanghai']);
    expect(shanghai.out).not.toBe(utc.out);
  });
});

describe('what a command works by', () => {
  const none = '/none/of/these';
  it.each([
    { words: ['analyze', DEMO, '--policy', none] },
    { words: ['analyze', DEMO, '--hosts', none] },
    { words: ['analyze', DEMO, '--pseudonymize', none] },
    { words: ['analyze', DEMO, '--catalogue', none] },
    { words: ['analyze', DEMO, '--policy', POLICY, '--bundle', 'no-bundle-here', '--sign-key', none] },
    { words: ['policy', 'check', none] },
    { words: ['verify', 'captures', '--key', none] },
  ])('must be there: $words', async ({ words }) => {
    const run = await wiretallyHere(words);
    expect([run.code, run.out]).toEqual([2, '']);
    expect(run.err).toContain(none);
  });
});

describe('verbs of verbs', () => {
  it.each(['policy', 'store', 'catalogue'])('named alone, %s lists them on stderr', async (verb) => {
    const run = await wiretallyHere([verb]);
    expect([run.code, run.out]).toEqual([2, '']);
    expect(run.err).toMatch(new RegExp(`^Usage: wiretally ${verb} `));
    expect(run.err).not.toContain('outputHelp');
  });

  it('policy explain wants an address, or a name beside', async () => {
    const words = ['policy', 'explain', POLICY, '--tool', 'claude-code', '--at', '2026-07-12', '--host'];
    const word = await wiretally([...words, 'foo']);
    expect([word.code, word.out]).toEqual([2, '']);
    expect(word.err).toContain('"foo" is not an address');
    expect((await wiretally([...words, '10.20.1.13'])).code).toBe(0);
  });
});

describe('questions about what is nowhere', () => {
  it.each([
    { words: ['explain', '--host', 'dev-0l'], what: 'no host "dev-0l"', next: 'did you mean dev-0' },
    { words: ['explain', '--host', '192.0.2.77'], what: 'no host "192.0.2.77"', next: 'hosts' },
    { words: ['explain', '--host', 'dev-01', '--tool', 'qwen-kode'], what: 'qwen-kode', next: 'qwen-code?' },
    { words: ['analyze', '--tool', 'claude-kode'], what: 'claude-kode', next: 'did you mean claude-code?' },
    { words: ['analyze', '--host', 'nosuch'], what: 'no host "nosuch"', next: '' },
    { words: ['analyze', '--group', 'foo'], what: 'no group "foo"', next: '--hosts' },
    { words: ['analyze', '--by', 'day', '--format', 'eve'], what: 'does not show --by', next: 'terminal' },
    { words: ['analyze', '--by', 'day', '--format', 'html'], what: 'does not show --by', next: 'csv' },
    {
      words: ['analyze', '--against-since', '2026-07-10'],
      what: 'it compares two spans',
      next: '',
    },
    {
      words: ['analyze', '--since', '2026-07-12', '--against-since', '2026-07-10', '--format', 'eve'],
      what: 'does not show --against-since',
      next: 'md',
    },
    {
      words: ['analyze', '--since', '2026-07-12', '--against-since', '2026-07-10', '--by', 'day'],
      what: '--by and --against-since exclude each other',
      next: '',
    },
    {
      words: [
        'analyze',
        '--since',
        '2026-07-12',
        '--against-since',
        '2026-07-10',
        '--against-until',
        '2026-07-13',
      ],
      what: 'must end before --since',
      next: 'swap the periods',
    },
    {
      words: ['analyze', '--since', '2026-07-12', '--until', '2026-07-10'],
      what: '--since must be before --until',
      next: '',
    },
  ])('are refused: $words', async ({ words, what, next }) => {
    const run = await wiretallyHere([words[0] ?? '', usage, ...words.slice(1)]);
    expect([run.code, run.out]).toEqual([2, '']);
    expect(run.err).toContain(what);
    expect(run.err).toContain(next);
  });

  it('are answered for a span in which a host was silent', async () => {
    const words = ['--host', 'dev-01', '--since', '2026-08-01', '--until', '2026-08-02'];
    const run = await wiretally(['analyze', usage, ...words]);
    expect(run.code).toBe(4);
    expect(run.err).toContain('no host "dev-01" was seen in that span');
    expect(run.out).toContain('Nothing was observed from 1 August 00:00 to 2 August 00:00');
    expect(run.out).toContain('hidden   all of it: nothing was observed');
  });

  it('are answered for a span that is open at one end', async () => {
    const after = await wiretally(['analyze', DEMO, '--since', '2026-08-01']);
    expect([after.code, after.out]).toEqual([
      4,
      expect.stringMatching(/^Nothing was observed from 1 August 00:00 on; the records end on 14 July/),
    ]);
    const before = await wiretally(['analyze', DEMO, '--until', '2026-07-01']);
    expect([before.code, before.out]).toEqual([
      4,
      expect.stringMatching(/^Nothing was observed before 1 July 00:00; the records begin on 7 July/),
    ]);
  });

  it('are answered for a tool that was not seen, by its name and with what limits it', async () => {
    for (const format of ['terminal', 'md', 'html', 'summary']) {
      const run = await wiretally(['analyze', usage, '--tool', 'windsurf', '--format', format]);
      expect(run.code).toBe(0);
      expect(run.out.replaceAll(/\s+/g, ' ')).toContain(
        'Devin Desktop (formerly Windsurf): not seen on 27 hosts, 7 to 14 July 2026; ',
      );
      expect(run.out).not.toContain('No AI coding tool');
    }
  });

  it('are answered with the exit code of nothing, where a filter passes nothing', async () => {
    const run = await wiretally(['analyze', DEMO, '-f', 'tcp port 1']);
    expect(run.code).toBe(4);
    expect(run.out).toMatch(/None of [\d ]+ packets passed the filter 'tcp port 1': nothing was analyzed\./);
  });

  it('keep the first time that a tool was seen, where a span begins later', async () => {
    const run = await wiretally(['analyze', usage, '--host', 'dev-03', '--since', '2026-07-13']);
    expect(run.out).toMatch(/Claude Code\s+likely\s+07-08 /);
    expect(run.out.replaceAll(/\s+/g, ' ')).toContain('also before this span');
  });

  it('takes the row of suspected relays, which is in no catalogue', async () => {
    expect((await wiretally(['analyze', usage, '--tool', 'relay'])).code).toBe(0);
  });
});

describe('a span of a history', () => {
  let store: string;
  let usage: string;
  beforeAll(async () => {
    [store, usage] = [join(folder, 'part.duckdb'), join(folder, 'part.usage')];
    keepHosts(join(folder, 'demo.usage'), usage, /^10\.20\.(1\.1[1-3]|3\.3[36])$/);
    expect((await wiretally(['analyze', usage, '--store', store])).code).toBe(0);
  });

  const report = async (source: string, words: readonly string[]): Promise<ReportDocument> => {
    const run = await wiretally(['analyze', source, ...words, '--format', 'json']);
    // 4: a host that was asked for was silent.
    expect([0, 4]).toContain(run.code);
    return JSON.parse(run.out.replaceAll(source, 'SOURCE')) as ReportDocument;
  };

  it.each([
    [],
    ['--since', '2026-07-09', '--by', 'day', '--timezone', 'Asia/Shanghai'],
    ['--since', '2026-07-10T08:30', '--until', '2026-07-12', '--host', 'dev-01', '--by', 'hour'],
    ['--until', '2026-07-12', '--tool', 'claude-code', '--by', 'host'],
    ['--since', '2026-07-12', '--against-since', '2026-07-09', '--host', 'dev-01'],
  ])('is told alike by a store and by windows: %j %j %j %j', async (...words) => {
    expect(await report(store, words)).toEqual(await report(usage, words));
  });

  it.each(['terminal', 'csv', 'md', 'eve'])('is shown alike as %s', async (format) => {
    const shown = async (source: string): Promise<string> => {
      const run = await wiretally(['analyze', source, '--since', '2026-07-10', '--format', format]);
      expect(run.code).toBe(0);
      return run.out.replaceAll(source, 'SOURCE').replaceAll(/\.(usage|duckdb)/g, '');
    };
    expect(await shown(store)).toBe(await shown(usage));
  });

  it('is new in what was never there before, not in what the span before lacks', async () => {
    const whole = await report(store, []);
    const { hosts, trend } = await report(store, [
      ...['--since', '2026-07-13T05:00:00Z', '--until', '2026-07-13T09:00:00Z'],
    ]);
    const seen = (host: string, tool?: string): string[] =>
      whole.hosts
        .filter((each) => host === '' || each.host === host)
        .flatMap(({ tools, providers }) => [...tools, ...providers])
        .filter((use) => tool === undefined || use.tool === tool)
        .map(({ firstSeen }) => firstSeen)
        .sort();
    for (const { host, tools } of hosts)
      for (const use of tools) expect(use.firstSeenEver <= (seen(host, use.tool)[0] ?? '~')).toBe(true);
    expect(hosts.some(({ tools }) => tools.some((use) => use.firstSeenEver < use.firstSeen))).toBe(true);
    const before = '2026-07-13T05';
    expect(trend?.newHosts.filter((host) => (seen(host)[0] ?? '~') < before)).toEqual([]);
    expect(trend?.newTools.filter((tool) => (seen('', tool)[0] ?? '~') < before)).toEqual([]);
    expect(trend?.hosts.before).toBeGreaterThan(0);
  });

  it('shows pseudonyms in breakdown and trend too', async () => {
    const words = [
      ...['--since', '2026-07-13T05:00:00Z', '--until', '2026-07-13T09:00:00Z', '--by', 'host'],
      ...['--pseudonymize', key],
    ];
    const run = await wiretally(['analyze', store, ...words, '--format', 'json']);
    const { breakdown, trend } = JSON.parse(run.out) as ReportDocument;
    expect(breakdown?.rows.length).toBeGreaterThan(0);
    expect(trend?.newHosts.length).toBeGreaterThan(0);
    expect(run.out).not.toMatch(/10\.\d+\.\d+\.\d+/);
  });

  it('is judged anew by another catalogue, and says how to do that once', async () => {
    const own = join(folder, 'own');
    mkdirSync(own);
    const dates = { firstSeen: '2026-07-01', lastChecked: '2026-07-01' };
    const name = { host: 'own.example', match: 'exact', role: 'inference', specificity: 'tool' };
    const endpoints = [{ ...name, protocol: 'https', confidence: 'high', sources: ['own'], ...dates }];
    const entry = {
      id: 'own-tool',
      name: 'Own',
      vendor: 'Own',
      kind: 'cli',
      homepage: 'https://own.example',
    };
    writeFileSync(join(own, 'own-tool.json'), JSON.stringify({ ...entry, endpoints }));
    const words = ['--catalogue', own, '--since', '2026-07-10', '--by', 'day'];
    const run = await wiretally(['analyze', store, ...words]);
    expect([run.code, run.err]).toEqual([0, expect.stringContaining('wiretally store compact')]);
    expect(await report(store, words)).toEqual(await report(usage, words));
    expect((await wiretally(['store', 'compact', store, '--catalogue', own])).code).toBe(0);
    expect((await wiretally(['analyze', store, ...words])).err).toBe('');
    expect(await report(store, words)).toEqual(await report(usage, words));
  });
});

describe('a tool that is asked for', () => {
  it.each([
    [(source: string, tool: string) => ['profile', source, '--tool', tool], 'qwen-code', 'Qwen Code'],
    [(source: string, tool: string) => ['profile', source, '--tool', tool], 'claude-code', ' CLAUDE  code '],
    [
      (source: string, tool: string) => ['analyze', source, '--tool', tool, '--json'],
      'qwen-code',
      'QWEN CODE',
    ],
    [(source: string, tool: string) => ['analyze', source, '--tool', tool], 'anthropic-api', 'Anthropic API'],
    [
      (source: string, tool: string) => ['explain', source, '--host', 'dev-01', '--tool', tool],
      'qwen-code',
      'Qwen-Code',
    ],
    [(_: string, tool: string) => ['catalogue', 'show', tool], 'claude-code', 'Claude Code'],
    [(_: string, tool: string) => ['catalogue', 'status', '--tool', tool], 'claude-code', 'claude_code'],
    [(_: string, tool: string) => ['catalogue', 'page', tool], 'openai-codex', 'openai-CODEX'],
    [
      (_: string, tool: string) => ['policy', 'init', '--from', '2026-07-10', '--ban', tool],
      'claude-code',
      'Claude Code',
    ],
    [
      (_: string, tool: string) => ['policy', 'init', '--from', '2026-07-10', '--allow', tool],
      'qwen-code',
      'Qwen Code',
    ],
    [
      (_: string, tool: string) => [
        ...['policy', 'explain', POLICY, '--host', '10.20.1.13'],
        '--at',
        '2026-07-14',
        '--tool',
        tool,
      ],
      'claude-code',
      'Claude Code',
    ],
  ])('%# is found by its id and by its name, in any case', async (words, id, name) => {
    const byId = await wiretallyHere(words(usage, id));
    const byName = await wiretallyHere(words(usage, name));
    expect([byName.code, byName.err]).toEqual([0, byId.err]);
    expect(byName.out).toBe(byId.out);
  });

  it.each(['Claude Kode', 'claude', 'nothing-like-it'])(
    'is never all traffic of a capture: %s',
    async (tool) => {
      const run = await wiretallyHere(['profile', DEMO, '--tool', tool]);
      expect([run.code, run.out]).toEqual([2, '']);
      expect(run.err).toContain(`no tool is called "${tool}"`);
      expect(run.err).toContain('--all-names');
    },
  );

  it('is not given the traffic of others by --all-names', async () => {
    for (const tool of ['claude-code', 'Claude Code', 'CLAUDE-CODE']) {
      const run = await wiretallyHere(['profile', DEMO, '--tool', tool, '--all-names']);
      expect([run.code, run.out]).toEqual([2, '']);
      expect(run.err).toContain('the catalogue has Claude Code');
    }
    const kept = await wiretally(['profile', usage, '--tool', 'new', '--all-names']);
    expect([kept.code, kept.out]).toEqual([2, '']);
    expect(kept.err).toContain('--all-names needs captures');
  });

  it('is learnt under the id that the catalogue has for its name', async () => {
    const recording = 'captures/recordings/qwen-code-0.24.4-prompt.pcap.gz';
    const words = (tool: string): string[] => [
      ...['catalogue', 'learn', recording, '--tool', tool, '--json'],
      ...['--against', 'captures/faults'],
    ];
    expect((await wiretally(words('Qwen Code'))).out).toBe((await wiretally(words('qwen-code'))).out);
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
    expect(run.out).toMatch(/^# Network profile of Qwen Code\n/);
    expect(run.out).toContain('| dashscope.aliyuncs.com | inference |');
    expect(run.out).toContain('## Traffic by phase');
  });

  it('has no other formats', async () => {
    const run = await wiretally(['profile', usage, '--tool', 'qwen-code', '--format', 'eve']);
    expect([run.code, run.out]).toEqual([2, '']);
    expect(run.err).toContain('terminal, json, md');
  });
});

describe('messages', () => {
  it('tell every fault of a policy on a line of its own, and where to look', async () => {
    const run = await wiretally(['analyze', DEMO, '--policy', 'package.json']);
    expect([run.code, run.out]).toEqual([2, '']);
    expect(run.err).not.toContain('<U+000A>');
    expect(run.err).toMatch(/\npackage\.json:1:1: rules: is missing\n/);
    expect(run.err).toContain('wiretally policy schema');
  });

  it('warn of a catalogue folder that adds nothing', async () => {
    const none = join(folder, 'none');
    mkdirSync(none);
    const run = await wiretally(['analyze', usage, '--catalogue', none]);
    expect(run.code).toBe(0);
    expect(run.err).toContain('--catalogue adds nothing');
  });

  it.each([
    { words: ['analyze', DEMO, '-f', 'foo('], says: 'where: option --filter' },
    { words: ['catalogue', 'test'], says: 'wiretally catalogue test --help' },
    { words: ['policy', 'explain', POLICY], says: 'wiretally policy explain --help' },
    { words: ['store', 'sql', 'captures', ' '], says: 'the query is empty' },
    { words: ['catalogue', 'list', '--kind', 'foo'], says: 'one of cli, ide' },
    { words: ['catalogue', 'test', 'https://api.openai.com/v1'], says: 'catalogue test api.openai.com' },
  ])('lead on: $words', async ({ words, says }) => {
    const run = await wiretallyHere(words);
    expect([run.code, run.out]).toEqual([2, '']);
    expect(run.err).toContain(says);
  });

  it('say what sql asks, and what it does not', async () => {
    const run = await wiretally(['store', 'sql', usage, 'select 1']);
    expect([run.code, run.out]).toEqual([2, '']);
    expect(run.err).toContain('is a file of windows: "store sql" queries DuckDB stores only');
    expect(run.err).toContain(`wiretally analyze ${usage}`);
    const inFolder = await wiretally(['store', 'sql', folder, 'select 1']);
    expect([inFolder.code, inFolder.err.includes('a folder of windows')]).toEqual([2, true]);
  });

  it('tell a script that no line of the catalogue matches', async () => {
    const run = await wiretally(['catalogue', 'test', 'foo.example', '--json']);
    expect([run.code, run.out]).toEqual([3, '[]\n']);
    expect((await wiretally(['catalogue', 'test', 'api.anthropic.com.'])).code).toBe(0);
  });
});

describe('analyze', () => {
  it('writes the windows of a period also from a store that keeps sums', async () => {
    const store = join(folder, 'history.duckdb');
    expect((await wiretally(['analyze', DEMO, '--store', store])).code).toBe(0);
    const words = ['--since', '2026-07-12', '--timezone', 'UTC', '--format', 'json'];
    const written = await Promise.all(
      [store, usage].map(async (source, i) => {
        const part = join(folder, `part-${i}.usage`);
        expect((await wiretally(['analyze', source, ...words, '--write', part])).code).toBe(0);
        return readFileSync(part);
      }),
    );
    expect(written[0]?.equals(written[1] ?? Buffer.of())).toBe(true);
  });
});

describe('doctor', () => {
  it('without the core tells what it tried, and the command that mends it', () => {
    const place = join(folder, 'lib/node_modules/wiretally');
    mkdirSync(place, { recursive: true });
    cpSync('dist', join(place, 'dist'), { recursive: true });
    cpSync('package.json', join(place, 'package.json'));
    symlinkSync(resolve('node_modules'), join(place, 'node_modules'));
    const { status, stdout } = spawnSync(
      process.execPath,
      [join(place, 'dist/cli/main.js'), 'doctor', '--json'],
      { encoding: 'utf8' },
    );
    const checks = JSON.parse(stdout) as { name: string; state: string; says: string; next: string | null }[];
    expect(status).toBe(3);
    expect(checks.find(({ name }) => name === 'engine')).toMatchObject({
      state: 'bad',
      next: 'npm rebuild --global wiretally --build-from-source',
    });
    expect(checks.filter(({ name }) => name.startsWith('lib'))).toEqual([]);
    expect(checks.find(({ name }) => name === 'capture right')?.says).toContain('not tested');
  });
});

describe('policy export', () => {
  it('of a capture that ends early is reported, as analyze does', async () => {
    const cut = join(folder, 'cut.pcap.gz');
    writeFileSync(cut, readFileSync(DEMO).subarray(0, 100_000));
    const words = ['policy', 'export', '--for-tool', 'claude-code', '--format', 'squid'];
    const [whole, part, missing] = await Promise.all(
      [DEMO, cut, POLICY].map((source) => wiretally([...words, source])),
    );
    expect(whole).toMatchObject({ code: 0, err: '' });
    expect(part).toMatchObject({ code: 4, err: expect.stringContaining('the gzip data end early') });
    expect(missing).toMatchObject({ code: 3, out: '' });
  });
});

describe('an input of later times than the clock of this machine', () => {
  const access = (seconds: number): string =>
    `${seconds}.000 50 10.77.0.2 TCP_TUNNEL/200 3222 CONNECT api.anthropic.com:443 - HIER_DIRECT/198.51.100.2 -\n`;

  it('is read with a warning, which is not part of the report', async () => {
    const log = join(folder, 'access.log');
    const now = Math.floor(Date.now() / 1000);
    writeFileSync(log, access(now - 60) + access(now + 3600));
    const words = ['analyze', log, '--format', 'json'];
    const [said, quiet] = await Promise.all([wiretally(words), wiretally([...words, '--quiet'])]);
    expect(said.err).toContain('is later than the clock of this machine');
    expect(quiet).toMatchObject({ code: said.code, out: said.out, err: '' });
    writeFileSync(log, access(now - 60) + access(now));
    expect((await wiretally(words)).err).not.toContain('clock');
  });
});
