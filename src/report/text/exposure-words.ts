// Exposure to advisories in words: a row for each host of an advisory, and a word for a row of any table.

import { computedOnce } from '../../model/computed-once.ts';
import { groupedBy } from '../../model/grouped-by.ts';
import type { AdvisoryHeader, Exposure, ReportDocument } from '../../model/report.ts';
import { type ExposureAnswer, GRAVEST_FIRST } from '../../model/words.ts';
import { spanText, uniteSpans } from '../../text/version.ts';
import type { Head } from './heads.ts';
import { plural } from './quantity.ts';

export interface ExposureRow {
  readonly host: string;
  /** Days with each answer. */
  readonly days: Readonly<Record<ExposureAnswer, number>>;
  /** Of the days on which an affected version ran or may have run; empty: there is none. */
  readonly dates: string;
  readonly builds: string;
}

/** The gravest first. */
export const ANSWERS = {
  ran: 'ran',
  may: 'may have run',
  cannotSay: 'cannot say',
  notSeen: 'not seen',
} as const satisfies Readonly<Record<ExposureAnswer, string>>;

export const EXPOSURE_HEADS: readonly Head<ExposureRow>[] = [
  { head: 'Host', of: ({ host }) => host },
  { head: 'Ran', isNumber: true, of: ({ days }) => String(days.ran) },
  { head: 'May', isNumber: true, of: ({ days }) => String(days.may) },
  { head: 'Cannot say', isNumber: true, of: ({ days }) => String(days.cannotSay) },
  { head: 'Not seen', isNumber: true, of: ({ days }) => String(days.notSeen) },
  { head: 'Ran or may', of: ({ dates }) => dates || '–' },
  { head: 'Builds', of: ({ builds }) => builds || '–' },
];

/** "2.1.91 to 2.1.196; possibly 2.1.197". */
export function affectedText({
  affected,
  possible,
  unmapped,
}: Pick<AdvisoryHeader, 'affected' | 'possible' | 'unmapped'>): string {
  const sure = affected.map(spanText).join(', ');
  const maybe = possible.length === 0 ? '' : `possibly ${possible.map(spanText).join(', ')}`;
  const unknown = unmapped.length === 0 ? '' : 'versions in part unknown';
  return [sure, maybe, unknown].filter((text) => text !== '').join('; ');
}

/** One advisory over all hosts. */
export interface MatrixRow {
  readonly advisory: AdvisoryHeader;
  /** Hosts by their gravest result. */
  readonly hosts: Readonly<Record<ExposureAnswer, number>>;
  /** First and last day with the gravest result of all; null: no host used the tool. */
  readonly first: string | null;
  readonly last: string | null;
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
  for (const { answer } of found) hosts[answer]++;
  const worst = GRAVEST_FIRST.find((answer) => hosts[answer] > 0);
  let [first, last]: [string | null, string | null] = [null, null];
  for (const one of found) {
    if (one.answer !== worst) continue;
    if (first === null || one.first < first) first = one.first;
    if (last === null || one.last > last) last = one.last;
  }
  return { advisory, hosts, first, last };
}

export const MATRIX_HEADS: readonly Head<MatrixRow>[] = [
  { head: 'Severity', of: ({ advisory }) => advisory.severity },
  { head: 'Advisory', of: ({ advisory }) => advisory.id },
  { head: 'Tool', of: ({ advisory }) => advisory.tool },
  { head: 'Ran', isNumber: true, of: ({ hosts }) => String(hosts.ran) },
  { head: 'May', isNumber: true, of: ({ hosts }) => String(hosts.may) },
  { head: 'Cannot say', isNumber: true, of: ({ hosts }) => String(hosts.cannotSay) },
  { head: 'Not seen', isNumber: true, of: ({ hosts }) => String(hosts.notSeen) },
  { head: 'First', of: ({ first }) => first ?? '–' },
  { head: 'Last', of: ({ last }) => last ?? '–' },
  { head: 'Affected', of: ({ advisory }) => affectedText(advisory) },
];

/** Hosts on which an affected version ran, by severity of the advisory. */
export const hostsThatRan = (document: ReportDocument): Exposure[] =>
  (document.exposure ?? []).filter(({ answer }) => answer === 'ran');

export function exposureRows(document: ReportDocument, advisory: string): ExposureRow[] {
  return (document.exposure ?? []).filter((one) => one.advisory === advisory).map(rowOf);
}

function rowOf({ host, days }: Exposure): ExposureRow {
  const worst = days.filter(({ answer }) => answer === 'ran' || answer === 'may');
  const [first = '', last = ''] = [worst[0]?.date, worst.at(-1)?.date];
  return {
    host,
    days: countsOf(days),
    dates: first === last ? first : `${first} to ${last}`,
    builds: buildsOf({ days }),
  };
}

/** Builds that the starts of the days can have been. */
export const buildsOf = ({ days }: Pick<Exposure, 'days'>): string =>
  uniteSpans(days.flatMap(({ spans }) => spans))
    .map(spanText)
    .join(', ');

function countsOf(days: Exposure['days']): Record<ExposureAnswer, number> {
  const counts = { ran: 0, may: 0, cannotSay: 0, notSeen: 0 };
  for (const { answer } of days) counts[answer]++;
  return counts;
}

/** More are counted instead of named. */
const MAX_NAMED = 3;

/** Of one host and tool, the gravest answer of each advisory: "id: ran, 3 days"; null where no advisory is about the tool. */
export function exposureText(document: ReportDocument, host: string, tool: string): string | null {
  const found = exposuresOfUse(document, host, tool);
  if (found.length > MAX_NAMED) {
    const counts = GRAVEST_FIRST.map((each) => ({
      word: ANSWERS[each],
      count: found.filter(({ answer }) => answer === each).length,
    }));
    return counts.flatMap(({ word, count }) => (count === 0 ? [] : [`${word}: ${count}`])).join(', ');
  }
  const parts = found.map(({ advisory, answer, count }) => {
    const id = (document.advisories?.length ?? 0) > 1 ? `${advisory}: ` : '';
    return `${id}${ANSWERS[answer]}, ${plural(count, 'day')}`;
  });
  return parts.length === 0 ? null : parts.join('; ');
}

/** Of one advisory, about one host and tool. */
export const exposureOfUse = (
  document: ReportDocument,
  host: string,
  tool: string,
  advisory: string,
): Exposure | undefined =>
  indexOf(document)
    .get(`${host} ${tool}`)
    ?.find((one) => one.advisory === advisory);

/** The gravest answer of each advisory about one host and tool, and on how many days. */
function exposuresOfUse(
  document: ReportDocument,
  host: string,
  tool: string,
): (Pick<Exposure, 'advisory' | 'answer' | 'first' | 'last'> & { readonly count: number })[] {
  const found = indexOf(document).get(`${host} ${tool}`) ?? [];
  return found.map(({ advisory, answer, first, last, days }) => ({
    ...{ advisory, answer, first, last },
    count: days.filter((day) => day.answer === answer).length,
  }));
}

const indexOf = computedOnce(
  ({ exposure }: ReportDocument): ReadonlyMap<string, readonly Exposure[]> =>
    groupedBy(exposure ?? [], ({ host, tool }) => `${host} ${tool}`),
);
