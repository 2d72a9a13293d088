import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { measureWideText } from '../../src/files/wide-text.ts';
import { displayWidth } from '../../src/text/text-layout.ts';
import { ECS_SCHEMA, EVE_SCHEMA } from '../unit/report/published-schemas.ts';
import { wiretally } from './run.ts';

const RECORDING = 'captures/recordings/base-bun1.2-fetch.pcap.gz';
const POLICY = 'captures/demo-policy.yaml';

measureWideText();

let folder: string;
let capture: string;
let usage: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wiretally-outputs-'));
  capture = join(folder, 'c.pcap');
  usage = join(folder, 'a.usage');
  writeFileSync(capture, gunzipSync(readFileSync(RECORDING)));
  symlinkSync(capture, join(folder, 'link'));
  writeFileSync(join(folder, 'notes'), 'not ours\n');
  mkdirSync(join(folder, 'full'));
  writeFileSync(join(folder, 'full', 'x'), 'x');
  expect((await wiretally(['analyze', capture, '--write', usage])).code).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('outputs that would destroy something', () => {
  it.each([
    { words: ['analyze', 'c.pcap', '--write', 'c.pcap'], keeps: 'c.pcap', what: 'the same file as' },
    { words: ['analyze', 'c.pcap', '--write', 'link'], keeps: 'c.pcap', what: 'the same file as' },
    { words: ['analyze', 'link', '--store', 'c.pcap'], keeps: 'c.pcap', what: 'the same file as' },
    { words: ['analyze', 'c.pcap', '--write', 'notes'], keeps: 'notes', what: 'contains no records' },
    { words: ['analyze', 'c.pcap', '--store', 'notes'], keeps: 'notes', what: 'contains no records' },
    { words: ['analyze', 'c.pcap', '--write', 'full'], keeps: 'c.pcap', what: 'is a folder' },
    { words: ['store', 'merge', 'a.usage', '--write', 'full'], keeps: 'full/x', what: 'is a folder' },
    { words: ['analyze', 'c.pcap', '--write', 'none/x.usage'], keeps: 'c.pcap', what: 'does not exist' },
    {
      words: ['store', 'merge', 'a.usage', '--write', 'a.usage'],
      keeps: 'a.usage',
      what: 'the same file as',
    },
    { words: ['store', 'merge', 'a.usage', '--write', 'notes'], keeps: 'notes', what: 'contains no records' },
    {
      words: ['analyze', 'c.pcap', '--policy', POLICY, '--bundle', 'full'],
      keeps: 'full/x',
      what: 'not empty',
    },
    {
      words: ['analyze', 'c.pcap', '--policy', POLICY, '--bundle', 'c.pcap'],
      keeps: 'c.pcap',
      what: 'overwritten',
    },
    {
      words: ['analyze', 'c.pcap', '--policy', POLICY, '--bundle', 'no/such'],
      keeps: 'c.pcap',
      what: 'does not exist',
    },
  ])('are refused: $words', async ({ words, keeps, what }) => {
    const before = readFileSync(join(folder, keeps));
    const inFolder = words.map((word, i) =>
      i === 0 || (i === 1 && words[0] === 'store') || word.startsWith('-') || word === POLICY
        ? word
        : join(folder, word),
    );
    const run = await wiretally(inFolder);
    expect([run.code, run.out]).toEqual([2, '']);
    expect(run.err).toContain(what);
    expect(readFileSync(join(folder, keeps))).toEqual(before);
  });

  it('knows the input that comes on stdin', () => {
    const words = ['-c', `"$0" dist/cli/main.js analyze - --write "$1" < "$1"`, process.execPath, capture];
    const run = spawnSync('sh', words, { encoding: 'utf8' });
    expect(run.status).toBe(2);
    expect(run.stderr).toContain('stdin');
  });

  it('lets windows replace windows', async () => {
    expect((await wiretally(['analyze', capture, '--write', usage])).code).toBe(0);
  });
});

describe('events of the demo capture', () => {
  it.each([
    ['eve', EVE_SCHEMA],
    ['ecs', ECS_SCHEMA],
  ])('keep to what is published: %s', async (format, published) => {
    const schema = z.fromJSONSchema(published);
    const { code, out } = await wiretally([
      'analyze',
      'captures/demo.pcap.gz',
      '--policy',
      POLICY,
      '--format',
      format,
    ]);
    expect(code).toBe(1);
    const lines = out.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(100);
    const faults = lines.flatMap((line) => schema.safeParse(JSON.parse(line)).error?.issues ?? []);
    expect(faults).toEqual([]);
  });
});

describe('a terminal', () => {
  const HOST = ['--host', '10.20.1.13', '--tool', 'claude-code'];
  it.each(
    [80, 120].flatMap((columns) =>
      [
        ['analyze', 'demo', '--policy', POLICY],
        ['analyze', 'demo', '--advisories', 'captures/advisories', '--detail', 'full', '--legend'],
        ['analyze', 'demo', '--by', 'day'],
        ['explain', 'demo', ...HOST, '--verbose'],
        ['explain', 'demo', ...HOST, '--language', 'zh'],
        ['diagnose', 'demo'],
        ['diagnose', 'captures/faults/curl-dns-sinkhole.pcap.gz'],
        ['profile', 'demo', '--tool', 'qwen-code'],
        ['advisory', 'demo', '--advisories', 'captures/advisories'],
        ['attest', 'demo', '--tool', 'cursor', '--since', '2026-07-10', '--until', '2026-07-12'],
        ['policy', 'check', POLICY],
        ['policy', 'test', POLICY, '--against', 'demo'],
        ['policy', 'explain', POLICY, '10.20.1.13', 'claude-code', '2026-07-13'],
        ['fleet', 'sensors', 'demo'],
        ['store', 'info', 'demo'],
        ['catalogue', 'list'],
        ['catalogue', 'show', 'claude-code'],
        ['catalogue', 'status'],
        ['doctor'],
      ].map((words) => [columns, words] as const),
    ),
  )('of %i columns has no longer line: %j', async (columns, words) => {
    const demo = join(folder, 'demo.usage');
    if (!existsSync(demo)) await wiretally(['analyze', 'captures/demo.pcap.gz', '--write', demo]);
    const run = words.map((word) => (word === 'demo' ? demo : word));
    const { out } = await wiretally(run, { env: { COLUMNS: String(columns) } });
    expect(out).not.toBe('');
    // A display filter is copied, so it stays on one line.
    const long = out
      .split('\n')
      .filter((line) => displayWidth(line) > columns && !/^ {4}\S.* && /.test(line));
    expect(long).toEqual([]);
  });
});

describe('lines of hellos', () => {
  it('are the same for a file and for a reader who is slow, while their memory is used again', () => {
    const inputs = Array.from({ length: 4 }, () => 'captures/demo.pcap.gz');
    const read = (into: string) =>
      spawnSync('sh', ['-c', `"$0" dist/cli/main.js dump hellos "$@" ${into}`, process.execPath, ...inputs], {
        maxBuffer: 1 << 28,
      }).stdout;
    const file = join(folder, 'hellos');
    read(`> '${file}'`);
    const lines = readFileSync(file);
    expect(lines.length).toBeGreaterThan(1 << 20);
    expect(read('| { sleep 1; cat; }').equals(lines)).toBe(true);
  });
});

describe.skipIf(!existsSync('/dev/full'))('a full disk behind stdout', () => {
  it.each([
    ['analyze', RECORDING],
    ['dump', 'flows', RECORDING],
    ['catalogue', 'list'],
    ['--version'],
    ['--help'],
  ])('is said in one line and ends with 3: %s', (...words) => {
    const command = '"$0" dist/cli/main.js "$@" > /dev/full';
    const run = spawnSync('sh', ['-c', command, process.execPath, ...words], { encoding: 'utf8' });
    expect(run.status).toBe(3);
    expect(run.stderr).toMatch(/^wiretally: stdout: cannot be written: the disk is full\n$/m);
    expect(run.stderr).not.toContain('    at ');
  });

  it('is borne on stderr', () => {
    const command = '"$0" dist/cli/main.js analyze /none.pcap 2> /dev/full';
    expect(spawnSync('sh', ['-c', command, process.execPath]).status).toBe(3);
  });
});
