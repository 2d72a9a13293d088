// Lists the languages of reports. The messages of each except English are loaded on demand.

import type { CompiledMessages } from './messages.ts';

type Load = () => Promise<{ readonly MESSAGES: CompiledMessages }>;

const byLanguage = <Other extends string>(table: Readonly<Record<Other, Load>>) => table;

export const OTHER_LANGUAGES = byLanguage({
  de: () => import('../messages/de.messages.js'),
  zh: () => import('../messages/zh.messages.js'),
});

export type Language = 'en' | keyof typeof OTHER_LANGUAGES;

export const LANGUAGES = ['en', ...Object.keys(OTHER_LANGUAGES)] as readonly Language[];
