// Declares the section on exposure to advisories: hosts with each result by advisory, and days with each result by
// host.

import { type ExposureAnswer, GRAVEST_FIRST } from '../../model/exposure-answers.ts';
import { groupBy } from '../../model/grouped-by.ts';
import type { AdvisoryHeader, Exposure, ReportDocument } from '../../model/report.ts';
import type { ReportWords } from '../text/english-words.ts';
import { affectedText, formatBuilds, getReason, lastDownload } from '../text/exposure-words.ts';
import type { Column, Section, SectionTable } from './section.ts';

/** One advisory over all hosts. */
export interface MatrixRow {
  readonly advisory: AdvisoryHeader;
  readonly hosts: Readonly<Record<ExposureAnswer, number>>;
  /** First and last day with the most severe result; null: no host used the tool. */
  readonly first: string | null;
  readonly last: string | null;
  /** Number of hosts with the result *may have run* that downloaded a release before such a day. */
  readonly downloads: number;
}

/** Lists advisories by severity, then those that ran first, in the order of the document. */
export function buildExposureMatrix(document: ReportDocument): MatrixRow[] {
  const byAdvisory = groupBy(document.exposure ?? [], ({ advisory }) => advisory);
  return (document.advisories ?? []).map((advisory) =>
    buildMatrixRow(advisory, byAdvisory.get(advisory.id) ?? []),
  );
}

function buildMatrixRow(advisory: AdvisoryHeader, found: readonly Exposure[]): MatrixRow {
  const hosts = countAnswers(found);
  const downloads = found.filter(
    ({ answer, days }) => answer === 'may' && lastDownload(days, answer) !== undefined,
  ).length;
  const worst = GRAVEST_FIRST.find((answer) => hosts[answer] > 0);
  let [first, last]: [string | null, string | null] = [null, null];
  for (const exposure of found) {
    if (exposure.answer !== worst) continue;
    if (first === null || exposure.first < first) first = exposure.first;
    if (last === null || exposure.last > last) last = exposure.last;
  }
  return { advisory, hosts, first, last, downloads };
}

function countAnswers(all: readonly Pick<Exposure, 'answer'>[]): Record<ExposureAnswer, number> {
  // SARIF prints the counts in this order.
  const counts = { ran: 0, may: 0, notSeen: 0, cannotSay: 0 };
  for (const { answer } of all) counts[answer]++;
  return counts;
}

const answerColumns = <Row>(
  { heads }: ReportWords,
  countsIn: (row: Row) => Readonly<Record<ExposureAnswer, number>>,
): Column<Row>[] =>
  GRAVEST_FIRST.map((answer) => ({
    head: heads[answer],
    kind: 'number',
    of: (row) => String(countsIn(row)[answer]),
  }));

/** The column of downloads is absent if no result depends on one. */
export const MATRIX: SectionTable<MatrixRow> = {
  texts: ({ advisories }) => advisories,
  rows: buildExposureMatrix,
  columns: ({ words, document }) => {
    const { heads, sections } = words;
    const byDownload: Column<MatrixRow> = {
      head: heads.mayByDownload,
      kind: 'number',
      of: ({ downloads }) => String(downloads),
    };
    return [
      {
        head: heads.severity,
        kind: 'text',
        of: ({ advisory }) => sections.advisories.severities[advisory.severity],
      },
      { head: heads.advisory, kind: 'text', isRowHead: true, of: ({ advisory }) => advisory.id },
      { head: heads.tool, kind: 'text', of: ({ advisory }) => advisory.tool },
      ...answerColumns(words, ({ hosts }: MatrixRow) => hosts),
      ...(buildExposureMatrix(document).some(({ downloads }) => downloads > 0) ? [byDownload] : []),
      { head: heads.first, kind: 'text', of: ({ first }) => first ?? '–' },
      { head: heads.last, kind: 'text', of: ({ last }) => last ?? '–' },
      {
        head: heads.affected,
        kind: 'text',
        leastWidth: 12,
        of: ({ advisory }) => affectedText(advisory, words),
      },
    ];
  },
  noun: 'advisory',
  most: { page: Number.POSITIVE_INFINITY },
};

interface ExposureRow {
  readonly host: string;
  readonly days: Readonly<Record<ExposureAnswer, number>>;
  /** Days on which an affected version ran or may have run; empty without any. */
  readonly dates: string;
  readonly builds: string;
  readonly reason: string;
}

/** Days with each result of one advisory. */
export const daysOfAdvisory = (id: string): SectionTable<ExposureRow> => ({
  texts: ({ advisories }) => ({ title: advisories.one(id), caption: advisories.daysCaption }),
  rows: ({ exposure = [] }, { words }) =>
    exposure.filter(({ advisory }) => advisory === id).map((row) => buildRow(row, words)),
  columns: ({ words, words: { heads } }) => [
    { head: heads.host, kind: 'text', of: ({ host }) => host },
    ...answerColumns(words, ({ days }: ExposureRow) => days),
    { head: heads.ranOrMay, kind: 'text', of: ({ dates }) => dates || '–' },
    // The reason is never omitted. Builds are truncated instead, or a row becomes a block of lines.
    { head: heads.builds, kind: 'text', leastWidth: 16, of: ({ builds }) => builds || '–' },
    { head: heads.reason, kind: 'text', of: ({ reason }) => reason || '–' },
  ],
  noun: 'host',
});

function buildRow({ host, days }: Exposure, words: ReportWords): ExposureRow {
  const worst = days.filter(({ answer }) => answer === 'ran' || answer === 'may');
  const [first = '', last = ''] = [worst[0]?.date, worst.at(-1)?.date];
  return {
    host,
    days: countAnswers(days),
    dates: first === last ? first : words.between(first, last),
    builds: formatBuilds({ days }, words),
    reason: getReason({ days }, words),
  };
}

export const ADVISORIES: Section = {
  id: 'advisories',
  tables: [MATRIX],
  notes: ({ words }) => [words.sections.advisories.lead],
  // Terminal and Markdown also have the days of each advisory, and their own code for both.
  places: ['page'],
};
