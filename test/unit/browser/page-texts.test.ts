// Texts of the page: complete in each language, and all that the page names is there.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PAGE_LANGUAGES, selectTexts } from '../../../src/browser/page/texts.ts';

const page = readFileSync('src/browser/page/index.html', 'utf8');
const named = [...page.matchAll(/data-(?:text|label)="(\w+)"/g)].map(([, key = '']) => key);

it.each(PAGE_LANGUAGES)('has all texts that the page names in $name', (texts) => {
  expect(named.length).toBeGreaterThan(40);
  for (const key of named) expect(texts[key as keyof typeof texts], key).toMatch(/\S/);
});

it('has a place of its own for each text of the page', () => {
  const placed = [...page.matchAll(/@([a-z]\w*)@/g)].map(([, key = '']) => key);
  expect(placed).toEqual(named);
});

it.each([
  { tags: ['de-AT', 'en'], expected: 'de' },
  { tags: ['fr', 'zh-Hant-TW'], expected: 'zh' },
  { tags: ['FR'], expected: 'en' },
  { tags: [], expected: 'en' },
])('takes the first known language of $tags', ({ tags, expected }) => {
  expect(selectTexts(tags).tag).toBe(expected);
});
