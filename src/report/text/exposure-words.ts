// Exposure to advisories in words: a row for each host of an advisory, and a word for a row of any table.

import { computedOnce } from '../../model/computed-once.ts';
import { groupedBy } from '../../model/grouped-by.ts';
import type { AdvisoryHeader, Exposure, HostReport, ReportDocument, ToolUse } from '../../model/report.ts';
import { EXPOSURE_REASONS, type ExposureAnswer, GRAVEST_FIRST } from '../../model/words.ts';
import { uniteSpans, type VersionSpan } from '../../text/version.ts';
import { ENGLISH_WORDS } from './english-words.ts';
import type { Head } from './heads.ts';
import type { ReportWords } from './report-words.ts';

export interface ExposureRow {
  readonly host: string;
  /** Days with each answer. */
  readonly days: Readonly<Record<ExposureAnswer, number>>;
  /** Of the days on which an affected version ran or may have run; empty: there is none. */
  readonly dates: string;
  readonly builds: string;
  readonly reason: string;
}

/** The gravest first. */
export const ANSWERS: Readonly<Record<ExposureAnswer, string>> = ENGLISH_WORDS.advisories.answers;

export const exposureHeads = ({ heads }: ReportWords): readonly Head<ExposureRow>[] => [
  { head: heads.host, of: ({ host }) => host },
  { head: heads.ran, isNumber: true, of: ({ days }) => String(days.ran) },
  { head: heads.may, isNumber: true, of: ({ days }) => String(days.may) },
  { head: heads.cannotSay, isNumber: true, of: ({ days }) => String(days.cannotSay) },
  { head: heads.notSeen, isNumber: true, of: ({ days }) => String(days.notSeen) },
  { head: heads.ranOrMay, of: ({ dates }) => dates || '–' },
  { head: heads.builds, of: ({ builds }) => builds || '–' },
  { head: heads.reason, of: ({ reason }) => reason || '–' },
];

/** More ranges are counted instead of listed; JSON has all of them. */
const MAX_RANGES = 12;

function rangesText(
  spans: readonly VersionSpan[],
  { advisories: { versions, moreRanges }, listSeparator }: ReportWords,
): string {
  const left = spans.length - MAX_RANGES;
  const shown = spans.slice(0, MAX_RANGES).map(versions).join(listSeparator);
  return left <= 0 ? shown : `${shown}${moreRanges(left)}`;
}

/** "2.1.91 to 2.1.196; possibly 2.1.197". */
export function affectedText(
  { affected, possible, unmapped }: Pick<AdvisoryHeader, 'affected' | 'possible' | 'unmapped'>,
  words: ReportWords = ENGLISH_WORDS,
): string {
  const { possibly, partlyUnknown } = words.advisories;
  const sure = rangesText(affected, words);
  const maybe = possible.length === 0 ? '' : possibly(rangesText(possible, words));
  const unknown = unmapped.length === 0 ? '' : partlyUnknown;
  return [sure, maybe, unknown].filter((text) => text !== '').join(words.clauseSeparator);
}

/** One advisory over all hosts. */
export interface MatrixRow {
  readonly advisory: AdvisoryHeader;
  /** Hosts by their gravest result. */
  readonly hosts: Readonly<Record<ExposureAnswer, number>>;
  /** First and last day with the gravest result of all; null: no host used the tool. */
  readonly first: string | null;
  readonly last: string | null;
  /** Hosts whose result is *may have run* and that downloaded a release before a day with it. */
  readonly downloads: number;
}

/** Advisories by severity, then those that ran first, as the document has them. */
export function exposureMatrix(document: ReportDocument): MatrixRow[] {
  const byAdvisory = groupedBy(document.exposure ?? [], ({ advisory }) => advisory);
  return (document.advisories ?? []).map((advisory) =>
    matrixRow(advisory, byAdvisory.get(advisory.id) ?? []),
  );
}

function matrixRow(advisory: AdvisoryHeader, found: readonly Exposure[]): MatrixRow {
  const hosts = { ran: 0, may: 0, notSeen: 0, cannotSay: 0 };
  let downloads = 0;
  for (const { answer, days } of found) {
    hosts[answer]++;
    if (answer === 'may' && lastDownload(days, answer) !== undefined) downloads++;
  }
  const worst = GRAVEST_FIRST.find((answer) => hosts[answer] > 0);
  let [first, last]: [string | null, string | null] = [null, null];
  for (const one of found) {
    if (one.answer !== worst) continue;
    if (first === null || one.first < first) first = one.first;
    if (last === null || one.last > last) last = one.last;
  }
  return { advisory, hosts, first, last, downloads };
}

/** The column of downloads is absent where none is a reason. */
export const matrixHeads = (words: ReportWords, rows: readonly MatrixRow[]): readonly Head<MatrixRow>[] => {
  const { heads } = words;
  const byDownload: Head<MatrixRow> = {
    head: heads.mayByDownload,
    isNumber: true,
    of: ({ downloads }) => String(downloads),
  };
  return [
    { head: heads.severity, of: ({ advisory }) => words.advisories.severities[advisory.severity] },
    { head: heads.advisory, of: ({ advisory }) => advisory.id },
    { head: heads.tool, of: ({ advisory }) => advisory.tool },
    { head: heads.ran, isNumber: true, of: ({ hosts }) => String(hosts.ran) },
    { head: heads.may, isNumber: true, of: ({ hosts }) => String(hosts.may) },
    { head: heads.cannotSay, isNumber: true, of: ({ hosts }) => String(hosts.cannotSay) },
    { head: heads.notSeen, isNumber: true, of: ({ hosts }) => String(hosts.notSeen) },
    ...(rows.some(({ downloads }) => downloads > 0) ? [byDownload] : []),
    { head: heads.first, of: ({ first }) => first ?? '–' },
    { head: heads.last, of: ({ last }) => last ?? '–' },
    { head: heads.affected, of: ({ advisory }) => affectedText(advisory, words) },
  ];
};

/** Hosts on which an affected version ran, by severity of the advisory. */
export const hostsThatRan = (document: ReportDocument): Exposure[] =>
  (document.exposure ?? []).filter(({ answer }) => answer === 'ran');

export function exposureRows(document: ReportDocument, advisory: string, words: ReportWords): ExposureRow[] {
  return (document.exposure ?? []).filter((one) => one.advisory === advisory).map((one) => rowOf(one, words));
}

function rowOf({ host, days }: Exposure, words: ReportWords): ExposureRow {
  const worst = days.filter(({ answer }) => answer === 'ran' || answer === 'may');
  const [first = '', last = ''] = [worst[0]?.date, worst.at(-1)?.date];
  return {
    host,
    days: countsOf(days),
    dates: first === last ? first : words.between(first, last),
    builds: buildsOf({ days }, words),
    reason: reasonOf({ days }, words),
  };
}

/**
 * Of days without a matched start: the last download, which decides the answer if that is "may". Without one, why nothing can
 * be said, where that is the gravest answer. Empty without either.
 */
export function reasonOf({ days }: Pick<Exposure, 'days'>, words: ReportWords = ENGLISH_WORDS): string {
  for (const answer of GRAVEST_FIRST) {
    const date = lastDownload(days, answer);
    if (date !== undefined) return words.advisories.downloaded(date);
  }
  return days.some(({ answer }) => answer === 'ran' || answer === 'may') ? '' : reasonsOf(days, words);
}

function reasonsOf(days: Exposure['days'], words: ReportWords): string {
  const { reasons, reasonOn } = words.advisories;
  return EXPOSURE_REASONS.flatMap((reason) => {
    const count = days.filter((day) => day.reason === reason).length;
    return count === 0 ? [] : [reasonOn(reasons[reason], words.days(count))];
  }).join(words.listSeparator);
}

/** Date of the last download before days with an answer. */
const lastDownload = (days: Exposure['days'], answer: ExposureAnswer): string | undefined =>
  days.findLast((day) => day.answer === answer && day.downloaded !== undefined)?.downloaded;

/** Builds that the starts of the days with the gravest answer can have been. */
export const buildsOfAnswer = ({ answer, days }: Pick<Exposure, 'answer' | 'days'>): string =>
  buildsOf({ days: days.filter((day) => day.answer === answer) });

/** Builds that the starts of the days can have been. */
export const buildsOf = ({ days }: Pick<Exposure, 'days'>, words: ReportWords = ENGLISH_WORDS): string =>
  uniteSpans(days.flatMap(({ spans }) => spans))
    .map(words.advisories.versions)
    .join(words.listSeparator);

function countsOf(days: Exposure['days']): Record<ExposureAnswer, number> {
  const counts = { ran: 0, may: 0, cannotSay: 0, notSeen: 0 };
  for (const { answer } of days) counts[answer]++;
  return counts;
}

/** More are counted instead of named. */
const MAX_NAMED = 3;

/** Of one host and tool, the gravest answer of each advisory: "id: ran, 3 days"; null where no advisory is about the tool. */
export function exposureText(
  document: ReportDocument,
  host: string,
  tool: string,
  words: ReportWords = ENGLISH_WORDS,
): string | null {
  const { answers } = words.advisories;
  const found = exposuresOfUse(document, host, tool);
  if (found.length > MAX_NAMED) {
    const counts = GRAVEST_FIRST.map((each) => ({
      word: answers[each],
      count: found.filter(({ answer }) => answer === each).length,
    }));
    return counts
      .flatMap(({ word, count }) => (count === 0 ? [] : [`${word}: ${count}`]))
      .join(words.listSeparator);
  }
  const parts = found.map(({ advisory, answer, days }) => {
    const count = days.filter((day) => day.answer === answer).length;
    const id = (document.advisories?.length ?? 0) > 1 ? `${advisory}: ` : '';
    return `${id}${answers[answer]}${words.listSeparator}${words.days(count)}`;
  });
  return parts.length === 0 ? null : parts.join(words.clauseSeparator);
}

/** The same of a row. That of a provider stands for the tools that are only possible there: a matrix counts these hosts too. */
export function exposureOfRow(
  document: ReportDocument,
  host: Pick<HostReport, 'host' | 'tools'>,
  { tool }: Pick<ToolUse, 'tool'>,
  words: ReportWords = ENGLISH_WORDS,
): string | null {
  const own = exposureText(document, host.host, tool, words);
  if (own !== null || host.tools.some((use) => use.tool === tool)) return own;
  const possible = host.tools.filter(({ confidence }) => confidence === 'possible');
  return (
    possible.map((use) => exposureText(document, host.host, use.tool, words)).find((one) => one !== null) ??
    null
  );
}

/** About one host and tool, in the order of the document. */
export const exposuresOfUse = (document: ReportDocument, host: string, tool: string): readonly Exposure[] =>
  indexOf(document).get(`${host} ${tool}`) ?? [];

const indexOf = computedOnce(
  ({ exposure }: ReportDocument): ReadonlyMap<string, readonly Exposure[]> =>
    groupedBy(exposure ?? [], ({ host, tool }) => `${host} ${tool}`),
);
