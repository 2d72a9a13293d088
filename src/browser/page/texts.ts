// Returns the texts of the page and of the report element in each supported language. Errors and notes of a reading
// are those of the command line, in English.

import { buildMessages, type CompiledMessages, type MessagesOf } from '../../report/text/messages.ts';
import { formatBytes } from '../../text/quantity.ts';
import { MESSAGES as GERMAN } from './messages/de.messages.js';
import type english from './messages/en.json';
import { MESSAGES as ENGLISH } from './messages/en.messages.js';
import { MESSAGES as CHINESE } from './messages/zh.messages.js';
import type { FromWorker, ReadReport } from './worker-messages.ts';

export type PageTexts = MessagesOf<typeof english>;

/** No text of the page has a list. */
const NO_LISTS = { separator: '', and: () => '' };

const buildTexts = (compiled: CompiledMessages): PageTexts => buildMessages(compiled, NO_LISTS);

const IN_ENGLISH = buildTexts(ENGLISH);
export const PAGE_LANGUAGES: readonly PageTexts[] = [IN_ENGLISH, buildTexts(GERMAN), buildTexts(CHINESE)];

/** Returns the texts for the first supported BCP 47 tag, else English. */
export function selectTexts(tags: readonly string[]): PageTexts {
  for (const tag of tags) {
    const [language = ''] = tag.toLowerCase().split('-');
    const found = PAGE_LANGUAGES.find((texts) => texts.tag === language);
    if (found !== undefined) return found;
  }
  return IN_ENGLISH;
}

export const progressText = (
  texts: PageTexts,
  { file, bytesRead, bytesTotal }: Extract<FromWorker, { kind: 'progress' }>,
): string => texts.progress(file, formatBytes(bytesRead), formatBytes(bytesTotal));

export const summaryText = (texts: PageTexts, { packets, captures, interrupted }: ReadReport): string =>
  interrupted ? texts.stopped(packets) : texts.readAll(packets, captures);
