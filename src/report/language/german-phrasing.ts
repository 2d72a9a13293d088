// How German writes dates, times, amounts and lists.

import { formatCount, plural } from '../../text/quantity.ts';
import { clockTime, isPlain, type ReaderZone, unixSeconds } from '../text/instant.ts';
import { listIn, type Phrasing, quantitiesIn } from '../text/phrasing.ts';

const MONTHS = [
  'Januar',
  'Februar',
  'März',
  'April',
  'Mai',
  'Juni',
  'Juli',
  'August',
  'September',
  'Oktober',
  'November',
  'Dezember',
] as const;

const WEEKDAYS = ['So', 'Mo', 'Di', 'Mi', 'Do', 'Fr', 'Sa'] as const;

const parts = (day: string): readonly [string, number, number] => {
  const [year = '', month, number] = day.split('-');
  return [year, Number(month), Number(number)];
};
const dayOf = (day: string): string => {
  const [, month, number] = parts(day);
  return `${number}. ${MONTHS[month - 1] ?? ''}`;
};
const date = (day: string): string => `${dayOf(day)} ${parts(day)[0]}`;
const dayIn = (day: string, { plainYear }: ReaderZone): string =>
  isPlain(day, plainYear) ? dayOf(day) : date(day);
const time = (instant: string, zone: ReaderZone): string =>
  `${dayIn(zone.dayOf(unixSeconds(instant)), zone)} ${clockTime(instant, zone)}`;

/** "08.07.", or "08.07.2024" of another year than the current one. */
function shortDay(instant: string, zone: ReaderZone): string {
  const day = zone.dayOf(unixSeconds(instant));
  const [year, month, number] = day.split('-');
  return `${number}.${month}.${isPlain(day, zone.plainYear) ? '' : year}`;
}

/** "8.–14. Juli 2026", "30. Juni bis 2. Juli 2026". */
function span(first: string, last: string): string {
  if (first === last) return date(first);
  const [[firstYear, firstMonth, number], [lastYear, lastMonth]] = [parts(first), parts(last)];
  if (firstYear !== lastYear) return `${date(first)} bis ${date(last)}`;
  return firstMonth === lastMonth ? `${number}.–${date(last)}` : `${dayOf(first)} bis ${date(last)}`;
}

export const GERMAN_PHRASING: Phrasing = {
  ...quantitiesIn((digits) => digits.replace('.', ',')),
  tag: 'de',
  fullStop: '. ',
  listSeparator: ', ',
  clauseSeparator: '; ',
  date,
  day: dayOf,
  dayIn,
  span,
  time,
  days: (amount) => plural(amount, 'Tag', 'Tage'),
  weekday: (day) => WEEKDAYS[new Date(`${day}T00:00:00Z`).getUTCDay()] ?? '',
  month: (day) => (MONTHS[parts(day)[1] - 1] ?? '').slice(0, 3),
  shortDay,
  shortTime: (instant, zone) => `${shortDay(instant, zone)} ${clockTime(instant, zone)}`,
  between: (from, to) => `${from} bis ${to}`,
  and: (names) => listIn(names, ', ', ' und '),
  andMore: (names, more) => `${names.join(', ')}${more > 0 ? ` und ${formatCount(more)} weitere` : ''}`,
};
