// Runs the programs of docs/library.md as they stand there, against the built package.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { wiretally } from './run.ts';

const programs = [
  ...readFileSync('docs/library.md', 'utf8').matchAll(/^## (.*)$(?:(?!^## )[\s\S])*?```js\n([\s\S]*?)```/gm),
].map((match) => ({ title: match[1] ?? '', text: match[2] ?? '' }));
const folder = temporaryFolder('library');

/** The package by its own name is found only where it is installed. */
const door = pathToFileURL(resolve('dist/index.js')).href;

function run(title: string, format = 'terminal'): string {
  const program = programs.find((each) => each.title === title);
  if (program === undefined) throw new Error(`docs/library.md has no program "${title}"`);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${title.replaceAll(' ', '-')}.mjs`);
  const text = program.text.replace("from 'wiretally'", `from '${door}'`);
  writeFileSync(file, text.replace("'terminal'", `'${format}'`));
  const { stdout, stderr, status } = spawnSync(process.execPath, [file], {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    timeout: 200_000,
    env: { ...process.env, STORE: join(folder, `${title.length}.duckdb`), INTERFACE: 'lo' },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

const mayCapture = process.getuid?.() === 0;
if (!mayCapture) console.log('skipped: the live program of docs/library.md needs the right to capture');

/** Without commands to copy: the name of the program is as long as its path, so that they wrap in other places. */
const same = (text: string): string =>
  text.replace(/^ {2}(?:node|npx|wiretally) .*(?:\n {4}.*)*$/gm, '').trimEnd();

describe('docs/library.md', () => {
  it('makes the report of the command line, in five lines', async () => {
    const out = run('A report in five lines');
    const words = ['analyze', 'captures/demo.pcap.gz', '--policy', 'captures/demo-policy.yaml'];
    const told = await wiretally(words, { env: { COLUMNS: '80' } });
    expect(same(out)).toBe(same(told.out));
    expect(out).toContain('1 873 ClientHellos');
  });

  it.each([
    {
      title: 'Comparison of two periods',
      words: ['--since', '2026-07-11', '--against-since', '2026-07-08', '--timezone', 'Asia/Shanghai'],
      says: 'comparison',
    },
    {
      title: 'Policy verdict of one group',
      words: ['--policy', 'captures/demo-policy.yaml', '--since', '2026-07-13', '--group', 'developers'],
      says: 'summary',
    },
    {
      title: 'Trend by hour',
      words: [
        ...['--since', '2026-07-08T08:00:00Z', '--until', '2026-07-08T10:00:00Z'],
        ...['--tool', 'claude-code', '--by', 'hour', '--timezone', 'UTC'],
      ],
      says: 'trend',
    },
  ])('prints $says as the command line does', async ({ title, words, says }) => {
    const command = ['analyze', 'captures/demo.pcap.gz', ...words];
    const told = await wiretally(command, { env: { COLUMNS: '80' } });
    expect(same(run(title))).toBe(same(told.out));
    const document: unknown = JSON.parse(run(title, 'json'));
    expect(document).toHaveProperty(says);
    expect(document).toEqual(JSON.parse((await wiretally([...command, '--json'])).out));
  });

  it('makes the same document, field by field', async () => {
    const words = ['analyze', 'captures/demo.pcap.gz', '--policy', 'captures/demo-policy.yaml'];
    const file = join(folder, 'document.mjs');
    mkdirSync(folder, { recursive: true });
    const program = programs.find(({ title }) => title === 'A report in five lines')?.text ?? '';
    writeFileSync(
      file,
      program.replace("from 'wiretally'", `from '${door}'`).replace("'terminal'", "'json'"),
    );
    const { stdout } = spawnSync(process.execPath, [file], { encoding: 'utf8', maxBuffer: 64 << 20 });
    expect(JSON.parse(stdout)).toEqual(JSON.parse((await wiretally([...words, '--json'])).out));
  });

  it('tells who uses what', () => {
    expect(run('Tools per host in a capture')).toMatch(/^10\.\S+ claude-code (certain|likely) 2026-07-/m);
  });

  it('keeps a history and judges it', () => {
    const out = run('A history and a policy');
    expect(out).toContain('replaced: 0');
    expect(out).toMatch(/ claude-code violation 2026-07-1/);
  });

  it('reads the flows of a capture', () => {
    expect(run('Flows of a capture')).toMatch(/^false \d{4,} \d+\n$/);
  });

  it('reads hellos', () => {
    expect(run('Hellos of a capture')).toMatch(/^\d+ hellos in \d+ forms$/m);
  });

  it.skipIf(!mayCapture)('watches an interface', () => {
    expect(run('Live')).toMatch(/packets$/m);
  });
});
