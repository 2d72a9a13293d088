// Describes exposure to advisories: versions, reasons, and a text for a row of any table.

import { computeOnce } from '../../model/computed-once.ts';
import { EXPOSURE_REASONS, type ExposureAnswer, GRAVEST_FIRST } from '../../model/exposure-answers.ts';
import { groupBy } from '../../model/grouped-by.ts';
import type { AdvisoryHeader, Exposure, HostReport, ReportDocument, ToolUse } from '../../model/report.ts';
import { uniteSpans, type VersionSpan } from '../../text/version.ts';
import { ENGLISH_WORDS, type ReportWords } from './english-words.ts';

/** Most severe first. */
export const ANSWERS: Readonly<Record<ExposureAnswer, string>> = ENGLISH_WORDS.sections.advisories.answers;

/** Maximum version ranges in a list. More are counted; JSON contains all of them. */
const MAX_RANGES = 12;

function rangesText(spans: readonly VersionSpan[], { sections, listSeparator }: ReportWords): string {
  const left = spans.length - MAX_RANGES;
  const { versions, moreRanges } = sections.advisories;
  const shown = spans.slice(0, MAX_RANGES).map(versions).join(listSeparator);
  return left <= 0 ? shown : `${shown}${moreRanges(left)}`;
}

/** Returns "2.1.91 to 2.1.196; possibly 2.1.197". */
export function affectedText(
  { affected, possible, unmapped }: Pick<AdvisoryHeader, 'affected' | 'possible' | 'unmapped'>,
  words: ReportWords = ENGLISH_WORDS,
): string {
  const { possibly, partlyUnknown } = words.sections.advisories;
  const ranges = rangesText(affected, words);
  const maybe = possible.length === 0 ? '' : possibly(rangesText(possible, words));
  const unknown = unmapped.length === 0 ? '' : partlyUnknown;
  return [ranges, maybe, unknown].filter((text) => text !== '').join(words.clauseSeparator);
}

/**
 * Returns the last download if days have no matched start and the download determines the answer *may*. Else, if the
 * most severe answer is unknown, returns the reason. Empty otherwise.
 */
export function getReason({ days }: Pick<Exposure, 'days'>, words: ReportWords = ENGLISH_WORDS): string {
  for (const answer of GRAVEST_FIRST) {
    const date = lastDownload(days, answer);
    if (date !== undefined) return words.sections.advisories.downloaded(date);
  }
  return days.some(({ answer }) => answer === 'ran' || answer === 'may') ? '' : getReasons(days, words);
}

function getReasons(days: Exposure['days'], words: ReportWords): string {
  const { reasons, reasonOn } = words.sections.advisories;
  return EXPOSURE_REASONS.flatMap((reason) => {
    const count = days.filter((day) => day.reason === reason).length;
    return count === 0 ? [] : [reasonOn(reasons[reason], words.days(count))];
  }).join(words.listSeparator);
}

/** Returns the date of the last download before days with an answer. */
export const lastDownload = (days: Exposure['days'], answer: ExposureAnswer): string | undefined =>
  days.findLast((day) => day.answer === answer && day.downloaded !== undefined)?.downloaded;

/** Lists builds that match the starts of the days with the most severe answer. */
export const buildsOfAnswer = ({ answer, days }: Pick<Exposure, 'answer' | 'days'>): string =>
  formatBuilds({ days: days.filter((day) => day.answer === answer) });

/** Lists builds that match the starts of the days. */
export const formatBuilds = ({ days }: Pick<Exposure, 'days'>, words: ReportWords = ENGLISH_WORDS): string =>
  uniteSpans(days.flatMap(({ spans }) => spans))
    .map(words.sections.advisories.versions)
    .join(words.listSeparator);

/** Maximum advisories in a text. More are counted. */
const MAX_NAMED = 3;

/**
 * Lists, for one host and tool, the most severe answer of each advisory: "id: ran, 3 days"; null if no advisory covers
 * the tool.
 */
export function exposureText(
  document: ReportDocument,
  host: string,
  tool: string,
  words: ReportWords = ENGLISH_WORDS,
): string | null {
  const { answers } = words.sections.advisories;
  const found = exposuresOfUse(document, host, tool);
  if (found.length > MAX_NAMED) {
    const counts = GRAVEST_FIRST.map((gravity) => ({
      word: answers[gravity],
      count: found.filter(({ answer }) => answer === gravity).length,
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

/**
 * Returns the text of a row. A provider's row represents the tools that are only possible there, because a matrix
 * counts these hosts too.
 */
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
    possible.map((use) => exposureText(document, host.host, use.tool, words)).find((text) => text !== null) ??
    null
  );
}

/** Selects the exposures of one host and tool, in the order of the document. */
export const exposuresOfUse = (document: ReportDocument, host: string, tool: string): readonly Exposure[] =>
  indexOf(document).get(`${host} ${tool}`) ?? [];

const indexOf = computeOnce(
  ({ exposure }: ReportDocument): ReadonlyMap<string, readonly Exposure[]> =>
    groupBy(exposure ?? [], ({ host, tool }) => `${host} ${tool}`),
);
