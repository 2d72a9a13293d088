// What would be found without names, in words: the columns of the table, for every format.

import type { NamedPart, WithoutNames } from '../../model/report.ts';
import type { Head } from './heads.ts';
import { formatCount, formatRange } from './quantity.ts';
import { type ReportWords, wordFor } from './report-words.ts';

export const withoutNamesHeads = (words: ReportWords): readonly Head<WithoutNames>[] => {
  const { heads } = words;
  const confidence = (part: NamedPart | null): string =>
    part === null ? words.notFound : words.confidences[part.confidence];
  return [
    { head: heads.tool, of: ({ name, isProvider }) => (isProvider ? words.provider(name) : name) },
    { head: heads.withNames, of: ({ named }) => confidence(named) },
    { head: heads.hosts, isNumber: true, of: ({ named }) => formatCount(named?.hosts ?? 0) },
    { head: heads.withoutNames, of: ({ unnamed }) => confidence(unnamed) },
    { head: heads.hostsLeft, isNumber: true, of: ({ unnamed }) => formatCount(unnamed?.hosts ?? 0) },
    { head: heads.evidenceLeft, of: ({ unnamed }) => evidenceText(unnamed, words) },
    { head: heads.anySign, of: (row) => anySign(row, words) },
    { head: heads.requests, isNumber: true, of: ({ named }) => requestsText(named, words) },
    { head: heads.requestsLeft, isNumber: true, of: ({ unnamed }) => requestsText(unnamed, words) },
  ];
};

const evidenceText = (part: NamedPart | null, words: ReportWords): string =>
  part === null
    ? '–'
    : part.evidence.map((kind) => wordFor(words.withoutNames.kinds, kind)).join(words.listSeparator);

/** Of the hosts of a row, those with a row of any tool or provider that is left. */
const anySign = ({ named, traced }: WithoutNames, words: ReportWords): string =>
  named === null ? '–' : words.withoutNames.anySign(traced, named.hosts);

const requestsText = (part: NamedPart | null, words: ReportWords): string =>
  part === null ? '–' : part.requests === null ? words.noEstimate : formatRange(part.requests, 'total');

/** Under the table. */
export function withoutNamesNote(rows: readonly WithoutNames[], words: ReportWords): string {
  const tools = rows.filter(({ isProvider, named }) => !isProvider && named !== null);
  const left = tools.filter(({ unnamed }) => unnamed !== null).length;
  return words.withoutNames.note(left, tools.length);
}
