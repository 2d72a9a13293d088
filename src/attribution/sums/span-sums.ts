// Sums the periods of one host and one tool over a span in memory. Stores do this in their SQL.

import { addToolSums } from '../../model/counters.ts';
import type { Mutable } from '../../model/immutable.ts';
import type { ToolFingerprint, ToolName } from '../../model/report.ts';
import type { BuildSign, UpdateTraffic } from '../../model/tool.ts';
import { compareText } from '../../net/address.ts';
import type { TimestampUs } from '../../time/units.ts';
import type { Zone } from '../../time/zone.ts';
import { addName } from '../../window/sums.ts';
import type { Estimates, Shortfall } from '../estimates/shortfall.ts';
import { addEvidence } from './evidence-items.ts';
import {
  addEstimates,
  type EvidenceSums,
  type FirstLast,
  noEstimates,
  noSpan,
  noTraffic,
  type PeriodSums,
  type Runs,
  type Traffic,
  widen,
} from './period-sums.ts';

/**
 * Sums over the periods that count: sums of a tool exclude periods in which it is only possible, unless all are;
 * their traffic is in the sums of a provider, which include all. Grade, evidence and the last time are those of all periods:
 * use that is only possible may continue the use of a tool, but does not determine its start.
 */
export interface SpanSums extends Runs {
  readonly traffic: Traffic;
  readonly estimates: Estimates;
  /** Index into GRADES of the strongest period. */
  readonly grade: number;
  readonly firstUs: TimestampUs;
  readonly lastUs: TimestampUs;
  readonly shortfall: Shortfall;
  readonly isCutByPackets: boolean;
  readonly telemetryMin: number;
  readonly isTelemetryByName: boolean;
  readonly activeMinutes: number;
  /** Sensors of all periods, sorted. */
  readonly sensors: readonly string[];
}

/** Lists of a row. Each entry occurs once, in any order. */
export interface SpanLists {
  readonly days: readonly DaySums[];
  readonly names: readonly ToolName[];
  readonly fingerprints: readonly ToolFingerprint[];
  readonly evidence: readonly EvidenceSums[];
  readonly signs: readonly BuildSign[];
  readonly updates: readonly UpdateTraffic[];
}

export interface DaySums {
  /** Dates are days of the zone, YYYY-MM-DD. */
  readonly date: string;
  readonly flows: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** Index into GRADES. */
  readonly grade: number;
  readonly activeMinutes: number;
}

/** True if a period counts in the sums of its tool. `best`: grade of the strongest period. */
export function countFlags(
  best: number,
  { grade, isProvider }: Pick<PeriodSums, 'grade' | 'isProvider'>,
): boolean {
  return grade > 0 || best === 0 || isProvider;
}

/** `all`: the periods of one host and one tool, in order of time. */
export function addPeriods(all: readonly PeriodSums[], zone: Zone): { sums: SpanSums; lists: SpanLists } {
  const grade = all.reduce((best, period) => Math.max(best, period.grade), 0);
  const counted = all.filter((period) => countFlags(grade, period));
  const countedSpan = findSpan(counted);
  const span = Number.isFinite(countedSpan.firstUs) ? countedSpan : findSpan(all);
  const minutes = buildMinutes(counted);
  return {
    sums: buildSpanSums(counted, grade, span, countBits(minutes), listSensors(all)),
    lists: {
      days: listDays(counted, minutes, zone),
      names: listNames(counted),
      fingerprints: listFingerprints(counted),
      evidence: listEvidence(all),
      signs: all.flatMap(({ builds }) => builds),
      updates: all.flatMap(({ updates }) => updates),
    },
  };
}

function findSpan(periods: readonly PeriodSums[]): Mutable<FirstLast> {
  const span = noSpan();
  for (const { firstUs, lastUs } of periods)
    if (firstUs !== null && lastUs !== null) widen(span, { firstUs, lastUs });
  return span;
}

function buildSpanSums(
  counted: readonly PeriodSums[],
  grade: number,
  { firstUs, lastUs }: FirstLast,
  activeMinutes: number,
  sensors: readonly string[],
): SpanSums {
  const shortfall: Mutable<Shortfall> = {
    lost: 0,
    payload: 0,
    payloadUp: 0,
    flows: 0,
    oneWay: 0,
    established: 0,
    uncut: 0,
    logged: 0,
    unsizedUp: 0,
    unsizedDown: 0,
    isCut: false,
  };
  const prompts = { min: 0, max: 0 };
  const [traffic, estimates] = [noTraffic(), noEstimates()];
  const sums: Mutable<SpanSums> = {
    traffic,
    estimates,
    grade,
    firstUs,
    lastUs,
    shortfall,
    prompts,
    sessions: 0,
    telemetryMin: 0,
    activeMinutes,
    isCutByPackets: false,
    isTelemetryByName: true,
    sensors,
  };
  for (const period of counted) {
    addToolSums(traffic, period.traffic);
    addEstimates(estimates, period.estimates);
    addShortfall(shortfall, period.shortfall);
    prompts.min += period.prompts.min;
    prompts.max += period.prompts.max;
    sums.sessions += period.sessions;
    sums.telemetryMin += period.telemetryMin;
    sums.isCutByPackets ||= period.isCutByPackets;
    sums.isTelemetryByName &&= period.isTelemetryByName;
  }
  return sums;
}

function listSensors(all: readonly PeriodSums[]): readonly string[] {
  const [only, second] = all;
  if (only !== undefined && second === undefined) return only.sensors;
  return [...new Set(all.flatMap(({ sensors }) => sensors))].sort(compareText);
}

function addShortfall(sum: Mutable<Shortfall>, more: Shortfall): void {
  sum.lost += more.lost;
  sum.payload += more.payload;
  sum.payloadUp += more.payloadUp;
  sum.flows += more.flows;
  sum.oneWay += more.oneWay;
  sum.established += more.established;
  sum.uncut += more.uncut;
  sum.logged += more.logged;
  sum.unsizedUp += more.unsizedUp;
  sum.unsizedDown += more.unsizedDown;
  sum.isCut ||= more.isCut;
}

/** Bits by the start of their quarter hour, with the strongest grade of the active periods in it. */
type Minutes = Map<number, { bits: number; grade: number }>;

function buildMinutes(counted: readonly PeriodSums[]): Minutes {
  const minutes: Minutes = new Map();
  for (const { quarters, grade } of counted) {
    for (const quarter of quarters) {
      for (const [start, bits] of quarter.minutes) {
        const entry = minutes.get(start) ?? { bits: 0, grade: 0 };
        minutes.set(start, { bits: entry.bits | bits, grade: Math.max(entry.grade, grade) });
      }
    }
  }
  return minutes;
}

const countBits = (minutes: Minutes): number =>
  [...minutes.values()].reduce((sum, { bits }) => sum + bitCount(bits), 0);

function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/**
 * Lists the days. Minutes count while their request was in progress, which may be after midnight although its packets are
 * before.
 */
function listDays(counted: readonly PeriodSums[], minutes: Minutes, zone: Zone): DaySums[] {
  const days = new Map<string, Mutable<DaySums>>();
  const ensureDay = (seconds: number): Mutable<DaySums> => {
    const date = zone.dayOf(seconds);
    const day = days.get(date) ?? { date, flows: 0, bytesUp: 0, bytesDown: 0, grade: 0, activeMinutes: 0 };
    days.set(date, day);
    return day;
  };
  for (const { quarters, grade } of counted) {
    for (const { startSeconds, isCarried, traffic } of quarters) {
      if (!isCarried) continue;
      const day = ensureDay(startSeconds);
      day.flows += traffic.flows;
      day.bytesUp += traffic.bytesUp;
      day.bytesDown += traffic.bytesDown;
      day.grade = Math.max(day.grade, grade);
    }
  }
  for (const [start, { bits, grade }] of minutes) {
    if (bits === 0) continue;
    const day = ensureDay(start);
    day.activeMinutes += bitCount(bits);
    day.grade = Math.max(day.grade, grade);
  }
  return [...days.values()];
}

function listEvidence(all: readonly PeriodSums[]): readonly EvidenceSums[] {
  const [only, second] = all;
  if (only !== undefined && second === undefined) return only.evidence;
  return addEvidence(all.flatMap(({ evidence }) => evidence));
}

function listNames(counted: readonly PeriodSums[]): readonly ToolName[] {
  const [only, second] = counted;
  if (only !== undefined && second === undefined) return only.names;
  const names = new Map<string, Mutable<ToolName>>();
  for (const name of counted.flatMap((period) => period.names)) {
    const existing = names.get(name.name);
    if (existing === undefined) names.set(name.name, { ...name });
    else {
      addName(existing, name);
      existing.role = name.role;
      existing.specificity = name.specificity;
    }
  }
  return [...names.values()];
}

export const fingerprintOrder = ({ ja4, ja3, alpn }: ToolFingerprint): string =>
  `${ja4} ${ja3} ${alpn.join(',')}`;

function listFingerprints(counted: readonly PeriodSums[]): readonly ToolFingerprint[] {
  const [only, second] = counted;
  if (only !== undefined && second === undefined) return only.fingerprints;
  const prints = new Map<string, ToolFingerprint>();
  for (const print of counted.flatMap((period) => period.fingerprints)) {
    const key = fingerprintOrder(print);
    prints.set(key, { ...print, flows: print.flows + (prints.get(key)?.flows ?? 0) });
  }
  return [...prints.values()];
}
