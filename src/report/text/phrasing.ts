// How a language writes dates, times, amounts and lists, and how its sentences end.

import { formatBytes, formatCount, formatShare, plural } from '../../text/quantity.ts';
import {
  formatDate,
  formatDay,
  formatDayIn,
  formatDaySpan,
  longTime,
  type ReaderZone,
  shortDay,
  shortMonth,
  shortTime,
  weekday,
} from './instant.ts';

/** Day texts are YYYY-MM-DD. */
export interface Phrasing extends Quantities {
  /** BCP 47. */
  readonly tag: string;
  readonly fullStop: string;
  readonly listSeparator: string;
  /** Between parts of a sentence. */
  readonly clauseSeparator: string;
  date(day: string): string;
  day(day: string): string;
  /** With its year unless readers take that for granted. */
  dayIn(day: string, zone: ReaderZone): string;
  span(first: string, last: string): string;
  time(instant: string, zone: ReaderZone): string;
  days(count: number): string;
  /** For narrow columns. */
  weekday(day: string): string;
  month(day: string): string;
  shortDay(instant: string, zone: ReaderZone): string;
  shortTime(instant: string, zone: ReaderZone): string;
  /** Both ends are texts. */
  between(from: string, to: string): string;
  /** "a, b and c". */
  and(names: readonly string[]): string;
  /** "a, b and 3 more". */
  andMore(names: readonly string[], more: number): string;
}

export interface Quantities {
  /** Digits with a decimal point, as the language writes them. */
  amount(digits: string): string;
  bytes(bytes: number): string;
  /** Of a share of 0 to 1. */
  share(share: number): string;
}

export const quantitiesIn = (amount: (digits: string) => string): Quantities => ({
  amount,
  bytes: (bytes) => amount(formatBytes(bytes)),
  share: (share) => amount(formatShare(share)),
});

export const listIn = (names: readonly string[], separator: string, last: string): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(separator)}${last}${names.at(-1) ?? ''}`;

export const ENGLISH_PHRASING: Phrasing = {
  ...quantitiesIn((digits) => digits),
  tag: 'en',
  fullStop: '. ',
  listSeparator: ', ',
  clauseSeparator: '; ',
  date: formatDate,
  day: formatDay,
  dayIn: formatDayIn,
  span: (first, last) => formatDaySpan(first, last),
  time: longTime,
  days: (count) => plural(count, 'day'),
  weekday,
  month: shortMonth,
  shortDay,
  shortTime,
  between: (from, to) => `${from} to ${to}`,
  and: (names) => listIn(names, ', ', ' and '),
  andMore: (names, more) => `${names.join(', ')}${more > 0 ? ` and ${formatCount(more)} more` : ''}`,
};
