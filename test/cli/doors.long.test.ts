// What comes in by a door and what goes out by one: no input without a bound, no output that destroys.

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { wiretallyHere } from './in-process.ts';
import { type Run, wiretally } from './run.ts';

const RECORDING = 'captures/recordings/claude-code-2.1.328-prompt.pcap.gz';
const POLICY = 'captures/demo-policy.yaml';

let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wiretally-doors-'));
  writeFileSync(at('c.pcap'), gunzipSync(readFileSync(RECORDING)));
  copyFileSync(POLICY, at('policy.yaml'));
  writeFileSync(at('key'), Buffer.alloc(32, 7));
  writeFileSync(at('hosts.csv'), 'match,group\n10.0.0.0/8,rnd\n');
  mkdirSync(at('spool'));
  spawnSync('mkfifo', [at('pipe')]);
  symlinkSync('/dev/zero', at('zero'));
  expect((await wiretally(['analyze', at('c.pcap'), '--store', at('s.duckdb'), '-q'])).code).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

function inFolder(words: readonly string[]): Promise<Run> {
  return wiretallyHere(
    words.map((word) => (existsSync(at(word)) || word.startsWith('new') ? at(word) : word)),
  );
}

describe('inputs', () => {
  const verbs = (file: string): string[][] => [
    ['policy', 'check', file],
    ['analyze', 'c.pcap', '--policy', file],
    ['analyze', 'c.pcap', '--hosts', file],
    ['analyze', 'c.pcap', '--pseudonymize', file],
    ['analyze', 'c.pcap', '--policy', 'policy.yaml', '--bundle', 'new-bundle', '--sign-key', file],
    ['profile', 'c.pcap', '--tool', 'claude-code', '--baseline', file],
  ];
  it.each([...verbs('pipe'), ...verbs('zero')])('%s %s %s %s %s %s: is refused at once', async (...words) => {
    const { code, err } = await inFolder(words);
    expect(code).toBe(2);
    expect(err).toMatch(/is a (pipe|device), not a regular file/);
  });

  it.each([
    ['analyze', 'c.pcap', '--pseudonymize', 'loose'],
    ['analyze', 'c.pcap', '--policy', 'policy.yaml', '--bundle', 'new-bundle', '--sign-key', 'loose'],
    [
      'reidentify',
      'h-4XP8K2MN',
      '--key',
      'loose',
      '--log',
      'new-log',
      '--reason',
      'x',
      '--among',
      '10.0.0.0/30',
    ],
    ['store', 'prune', 's.duckdb', '--before', '2000-01-01', '--proof', 'new-proof', '--sign-key', 'loose'],
    ['fleet', 'configure', '--keep-days', '9', '--to', 'new.signed', '--sign-key', 'loose'],
    ['verify', 'new-folder', '--key', 'loose'],
    ['fleet', 'ship', 'spool', '--once', '--to', 'nats://a@127.0.0.1:1', '--password-file', 'loose'],
    ['fleet', 'collect', 'nats://127.0.0.1:1', '--store', 'new.duckdb', '--once', '--creds', 'loose'],
  ])('%s %s …: a key that every user may write is refused', async (...words) => {
    writeFileSync(at('loose'), Buffer.alloc(32, 7));
    chmodSync(at('loose'), 0o666);
    const loose = await inFolder(words);
    expect([loose.code, loose.err]).toEqual([
      2,
      expect.stringContaining('every user can write to it; run "chmod 600"'),
    ]);
    // The option that named the file stands in the message.
    for (const [, option = ''] of loose.err.matchAll(/option (--[a-z-]+)/g)) expect(words).toContain(option);
    chmodSync(at('loose'), 0o660);
    expect((await inFolder(words)).err).not.toContain('every user can write');
  });

  it.each([
    { keys: 49_000, says: 'keys.yaml:49001:1: the key "k7" appears twice' },
    { keys: 90_000, says: 'keys.yaml:50001:1: the file holds more than 100000 values' },
  ])('of $keys keys are read in no time, and what is wrong is named', async ({ keys, says }) => {
    const lines = Array.from({ length: keys }, (_, i) => `k${i}: 1`);
    writeFileSync(at('keys.yaml'), [...lines, 'k7: 2'].join('\n'));
    const { code, out } = await wiretally(['policy', 'check', at('keys.yaml')]);
    expect(code).toBe(2);
    expect(out).toContain(says);
  });

  it.each(['zst', 'gz'])('that unpack to far more than was stored (%s) end with a word', async (ending) => {
    const header = Buffer.from('d4c3b2a1020004000000000000000000000004000100000000', 'hex').subarray(0, 24);
    // RFC 8878 §3.1.1.2: a block of one byte repeated 128 KiB times takes four bytes.
    const frame = Buffer.from('28b52ffd0038', 'hex');
    const raw = Buffer.concat([Buffer.from([header.length << 3, 0, 0]), header]);
    const block = Buffer.from([2, 0, 16, 0]);
    const bomb =
      ending === 'zst'
        ? Buffer.concat([frame, raw, Buffer.alloc(8_000, block)])
        : gzipSync(Buffer.concat([header, Buffer.alloc(96 << 20)]));
    writeFileSync(at(`bomb.${ending}`), bomb);
    const { code, err } = await wiretally(['analyze', at(`bomb.${ending}`)]);
    expect(code).toBe(4);
    expect(err).toContain('more than 200 bytes come out of each that is stored');
  });
});

describe('outputs', () => {
  const reidentify = (log: string): string[] => [
    ...['reidentify', 'h-4XP8K2MN', '--key', 'key', '--log', log],
    ...['--reason', 'x', '--among', '10.0.0.0/30'],
  ];
  it.each([
    {
      words: ['store', 'sql', 's.duckdb', 'SELECT 1', '--out', 's.duckdb', '--format', 'csv'],
      keeps: 's.duckdb',
    },
    { words: ['store', 'sql', 's.duckdb', 'SELECT 1', '--out', 'key', '--format', 'csv'], keeps: 'key' },
    { words: reidentify('key'), keeps: 'key' },
    { words: reidentify('hosts.csv'), keeps: 'hosts.csv' },
    { words: ['policy', 'export', 'policy.yaml', '--format', 'suricata', '--out', 'key'], keeps: 'key' },
    {
      words: ['watch', '-i', 'lo', '--policy', 'policy.yaml', '--alerts-file', 'policy.yaml'],
      keeps: 'policy.yaml',
    },
    {
      words: ['watch', '-i', 'lo', '--policy', 'policy.yaml', '--alerts-file', 'hosts.csv'],
      keeps: 'hosts.csv',
    },
    { words: ['watch', '-i', 'lo', '--policy', 'policy.yaml', '--state', 'key'], keeps: 'key' },
  ])('$words.0 leaves $keeps alone', async ({ words, keeps }) => {
    const before = readFileSync(at(keeps));
    const { code } = await inFolder(words);
    expect(code).toBe(2);
    expect(readFileSync(at(keeps)).equals(before)).toBe(true);
  });

  it('are for their owner and its group alone', async () => {
    expect((await wiretally(['analyze', at('c.pcap'), '--write', at('new.usage'), '-q'])).code).toBe(0);
    const audit = ['analyze', at('c.pcap'), '--policy', POLICY, '--bundle', at('bundle'), '-q'];
    await wiretally(audit);
    const modes = ['s.duckdb', 'new.usage', 'bundle', 'bundle/report.json'].map((name) =>
      (statSync(at(name)).mode & 0o777).toString(8),
    );
    expect(modes).toEqual(['640', '640', '700', '640']);
  });

  it('are written beside no link that somebody laid', async () => {
    await wiretally(['store', 'sql', at('s.duckdb'), 'SELECT 1', '--out', at('new.csv')]);
    expect(readFileSync(at('new.csv'), 'utf8')).toContain('1');
    expect(readdirSync(folder).filter((name) => name.includes('draft'))).toEqual([]);
  });
});

describe('questions to a store', () => {
  it.each([
    'CALL enable_logging()',
    'SELECT * FROM enable_logging()',
    'SELECT * FROM "enable_logging"/* x */()',
    "SELECT '/*', * FROM enable_logging() WHERE '*/' <> ''",
    "SELECT * FROM query('SELECT 1')",
    'SELECT * FROM arrow_scan(1, 2, 3)',
    'CHECKPOINT',
    'CREATE TEMP TABLE t AS SELECT 1',
    'SELECT 1; CALL enable_logging()',
  ])('%s is refused', async (question) => {
    const { code, err } = await wiretallyHere(['store', 'sql', at('s.duckdb'), question]);
    expect(code, err).toBe(2);
  });

  it.each([
    "COPY windows TO 'new.csv'",
    "SELECT ';' ; /* SELECT */ EXPORT DATABASE 'new'",
    "EXPLAIN ANALYZE COPY windows TO 'new.csv'",
    "ATTACH 'new.duckdb'",
  ])('%s is refused in our words', async (question) => {
    const { code, err } = await wiretallyHere(['store', 'sql', at('s.duckdb'), question]);
    expect(code).toBe(2);
    expect(err).toContain('a query is one SELECT statement');
  });

  it.each([
    // Both while the engine prepares the question, and no timer of Node can run.
    {
      costs: 'memory',
      question: "SELECT length(repeat('x', 3000000000))",
      words: /the query exceeds its memory limit/,
    },
    {
      costs: 'time',
      question: "SELECT levenshtein(repeat('a', 60000), repeat('b', 60000))",
      words: /the query took more than 1 s/,
    },
  ])('that cost $costs end at a ceiling, and leave nothing', async ({ question, words }) => {
    const aside = at('aside');
    mkdirSync(aside);
    const env = { TMPDIR: aside };
    const asked = await wiretally(['store', 'sql', at('s.duckdb'), question, '--max-seconds', '1'], { env });
    expect(asked.err).toMatch(words);
    expect(asked.code).toBe(3);
    expect(readdirSync(aside)).toEqual([]);
    rmSync(aside, { recursive: true });
  });

  it('leave nothing for long when they are killed, and take nothing from others', async () => {
    const env = { TMPDIR: at('left') };
    mkdirSync(at('left'));
    mkdirSync(join(at('left'), 'wiretally-of-somebody'));
    const long = [
      'store',
      'sql',
      at('s.duckdb'),
      "SELECT levenshtein(repeat('a', 60000), repeat('b', 60000))",
    ];
    const folders = (): string[] => readdirSync(at('left')).filter((name) => !name.endsWith('somebody'));
    const begin = async (): Promise<{ name: string; kill: () => Promise<Run> }> => {
      const before = folders();
      let kill = (): void => {};
      const run = wiretally([...long, '--max-seconds', '60'], {
        env,
        meddle: (child) => {
          kill = () => child.kill('SIGKILL');
        },
      });
      const fresh = (): string | undefined => folders().find((name) => !before.includes(name));
      await vi.waitUntil(fresh, { timeout: 200_000 });
      const end = (): Promise<Run> => {
        kill();
        return run;
      };
      return { name: fresh() ?? '', kill: end };
    };
    const first = await begin();
    await first.kill();
    expect(folders()).toEqual([first.name]);
    const second = await begin();
    await wiretally(['store', 'sql', at('s.duckdb'), 'SELECT 1'], { env });
    expect(folders()).toEqual([second.name]);
    await second.kill();
    await wiretally(['store', 'sql', at('s.duckdb'), 'SELECT 1'], { env });
    expect(readdirSync(at('left'))).toEqual(['wiretally-of-somebody']);
  });

  it('tell a program in JSON that they were ended', async () => {
    const question = "SELECT levenshtein(repeat('a', 60000), repeat('b', 60000))";
    const words = ['--max-seconds', '1', '--format', 'json'];
    const { code, err } = await wiretally(['store', 'sql', at('s.duckdb'), question, ...words]);
    expect(code).toBe(3);
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'QUESTION_LIMIT' } });
  });

  it.each([
    'SELECT 1',
    "SELECT ';COPY'",
    '(SELECT 1)',
    'DESCRIBE windows',
    'SHOW TABLES',
    'EXPLAIN SELECT 1',
    'FROM windows LIMIT 1',
  ])('%s is answered', async (question) => {
    const { code, out } = await wiretallyHere(['store', 'sql', at('s.duckdb'), question]);
    expect(code).toBe(0);
    if (question === 'SHOW TABLES') expect(out).toContain('report_days\nreport_tools');
  });
});

describe('a reading that is longer than one before', () => {
  it('takes its place in a store, and a shorter one does not take its', async () => {
    const whole = readFileSync(at('c.pcap'));
    writeFileSync(at('part.pcap'), whole.subarray(0, Math.floor(whole.length / 3)));
    const store = at('grown.duckdb');
    const packets = async (): Promise<string> => {
      const { out } = await wiretally(['analyze', store, '--format', 'json']);
      const { stats }: { stats: { packets: number } } = JSON.parse(out);
      return String(stats.packets);
    };
    await wiretally(['analyze', at('part.pcap'), '--store', store, '-q']);
    const first = await packets();
    await wiretally(['analyze', at('c.pcap'), '--store', store, '-q']);
    const second = await packets();
    await wiretally(['analyze', at('part.pcap'), '--store', store, '-q']);
    expect(Number(first)).toBeLessThan(418);
    expect([second, await packets()]).toEqual(['418', '418']);
  });
});

describe('rules for a device', () => {
  it('are for their owner and its group', async () => {
    const words = ['policy', 'export', 'policy.yaml', '--format', 'suricata', '--out', 'new-rules'];
    expect((await inFolder(words)).code).toBe(0);
    const names = readdirSync(at('new-rules'));
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(statSync(join(at('new-rules'), name)).mode & 0o777).toBe(0o640);
    expect(statSync(at('new-rules')).mode & 0o027).toBe(0);
  });

  it('are written to one stream where one document has them all', async () => {
    const rule = (id: string, tool: string): string =>
      `- {id: ${id}, title: t, match: {tools: [${tool}]}, action: deny}`;
    writeFileSync(
      at('two.yaml'),
      [
        'version: 1',
        'name: t',
        'timezone: UTC',
        'rules:',
        rule('A', 'cursor'),
        rule('B', 'openai-codex'),
      ].join('\n'),
    );
    for (const format of ['rpz', 'misp', 'stix']) {
      const { code, err } = await inFolder(['policy', 'export', 'two.yaml', '--format', format]);
      expect(code).toBe(2);
      expect(err).toContain('add --out DIR');
    }
    expect((await inFolder(['policy', 'export', 'two.yaml', '--format', 'sigma'])).code).toBe(0);
    const { err } = await inFolder(['policy', 'export', 'two.yaml', '--format', 'rpz', '--out', 'new-zones']);
    expect(err).toContain('2 files written to ');
    expect(readdirSync(at('new-zones'))).toEqual(['wiretally-A.rpz', 'wiretally-B.rpz']);
  });

  it('of a policy that the format cannot express is an error with the next step', async () => {
    const policy = (rest: string): string =>
      `version: 1\nname: t\ntimezone: UTC\n${rest}rules: [{ id: A, title: t, match: { tools: [claude-code] }, action: allow }]\n`;
    writeFileSync(at('allow-only.yaml'), policy(''));
    writeFileSync(at('default-deny.yaml'), policy('default: deny\n'));
    const exported = (file: string, format: string): Promise<Run> =>
      inFolder(['policy', 'export', file, '--format', format]);
    expect(await exported('allow-only.yaml', 'rpz')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/the policy blocks no tool[\s\S]*default: deny/),
    });
    expect(await exported('default-deny.yaml', 'nftables')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/own none[\s\S]*a format that blocks names/),
    });
    expect((await exported('default-deny.yaml', 'rpz')).out).toContain('; Rule default rev 1');
  });
});

describe('texts of a policy', () => {
  it.each([
    ['explain', '--host', '10.20.1.13', '--tool', 'claude-code', '--at', '2026-07-14T10:00'],
    ['check'],
    ['test'],
  ])('lay no line of their own into what policy %s prints', async (verb, ...options) => {
    const forged = 'title: "Banned\\nok   forged\\u001b[31m\\u202E"';
    const text = readFileSync(POLICY, 'utf8').replace('title: Claude Code is banned', forged);
    writeFileSync(at('forged.yaml'), text);
    const { out } = await wiretally(['policy', verb, at('forged.yaml'), ...options]);
    expect(out).not.toMatch(/^ok {3}forged/m);
    for (const sign of ['\u001b', '\u202e']) expect(out).not.toContain(sign);
    expect(out).toMatch(verb === 'explain' ? /Banned<U\+000A>ok {3}forged<U\+001B>/ : /valid|passed/);
  });
});
