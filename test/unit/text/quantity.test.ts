import { describe, expect, it } from 'vitest';
import { joinWords, listSome } from '../../../src/text/quantity.ts';

describe('a list in a sentence', () => {
  const tools = ['ChatGPT (web, desktop) on 3', 'Cursor on 2', 'Zed on 1'];

  it('is separated by commas, and by semicolons where a word contains a comma', () => {
    expect(joinWords(['Cursor', 'Zed'])).toBe('Cursor, Zed');
    expect(joinWords(tools)).toBe('ChatGPT (web, desktop) on 3; Cursor on 2; Zed on 1');
  });

  it('that is too long names the first words and counts the others', () => {
    expect(listSome(tools, 2)).toBe('ChatGPT (web, desktop) on 3; Cursor on 2 and 1 more');
    expect(listSome(tools.slice(1), 2)).toBe('Cursor on 2, Zed on 1');
  });
});
