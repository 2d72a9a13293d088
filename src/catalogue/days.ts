// A row by days of its zone.

import { compareText } from '../model/address.ts';
import type { ToolDay } from '../model/report.ts';
import type { Zone } from '../model/zone.ts';
import { activeMinutesOf } from './figures.ts';
import { GRADES } from './piece.ts';
import type { Held, HeldExchange } from './rows.ts';

interface DaySum {
  flows: number;
  bytesUp: number;
  bytesDown: number;
  grade: number;
  minutes: number;
}

export function daysOf(
  held: readonly Held[],
  counted: readonly HeldExchange[],
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
  // Minutes are where their request was under way: that may be after the midnight before which its packets are.
  for (const minute of activeMinutesOf(counted)) dayFor(zone.dayOf(minute * 60)).minutes++;
  for (const grade of new Set(counted.map((one) => one.grade))) {
    for (const minute of activeMinutesOf(counted.filter((one) => one.grade === grade))) {
      const day = dayFor(zone.dayOf(minute * 60));
      day.grade = Math.max(day.grade, GRADES.indexOf(grade));
    }
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
