// A row by days of a zone, and by quarter hours of UTC: the grain policies are judged on.

import { compareText } from '../model/address.ts';
import type { ToolDay } from '../model/report.ts';
import type { Role, UsageQuarter } from '../model/tool.ts';
import type { Zone } from '../model/zone.ts';
import { activeMinutesOf, type Counted, modelPayloadOf, requestsOf, telemetryOf } from './figures.ts';
import { GRADES } from './piece.ts';
import type { Held } from './rows.ts';
import type { Grade } from './rules.ts';

const QUARTER_SECONDS = 900;

interface DaySum {
  flows: number;
  bytesUp: number;
  bytesDown: number;
  grade: number;
  minutes: number;
}

export function daysOf(
  held: readonly Held[],
  counted: readonly Counted[],
  minutesKnown: boolean,
  zone: Zone,
): ToolDay[] {
  const days = new Map<string, DaySum>();
  const dayFor = (date: string): DaySum => {
    let day = days.get(date);
    if (day === undefined) {
      day = { flows: 0, bytesUp: 0, bytesDown: 0, grade: 0, minutes: 0 };
      days.set(date, day);
    }
    return day;
  };
  for (const { channel, grade } of held) {
    for (const { windowSeconds, row } of channel.slices) {
      const day = dayFor(zone.dayOf(windowSeconds));
      day.flows += row.flows;
      day.bytesUp += row.bytesUp;
      day.bytesDown += row.bytesDown;
      day.grade = Math.max(day.grade, GRADES.indexOf(grade));
    }
  }
  for (const minute of activeMinutesOf(counted)) {
    const day = days.get(zone.dayOf(minute * 60));
    if (day !== undefined) day.minutes++;
  }
  return [...days.entries()]
    .sort((a, b) => compareText(a[0], b[0]))
    .map(([date, day]) => ({
      date,
      activeMinutes: minutesKnown ? day.minutes : null,
      flows: day.flows,
      bytesUp: day.bytesUp,
      bytesDown: day.bytesDown,
      confidence: GRADES[day.grade] ?? 'possible',
    }));
}

interface QuarterSum {
  firstUs: number;
  lastUs: number;
  grade: number;
  flows: number;
  bytesUp: number;
  bytesDown: number;
  payloadUp: number;
  payloadDown: number;
  readonly flowsByRole: Partial<Record<Role, number>>;
  readonly payloadUpByRole: Partial<Record<Role, number>>;
  readonly counted: Counted[];
}

export function quartersOf(
  held: readonly Held[],
  counted: readonly (Counted & { readonly grade: Grade })[],
  requestsKnown: boolean,
  telemetryKnown: boolean,
): UsageQuarter[] {
  const quarters = new Map<number, QuarterSum>();
  for (const { channel, counts, grade, role } of held) {
    for (const { windowSeconds, row } of channel.slices) {
      const quarter = quarterFor(quarters, windowSeconds);
      quarter.firstUs = Math.min(quarter.firstUs, row.firstUs);
      quarter.lastUs = Math.max(quarter.lastUs, row.lastUs);
      quarter.grade = Math.max(quarter.grade, GRADES.indexOf(grade));
      if (!counts) continue;
      quarter.flows += row.flows;
      quarter.bytesUp += row.bytesUp;
      quarter.bytesDown += row.bytesDown;
      quarter.payloadUp += row.payloadUp;
      quarter.payloadDown += row.payloadDown;
      quarter.flowsByRole[role] = (quarter.flowsByRole[role] ?? 0) + row.flows;
      quarter.payloadUpByRole[role] = (quarter.payloadUpByRole[role] ?? 0) + row.payloadUp;
    }
  }
  for (const one of counted) {
    quarterFor(quarters, Math.floor(one.one.at.startUs / 1_000_000)).counted.push(one);
  }
  return [...quarters.entries()]
    .sort((a, b) => a[0] - b[0])
    .map(([startSeconds, sum]) => finished(startSeconds, sum, requestsKnown, telemetryKnown));
}

function quarterFor(quarters: Map<number, QuarterSum>, seconds: number): QuarterSum {
  const start = Math.floor(seconds / QUARTER_SECONDS) * QUARTER_SECONDS;
  let quarter = quarters.get(start);
  if (quarter === undefined) {
    quarter = {
      firstUs: Number.POSITIVE_INFINITY,
      lastUs: Number.NEGATIVE_INFINITY,
      grade: 0,
      flows: 0,
      bytesUp: 0,
      bytesDown: 0,
      payloadUp: 0,
      payloadDown: 0,
      flowsByRole: {},
      payloadUpByRole: {},
      counted: [],
    };
    quarters.set(start, quarter);
  }
  return quarter;
}

function finished(
  startSeconds: number,
  sum: QuarterSum,
  requestsKnown: boolean,
  telemetryKnown: boolean,
): UsageQuarter {
  const { grade, counted, ...rest } = sum;
  return {
    startSeconds,
    ...rest,
    confidence: GRADES[grade] ?? 'possible',
    requests: requestsKnown ? requestsOf(counted) : null,
    activeMinutes: requestsKnown ? activeMinutesOf(counted) : null,
    telemetryPayloadUp: telemetryKnown ? telemetryOf(counted).payloadUp : null,
    modelPayloadUp: requestsKnown ? modelPayloadOf(counted) : null,
  };
}
