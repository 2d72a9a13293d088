// Makes the quarter hours of a row from period sums: policies are evaluated by quarter hour.

import { REQUEST_ROLES, type Role } from '../../model/catalogue-words.ts';
import { addToolSums } from '../../model/counters.ts';
import type { Mutable } from '../../model/immutable.ts';
import type { RoleTraffic, UsageQuarter } from '../../model/tool.ts';
import { compareText } from '../../net/address.ts';
import type { Estimates } from '../estimates/shortfall.ts';
import { GRADES } from '../evidence/item.ts';
import type { FinishedUse } from './finish-use.ts';
import {
  addEstimates,
  type FirstLast,
  noEstimates,
  noSpan,
  noTraffic,
  type PeriodSums,
  type QuarterSums,
  type Traffic,
  widen,
} from './period-sums.ts';
import { listMinutes } from './quarter-sums.ts';
import { countFlags } from './span-sums.ts';

type Known = FinishedUse['measured'];

interface RoleSum extends Mutable<Traffic>, Mutable<FirstLast> {
  asked: (Mutable<FirstLast> & { min: number; max: number }) | null;
}

interface Building extends Mutable<FirstLast> {
  readonly startSeconds: number;
  readonly isInRow: boolean;
  readonly isDoubted: boolean;
  readonly areRequestsKnown: boolean;
  grade: number;
  readonly estimates: Mutable<Estimates>;
  readonly minutes: Set<number>;
  readonly macs: Set<string>;
  readonly byRole: Map<Role, RoleSum>;
}

/** The part of a period from which quarter hours are made. */
export interface PeriodInQuarters
  extends Pick<PeriodSums, 'grade' | 'isProvider' | 'isDoubted' | 'quarters'> {
  /**
   * True if its own traffic gives estimates, which traffic of another period, for example of a log, may withhold for the
   * row.
   */
  readonly isEstimated: boolean;
}

/** `periods`: those of one host and one tool. `best`: grade of the strongest period. */
export function usageQuarters(
  periods: readonly PeriodInQuarters[],
  best: number,
  knowledge: Known,
): UsageQuarter[] {
  const quarters = new Map<string, Building>();
  for (const period of periods) {
    const isInRow = countFlags(best, period);
    const { isDoubted } = period;
    const areRequestsKnown = period.isEstimated || (isInRow && knowledge.requests);
    for (const sums of period.quarters) {
      const { startSeconds } = sums;
      addTo(ensureQuarter(quarters, { startSeconds, isInRow, isDoubted, areRequestsKnown }), sums, period);
    }
  }
  return [...quarters.values()]
    .sort(
      (a, b) =>
        a.startSeconds - b.startSeconds ||
        Number(a.isInRow) - Number(b.isInRow) ||
        Number(a.isDoubted) - Number(b.isDoubted) ||
        Number(a.areRequestsKnown) - Number(b.areRequestsKnown),
    )
    .map((quarter) => finishQuarter(quarter, { ...knowledge, requests: quarter.areRequestsKnown }));
}

function ensureQuarter(
  quarters: Map<string, Building>,
  kind: Pick<Building, 'startSeconds' | 'isInRow' | 'isDoubted' | 'areRequestsKnown'>,
): Building {
  const key = `${kind.startSeconds} ${kind.isInRow} ${kind.isDoubted} ${kind.areRequestsKnown}`;
  let quarter = quarters.get(key);
  if (quarter === undefined) {
    const sums = {
      estimates: noEstimates(),
      minutes: new Set<number>(),
      macs: new Set<string>(),
      byRole: new Map(),
    };
    quarter = { ...kind, ...noSpan(), grade: 0, ...sums };
    quarters.set(key, quarter);
  }
  return quarter;
}

function addTo(quarter: Building, sums: QuarterSums, { grade }: PeriodInQuarters): void {
  const { times } = sums;
  // A quarter hour without a packet has no evidence either.
  if (Number.isFinite(times.firstUs)) quarter.grade = Math.max(quarter.grade, grade);
  widen(quarter, times);
  for (const mac of times.macs) quarter.macs.add(mac);
  addEstimates(quarter.estimates, sums.estimates);
  for (const [start, bits] of sums.minutes)
    for (const minute of listMinutes(start, bits)) quarter.minutes.add(minute);
  if (times.carried === null) return;
  const role = quarter.byRole.get(sums.role) ?? { ...noTraffic(), ...noSpan(), asked: null };
  quarter.byRole.set(sums.role, role);
  addToolSums(role, sums.traffic);
  widen(role, times.carried);
  const { asked } = times.carried;
  if (asked === null) return;
  role.asked ??= { ...noSpan(), min: 0, max: 0 };
  widen(role.asked, asked);
  role.asked.min += asked.requests.min;
  role.asked.max += asked.requests.max;
}

function finishQuarter(quarter: Building, knowledge: Known): UsageQuarter {
  const { startSeconds, isInRow, isDoubted, firstUs, lastUs, grade, estimates, minutes, macs, byRole } =
    quarter;
  const traffic = noTraffic();
  for (const role of byRole.values()) addToolSums(traffic, role);
  const { requestsMin: min, requestsMax: max } = estimates;
  return {
    startSeconds,
    isInRow,
    ...(isDoubted ? { isDoubted } : {}),
    ...(macs.size === 0 ? {} : { macs: [...macs].sort(compareText) }),
    firstUs,
    lastUs,
    confidence: GRADES[grade] ?? 'possible',
    ...traffic,
    requests: knowledge.requests ? { min, max } : null,
    activeMinutes: knowledge.requests ? [...minutes].sort((a, b) => a - b) : null,
    telemetryPayloadUp: knowledge.telemetry ? estimates.telemetryPayloadUp : null,
    modelPayloadUp: knowledge.requests ? estimates.modelPayloadUp : null,
    byRole: Object.fromEntries([...byRole].map(([role, sum]) => [role, finishRole(role, sum, knowledge)])),
  };
}

/** Roles whose exchanges are classified into requests. */

function finishRole(role: Role, { asked, ...traffic }: RoleSum, knowledge: Known): RoleTraffic {
  if (!knowledge.requests || !REQUEST_ROLES.has(role)) return { ...traffic, requests: null };
  if (asked === null) return { ...traffic, requests: { min: 0, max: 0 } };
  const { firstUs, lastUs, min, max } = asked;
  return { ...traffic, firstUs, lastUs, requests: { min, max } };
}
