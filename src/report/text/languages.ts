// Lists the languages of reports. The messages of each except English are loaded on demand.

import type { CompiledMessages } from './messages.ts';

type Module = { readonly MESSAGES: CompiledMessages };
type Load = () => Promise<readonly [messages: Module, sentences: Module]>;

const defineLanguages = <Other extends string>(table: Readonly<Record<Other, Load>>) => table;

export const OTHER_LANGUAGES = defineLanguages({
  de: () =>
    Promise.all([import('../messages/de.messages.js'), import('../../model/messages/de.messages.js')]),
  zh: () =>
    Promise.all([import('../messages/zh.messages.js'), import('../../model/messages/zh.messages.js')]),
});

export type Language = 'en' | keyof typeof OTHER_LANGUAGES;

export const LANGUAGES = ['en', ...Object.keys(OTHER_LANGUAGES)] as readonly Language[];
