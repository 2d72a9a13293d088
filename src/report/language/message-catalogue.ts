// The messages of each language, by its name.

import { MESSAGES as GERMAN } from '../messages/de.messages.js';
import { MESSAGES as CHINESE } from '../messages/zh.messages.js';
import type { Language } from '../text/languages.ts';
import { CHINESE_PHRASING } from './chinese-phrasing.ts';
import type { Messages } from './english.ts';
import { ENGLISH } from './english.ts';
import { GERMAN_PHRASING } from './german-phrasing.ts';
import { translated } from './sheet-texts.ts';

export const MESSAGES: Readonly<Record<Language, Messages>> = {
  en: ENGLISH,
  de: translated(GERMAN, GERMAN_PHRASING),
  zh: translated(CHINESE, CHINESE_PHRASING),
};
