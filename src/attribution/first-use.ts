// Finds when each host was first seen with each tool, over all records.

import type { TimestampUs } from '../time/units.ts';
import type { SummedPeriod } from './sums/period-sums.ts';

export interface FirstUse {
  readonly host: string;
  readonly tool: string;
  readonly firstUs: TimestampUs;
  /** First time of use that sums count: of tools more than possible, and of providers. Null: never. */
  readonly countedUs: TimestampUs | null;
}

export function listFirstUses(periods: readonly SummedPeriod[]): FirstUse[] {
  const uses = new Map<string, FirstUse>();
  for (const { host, sums } of periods) {
    for (const { tool, isProvider, grade, firstUs } of sums) {
      if (firstUs === null) continue;
      const key = `${tool} ${host}`;
      const existing = uses.get(key);
      const countedUs = isProvider || grade > 0 ? firstUs : null;
      uses.set(key, {
        host,
        tool,
        firstUs: Math.min(firstUs, existing?.firstUs ?? firstUs),
        countedUs: chooseEarlier(existing?.countedUs ?? null, countedUs),
      });
    }
  }
  return [...uses.values()];
}

function chooseEarlier(a: TimestampUs | null, b: TimestampUs | null): TimestampUs | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}
