// Instants as people read them in a zone: with their year, unless it is the one that readers take for granted.

import type { ReportDocument } from '../../model/report.ts';
import { localTime, openZone, type Zone } from '../../time/zone.ts';

/** A zone, and the year that dates are said without; absent: dates have none. */
export interface ReaderZone extends Zone {
  readonly plainYear?: number;
}

/**
 * The one zone of a report. The current year is taken to be that of the catalogue: the same document makes the same
 * text whatever the clock says, and dates of any other year carry it.
 */
export function readerZone({ period, catalogue }: ReportDocument): ReaderZone {
  const zone = openZone(period.timezone);
  const year = Number.parseInt(catalogue, 10);
  return Number.isNaN(year) ? zone : { ...zone, plainYear: year };
}

/** Unix seconds of an RFC 3339 text of UTC, the fraction cut off. */
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

/** Clock of the zone, "09:12". */
export const clockTime = (instant: string, zone: Zone): string => secondTime(instant, zone).slice(11, 16);

/** For comparison with logs: "2026-07-10 09:12:30". */
export const secondTime = (instant: string, zone: Zone): string => localTime(unixSeconds(instant), zone);

/** Readers take the year of the day for granted. */
export const isPlain = (day: string, plainYear: number | undefined): boolean =>
  plainYear === undefined || Number(day.slice(0, 4)) === plainYear;
