// Lines that fit a terminal: prose with hanging indents, commands that still run when they are pasted.

import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { displayWidth, wrapCommand, wrapIndented } from '../../../src/text/text-layout.ts';

describe('a wrapped command', () => {
  const words = [
    'explain',
    'a b.pcap',
    '--host',
    "10.0.0.1'; x",
    '--tool',
    'claude-code',
    '--timezone',
    'Asia/Shanghai',
  ];
  const quoted = words.map((word) => (/[ ';]/.test(word) ? `'${word.replaceAll("'", "'\\''")}'` : word));

  it.each([20, 30, 40, 80, 200])('of %d columns has the same words in a shell', (width) => {
    const lines = wrapCommand(`printf '%s\\n' ${quoted.join(' ')}`, width);
    if (width >= 40) for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
    expect(
      execFileSync('sh', ['-c', lines.join('\n')], { encoding: 'utf8' })
        .trim()
        .split('\n'),
    ).toEqual(words);
  });

  it('has an option and its value on one line', () => {
    expect(wrapCommand('wiretally explain office.usage --host 10.20.1.13 --tool claude-code', 62)).toEqual([
      'wiretally explain office.usage --host 10.20.1.13 \\',
      '  --tool claude-code',
    ]);
    expect(wrapCommand('wiretally finding close a --why "case 7, 8" --finding-log log', 42)).toEqual([
      'wiretally finding close a \\',
      '  --why "case 7, 8" --finding-log log',
    ]);
    expect(wrapCommand('wiretally explain a b  # and 2 more inputs', 30)).toEqual([
      'wiretally explain a b \\',
      '  # and 2 more inputs',
    ]);
  });
});

describe('a wrapped line', () => {
  it('goes on two columns further in', () => {
    expect(wrapIndented('  + a name that only this tool uses', 22)).toEqual([
      '  + a name that only',
      '    this tool uses',
    ]);
  });
});
