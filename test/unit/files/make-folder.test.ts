import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder } from '../../../src/files/make-folder.ts';
import { temporaryFolder } from '../../temporary.ts';

const root = temporaryFolder('make-folder');

describe('a folder', () => {
  it('is created with those above it, and may exist', () => {
    const folder = join(root, 'a', 'b', 'c');
    makeFolder(folder, 0o700);
    makeFolder(`${folder}/`);
    expect([folder, join(root, 'a')].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
  });

  it('is not created below or in place of a file', () => {
    const file = join(root, 'file');
    writeFileSync(file, '');
    symlinkSync(join(root, 'nowhere'), join(root, 'link'));
    expect(() => makeFolder(file)).toThrow('EEXIST');
    expect(() => makeFolder(join(root, 'link'))).toThrow('EEXIST');
    expect(() => makeFolder(join(file, 'x'))).toThrow('ENOTDIR');
    expect(() => makeFolder('')).toThrow('ENOENT');
  });

  it('may be a link to one', () => {
    mkdirSync(join(root, 'there'));
    symlinkSync(join(root, 'there'), join(root, 'way'));
    makeFolder(join(root, 'way', 'x'));
    expect(existsSync(join(root, 'there', 'x'))).toBe(true);
  });

  it.runIf(existsSync('/proc/self'))('ends where a file system takes no new folders', () => {
    for (const path of ['/proc/nowhere', '/proc/self/nowhere/x'])
      expect(() => makeFolder(path)).toThrow('ENOENT');
  });
});
