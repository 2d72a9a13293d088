import { expect, it } from 'vitest';
import { didYouMean, nearestWord } from '../../../src/text/near-word.ts';

const IDS = [
  'claude-app',
  'claude-code',
  'coze',
  'openai-codex',
  'qwen-code',
  'kilo-code',
  'kimi-code',
  'cline',
  'Factory (Droid)',
];

it.each([
  ['a slip', 'clinne', 'cline'],
  ['several slips in a long word', 'claude-kodee', 'claude-code'],
  ['a part between dashes, though a shorter word is nearer', 'codex', 'openai-codex'],
  ['a part that several have: the shortest', 'Claude', 'claude-app'],
  ['a part in parentheses', 'droid', 'Factory (Droid)'],
  ['a part of the typed word, where no whole word is near', 'coze-terminal', 'coze'],
  ['a part that many words share', 'terraform-code', null],
  ['nothing near', 'terraform', null],
  ['two letters that fit nothing', 'xy', null],
])('finds the word that was meant: %s', (_, word, meant) => {
  expect(nearestWord(word, IDS)).toBe(meant);
  expect(didYouMean(word, IDS)).toBe(meant === null ? '' : ` (did you mean "${meant}"?)`);
});
