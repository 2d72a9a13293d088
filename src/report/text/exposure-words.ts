// Exposure to advisories in words: a row for each host of an advisory, and a word for a row of any table.

import type { AdvisoryHeader, Exposure, ReportDocument } from '../../model/report.ts';
import type { ExposureAnswer } from '../../model/words.ts';
import { spanText, uniteSpans } from '../../text/version.ts';
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
const ANSWERS = {
  ran: 'ran',
  may: 'may have run',
  cannotSay: 'cannot say',
  notSeen: 'not seen',
} as const satisfies Readonly<Record<ExposureAnswer, string>>;
const GRAVEST_FIRST = Object.keys(ANSWERS) as readonly ExposureAnswer[];

interface Head {
  readonly head: string;
  readonly isNumber: boolean;
  readonly of: (row: ExposureRow) => string;
}

export const EXPOSURE_HEADS: readonly Head[] = [
  { head: 'Host', isNumber: false, of: ({ host }) => host },
  { head: 'Ran', isNumber: true, of: ({ days }) => String(days.ran) },
  { head: 'May', isNumber: true, of: ({ days }) => String(days.may) },
  { head: 'Cannot say', isNumber: true, of: ({ days }) => String(days.cannotSay) },
  { head: 'Not seen', isNumber: true, of: ({ days }) => String(days.notSeen) },
  { head: 'Ran or may', isNumber: false, of: ({ dates }) => dates },
  { head: 'Builds', isNumber: false, of: ({ builds }) => builds },
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
    builds: uniteSpans(days.flatMap(({ spans }) => spans))
      .map(spanText)
      .join(', '),
  };
}

function countsOf(days: Exposure['days']): Record<ExposureAnswer, number> {
  const counts = { ran: 0, may: 0, cannotSay: 0, notSeen: 0 };
  for (const { answer } of days) counts[answer]++;
  return counts;
}

/** Of one host and tool, the gravest answer of each advisory: "id: ran, 3 days"; null where no advisory is about the tool. */
export function exposureText(document: ReportDocument, host: string, tool: string): string | null {
  const parts = exposuresOfUse(document, host, tool).map(({ advisory, answer, count }) => {
    const id = (document.advisories?.length ?? 0) > 1 ? `${advisory}: ` : '';
    return `${id}${ANSWERS[answer]}, ${plural(count, 'day')}`;
  });
  return parts.length === 0 ? null : parts.join('; ');
}

/** The gravest answer of each advisory about one host and tool, and on how many days. */
export function exposuresOfUse(
  document: ReportDocument,
  host: string,
  tool: string,
): { readonly advisory: string; readonly answer: ExposureAnswer; readonly count: number }[] {
  const found = indexOf(document).get(`${host} ${tool}`) ?? [];
  return found.map(({ advisory, days }) => {
    const counts = countsOf(days);
    const answer = GRAVEST_FIRST.find((each) => counts[each] > 0) ?? 'notSeen';
    return { advisory, answer, count: counts[answer] };
  });
}

const indexes = new WeakMap<ReportDocument, ReadonlyMap<string, readonly Exposure[]>>();

function indexOf(document: ReportDocument): ReadonlyMap<string, readonly Exposure[]> {
  const known = indexes.get(document);
  if (known !== undefined) return known;
  const index = new Map<string, Exposure[]>();
  for (const one of document.exposure ?? []) {
    const key = `${one.host} ${one.tool}`;
    index.set(key, [...(index.get(key) ?? []), one]);
  }
  indexes.set(document, index);
  return index;
}
