// The messages of each language, by its name.

import type { Language } from '../text/languages.ts';
import { CHINESE } from './chinese.ts';
import type { Messages } from './english.ts';
import { ENGLISH } from './english.ts';
import { GERMAN } from './german.ts';

export const MESSAGES: Readonly<Record<Language, Messages>> = { en: ENGLISH, de: GERMAN, zh: CHINESE };
