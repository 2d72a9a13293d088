// Formats instants for people in a time zone: with the year, unless it is the reader's current one.

import type { ReportDocument } from '../../model/report.ts';
import { localTime, openZone, type Zone } from '../../time/zone.ts';

/** A time zone, and the year that dates omit; absent: dates never have one. */
export interface ReaderZone extends Zone {
  readonly plainYear?: number;
}

/**
 * Returns the time zone of a report. The current year is that of the catalogue, so that the same document gives the
 * same text at any time. Dates of other years include the year.
 */
export function readerZone({ period, catalogue }: ReportDocument): ReaderZone {
  const zone = openZone(period.timezone);
  const year = Number.parseInt(catalogue, 10);
  return Number.isNaN(year) ? zone : { ...zone, plainYear: year };
}

/** Returns the Unix seconds of an RFC 3339 text in UTC, without the fraction. */
export function unixSeconds(instant: string): number {
  return Math.floor(Date.parse(instant) / 1000);
}

export const dayOfMonth = (day: string): number => Number(day.slice(8));

export function isWeekend(day: string): boolean {
  const number = new Date(`${day}T00:00:00Z`).getUTCDay();
  return number === 0 || number === 6;
}

const daysAfter = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

export const previousDay = (day: string): string => daysAfter(day, -1);

export const nextDay = (day: string): string => daysAfter(day, 1);

/** Formats the time of day in the time zone, "09:12". */
export const clockTime = (instant: string, zone: Zone): string => secondTime(instant, zone).slice(11, 16);

/** Formats a time for comparison with logs: "2026-07-10 09:12:30". */
export const secondTime = (instant: string, zone: Zone): string => localTime(unixSeconds(instant), zone);

/** True if both ends may have the same minute, so that they are given with seconds. */
export const isShortSpan = (from: string, to: string): boolean => unixSeconds(to) - unixSeconds(from) < 300;

/** True if the day is in the year that dates omit. */
export const isPlain = (day: string, plainYear: number | undefined): boolean =>
  plainYear === undefined || Number(day.slice(0, 4)) === plainYear;
