import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../src/model/report.ts';
import { wiretallyHere } from './in-process.ts';
import { wiretally } from './run.ts';

const RECORDING = 'captures/recordings/base-bun1.2-fetch.pcap.gz';
const QUIC = 'captures/recordings/base-chromium-quic-claude.ai.pcap.gz';
const DEMO = 'captures/demo.pcap.gz';
const POLICY = 'captures/demo-policy.yaml';

let folder: string;
let plain: Buffer;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wiretally-cli-'));
  plain = gunzipSync(readFileSync(RECORDING));
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, bytes: Uint8Array | string): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

const json = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('usage', () => {
  it('says its version', async () => {
    expect(await wiretally(['--version'])).toEqual({
      code: 0,
      out: expect.stringMatching(/^wiretally \d+\.\d+\.\d+\n$/),
      err: '',
    });
  });

  it('lists its verbs when asked, and on stderr when no verb is given', async () => {
    const help = await wiretally(['--help']);
    expect(help.code).toBe(0);
    for (const verb of [
      'analyze',
      'dump',
      'store',
      'fleet',
      'catalogue',
      'explain',
      'advisory',
      'profile',
      'doctor',
    ]) {
      expect(help.out).toMatch(new RegExp(`^  ${verb}\\b`, 'm'));
    }
    const none = await wiretally([]);
    expect([none.code, none.out]).toEqual([2, '']);
    expect(none.err).toContain('Setup:');
  });

  it.each([
    { words: ['analyz', 'x'], what: 'unknown command "analyz"', next: 'did you mean analyze?' },
    {
      words: ['analyze', '--fromat', 'json', 'x'],
      what: 'unknown option "--fromat"',
      next: 'did you mean --format?',
    },
    {
      words: ['policy', 'init', '--deny', 'claude-code', '--from', '2026-07-10'],
      what: 'unknown option "--deny"',
      next: 'wiretally policy init --ban claude-code',
    },
    { words: ['analyze'], what: 'no input', next: 'pass one or more files' },
    { words: ['analyze', '--window', '5m', 'x'], what: 'not "5m"', next: 'use --window 300' },
    { words: ['analyze', '--window', '7', 'x'], what: 'divides 900', next: 'use --window 60' },
    { words: ['analyze', '--format', 'xml', 'x'], what: 'one of terminal, json', next: '' },
    { words: ['analyze', '--timezone', 'Mars/Base', 'x'], what: 'time zone', next: 'Asia/Shanghai' },
    { words: ['analyze', '--local-net', '10.0.0.1/8', 'x'], what: 'network', next: '' },
    { words: ['analyze', '--color', 'red', 'x'], what: 'auto, always, never', next: '' },
    { words: ['analyze', '--workers', '0', 'x'], what: 'from 1 to 256', next: '' },
    { words: ['analyze', 'a.pcap', 'b.usage'], what: 'cannot be read together', next: '--write OUT.usage' },
    { words: ['store', 'merge', 'a.usage'], what: '--write', next: '--help' },
    { words: ['analyze', '--since', '2026-02-30', 'a.usage'], what: '2026-02-30', next: '' },
    { words: ['analyze', '--by', 'dy', 'a.usage'], what: 'hour, day, week', next: '' },
    { words: ['catalogue', 'show', 'claude'], what: 'no tool is called "claude"', next: 'catalogue list' },
  ])('refuses $words with exit code 2 and the next step', async ({ words, what, next }) => {
    const run = await wiretallyHere(words);
    expect([run.code, run.out]).toEqual([2, '']);
    expect(run.err).toContain(what);
    expect(run.err).toContain(next);
  });
});

describe('bad input', () => {
  it.each(['analyze', 'store merge'])('refuses an empty folder as input of %s with 3', async (verb) => {
    const empty = join(folder, `empty-${verb}`);
    mkdirSync(empty);
    const out = verb === 'store merge' ? ['--write', join(folder, 'empty.usage')] : [];
    const run = await wiretally([...verb.split(' '), empty, ...out]);
    expect([run.code, run.out]).toEqual([3, '']);
    expect(run.err).toContain(`${empty}: the folder is empty`);
    expect(run.err).toContain('*.pcap');
  });

  it('ends with 3 when nothing could be read, and says so as JSON to a program', async () => {
    const lines = await wiretally(['analyze', join(folder, 'none.pcap')]);
    expect([lines.code, lines.out]).toEqual([3, '']);
    expect(lines.err).toMatch(/^wiretally: .*none\.pcap.*no such file/);
    const program = await wiretally(['analyze', '--format', 'json', join(folder, 'none.pcap')]);
    expect(program.code).toBe(3);
    expect(json(program.err)[0]).toMatchObject({
      error: { code: 'INPUT_UNREADABLE', what: expect.any(String) },
    });
  });

  it('ends with 4 when a part could be read, prints it, and keeps the damage in the document', async () => {
    const cut = file('cut.pcap', plain.subarray(0, plain.length - 7));
    const run = await wiretally(['analyze', '--format', 'json', cut]);
    expect(run.code).toBe(4);
    const document = JSON.parse(run.out) as ReportDocument;
    expect(document.captures[0]?.error?.offset).toBeGreaterThan(24);
    expect(run.err).toContain('INPUT_DAMAGED');
  });

  it('reads the other files when one is missing', async () => {
    const run = await wiretally(['dump', 'hellos', RECORDING, join(folder, 'none.pcap')]);
    expect(run.code).toBe(4);
    expect(json(run.out).length).toBeGreaterThan(0);
  });

  it('shows no control sign of a file name', async () => {
    const run = await wiretally(['analyze', join(folder, 'a\u001b[31m.pcap')]);
    expect(run.err).toContain('a<U+001B>[31m.pcap');
    expect(run.err).not.toMatch(/\p{Cc}\[/u);
  });
});

describe('dump hellos', () => {
  const HELLO = {
    file: 'string',
    ts: 'string',
    src_ip: 'string',
    src_port: 'number',
    dst_ip: 'string',
    dst_port: 'number',
    transport: 'string',
    sni: 'string',
    alpn: 'object',
    legacy_version: 'number',
    supported_versions: 'object',
    ja3: 'string',
    ja3_hash: 'string',
    ja4: 'string',
    family: 'string',
    ech: 'string',
    hello_bytes: 'number',
    segments: 'number',
    vlan: 'object',
    tunnel: 'object',
    retry: 'boolean',
  };

  it.each([RECORDING, QUIC])('prints the fields of the contract, in order, for %s', async (capture) => {
    const run = await wiretally(['dump', 'hellos', capture]);
    expect([run.code, run.err]).toEqual([0, '']);
    for (const line of json(run.out)) {
      expect(Object.keys(line)).toEqual(Object.keys(HELLO));
      const types = Object.fromEntries(Object.entries(line).map(([key, value]) => [key, typeof value]));
      expect({ ...types, sni: 'string' }).toEqual(HELLO);
      expect(line.ts).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
      expect(line.ja4).toMatch(/^[tqd]\w{9}_[\da-f]{12}_[\da-f]{12}$/);
      expect(line.ja3_hash).toMatch(/^[\da-f]{32}$/);
    }
  });

  it('reads the same from a file, from -r and from stdin', async () => {
    const path = file('same.pcap', plain);
    const [direct, option, stdin] = await Promise.all([
      wiretally(['dump', 'hellos', path]),
      wiretally(['dump', 'hellos', '-r', path]),
      wiretally(['dump', 'hellos', '-'], { input: plain }),
    ]);
    expect(option.out).toBe(direct.out);
    const without = (text: string) => json(text).map((line) => ({ ...line, file: '' }));
    expect(without(stdin.out)).toEqual(without(direct.out));
  });

  it('ends quietly when nobody reads on', async () => {
    const run = await wiretally(['dump', 'flows', DEMO], {
      meddle: (child) => {
        child.stdin.end();
        child.stdout.once('data', () => child.stdout.destroy());
      },
    });
    expect([run.code, run.err]).toEqual([0, '']);
  });
});

describe('dump flows', () => {
  const FIELDS = [
    'file',
    'ts',
    'src_ip',
    'src_port',
    'dst_ip',
    'dst_port',
    'transport',
    'packetsUp',
    'packetsDown',
    'bytesUp',
    'bytesDown',
    'payloadUp',
    'payloadDown',
    'last',
    'sni',
    'ja3_hash',
    'ja4',
    'alpn',
    'community_id',
    'vlan',
    'tunnel',
    'proxy',
    'tool',
    'confidence',
  ];

  it("prints the fields of the contract, in order, with tools only where a name is one tool's", async () => {
    const run = await wiretally(['dump', 'flows', DEMO]);
    const lines = json(run.out);
    expect(new Set(lines.map((line) => Object.keys(line).join()))).toEqual(new Set([FIELDS.join()]));
    expect(lines.every((line) => /^1:[\w+/]{27}=$/.test(String(line.community_id)))).toBe(true);
    expect(lines.some((line) => line.tool !== null && line.confidence === 'possible')).toBe(true);
    expect(lines.some((line) => line.sni === 'api.anthropic.com' && line.tool !== null)).toBe(false);
  });
});

describe('analyze, report and merge', () => {
  it('gives the same bytes twice, whatever the workers', async () => {
    const [one, two] = await Promise.all([
      wiretally(['analyze', DEMO, '--format', 'json']),
      wiretally(['analyze', DEMO, '--format', 'json', '--workers', '2', '-q']),
    ]);
    expect(two.out).toBe(one.out);
    expect(one.code).toBe(0);
    expect((JSON.parse(one.out) as ReportDocument).generated).toBeNull();
  });

  it('reads all that it writes of a capture without packets, and merges it with other parts', async () => {
    const capture = join(folder, 'empty.pcap');
    writeFileSync(
      capture,
      Buffer.from('d4c3b2a1020004000000000000000000000004000100'.padEnd(48, '0'), 'hex'),
    );
    const path = (name: string): string => join(folder, name);
    const parts = [path('empty.usage'), path('empty-days/')];
    for (const part of parts) expect((await wiretally(['analyze', capture, '--write', part])).code).toBe(4);
    expect((await wiretally(['analyze', capture, '--store', path('empty.duckdb')])).code).toBe(4);
    for (const source of [...parts, path('empty.duckdb')]) {
      const run = await wiretally(['analyze', source]);
      expect([run.code, run.out]).toEqual([4, expect.stringContaining('Nothing was read')]);
      expect((await wiretally(['store', 'info', source])).code).toBe(0);
      const audit = await wiretally(['analyze', source, '--policy', 'captures/demo-policy.yaml']);
      expect([audit.code, audit.out]).toEqual([4, expect.not.stringMatching(/COMPLIANT/)]);
    }
    const [empty = ''] = parts;
    const alone = await wiretally(['store', 'merge', empty, empty, '--write', path('none.usage')]);
    expect([alone.code, alone.err]).toEqual([0, expect.stringContaining('empty.usage: contains no records')]);
    expect((await wiretally(['analyze', path('none.usage'), '-q'])).code).toBe(4);
    const day = path('day.usage');
    const written = await wiretally(['analyze', RECORDING, '--write', day]);
    expect(written.code).toBe(0);
    expect(written.err).toMatch(/day\.usage: \d+ records? added$/m);
    expect(written.out).toContain(` analyze ${day} --format html`);
    const again = await wiretally(['analyze', RECORDING, '--store', day, '--quiet']);
    expect([again.code, again.err]).toEqual([0, '']);
    for (const order of [
      [empty, day],
      [day, empty],
    ]) {
      const merged = path('with-empty.usage');
      expect((await wiretally(['store', 'merge', ...order, '--write', merged])).code).toBe(0);
      expect(readFileSync(merged)).toEqual(readFileSync(day));
    }
    const days = `${path('days')}/`;
    expect((await wiretally(['analyze', RECORDING, '--write', days])).code).toBe(0);
    const ofFolder = path('of-folder.usage');
    expect((await wiretally(['store', 'merge', days, '--write', ofFolder])).code).toBe(0);
    expect(readFileSync(ofFolder)).toEqual(readFileSync(day));
    const strange = await wiretally(['store', 'merge', RECORDING, '--write', ofFolder]);
    expect([strange.code, strange.err]).toEqual([2, expect.stringContaining('or a folder of .usage files')]);
  });

  it('keeps windows that analyze and merge read again', async () => {
    const usage = join(folder, 'demo.usage');
    const direct = JSON.parse(
      (await wiretally(['analyze', DEMO, '--format', 'json', '--write', usage])).out,
    ) as ReportDocument;
    const merged = join(folder, 'merged.usage');
    expect((await wiretally(['store', 'merge', usage, usage, '--write', merged, '-q'])).code).toBe(0);
    const cut = join(folder, 'cut.usage');
    writeFileSync(cut, readFileSync(usage).subarray(0, -100));
    const partial = join(folder, 'partial.usage');
    const { code, err } = await wiretally(['store', 'merge', usage, cut, '--write', partial, '-q']);
    expect([code, err, existsSync(partial)]).toEqual([4, expect.stringContaining('was not written'), false]);
    for (const source of [usage, merged]) {
      const kept = JSON.parse(
        (await wiretally(['analyze', source, '--format', 'json'])).out,
      ) as ReportDocument;
      expect(kept.hosts).toEqual(direct.hosts);
      expect(kept.tools).toEqual(direct.tools);
      expect(kept.stats).toEqual(direct.stats);
    }
  });

  it('reads what is whole of a damaged .usage file and names the rest', async () => {
    const usage = join(folder, 'whole.usage');
    await wiretally(['analyze', DEMO, '--write', usage]);
    const bytes = readFileSync(usage);
    bytes.fill(0xff, 1000, 1200);
    const run = await wiretally(['analyze', file('damaged.usage', bytes), '--format', 'json']);
    expect(run.code).toBe(4);
    expect(run.err).toMatch(/damaged\.usage: byte \d+/);
    expect((JSON.parse(run.out) as ReportDocument).hosts.length).toBeGreaterThan(5);
  });

  it('narrows to a span, a host and a tool', async () => {
    const usage = join(folder, 'narrow.usage');
    await wiretally(['analyze', DEMO, '--write', usage]);
    const words = [
      '--since',
      '2026-07-10',
      '--until',
      '2026-07-13',
      '--host',
      '10.20.1.13',
      '--tool',
      'claude-code',
    ];
    const { out } = await wiretally([
      'analyze',
      usage,
      ...words,
      '--timezone',
      'Asia/Shanghai',
      '--format',
      'json',
    ]);
    const document = JSON.parse(out) as ReportDocument;
    expect(document.period).toEqual({
      since: '2026-07-09T16:00:00.000000Z',
      until: '2026-07-12T16:00:00.000000Z',
      timezone: 'Asia/Shanghai',
    });
    expect(document.hosts.map(({ host, tools }) => [host, tools.map(({ tool }) => tool)])).toEqual([
      ['10.20.1.13', ['claude-code']],
    ]);
    // Less than half of these days was observed.
    expect(document.trend).toBeUndefined();
  });

  it('ends with 1 when a policy is not kept, and says the verdict first', async () => {
    const run = await wiretally(['analyze', DEMO, '--policy', POLICY]);
    expect(run.code).toBe(1);
    expect(run.out).toMatch(/^VIOLATED {2}Claude Code/);
  });

  it('prints what was read when it is interrupted, and ends with 130', async () => {
    const part = gunzipSync(readFileSync(DEMO)).subarray(0, 20 << 20);
    const run = await wiretally(['analyze', '-', '--format', 'json'], {
      // But for what a pipe holds, all is read then. The stream does not end: the reading waits for more.
      meddle: (child) => child.stdin.write(part, () => child.kill('SIGINT')),
    });
    expect(run.code).toBe(130);
    expect((JSON.parse(run.out) as ReportDocument).hosts.length).toBeGreaterThan(5);
  });
});

describe('looks', () => {
  it('colours when told, and not where NO_COLOR, a dumb terminal or a file is', async () => {
    const painted = await wiretally(['analyze', RECORDING, '--color', 'always']);
    expect(painted.out).toMatch(/\p{Cc}\[1m/u);
    const piped = await wiretally(['analyze', RECORDING], { env: { FORCE_COLOR: '1' } });
    expect(piped.out).not.toMatch(/\p{Cc}\[/u);
  });

  it('prints ASCII alone where the locale has no UTF-8', async () => {
    const run = await wiretally(['analyze', DEMO], { env: { LANG: 'C', COLUMNS: '100' } });
    expect(run.out).toMatch(/^[\n\x20-\x7e]*$/);
  });

  it.each([
    ['analyze', DEMO],
    ['catalogue', 'show', 'claude-code'],
    ['catalogue', 'list'],
  ])('keeps to COLUMNS: %s %s', async (...words) => {
    const run = await wiretally(words, { env: { COLUMNS: '90' } });
    expect(run.out.split('\n').filter((line) => line.length > 90 && !line.includes('wiretally '))).toEqual(
      [],
    );
  });
});

describe('explain, profile, catalogue, doctor', () => {
  it('explains a tool on a host in words', async () => {
    const run = await wiretally(['explain', DEMO, '--host', '10.20.1.13', '--tool', 'claude-code']);
    expect(run.code).toBe(0);
    expect(run.out).toContain('Evidence against it');
  });

  it('profiles a tool and compares it with a baseline', async () => {
    const first = await wiretally(['profile', DEMO, '--tool', 'qwen-code', '--format', 'json']);
    expect(first.code).toBe(0);
    const baseline = file('baseline.json', first.out);
    const second = await wiretally(['profile', DEMO, '--tool', 'qwen-code', '--baseline', baseline]);
    expect(second.out).toContain('the same names and runtimes');
  });

  it('lists, shows, tests and lints the catalogue', async () => {
    const [list, show, kiro, test, lint] = await Promise.all([
      wiretally(['catalogue', 'list', '--kind', 'cli', '--format', 'json']),
      wiretally(['catalogue', 'show', 'claude-code']),
      wiretally(['catalogue', 'show', 'kiro']),
      wiretally(['catalogue', 'test', 'api.anthropic.com']),
      wiretally(['catalogue', 'lint']),
    ]);
    expect((JSON.parse(list.out) as unknown[]).length).toBeGreaterThan(10);
    expect(show.out).toContain('api.anthropic.com');
    expect(kiro.out).toContain('since 2025-11-17: the CLI, earlier Amazon Q Developer CLI');
    expect(test.out).toContain('claude-code');
    expect([lint.code, lint.err]).toEqual([0, '']);
  });

  it('takes the version of a recorded tool for what it is', async () => {
    const run = await wiretally([
      'catalogue',
      'learn',
      RECORDING,
      '--tool',
      'some-tool',
      '--version',
      '9.8.7',
      '--against',
      'captures/faults',
    ]);
    expect(run.out).toContain('9.8.7');
  });

  it('learns and profiles a tool that the catalogue does not have, whatever it runs on', async () => {
    const recording = 'captures/recordings/base-node22-fetch.pcap.gz';
    const against = ['--against', 'captures/faults'];
    const learn = ['catalogue', 'learn', recording, '--tool', 'new', '--format', 'json', ...against];
    const learnt = await wiretally(learn);
    const entry = JSON.parse(learnt.out) as { runtimes: string[]; endpoints: unknown[] };
    expect(entry.runtimes).toEqual(['node']);
    expect(entry.endpoints.length).toBeGreaterThan(0);
    const words = ['profile', recording, '--tool', 'new', '--all-names', '--format', 'json'];
    const profile = await wiretally(words);
    expect(profile.code).toBe(0);
    expect(profile.err).toContain('every name in the captures, of every host, counts as traffic of "new"');
    expect(JSON.parse(profile.out)).toMatchObject({ tool: 'new', confidence: null });
  });

  it('says whether the machine is ready', async () => {
    const run = await wiretally(['doctor', '--format', 'json']);
    expect(run.code).toBe(0);
    const checks = JSON.parse(run.out) as { name: string; state: string }[];
    for (const part of ['engine', 'stores'])
      expect(checks.find(({ name }) => name === part)?.state).toBe('good');
  });
});
