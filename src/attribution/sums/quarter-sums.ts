// Splits the activity period of a tool by UTC quarter hours and roles. Traffic counts at the time of its packets, and a
// request when it began, independent of the start of its flow.

import type { Role } from '../../model/catalogue-words.ts';
import { addToolSums } from '../../model/counters.ts';
import type { Mutable } from '../../model/immutable.ts';
import { compareText } from '../../net/address.ts';
import { QUARTER_SECONDS, US } from '../../time/units.ts';
import { buildEstimates, buildRequests, listActiveMinutes } from '../estimates/use-estimates.ts';
import {
  type FirstLast,
  noSpan,
  noTraffic,
  type QuarterSums,
  type QuarterTimes,
  type Traffic,
  widen,
} from './period-sums.ts';
import type { ToolChannel, ToolExchange } from './tool-in-period.ts';

const MINUTES_OF_QUARTER = 15;

interface Building {
  readonly startSeconds: number;
  readonly role: Role;
  isCarried: boolean;
  readonly traffic: Mutable<Traffic>;
  readonly all: Mutable<FirstLast>;
  readonly macs: Set<string>;
  readonly carried: Mutable<FirstLast>;
  readonly counted: ToolExchange[];
}

/** Returns the quarter hours in order of first occurrence. */
export function listQuarterSums(
  held: readonly ToolChannel[],
  counted: readonly ToolExchange[],
): QuarterSums[] {
  const quarters = new Map<string, Building>();
  for (const { channel, counts, role } of held) {
    for (const { windowSeconds, row } of channel.slices) {
      const quarter = ensureQuarter(quarters, windowSeconds, role);
      widen(quarter.all, row);
      for (const mac of row.macs) quarter.macs.add(mac);
      if (!counts) continue;
      quarter.isCarried = true;
      widen(quarter.carried, row);
      addToolSums(quarter.traffic, row);
    }
  }
  for (const held of counted)
    ensureQuarter(quarters, Math.floor(held.exchange.at.startUs / US), held.role).counted.push(held);
  return [...quarters.values()].map(finishQuarter);
}

function ensureQuarter(quarters: Map<string, Building>, seconds: number, role: Role): Building {
  const startSeconds = Math.floor(seconds / QUARTER_SECONDS) * QUARTER_SECONDS;
  const key = `${startSeconds} ${role}`;
  let quarter = quarters.get(key);
  if (quarter === undefined) {
    quarter = {
      startSeconds,
      role,
      isCarried: false,
      traffic: noTraffic(),
      all: noSpan(),
      macs: new Set(),
      carried: noSpan(),
      counted: [],
    };
    quarters.set(key, quarter);
  }
  return quarter;
}

function finishQuarter(quarter: Building): QuarterSums {
  const { startSeconds, role, isCarried, traffic, counted } = quarter;
  return {
    startSeconds,
    role,
    isCarried,
    traffic,
    estimates: buildEstimates(counted),
    minutes: collectMinutes(counted),
    times: buildTimes(quarter),
  };
}

/** Shared by all quarter hours without a request, which are most. */
const NO_MINUTES: ReadonlyMap<number, number> = new Map();

function collectMinutes(counted: readonly ToolExchange[]): ReadonlyMap<number, number> {
  if (counted.length === 0) return NO_MINUTES;
  const minutes = new Map<number, number>();
  for (const minute of listActiveMinutes(counted)) {
    const quarter = Math.floor(minute / MINUTES_OF_QUARTER) * QUARTER_SECONDS;
    minutes.set(quarter, (minutes.get(quarter) ?? 0) | (1 << (minute % MINUTES_OF_QUARTER)));
  }
  return minutes;
}

/** Lists the minutes of UTC (Unix time / 60) in the bits of a quarter hour, sorted. */
export function listMinutes(quarterSeconds: number, bits: number): number[] {
  const first = quarterSeconds / 60;
  return Array.from({ length: MINUTES_OF_QUARTER }, (_, i) => first + i).filter(
    (minute) => (bits & (1 << (minute - first))) !== 0,
  );
}

function buildTimes({ isCarried, all, carried, counted, macs: seen }: Building): QuarterTimes {
  const macs = [...seen].sort(compareText);
  const own = counted.filter(({ counts }) => counts);
  const { firstUs, lastUs } = all;
  if (!isCarried && own.length === 0) return { firstUs, lastUs, macs, carried: null };
  const modelExchanges = own.filter(
    ({ exchange }) => exchange.class === 'model' || exchange.class === 'maybe',
  );
  return {
    firstUs,
    lastUs,
    macs,
    carried: { firstUs: carried.firstUs, lastUs: carried.lastUs, asked: sumRequests(modelExchanges) },
  };
}

function sumRequests(requests: readonly ToolExchange[]): NonNullable<QuarterTimes['carried']>['asked'] {
  if (requests.length === 0) return null;
  const span = noSpan();
  for (const { exchange } of requests)
    widen(span, { firstUs: exchange.at.startUs, lastUs: exchange.at.endUs });
  return { firstUs: span.firstUs, lastUs: span.lastUs, requests: buildRequests(requests) };
}
