// A row by quarter hours of UTC: the grain policies are judged on. Traffic is where its packets were, and a request where
// it began, whenever its flow was opened.

import type { Role, RoleTraffic, UsageQuarter } from '../model/tool.ts';
import { activeMinutesOf, modelPayloadOf, requestsOf, telemetryOf } from './figures.ts';
import { GRADES } from './piece.ts';
import type { Held, HeldExchange } from './rows.ts';
import type { Grade } from './rules.ts';

const QUARTER_SECONDS = 900;

/** What the row knows: where it withholds an estimate, its quarter hours do as well. */
export interface Known {
  readonly requests: boolean;
  readonly telemetry: boolean;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface RoleSum extends Mutable<Omit<RoleTraffic, 'requests'>> {
  readonly counted: HeldExchange[];
}

interface QuarterSum {
  readonly startSeconds: number;
  readonly isInRow: boolean;
  firstUs: number;
  lastUs: number;
  grade: number;
  readonly byRole: Map<Role, RoleSum>;
  readonly counted: HeldExchange[];
}

/** `isInRow` tells of the grade of a stay whether the row counts it. */
export function quartersOf(
  held: readonly Held[],
  counted: readonly HeldExchange[],
  isInRow: (grade: Grade) => boolean,
  known: Known,
): UsageQuarter[] {
  const quarters = new Map<string, QuarterSum>();
  const quarterFor = (seconds: number, grade: Grade): QuarterSum => {
    const startSeconds = Math.floor(seconds / QUARTER_SECONDS) * QUARTER_SECONDS;
    return quarterIn(quarters, startSeconds, isInRow(grade));
  };
  for (const { channel, counts, grade, role } of held) {
    for (const { windowSeconds, row } of channel.slices) {
      const quarter = quarterFor(windowSeconds, grade);
      quarter.firstUs = Math.min(quarter.firstUs, row.firstUs);
      quarter.lastUs = Math.max(quarter.lastUs, row.lastUs);
      quarter.grade = Math.max(quarter.grade, GRADES.indexOf(grade));
      if (counts) addTraffic(roleIn(quarter, role), row);
    }
  }
  for (const one of counted) {
    const quarter = quarterFor(Math.floor(one.one.at.startUs / 1_000_000), one.grade);
    quarter.counted.push(one);
    if (one.counts) roleIn(quarter, one.role).counted.push(one);
  }
  return [...quarters.values()]
    .sort((a, b) => a.startSeconds - b.startSeconds || Number(a.isInRow) - Number(b.isInRow))
    .map((sum) => finished(sum, known));
}

function quarterIn(quarters: Map<string, QuarterSum>, startSeconds: number, isInRow: boolean): QuarterSum {
  const key = `${startSeconds} ${isInRow}`;
  let quarter = quarters.get(key);
  if (quarter === undefined) {
    quarter = {
      startSeconds,
      isInRow,
      firstUs: Number.POSITIVE_INFINITY,
      lastUs: Number.NEGATIVE_INFINITY,
      grade: 0,
      byRole: new Map(),
      counted: [],
    };
    quarters.set(key, quarter);
  }
  return quarter;
}

function roleIn({ byRole }: QuarterSum, role: Role): RoleSum {
  let sum = byRole.get(role);
  if (sum === undefined) {
    sum = {
      firstUs: Number.POSITIVE_INFINITY,
      lastUs: Number.NEGATIVE_INFINITY,
      flows: 0,
      bytesUp: 0,
      bytesDown: 0,
      payloadUp: 0,
      payloadDown: 0,
      counted: [],
    };
    byRole.set(role, sum);
  }
  return sum;
}

function addTraffic(sum: RoleSum, row: Held['channel']['slices'][number]['row']): void {
  sum.firstUs = Math.min(sum.firstUs, row.firstUs);
  sum.lastUs = Math.max(sum.lastUs, row.lastUs);
  sum.flows += row.flows;
  sum.bytesUp += row.bytesUp;
  sum.bytesDown += row.bytesDown;
  sum.payloadUp += row.payloadUp;
  sum.payloadDown += row.payloadDown;
}

function finished(sum: QuarterSum, known: Known): UsageQuarter {
  const { startSeconds, isInRow, firstUs, lastUs, grade, byRole, counted } = sum;
  const total = (field: 'flows' | 'bytesUp' | 'bytesDown' | 'payloadUp' | 'payloadDown'): number =>
    [...byRole.values()].reduce((all, role) => all + role[field], 0);
  return {
    startSeconds,
    isInRow,
    firstUs,
    lastUs,
    confidence: GRADES[grade] ?? 'possible',
    flows: total('flows'),
    bytesUp: total('bytesUp'),
    bytesDown: total('bytesDown'),
    payloadUp: total('payloadUp'),
    payloadDown: total('payloadDown'),
    requests: known.requests ? requestsOf(counted) : null,
    activeMinutes: known.requests ? activeMinutesOf(counted) : null,
    telemetryPayloadUp: known.telemetry ? telemetryOf(counted).payloadUp : null,
    modelPayloadUp: known.requests ? modelPayloadOf(counted) : null,
    byRole: Object.fromEntries([...byRole].map(([role, one]) => [role, roleTraffic(role, one, known)])),
  };
}

/** Roles whose exchanges are told apart into requests. */
const REQUESTED: ReadonlySet<Role> = new Set(['inference', 'relay']);

function roleTraffic(role: Role, sum: RoleSum, known: Known): RoleTraffic {
  const { counted, firstUs, lastUs, ...traffic } = sum;
  if (!known.requests || !REQUESTED.has(role)) return { ...traffic, firstUs, lastUs, requests: null };
  const asked = counted.filter(({ one }) => one.class === 'model' || one.class === 'maybe');
  return {
    ...traffic,
    firstUs: asked.length === 0 ? firstUs : Math.min(...asked.map(({ one }) => one.at.startUs)),
    lastUs: asked.length === 0 ? lastUs : Math.max(...asked.map(({ one }) => one.at.endUs)),
    requests: requestsOf(asked),
  };
}
