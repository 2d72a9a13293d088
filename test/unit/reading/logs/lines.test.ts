// Lines whose bytes come in pieces of one buffer, as a file is read.

import { expect, it } from 'vitest';
import { LineSplitter } from '../../../../src/reading/logs/lines.ts';

it.each([1, 2, 3, 7, 64])('gives each line whole where the buffer of %i bytes is used again', (size) => {
  const text = Array.from({ length: 40 }, (_, i) => 'abcdefghij'.repeat(i % 7).slice(0, 3 * i)).join('\n');
  const lines: string[] = [];
  const splitter = new LineSplitter({
    line: (bytes, start, end) => lines.push(bytes.toString('utf8', start, end)),
    tooLong: () => lines.push('too long'),
  });
  const buffer = Buffer.alloc(size);
  for (let at = 0; at < text.length; at += size)
    splitter.push(buffer.subarray(0, buffer.write(text.slice(at, at + size))));
  splitter.end();
  expect(lines.join('\n')).toBe(text);
});

it.each([3, 7, 64])('offers lines that end in another piece, as those within one, of %i bytes', (size) => {
  const text = 'first\nsecond line\nthird\r\n\nlast';
  const [taken, given]: [string[], string[]] = [[], []];
  const splitter = new LineSplitter({
    line: (bytes, start, end) => given.push(bytes.toString('utf8', start, end)),
    take(bytes, start) {
      const end = bytes.lastIndexOf(0x0a) + 1;
      if (end > start) taken.push(bytes.toString('utf8', start, end));
      return Math.max(start, end);
    },
    tooLong: () => given.push('too long'),
  });
  for (let at = 0; at < text.length; at += size) splitter.push(Buffer.from(text.slice(at, at + size)));
  splitter.end();
  expect(given).toEqual(['first', 'last']);
  expect(taken.join('')).toBe('second line\nthird\r\n\n');
});
