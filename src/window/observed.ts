// Observed time: when each sensor was on, derived from the windows that exist. The rule looks at no more than an hour and
// a half before and after an instant, and at sets and sums of windows only, so it is the same however captures were cut,
// merged or ordered.

import { groupBy } from '../model/grouped-by.ts';
import { DERIVED_SENSOR_NAME } from '../model/sensor.ts';
import type { CaptureGap, UsageWindow, WindowStats } from '../model/usage.ts';
import { countBefore } from '../time/sorted.ts';
import { findHull, spanLength, spansInBoth, spansWithout, type TimeSpan, uniteSpans } from '../time/spans.ts';
import { QUARTER_SECONDS, type TimestampUs, US } from '../time/units.ts';
import { findRuns, partSpan } from './heard.ts';
import { unionGaps, windowKey } from './sums.ts';

/** Observed time is derived from these fields. */
export interface WindowTimes
  extends Pick<UsageWindow, 'sensor' | 'startSeconds' | 'lengthSeconds' | 'heard' | 'gaps'> {
  readonly stats?: Pick<WindowStats, 'frames'>;
}

/** A silence of a capture up to this length is not a gap. */
const MIN_SILENCE_SECONDS = 60;
/** Longer silences are always a gap: the hour around one is no evidence for a longer time. */
const MAX_SILENCE_SECONDS = 3600;
/** Between the two a silence is a gap if it is this many times the 99th percentile of the packet intervals around it. */
const TIMES_USUAL = 20;
const USUAL_SHARE = 0.99;
/** Evaluated time on each side of a silence. */
const AROUND_SECONDS = 1800;

/** Distance outside a span within which windows affect it: a silence and the time around it. */
const REACH_SECONDS = MAX_SILENCE_SECONDS + AROUND_SECONDS + QUARTER_SECONDS;

/** Returns the span that a source must read to determine the observed time of the given span. */
export const widened = ({ sinceSeconds, untilSeconds }: QuerySpan) => ({
  ...(sinceSeconds == null ? {} : { sinceSeconds: sinceSeconds - REACH_SECONDS }),
  ...(untilSeconds == null ? {} : { untilSeconds: untilSeconds + REACH_SECONDS }),
});

/** Maximum counted packets per second: a burst is no evidence that the pause after it is unusual. */
export const MAX_FRAMES_PER_SECOND = 4;

/** The observed time of one sensor, or of all captures without a sensor name. */
export interface SensorTime {
  readonly names: ReadonlySet<string>;
  /** Times at which the sensor was on, without its gaps. */
  readonly spans: readonly TimeSpan[];
  /** From its first to its last record, gaps included. */
  readonly range: TimeSpan | null;
  readonly gaps: readonly CaptureGap[];
}

export const sensorTimes = (windows: readonly WindowTimes[]): SensorTime[] =>
  [...groupBy(windows, ({ sensor }) => DERIVED_SENSOR_NAME.exec(sensor)?.[1] ?? `= ${sensor}`).values()].map(
    buildTime,
  );

export interface SensorObserved {
  readonly observedSeconds: number;
  /** From its first to its last record in the span, gaps included; null without any. */
  readonly range: TimeSpan | null;
}

export const NOT_OBSERVED: SensorObserved = { observedSeconds: 0, range: null };

export function observedBySensor(
  windows: readonly WindowTimes[],
  requestedSpan: QuerySpan = {},
): Map<string, SensorObserved> {
  const span = {
    fromUs: (requestedSpan.sinceSeconds ?? Number.NEGATIVE_INFINITY) * US,
    untilUs: (requestedSpan.untilSeconds ?? Number.POSITIVE_INFINITY) * US,
  };
  const sensors = groupBy(windows, ({ sensor }) => sensor);
  return new Map(
    [...sensors].map(([sensor, own]) => {
      const { spans, range } = buildTime(own);
      return [
        sensor,
        {
          observedSeconds: spanLength(spansInBoth(spans, [span])) / US,
          range: range === null ? null : findHull(spansInBoth([range], [span])),
        },
      ];
    }),
  );
}

function buildTime(windows: readonly WindowTimes[]): SensorTime {
  const gaps = windows.flatMap((window) => window.gaps ?? []);
  const holes = gaps.map(({ fromUs, toUs }) => ({ fromUs, untilUs: toUs }));
  const stated = windows.flatMap((window) => (window.heard === undefined ? [partSpan(window)] : []));
  const on = uniteSpans([...stated, ...spansOfCaptures(windows)]);
  return {
    names: new Set(windows.map(({ sensor }) => sensor)),
    spans: spansWithout(on, holes),
    range: findHull([...on, ...holes]),
    gaps,
  };
}

/** Lists times within the range of a sensor that it neither observed nor declared as a gap. */
const listSilences = ({ spans, range, gaps }: SensorTime): TimeSpan[] =>
  range === null
    ? []
    : spansWithout([range], [...spans, ...gaps.map(({ fromUs, toUs }) => ({ fromUs, untilUs: toUs }))]);

/**
 * Lists times between the records of one sensor and those of the next, in which no sensor was on. The silence of a
 * sensor of a fleet has no records.
 */
function listTimesWithoutSensor(sensors: readonly SensorTime[]): TimeSpan[] {
  const rangeOf = ({ spans, gaps }: SensorTime): TimeSpan | null =>
    findHull([
      ...spans,
      ...gaps.flatMap(({ fromUs, toUs, reason }) => (reason === 'silent' ? [] : { fromUs, untilUs: toUs })),
    ]);
  const ranges = uniteSpans(sensors.flatMap((sensor) => rangeOf(sensor) ?? []));
  const whole = findHull(ranges);
  if (whole === null) return [];
  return spansWithout([whole], ranges).filter(
    ({ fromUs, untilUs }) => untilUs - fromUs > MIN_SILENCE_SECONDS * US,
  );
}

/** Returns the windows and those around them, each once. */
export function listObservedWindows(
  windows: readonly UsageWindow[],
  around: readonly WindowTimes[],
): readonly WindowTimes[] {
  if (around.length === 0) return windows;
  const own = new Set(windows.map(windowKey));
  return [...windows, ...around.filter((window) => !own.has(windowKey(window)))];
}

/** Unix seconds; null or absent: no bound. */
export interface QuerySpan {
  readonly sinceSeconds?: number | null | undefined;
  readonly untilSeconds?: number | null | undefined;
}

/** Lists the gaps in a span, sorted: those that sensors declare, and those that follow from their windows. */
export function listGaps(
  windows: readonly WindowTimes[],
  span: QuerySpan = {},
  sensors: readonly SensorTime[] = sensorTimes(windows),
): readonly CaptureGap[] {
  const silences = [...sensors.flatMap(listSilences), ...listTimesWithoutSensor(sensors)].map(
    ({ fromUs, untilUs }): CaptureGap => ({ fromUs, toUs: untilUs, reason: 'silence' }),
  );
  const sinceUs = span.sinceSeconds == null ? Number.NEGATIVE_INFINITY : span.sinceSeconds * US;
  const untilUs = span.untilSeconds == null ? Number.POSITIVE_INFINITY : span.untilSeconds * US;
  const within = [...windows.flatMap(({ gaps = [] }) => gaps), ...silences]
    .filter(({ fromUs, toUs }) => fromUs < untilUs && (toUs > fromUs ? toUs > sinceUs : toUs >= sinceUs))
    .map((gap) => ({ ...gap, fromUs: Math.max(gap.fromUs, sinceUs), toUs: Math.min(gap.toUs, untilUs) }));
  return unionGaps([{ gaps: within }]).gaps ?? [];
}

/** Lists runs of seconds with packets, joined over silences that are not gaps. */
function spansOfCaptures(windows: readonly WindowTimes[]): TimeSpan[] {
  const runs = uniteSpans(windows.flatMap((window) => findRuns(window) ?? []).map(wholeSeconds));
  const counts = new FrameCounts(windows);
  const spans: TimeSpan[] = [];
  for (const [i, run] of runs.entries()) {
    const last = spans.at(-1);
    const before = runs[i - 1];
    if (last !== undefined && before !== undefined && !isGap(runs, i, findSilence(before, run), counts))
      spans[spans.length - 1] = { fromUs: last.fromUs, untilUs: run.untilUs };
    else spans.push(run);
  }
  return spans;
}

const wholeSeconds = ({ fromUs, untilUs }: TimeSpan): TimeSpan => ({
  fromUs: Math.floor(fromUs / US) * US,
  untilUs: Math.ceil(untilUs / US) * US,
});

/** Counts the seconds between the last second with a packet and the next one. */
const findSilence = (before: TimeSpan, after: TimeSpan): number => (after.fromUs - before.untilUs) / US + 1;

/** True for a silence before run `at` in which the sensor was not shown to be on. */
function isGap(runs: readonly TimeSpan[], at: number, seconds: number, counts: FrameCounts): boolean {
  if (seconds <= MIN_SILENCE_SECONDS) return false;
  if (seconds > MAX_SILENCE_SECONDS) return true;
  return seconds > TIMES_USUAL * usualGap(runs, at, counts);
}

/** Computes the 99th percentile of packet intervals in the hour around the silence before run `at`, in seconds. */
function usualGap(runs: readonly TimeSpan[], at: number, counts: FrameCounts): number {
  const [before, after] = [runs[at - 1], runs[at]];
  if (before === undefined || after === undefined) return 0;
  const fromUs = before.untilUs - US - AROUND_SECONDS * US;
  const untilUs = after.fromUs + US + AROUND_SECONDS * US;
  const long: number[] = [];
  let seconds = 0;
  const add = (run: TimeSpan, gap: number | null): void => {
    seconds += (Math.min(run.untilUs, untilUs) - Math.max(run.fromUs, fromUs)) / US;
    if (gap !== null) long.push(gap);
  };
  for (let i = at - 1; i >= 0; i--) {
    const [run, next] = [runs[i], runs[i + 1]];
    if (run === undefined || next === undefined || run.untilUs <= fromUs) break;
    add(run, i === at - 1 ? null : findSilence(run, next));
  }
  for (let i = at; i < runs.length; i++) {
    const [run, last] = [runs[i], runs[i - 1]];
    if (run === undefined || last === undefined || run.fromUs >= untilUs) break;
    add(run, i === at ? null : findSilence(last, run));
  }
  const frames = Math.min(counts.between(fromUs, untilUs), MAX_FRAMES_PER_SECOND * seconds);
  // There is one interval less than packets, and the silence itself is one.
  const gaps = Math.max(frames, seconds) - 2;
  const short = gaps - long.length;
  const rank = Math.ceil(USUAL_SHARE * gaps);
  if (rank <= short) return 1;
  return long.sort((a, b) => a - b)[rank - short - 1] ?? 0;
}

class FrameCounts {
  readonly #windows: { readonly fromUs: TimestampUs; readonly untilUs: TimestampUs; frames: number }[];

  constructor(windows: readonly WindowTimes[]) {
    const counts = new Map<string, { fromUs: TimestampUs; untilUs: TimestampUs; frames: number }>();
    for (const window of windows) {
      if (window.heard === undefined) continue;
      const { startSeconds, lengthSeconds, stats } = window;
      const key = `${startSeconds} ${lengthSeconds}`;
      const entry = counts.get(key) ?? { ...partSpan(window), frames: 0 };
      counts.set(key, entry);
      const frames = entry.frames + (stats?.frames ?? 0);
      entry.frames = Math.min(MAX_FRAMES_PER_SECOND * lengthSeconds, frames);
    }
    this.#windows = [...counts.values()].sort((a, b) => a.fromUs - b.fromUs || a.untilUs - b.untilUs);
  }

  /** Counts the frames of windows that overlap the span, at most MAX_FRAMES_PER_SECOND per second of each. */
  between(fromUs: TimestampUs, untilUs: TimestampUs): number {
    // No window is longer than a quarter hour.
    const first = countBefore(this.#windows, (window) => window.fromUs <= fromUs - QUARTER_SECONDS * US);
    let frames = 0;
    for (let i = first; i < this.#windows.length; i++) {
      const window = this.#windows[i];
      if (window === undefined || window.fromUs >= untilUs) break;
      if (window.untilUs > fromUs) frames += window.frames;
    }
    return frames;
  }
}
