// What a command does with a configuration: order, doors, and what still works when it is broken.

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { wiretally } from './run.ts';

const RECORDING = 'captures/recordings/base-node22-fetch.pcap.gz';
const folder = temporaryFolder('config');

let home: string;
let file: string;
let homes = 0;
beforeEach(() => {
  home = join(folder, `home-${++homes}`);
  mkdirSync(join(home, '.config/wiretally'), { recursive: true });
  file = join(home, '.config/wiretally/wiretally.yaml');
});
const config = (text: string, at = file): string => {
  writeFileSync(at, text);
  return at;
};
const asUser = (words: readonly string[], env = {}) => wiretally(words, { env: { HOME: home, ...env } });
const period = async (words: readonly string[], env = {}): Promise<string> => {
  const run = await asUser(['analyze', RECORDING, '--json', ...words], env);
  expect(run.err).toBe('');
  return (JSON.parse(run.out) as { period: { timezone: string } }).period.timezone;
};

describe('an option', () => {
  it('is that of the command line, then of the environment, then of the file, then the default', async () => {
    expect(await period([])).toBe('UTC');
    config('all: { timezone: Asia/Shanghai }\n');
    expect(await period([])).toBe('Asia/Shanghai');
    config('all: { timezone: Asia/Shanghai }\nanalyze: { timezone: Asia/Tokyo }\n');
    expect(await period([])).toBe('Asia/Tokyo');
    const env = { WIRETALLY_TIMEZONE: 'Europe/Berlin' };
    expect(await period([], env)).toBe('Europe/Berlin');
    expect(await period(['--timezone', 'Europe/Rome'], env)).toBe('Europe/Rome');
    expect(await period([], { WIRETALLY_CONFIG: '' })).toBe('UTC');
    const other = config('analyze: { timezone: Asia/Seoul }\n', join(home, 'other.yaml'));
    expect(await period(['--config', other])).toBe('Asia/Seoul');
    expect(await period([], { WIRETALLY_CONFIG: other })).toBe('Asia/Seoul');
  });

  it('that a command must have may stand in the file', async () => {
    config('catalogue: { learn: { tool: mine, version: "1.10" } }\n');
    const run = await asUser(['catalogue', 'learn', RECORDING, '--against', 'captures/faults']);
    expect([run.code, run.out.includes('1.10')]).toEqual([0, true]);
  });

  it('that excludes adds up', async () => {
    config('analyze: { exclude: 192.0.2.0/24 }\n');
    const run = await asUser(['analyze', RECORDING, '--json', '--exclude', '198.51.100.0/24']);
    expect((JSON.parse(run.out) as { command: string }).command).toContain(
      '--exclude 192.0.2.0/24 --exclude 198.51.100.0/24',
    );
  });

  it('that keeps windows is told of', async () => {
    const store = join(home, 'kept.usage');
    config(`analyze: { store: ${store} }\n`);
    const run = await asUser(['analyze', RECORDING]);
    expect(run.err).toContain(`records are kept in ${store}, as set in ${file}:1`);
  });
});

describe('a command of two words', () => {
  it.each([[['config', 'show', 'fleet', 'ship']], [['config', 'show', 'fleet ship']]])(
    'is shown: %j',
    async (words) => {
      const run = await asUser(words);
      expect([run.code, run.err]).toEqual([0, '']);
      expect(run.out).toMatch(/^fleet ship --signed-config/m);
      expect(run.out).not.toMatch(/^fleet (?!ship)/m);
    },
  );

  it.each([[['help', 'fleet', 'ship']], [['help', 'fleet ship']], [['fleet', 'ship', '--help']]])(
    'has its own help: %j',
    async (words) => {
      const run = await asUser(words);
      expect([run.code, run.out.split('\n')[0]]).toEqual([0, 'Usage: wiretally fleet ship [options] <dir>']);
    },
  );

  it.each([[['help', 'fleet', 'shop']], [['help', 'shop']]])('is unknown: %j', async (words) => {
    const run = await asUser(words);
    expect([run.code, run.out]).toEqual([2, '']);
    expect(run.err).toContain('unknown command "shop"');
  });
});

describe('the file', () => {
  it('is not looked for in the working folder', async () => {
    const place = mkdtempSync(join(folder, 'handed-over-'));
    config('all: { timezone: Asia/Tokyo }\n', join(place, 'wiretally.yaml'));
    const out = execFileSync(process.execPath, [join(process.cwd(), 'dist/cli/main.js'), 'config', 'show'], {
      cwd: place,
      env: { HOME: home },
      encoding: 'utf8',
    });
    expect(out).toBe('no configuration file\nnothing is set\n');
  });

  it('of another user, or that everybody may write, is refused', async () => {
    config('all: { timezone: Asia/Tokyo }\n');
    chmodSync(file, 0o646);
    const open = await asUser(['catalogue', 'lint']);
    expect([open.code, open.out]).toEqual([2, '']);
    expect(open.err).toContain(`${file}: writable by every user`);
    if (process.getuid?.() !== 0) return;
    chmodSync(file, 0o644);
    chownSync(file, 4242, 4242);
    expect((await asUser(['catalogue', 'lint'])).err).toContain(`${file}: belongs to another user`);
    expect((await asUser(['catalogue', 'lint', '--config', file])).code).toBe(0);
  });

  it.each([
    ['a pipe', (at: string) => execFileSync('mkfifo', [at]), 'is a pipe'],
    ['a folder', (at: string) => mkdirSync(at), 'is a folder'],
    ['a device', (at: string) => symlinkSync('/dev/zero', at), 'is a device'],
    ['a link to nowhere', (at: string) => symlinkSync('nowhere', at), 'no such file'],
    ['a link to itself', (at: string) => symlinkSync(at, at), 'too many symbolic links'],
    ['too large', (at: string) => writeFileSync(at, Buffer.alloc((1 << 20) + 1, '#')), 'larger than 1 MiB'],
  ])('is refused where it is %s', async (_, make, says) => {
    make(file);
    const found = await asUser(['catalogue', 'lint']);
    expect([found.code, found.out]).toEqual([2, '']);
    expect(found.err).toContain(says);
    const named = await asUser(['config', 'check', file]);
    expect([named.code, named.err.includes(says)]).toEqual([2, true]);
  });

  it('with a fault stops every command but those that help', async () => {
    config('analyze: { workrs: 3 }\n');
    const run = await asUser(['catalogue', 'lint', '--json']);
    expect(run.code).toBe(2);
    expect(JSON.parse(run.err)).toMatchObject({
      error: {
        code: 'CONFIG_INVALID',
        what: expect.stringContaining(':1:12: analyze.workrs: the key') as string,
      },
    });
    expect((await asUser(['config', 'check'])).out).toContain('did you mean "workers"');
    expect((await asUser(['analyze', '--help'])).code).toBe(0);
    expect((await asUser(['completion', 'bash'])).code).toBe(0);
    const doctor = await asUser(['doctor', '--json']);
    expect(JSON.parse(doctor.out)).toContainEqual({
      name: 'configuration',
      state: 'bad',
      says: `${file}: 1 fault`,
      next: 'wiretally config check',
    });
  });
});

describe('docs/configuration.md', () => {
  const text = readFileSync('docs/configuration.md', 'utf8');

  it('shows a file that holds, and what is said of it', async () => {
    config(/```yaml\n([\s\S]*?)```/.exec(text)?.[1] ?? '');
    const run = await asUser(['config', 'check']);
    expect(run.out.replace(home, '/home/me')).toBe(`${/^\/home\/me.*valid$/m.exec(text)?.[0]}\n`);
  });

  it('shows what config show says', async () => {
    config(/```yaml\n([\s\S]*?)```/.exec(text)?.[1] ?? '');
    const run = await asUser(['config', 'show', 'explain'], { WIRETALLY_TIMEZONE: 'Europe/Berlin' });
    const lines = run.out
      .replaceAll(home, '/home/me')
      .split('\n')
      .map((line) => line.replace(/ +/g, ' '));
    const shown = /\$ wiretally config show explain\n([\s\S]*?)\n…/.exec(text)?.[1] ?? '';
    expect(shown).not.toBe('');
    for (const line of shown.split('\n')) expect(lines).toContain(line.replace(/ +/g, ' '));
  });
});
