// A fleet from a seeded generator: sensors, each with its own hosts, and windows of some weeks, some of them
// corrected later.

import { makeHost, makeQuarter, makeRow, QUARTER, START } from '../bench/made-windows.ts';
import { Random } from '../bench/random.ts';
import type { UsageWindow } from '../src/model/usage.ts';

export interface FleetSize {
  readonly sensors: number;
  readonly days: number;
  /** Quarter hours of each day, from 08:00 UTC. */
  readonly quarters: number;
  readonly hosts: number;
  readonly seed: number;
}

export interface MadeSensor {
  readonly sensor: string;
  readonly windows: readonly UsageWindow[];
  /** Late revisions of some of them: larger or smaller. */
  readonly late: readonly UsageWindow[];
}

const DAY = 86_400;
const MORNING = 8 * 3600;
/** One window of this many is corrected later. */
const CORRECTED = 12;

export function makeFleet({ sensors, days, quarters, hosts, seed }: FleetSize): MadeSensor[] {
  return Array.from({ length: sensors }, (_, number) => {
    const sensor = `site-${number + 1}`;
    const random = new Random(seed + number);
    const make = (startSeconds: number, revision: number, most: number): UsageWindow => {
      const startUs = startSeconds * 1_000_000;
      const present = Array.from({ length: 1 + random.below(most) }, (_, i) => i);
      const totals = present.map((host) => {
        const address = `10.${number}.0.${host + 1}`;
        return makeHost(
          { host: address, mac: macOf(number, host), name: `dev-${number}-${host}` },
          startUs,
          random,
        );
      });
      const rows = present.map((host) =>
        makeRow(`10.${number}.0.${host + 1}`, host, startUs, { random, exchanges: 4 }),
      );
      return { ...makeQuarter(startSeconds, totals, rows), sensor, revision };
    };
    const starts = Array.from({ length: days * quarters }, (_, i) => {
      const day = Math.floor(i / quarters);
      return START + day * DAY + MORNING + (i % quarters) * QUARTER;
    });
    const windows = starts.map((start) => make(start, 0, hosts));
    const late = starts.flatMap((start) =>
      random.below(CORRECTED) === 0
        ? [make(start, 1 + random.below(2), random.below(2) === 0 ? 1 : hosts)]
        : [],
    );
    return { sensor, windows, late };
  });
}

function macOf(sensor: number, host: number): string {
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  return `02:00:00:${hex(sensor)}:00:${hex(host)}`;
}

/** The same in another order. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const [a, b] = [order[i], order[j]];
    if (a !== undefined && b !== undefined) [order[i], order[j]] = [b, a];
  }
  return order;
}
