// Days that no capture can be of: the clock of a sensor was wrong, or its windows are forged. What is drawn by days leaves
// them out, since one window would stretch every axis over centuries; what was seen on them stays in the rows.

import type { CoverageDay } from '../../model/report.ts';
import { DAY_SECONDS } from '../../time/units.ts';
import type { Zone } from '../../time/zone.ts';

/** No sensor of this program is older. */
const EARLIEST_DAY = '2000-01-01';
/** A program is used so long after its catalogue was made, at most. */
const MAX_YEARS_AHEAD = 10;
/** A part of a history stands alone where so long nothing was seen before and after it, … */
const ALONE_DAYS = 366;
/** … and is an error where the largest part has so many times its days. */
const ERROR_RATIO = 100;

const DAY_MS = DAY_SECONDS * 1000;

export interface DateSpan {
  readonly since: number;
  readonly until: number;
}

export interface DaysByClock {
  readonly right: readonly CoverageDay[];
  readonly wrong: readonly CoverageDay[];
}

/** Of days in order. Where none can be right, no day tells which are wrong. */
export function daysByClock(coverage: readonly CoverageDay[], catalogue: string): DaysByClock {
  const madeIn = Number(/^\d{4}/.exec(catalogue)?.[0] ?? 2100 - MAX_YEARS_AHEAD);
  const latest = `${madeIn + MAX_YEARS_AHEAD}-12-31`;
  const isPossible = ({ date }: CoverageDay): boolean => date >= EARLIEST_DAY && date <= latest;
  const parts = partsOf(coverage.filter(isPossible));
  const largest = Math.max(0, ...parts.map(({ length }) => length));
  const right = new Set(parts.filter(({ length }) => length * ERROR_RATIO > largest).flat());
  if (right.size === 0) return { right: coverage, wrong: [] };
  return { right: [...right], wrong: coverage.filter((day) => !right.has(day)) };
}

/** Days without a long silence between them. */
function partsOf(days: readonly CoverageDay[]): CoverageDay[][] {
  const parts: CoverageDay[][] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const day of days) {
    const at = Date.parse(day.date);
    const part = parts.at(-1);
    if (part === undefined || at - last > ALONE_DAYS * DAY_MS) parts.push([day]);
    else part.push(day);
    last = at;
  }
  return parts;
}

/** A span of windows by the days that can be right: an edge that lies in another moves to the nearest of these. */
export function rightSpan(span: DateSpan, { right, wrong }: DaysByClock, zone: Zone): DateSpan {
  const [first, last] = [right[0], right.at(-1)];
  if (wrong.length === 0 || first === undefined || last === undefined) return span;
  const afterLast = new Date(Date.parse(last.date) + DAY_MS).toISOString().slice(0, 10);
  return {
    since: Math.max(span.since, zone.startOfDay(first.date)),
    until: Math.min(span.until, zone.startOfDay(afterLast)),
  };
}
