// What is kept of a build that takes minutes: tools/kept-build.mjs.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { cacheFolder, digestOfAll, placeBuild } from '../../tools/kept-build.mjs';
import { temporaryFolder } from '../temporary.ts';

const root = temporaryFolder('kept-build');

const files = ['core.mjs', 'core.wasm'];
let builds = 0;
let folder = '';

beforeEach(() => {
  builds = 0;
  folder = mkdtempSync(join(root, 'test-'));
  vi.stubEnv('WIRETALLY_CACHE', join(folder, 'cache'));
});

function build(): string {
  builds++;
  const made = mkdtempSync(join(folder, 'build-'));
  for (const file of files) writeFileSync(join(made, file), `${file} of build ${builds}`);
  return made;
}

/** The text of each placed file. */
function place(key: string): string[] {
  const target = mkdtempSync(join(folder, 'target-'));
  placeBuild({ name: 'core', key, files, target, build });
  return files.map((file) => readFileSync(join(target, file), 'utf8'));
}

describe('a build that is kept', () => {
  it('is made once for each key', () => {
    expect(place('a')).toEqual(['core.mjs of build 1', 'core.wasm of build 1']);
    expect(place('a')).toEqual(['core.mjs of build 1', 'core.wasm of build 1']);
    expect(place('b')).toEqual(['core.mjs of build 2', 'core.wasm of build 2']);
    expect(builds).toBe(2);
    expect(readdirSync(cacheFolder()).sort()).toEqual(['core-a', 'core-b']);
  });

  it.each([
    ['has another byte', (entry: string) => writeFileSync(join(entry, 'core.wasm'), 'core.wasm of build 2')],
    ['lacks a file', (entry: string) => rmSync(join(entry, 'core.mjs'))],
    ['has no sums', (entry: string) => rmSync(join(entry, 'sums.json'))],
    ['has sums that are cut', (entry: string) => writeFileSync(join(entry, 'sums.json'), '{"core.mjs": "')],
  ])('is made again when it %s, and then kept', (_, damage) => {
    place('a');
    damage(join(cacheFolder(), 'core-a'));
    expect(place('a')).toEqual(['core.mjs of build 2', 'core.wasm of build 2']);
    expect(place('a')).toEqual(['core.mjs of build 2', 'core.wasm of build 2']);
    expect(builds).toBe(2);
  });

  it('is used all the same when it cannot be kept', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    writeFileSync(join(folder, 'file'), '');
    vi.stubEnv('WIRETALLY_CACHE', join(folder, 'file/cache'));
    expect(place('a')).toEqual(['core.mjs of build 1', 'core.wasm of build 1']);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('core is not kept for the next build'));
    warn.mockRestore();
  });

  it('has another key for another byte, name or order', () => {
    const keys = [
      digestOfAll([['a', 'text']]),
      digestOfAll([['a', 'texts']]),
      digestOfAll([['b', 'text']]),
      digestOfAll([
        ['a', 'text'],
        ['b', ''],
      ]),
      digestOfAll([
        ['b', ''],
        ['a', 'text'],
      ]),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(digestOfAll([['a', 'text']])).toBe(keys[0]);
  });
});

describe('the folder of what is kept', () => {
  it('is that of the environment, else below the cache of the user', () => {
    vi.stubEnv('WIRETALLY_CACHE', '/elsewhere');
    vi.stubEnv('XDG_CACHE_HOME', '/cache');
    expect(cacheFolder()).toBe('/elsewhere');
    vi.stubEnv('WIRETALLY_CACHE', '');
    expect(cacheFolder()).toBe('/cache/wiretally');
    vi.stubEnv('XDG_CACHE_HOME', '');
    vi.stubEnv('HOME', '/home/user');
    expect(cacheFolder()).toBe('/home/user/.cache/wiretally');
  });
});
