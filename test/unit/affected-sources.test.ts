// Which C++ files clang-tidy judges after a change: test/native/affected-sources.mjs.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findAffected } from '../native/affected-sources.mjs';

const TEXTS: Readonly<Record<string, string>> = {
  'src/base/cursor.h': '#include <cstdint>\n',
  'src/base/view.h': '#include "cursor.h"\n',
  'src/packet/decode.h': '#pragma once\n  #  include "../base/view.h"  // bytes\n',
  'src/packet/decode.cc': '#include "decode.h"\n',
  'src/packet/link.cc': '#include "../base/cursor.h"\n',
  'src/crypto/aes.cc': '#include <array>\n// #include "../base/cursor.h"\n',
};
const FILES = ['src/packet/decode.cc', 'src/packet/link.cc', 'src/crypto/aes.cc'];
const affectedBy = (...changed: string[]): string[] =>
  findAffected(FILES, changed, (file) => TEXTS[file] ?? '');

describe('the files that a change concerns', () => {
  it.each([
    ['nothing', [], []],
    ['a file', ['src/crypto/aes.cc'], ['src/crypto/aes.cc']],
    ['a header that one includes', ['src/packet/decode.h'], ['src/packet/decode.cc']],
    ['a header that headers include', ['src/base/cursor.h'], ['src/packet/decode.cc', 'src/packet/link.cc']],
    ['a file of another kind', ['README.md'], []],
  ])('are those of %s', (_, changed, affected) => {
    expect(affectedBy(...changed)).toEqual(affected);
  });

  it('are found in circles too', () => {
    const texts: Record<string, string> = {
      'a.h': '#include "b.h"\n#include "c.h"',
      'b.h': '#include "a.h"',
      'c.h': '',
      'two.cc': '#include "b.h"',
    };
    const read = (file: string): string => texts[file] ?? '#include "a.h"';
    expect(findAffected(['one.cc'], ['b.h'], read)).toEqual(['one.cc']);
    expect(findAffected(['one.cc', 'two.cc'], ['c.h'], read)).toEqual(['one.cc', 'two.cc']);
    expect(findAffected(['one.cc'], ['d.h'], read)).toEqual([]);
  });

  it('of the core are those of the preprocessor', () => {
    const folder = 'native-bindings/src';
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.cc') && file !== 'addon.cc')
      .map((file) => `${folder}/${file}`);
    const header = `${folder}/packet/packet.h`;
    const affected = findAffected(files, [header], (file) => readFileSync(file, 'utf8'));
    expect(affected.length).toBeGreaterThan(10);
    expect(affected.length).toBeLessThan(files.length - 10);
    // The compiler's own list, of one file that has it and one that does not.
    const readsHeader = (file: string | undefined): boolean => {
      const { stdout } = spawnSync('g++', ['-std=c++20', '-MM', file ?? ''], { encoding: 'utf8' });
      return stdout.includes('packet/packet.h');
    };
    expect(affected.slice(0, 3).map(readsHeader)).toEqual([true, true, true]);
    const others = files.filter((file) => !affected.includes(file));
    expect(others.slice(0, 3).map(readsHeader)).toEqual([false, false, false]);
  });
});
