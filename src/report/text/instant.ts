// Instants as people read them in a zone: with their year, unless it is the one that readers take for granted.

import type { ReportDocument } from '../../model/report.ts';
import { openZone, type Zone } from '../../time/zone.ts';

/** A zone, and the year that dates are said without; absent: dates have none. */
export interface ReaderZone extends Zone {
  readonly plainYear?: number;
}

/**
 * The zone of a report's days. The current year is taken to be that of the catalogue: the same document makes the same
 * text whatever the clock says, and dates of any other year carry it.
 */
export const readerZone = (document: ReportDocument): ReaderZone =>
  withPlainYear(document.period.timezone, document);

/** The zone in which a policy says its dates. */
export const policyZone = (document: ReportDocument): ReaderZone =>
  withPlainYear(document.policy?.timezone ?? document.period.timezone, document);

function withPlainYear(timezone: string, { catalogue }: ReportDocument): ReaderZone {
  const year = Number.parseInt(catalogue, 10);
  return Number.isNaN(year) ? openZone(timezone) : { ...openZone(timezone), plainYear: year };
}

/** Unix seconds of an RFC 3339 text of UTC, the fraction cut off. */
export function unixSeconds(instant: string): number {
  return Math.floor(Date.parse(instant) / 1000);
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

function dayParts(day: string): { readonly year: number; readonly month: number; readonly date: number } {
  const [year, month, date] = day.split('-').map(Number);
  return { year: year ?? 1970, month: month ?? 1, date: date ?? 1 };
}

function monthName(day: string): string {
  return MONTHS[dayParts(day).month - 1] ?? '';
}

/** "Jul" of "2026-07-08". */
export const shortMonth = (day: string): string => monthName(day).slice(0, 3);

/** "8 July" of "2026-07-08". */
export function formatDay(day: string): string {
  return `${dayParts(day).date} ${monthName(day)}`;
}

/** "8 July 2026". */
export function formatDate(day: string): string {
  return `${formatDay(day)} ${dayParts(day).year}`;
}

export function dayOfMonth(day: string): number {
  return dayParts(day).date;
}

/** "Wed" of "2026-07-08". */
export function weekday(day: string): string {
  return WEEKDAYS[new Date(`${day}T00:00:00Z`).getUTCDay()] ?? '';
}

export function isWeekend(day: string): boolean {
  const number = new Date(`${day}T00:00:00Z`).getUTCDay();
  return number === 0 || number === 6;
}

/** "8–14 July 2026", "30 June – 2 July 2026", "8 July 2026". */
export function formatDaySpan(first: string, last: string, dash = '–'): string {
  if (first === last) return formatDate(first);
  const a = dayParts(first);
  const b = dayParts(last);
  if (a.year !== b.year) return `${formatDate(first)} ${dash} ${formatDate(last)}`;
  if (a.month !== b.month) return `${formatDay(first)} ${dash} ${formatDate(last)}`;
  return `${a.date}${dash}${formatDate(last)}`;
}

export const daysAfter = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

export const previousDay = (day: string): string => daysAfter(day, -1);

export const nextDay = (day: string): string => daysAfter(day, 1);

/** Clock of the zone, "09:12". */
export function clockTime(instant: string, zone: Zone): string {
  const seconds = unixSeconds(instant);
  return new Date((seconds + zone.offsetAt(seconds)) * 1000).toISOString().slice(11, 16);
}

/** "8 July", or "8 July 2024" of another year than the current one. */
export function formatDayIn(day: string, { plainYear }: ReaderZone): string {
  return isPlain(day, plainYear) ? formatDay(day) : formatDate(day);
}

/** Readers take the year of the day for granted. */
export const isPlain = (day: string, plainYear: number | undefined): boolean =>
  plainYear === undefined || dayParts(day).year === plainYear;

/** "07-08" in the zone, or "2024-07-08" of another year than the current one. */
export function shortDay(instant: string, zone: ReaderZone): string {
  const day = zone.dayOf(unixSeconds(instant));
  return isPlain(day, zone.plainYear) ? day.slice(-5) : day;
}

/** "07-08 09:12" in the zone; the day as in shortDay. */
export function shortTime(instant: string, zone: ReaderZone): string {
  return `${shortDay(instant, zone)} ${clockTime(instant, zone)}`;
}

/** "10 July 09:12" in the zone; the day as in formatDayIn. */
export function longTime(instant: string, zone: ReaderZone): string {
  return `${formatDayIn(zone.dayOf(unixSeconds(instant)), zone)} ${clockTime(instant, zone)}`;
}
