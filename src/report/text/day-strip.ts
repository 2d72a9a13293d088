// Draws the strip of days next to a row: one character per day, in steps that the legend explains, with marks for bans.

import type { CoverageDay, HostReport, ReportDocument, ToolUse } from '../../model/report.ts';
import type { Cell } from '../../text/text-layout.ts';
import { DAY_MS } from '../../time/units.ts';
import { dayNumber, type Zone } from '../../time/zone.ts';
import { ENGLISH_WORDS } from './english-words.ts';
import { type ReaderZone, unixSeconds } from './instant-text.ts';
import type { Glyphs } from './render-options.ts';

/** Maximum days of a strip on a narrow line. Longer spans put several days into one character. */
const NARROW_STRIP = 100;
const signsFor = (width: number): number => (width < NARROW_STRIP ? 10 : width < 180 ? 31 : 62);
const MINUTES_PER_STEP = 16;
const FIRST_BYTE_STEP = 16_384;
const BYTE_FACTOR = 4;

export interface DayAxis {
  readonly days: ReportDays;
  readonly daysPerSign: number;
  /** Its head has months only, because a narrow line is too short for more. */
  readonly hasShortHead: boolean;
  /** The year after the days, if it is not the current one; else empty. */
  readonly year: string;
  /** Minutes if any row has them, else bytes: never both in one table. */
  readonly measure: 'minutes' | 'bytes';
  /** Signs with an observed day. */
  readonly observed: ReadonlySet<number>;
}

/** False if sensors were only silent on this day. Days without windows have no coverage. */
export const isObservedDay = ({ packets, gaps }: CoverageDay): boolean => packets > 0 || gaps.length === 0;

/**
 * Days in the report's time zone that its period contains. It is not a list, because windows may be thousands of years
 * apart.
 */
export interface ReportDays {
  /** YYYY-MM-DD; empty without days. */
  readonly first: string;
  readonly last: string;
  readonly count: number;
}

const NO_DAYS: ReportDays = { first: '', last: '', count: 0 };
/** Returns the index of the part that contains the day. Each part has `daysPerPart` days. */
export const dayPart = ({ first }: ReportDays, daysPerPart: number, day: string): number =>
  Math.floor((dayNumber(day) - dayNumber(first)) / daysPerPart);

export function listParts({ first, count }: ReportDays, daysPerPart: number): string[] {
  return Array.from({ length: Math.ceil(count / daysPerPart) }, (_, i) =>
    new Date(Date.parse(first) + i * daysPerPart * DAY_MS).toISOString().slice(0, 10),
  );
}

export function reportDays(document: ReportDocument, zone: Zone): ReportDays {
  const { since, until } = document.period;
  if (since === null || until === null) return NO_DAYS;
  const first = zone.dayOf(unixSeconds(since));
  const last = zone.dayOf(Math.max(unixSeconds(since), unixSeconds(until) - 1));
  return { first, last, count: dayNumber(last) - dayNumber(first) + 1 };
}

/** Returns minutes if any use has them. */
export function formatMeasure({ hosts }: ReportDocument): 'minutes' | 'bytes' {
  const areKnown = hosts.some(({ tools, providers }) =>
    [...tools, ...providers].some(({ activeMinutes }) => activeMinutes !== null),
  );
  return areKnown ? 'minutes' : 'bytes';
}

export function dayAxis(document: ReportDocument, zone: ReaderZone, width: number): DayAxis {
  const days = reportDays(document, zone);
  const signs = signsFor(width);
  const hasShortHead = width < NARROW_STRIP && days.count > signs;
  const daysPerSign = Math.max(1, Math.ceil(days.count / (hasShortHead ? signs - 1 : signs)));
  const observed = document.coverage
    .filter(isObservedDay)
    .map(({ date }) => dayPart(days, daysPerSign, date));
  return {
    days,
    daysPerSign,
    observed: new Set(observed),
    hasShortHead,
    year: formatYear(days, zone),
    measure: formatMeasure(document),
  };
}

function formatYear({ first, last }: ReportDays, { plainYear }: ReaderZone): string {
  const years = [...new Set([first, last].map((day) => day.slice(0, 4)))];
  return plainYear === undefined || years.every((year) => Number(year) === plainYear) ? '' : years.join('-');
}

/** Draws the strip of one row. Every row has the marks of all bans, so that the columns are aligned. */
export function dayStrip(
  axis: DayAxis,
  host: HostReport,
  use: ToolUse,
  banDays: ReadonlySet<string>,
  glyphs: Glyphs,
): Cell {
  const signs = Array.from({ length: Math.ceil(axis.days.count / axis.daysPerSign) }, () => ({
    amount: 0,
    seen: false,
    isPresent: false,
    isBan: false,
  }));
  const signFor = (day: string) => signs[dayPart(axis.days, axis.daysPerSign, day)];
  for (const day of use.days) {
    const on = signFor(day.date);
    if (on === undefined) continue;
    on.amount += computeAmount(axis, day);
    on.seen = true;
  }
  for (const day of host.presence) {
    const on = signFor(day);
    if (on !== undefined) on.isPresent = true;
  }
  for (const day of banDays) {
    const on = signFor(day);
    if (on !== undefined) on.isBan = true;
  }
  const parts: { text: string; role: 'plain' | 'mark' }[] = [];
  for (const [i, { amount, seen, isPresent, isBan }] of signs.entries()) {
    if (i > 0 && isBan) parts.push({ text: glyphs.banMark, role: 'mark' });
    const days = Math.min(axis.daysPerSign, axis.days.count - i * axis.daysPerSign);
    const unseen = isPresent ? glyphs.dot : axis.observed.has(i) ? ' ' : glyphs.unobserved;
    parts.push({ text: seen ? chooseSign(axis, amount / days, glyphs) : unseen, role: 'plain' });
  }
  return { text: parts.map((part) => part.text).join(''), parts };
}

function computeAmount(axis: DayAxis, day: ToolUse['days'][number]): number {
  return axis.measure === 'minutes' ? (day.activeMinutes ?? 0) : day.bytesUp + day.bytesDown;
}

function chooseSign(axis: DayAxis, amount: number, glyphs: Glyphs): string {
  const step =
    axis.measure === 'minutes'
      ? Math.ceil(amount / MINUTES_PER_STEP)
      : 1 + Math.floor(Math.log(Math.max(1, amount / FIRST_BYTE_STEP)) / Math.log(BYTE_FACTOR));
  return glyphs.steps[Math.min(glyphs.steps.length, Math.max(1, step)) - 1] ?? '';
}

/** Returns the head of the column: "8-14 JUL", "1 APR-19 JUL", or "APR-JUL" in a narrow column. */
export function stripHead(axis: DayAxis): string {
  const { first, last, count } = axis.days;
  if (count === 0) return '';
  const month = (day: string): string => ENGLISH_WORDS.month(day).toUpperCase();
  const number = (day: string): string => String(Number(day.slice(8)));
  const text =
    axis.hasShortHead && month(first) !== month(last)
      ? `${month(first)}-${month(last)}`
      : first.slice(0, 7) === last.slice(0, 7)
        ? `${number(first)}-${number(last)} ${month(first)}`
        : `${number(first)} ${month(first)}-${number(last)} ${month(last)}`;
  return axis.year === '' ? text : `${text} ${axis.year}`;
}

export function stripLegend(axis: DayAxis, hasBan: boolean, glyphs: Glyphs): string {
  const low = glyphs.steps[0] ?? '';
  const high = glyphs.steps.at(-1) ?? '';
  const unit = axis.daysPerSign === 1 ? 'per day' : `per day, ${axis.daysPerSign} days a sign`;
  const what =
    axis.measure === 'minutes'
      ? `active minutes ${unit}, ${low} to ${high} for 16 to 128`
      : `traffic ${unit}, ${low} below 64 kB, each step four times the one before, ${high} from 256 MB`;
  const ban = hasBan ? `; ${glyphs.banMark} marks the ban` : '';
  const signs = Array.from({ length: Math.ceil(axis.days.count / axis.daysPerSign) }, (_, sign) => sign);
  const isPartial = signs.some((sign) => !axis.observed.has(sign));
  const unobserved = isPartial ? `, ${glyphs.unobserved} not observed` : '';
  return `${stripHead(axis)}: ${what}; ${glyphs.dot} none seen, blank: host not on the network${unobserved}${ban}.`;
}
