// The languages of reports. The messages of each but English are loaded when they are asked for.

import { ENGLISH_WORDS, messagesIn, type ReportWords } from './english-words.ts';
import type { CompiledMessages } from './messages.ts';

const OTHERS = {
  de: () => import('../messages/de.messages.js'),
  zh: () => import('../messages/zh.messages.js'),
} satisfies Readonly<Record<string, () => Promise<{ readonly MESSAGES: CompiledMessages }>>>;

export type Language = 'en' | keyof typeof OTHERS;

export const LANGUAGES = ['en', ...Object.keys(OTHERS)] as readonly Language[];

export const messagesFor = async (language: Language = 'en'): Promise<ReportWords> =>
  language === 'en' ? ENGLISH_WORDS : messagesIn((await OTHERS[language]()).MESSAGES);
