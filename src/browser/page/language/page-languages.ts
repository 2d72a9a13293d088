// The languages of the page and of the report element.

import { CHINESE } from './chinese.ts';
import { ENGLISH } from './english.ts';
import { GERMAN } from './german.ts';
import type { PageTexts } from './texts.ts';

export const PAGE_LANGUAGES: readonly PageTexts[] = [ENGLISH, GERMAN, CHINESE];

/** The texts of the first of these BCP 47 tags that there are any for; else English. */
export function textsFor(tags: readonly string[]): PageTexts {
  for (const tag of tags) {
    const [language = ''] = tag.toLowerCase().split('-');
    const found = PAGE_LANGUAGES.find((texts) => texts.tag === language);
    if (found !== undefined) return found;
  }
  return ENGLISH;
}
