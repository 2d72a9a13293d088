// A tool is found by what people read of it: id, displayed name, a part of a double name, in any case.
import { describe, expect, it } from 'vitest';
import { WrittenNames } from '../../../src/text/written-name.ts';

const names = new WrittenNames([
  {
    id: 'windsurf',
    name: 'Devin Desktop (formerly Windsurf)',
    formerly: [{ name: 'Windsurf' }, { name: 'Codeium' }],
  },
  { id: 'claude-code', name: 'Claude Code' },
  { id: 'one', name: 'Same' },
  { id: 'two', name: 'same / Other' },
  { id: 'qwen-api', name: 'Qwen / DashScope' },
  { id: 'qwen-code', name: 'Qwen Code' },
]);

describe('a written name', () => {
  it.each([
    ['claude-code', 'claude-code'],
    ['CLAUDE_CODE', 'claude-code'],
    ['  Claude  code ', 'claude-code'],
    ['devin desktop', 'windsurf'],
    ['Windsurf', 'windsurf'],
    ['Devin Desktop (formerly Windsurf)', 'windsurf'],
    ['Codeium', 'windsurf'],
    ['other', 'two'],
  ])('%s is %s', (text, id) => {
    expect(names.find(text)?.id).toBe(id);
  });

  it('that two entries have names none of them', () => {
    expect(names.find('same')).toBeUndefined();
  });

  it('that is a part of a double name, and the first word of another, names none of them', () => {
    expect(names.find('Qwen')).toBeUndefined();
    expect(names.find('DashScope')?.id).toBe('qwen-api');
    expect(names.find('Qwen Code')?.id).toBe('qwen-code');
  });

  it('that is mistyped is near an id, or a name', () => {
    expect(names.near('claude-cod')).toBe('claude-code');
    expect(names.near('Devin Desktop (formerly Windsurfe)')).toBe('windsurf');
    expect(names.near('nothing like it at all')).toBeNull();
    expect(names.didYouMean('nothing like it at all')).toBe('');
  });
});
