// The messages of every language.

import { messagesFor, type ReportWords } from '../../../src/report/text/english-words.ts';
import { LANGUAGES, type Language } from '../../../src/report/text/languages.ts';

export const MESSAGES = Object.fromEntries(
  await Promise.all(LANGUAGES.map(async (language) => [language, await messagesFor(language)])),
) as Readonly<Record<Language, ReportWords>>;
