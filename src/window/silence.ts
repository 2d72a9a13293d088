// Finds silences of a sensor while others of the fleet report: traffic that only it sees was not observed.

import type { CoverageDay } from '../model/report.ts';
import type { CaptureGap, UsageWindow } from '../model/usage.ts';
import { GAP_WORDS } from '../model/window-words.ts';
import { compareText } from '../net/address.ts';
import { formatInstant, parseInstant } from '../time/instant.ts';
import type { TimeSpan } from '../time/spans.ts';
import { QUARTER_SECONDS, US } from '../time/units.ts';
import type { Zone } from '../time/zone.ts';
import { EMPTY_STATS } from './sums.ts';

/** Windows of different sensors arrive at different times; no window is longer than this. */
const LAG_SECONDS = QUARTER_SECONDS;

export interface Silence {
  readonly sensor: string;
  readonly fromSeconds: number;
  readonly untilSeconds: number;
}

interface SensorEnd {
  readonly sensor: string;
  readonly firstSeconds: number;
  readonly lastSeconds: number;
  /** A capture may end in the middle of its last window. */
  readonly range?: TimeSpan | null;
}

/**
 * Lists the times from the last window of each sensor with a persistent name to the last window of the fleet, within the
 * span. A named sensor without windows was silent from the first window of the fleet on.
 */
export function listSilences(
  sensors: readonly SensorEnd[],
  named: ReadonlySet<string>,
  query: { readonly sinceSeconds?: number | undefined; readonly untilSeconds?: number | undefined },
): Silence[] {
  const newest = sensors.reduce((most, { lastSeconds }) => Math.max(most, lastSeconds), 0);
  const oldest = sensors.reduce((least, { firstSeconds }) => Math.min(least, firstSeconds), newest);
  const untilSeconds = Math.min(newest, query.untilSeconds ?? newest);
  const delivered = new Map(sensors.map((one) => [one.sensor, one]));
  return [...named].sort(compareText).flatMap((sensor) => {
    const { lastSeconds = oldest, range } = delivered.get(sensor) ?? {};
    const endSeconds = range == null ? lastSeconds : Math.min(lastSeconds, Math.floor(range.untilUs / US));
    const fromSeconds = Math.max(endSeconds, query.sinceSeconds ?? endSeconds);
    const isSilent = newest - lastSeconds > LAG_SECONDS && fromSeconds < untilSeconds;
    return isSilent ? [{ sensor, fromSeconds, untilSeconds }] : [];
  });
}

/** Makes a window in place of the missing ones that contains only the gap. */
export function silentWindow({ sensor, fromSeconds, untilSeconds }: Silence): UsageWindow {
  const gap: CaptureGap = { fromUs: fromSeconds * US, toUs: untilSeconds * US, reason: 'silent' };
  const key = { sensor, startSeconds: fromSeconds, revision: 0, lengthSeconds: 1 };
  return { ...key, stats: EMPTY_STATS, hosts: [], rows: [], queriedNames: [], gaps: [gap] };
}

export const isSilentWindow = ({ gaps, lengthSeconds }: UsageWindow): boolean =>
  lengthSeconds === 1 && gaps?.[0]?.reason === 'silent';

/** Adds silences to the coverage, as if their windows were included. */
export function withSilences(
  coverage: readonly CoverageDay[],
  silences: readonly Silence[],
  zone: Zone,
): CoverageDay[] {
  const days = new Map(coverage.map((day) => [day.date, day]));
  for (const { fromSeconds, untilSeconds } of silences) {
    const date = zone.dayOf(fromSeconds);
    const day = days.get(date) ?? { date, packets: 0, kernelDrops: 0, gaps: [] };
    const [from, to] = [formatInstant(fromSeconds * US), formatInstant(untilSeconds * US)];
    const reason = GAP_WORDS.silent;
    const isThere = day.gaps.some((gap) => gap.from === from && gap.to === to && gap.reason === reason);
    const gaps = isThere ? day.gaps : [...day.gaps, { from, to, reason }].sort(compareTime);
    days.set(date, { ...day, gaps });
  }
  return [...days.values()].sort((a, b) => compareText(a.date, b.date));
}

type Gap = CoverageDay['gaps'][number];

const compareTime = (a: Gap, b: Gap): number =>
  parseInstant(a.from) - parseInstant(b.from) || parseInstant(a.to ?? a.from) - parseInstant(b.to ?? b.from);
