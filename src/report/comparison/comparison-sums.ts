// Sums one side of a comparison and computes differences, if both sides are comparable.

import type { Change, Changes, Range, ToolUse } from '../../model/report.ts';
import { addKnown, addRanges } from '../../text/quantity.ts';

/** Facts about the whole comparison. */
export interface Comparing {
  /** Both spans were observed. */
  readonly isComparable: boolean;
  readonly areObserved: { readonly before: boolean; readonly after: boolean };
  readonly hasPolicy: boolean;
  /** All rules were in force during the whole of both spans. */
  readonly areRulesAlike: boolean;
  /** Observed days of both spans, if sums alone would be misleading; else null. */
  readonly days: { readonly before: number; readonly after: number } | null;
}

/** Estimates. If one is missing for a use, the sum lacks it, and a difference would be wrong. */
const ESTIMATES = ['activeMinutes', 'requests', 'telemetry'] as const;
type Estimate = (typeof ESTIMATES)[number];
/** A log may not count them. Then the sum is a lower bound, and a difference would be wrong. */
const BYTES = ['bytesUp', 'bytesDown'] as const;
type ByteField = (typeof BYTES)[number];

export class Sums {
  bytesUp = 0;
  bytesDown = 0;
  violations = 0;
  activeMinutes: number | null = null;
  requests: Range | null = null;
  telemetry: Range | null = null;
  readonly #missing = new Set<Estimate | ByteField>();
  #hasUse = false;

  get bytes(): number {
    return this.bytesUp + this.bytesDown;
  }

  /** True if it is certain that nothing was used. */
  get isEmpty(): boolean {
    return !this.#hasUse;
  }

  add(use: ToolUse): void {
    this.#hasUse = true;
    this.bytesUp += use.bytesUp;
    this.bytesDown += use.bytesDown;
    this.activeMinutes = addKnown(this.activeMinutes, use.activeMinutes);
    this.requests = addRanges(this.requests, use.requests);
    const { telemetry } = use;
    this.telemetry = addRanges(
      this.telemetry,
      telemetry === null ? null : { min: telemetry.min, max: telemetry.max },
    );
    for (const estimate of ESTIMATES) if (use[estimate] === null) this.#missing.add(estimate);
    for (const name of BYTES) if (use.withheld.some(({ field }) => field === name)) this.#missing.add(name);
  }

  addViolation(): void {
    this.violations++;
  }

  isWhole(figure: Estimate | ByteField): boolean {
    return !this.#missing.has(figure);
  }
}

export function buildChange(before: number, after: number, { isComparable, areObserved }: Comparing): Change {
  return {
    // Observed use is reported even with little visibility. Without observed use the value is unknown.
    before: before > 0 || areObserved.before ? before : null,
    after: after > 0 || areObserved.after ? after : null,
    difference: isComparable ? after - before : null,
  };
}

function compareBytes(field: ByteField, before: Sums, after: Sums, comparing: Comparing): Change {
  const change = buildChange(before[field], after[field], comparing);
  const areWhole = before.isWhole(field) && after.isWhole(field);
  return {
    before: before[field] === 0 && !before.isWhole(field) ? null : change.before,
    after: after[field] === 0 && !after.isWhole(field) ? null : change.after,
    difference: areWhole ? change.difference : null,
  };
}

/** Adds values per day. Not for hosts, which count once in a span of any length. */
function withDays(change: Change, { days }: Comparing): Change {
  if (days === null) return change;
  const perDay = (value: number | null, count: number): number | null =>
    value === null || count === 0 ? null : Math.round((value / count) * 100) / 100;
  return {
    ...change,
    perDay: { before: perDay(change.before, days.before), after: perDay(change.after, days.after) },
  };
}

export function buildChanges(before: Sums, after: Sums, comparing: Comparing): Changes {
  const { hasPolicy, areRulesAlike } = comparing;
  const violations = buildChange(before.violations, after.violations, comparing);
  return {
    activeMinutes: withDays(compareEstimate('activeMinutes', before, after, comparing, MINUTES), comparing),
    requests: compareEstimate('requests', before, after, comparing, RANGES),
    bytesUp: withDays(compareBytes('bytesUp', before, after, comparing), comparing),
    bytesDown: withDays(compareBytes('bytesDown', before, after, comparing), comparing),
    telemetryPayloadUp: compareEstimate('telemetry', before, after, comparing, RANGES),
    violations: hasPolicy ? (areRulesAlike ? violations : { ...violations, difference: null }) : null,
  };
}

/** The value of an estimate without any use, and its difference. */
interface Scale<T> {
  readonly none: T;
  readonly subtract: (now: T, old: T) => T;
}

const MINUTES: Scale<number> = { none: 0, subtract: (now, old) => now - old };
/** The range of a difference contains the true difference for all values in both ranges. */
const RANGES: Scale<Range> = {
  none: { min: 0, max: 0 },
  subtract: (now, old) => ({ min: now.min - old.max, max: now.max - old.min }),
};

function compareEstimate<K extends Estimate, T extends NonNullable<Sums[K]>>(
  estimate: K,
  before: Pick<Sums, 'isEmpty' | 'isWhole'> & { readonly [key in K]: T | null },
  after: typeof before,
  { isComparable, areObserved }: Comparing,
  { none, subtract }: Scale<T>,
): { readonly before: T | null; readonly after: T | null; readonly difference: T | null } {
  const value = (sums: typeof before, isObserved: boolean): T | null =>
    sums.isEmpty && isObserved ? none : sums[estimate];
  const [old, now] = [value(before, areObserved.before), value(after, areObserved.after)];
  const isWhole = before.isWhole(estimate) && after.isWhole(estimate);
  const difference = isComparable && isWhole && old !== null && now !== null ? subtract(now, old) : null;
  return { before: old, after: now, difference };
}
