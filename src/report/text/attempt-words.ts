// Attempts in words: the columns of their table, for every format.

import type { ReportAttempt, ReportDocument } from '../../model/report.ts';
import { ENGLISH_WORDS } from './english-words.ts';
import type { Head } from './heads.ts';
import { readerZone } from './instant.ts';
import { formatCount } from './quantity.ts';
import type { ReportWords } from './report-words.ts';

/** Tools by ID in a cell; all of them are in JSON. */
const MAX_NAMED = 2;

export function attemptHeads(document: ReportDocument, words: ReportWords): readonly Head<ReportAttempt>[] {
  const zone = readerZone(document);
  const { heads } = words;
  return [
    { head: heads.host, of: ({ host }) => host },
    { head: heads.name, of: ({ name }) => name },
    { head: heads.result, of: (attempt) => resultText(attempt, words) },
    { head: heads.attempts, isNumber: true, of: ({ attempts }) => formatCount(attempts) },
    { head: heads.passed, isNumber: true, of: ({ passed }) => formatCount(passed) },
    { head: heads.where, of: ({ leg }) => (leg === null ? words.notKnown : words.legs[leg]) },
    { head: heads.fault, of: ({ fault }) => fault ?? words.notKnown },
    { head: heads.confidence, of: ({ confidence }) => words.confidences[confidence] },
    { head: heads.firstSeen, of: ({ firstSeen }) => words.shortTime(firstSeen, zone) },
    { head: heads.lastSeen, of: ({ lastSeen }) => words.shortTime(lastSeen, zone) },
    {
      head: heads.tools,
      of: ({ tools }) => words.andMore(tools.slice(0, MAX_NAMED), tools.length - MAX_NAMED),
    },
  ];
}

export const resultText = (
  { result }: Pick<ReportAttempt, 'result'>,
  words: ReportWords = ENGLISH_WORDS,
): string => words.attempts.result(result);
