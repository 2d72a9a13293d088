// Runs the programs of docs/library.md as they stand there, against the built package.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const programs = [
  ...readFileSync('docs/library.md', 'utf8').matchAll(/^## (.*)$[\s\S]*?```js\n([\s\S]*?)```/gm),
].map((match) => ({ title: match[1] ?? '', text: match[2] ?? '' }));
const folder = mkdtempSync(join(tmpdir(), 'wiretally-library-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The package by its own name is found only where it is installed. */
const door = pathToFileURL(resolve('dist/index.js')).href;

function run(title: string): string {
  const program = programs.find((each) => each.title === title);
  if (program === undefined) throw new Error(`docs/library.md has no program "${title}"`);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${title.replaceAll(' ', '-')}.mjs`);
  writeFileSync(file, program.text.replace("from 'wiretally'", `from '${door}'`));
  const { stdout, stderr, status } = spawnSync(process.execPath, [file], {
    encoding: 'utf8',
    timeout: 50_000,
    env: { ...process.env, STORE: join(folder, `${title.length}.duckdb`), INTERFACE: 'lo' },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

const mayCapture = process.getuid?.() === 0;
if (!mayCapture) console.log('skipped: the live program of docs/library.md needs the right to capture');

describe('docs/library.md', () => {
  it('tells who uses what', () => {
    expect(run('Who uses what in a capture')).toMatch(/^10\.\S+ claude-code (certain|likely) 2026-07-/m);
  });

  it('keeps a history and judges it', () => {
    const out = run('A history, and whether a ban is kept');
    expect(out).toContain('replaced: 0');
    expect(out).toMatch(/ claude-code violation 2026-07-1/);
  });

  it('reads hellos', () => {
    expect(run('Hellos of a capture')).toMatch(/^\d+ hellos in \d+ forms$/m);
  });

  it.skipIf(!mayCapture)('watches an interface', () => {
    expect(run('Live')).toMatch(/packets$/m);
  });
});
