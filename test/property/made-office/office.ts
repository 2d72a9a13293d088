// Builds windows of the office from recorded starts, with the ground truth: builds by day.
import type { UsageRow, UsageWindow } from '../../../src/model/usage.ts';
import { compareVersions } from '../../../src/text/version.ts';
import { seeded } from '../judged-recordings.ts';
import { DAYS, FIRST_DAY, HOSTS, type MadeHost } from './plan.ts';
import { type RecordedStart, type Surroundings, startRows, starts, useRows } from './starts.ts';

const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3600;
const WINDOW_SECONDS = 900;
/** A day of absence. */
const AWAY = 0.1;

export interface MadeOffice {
  readonly windows: readonly UsageWindow[];
  /** Builds that ran, by host and day. */
  readonly truth: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;
}

export const hostAddress = (index: number): string => `10.50.0.${index + 1}`;

export function makeOffice(seed: number): MadeOffice {
  const truth = new Map<string, Map<string, Set<string>>>();
  const rows = new Map<number, UsageRow[]>();
  for (const [index, plan] of HOSTS.entries()) {
    const days = new Map<string, Set<string>>();
    const random = seeded(seed * 1000 + index);
    const surroundings: Surroundings = {
      host: hostAddress(index),
      isProxied: plan.isProxied === true,
      keeps: () => random() >= (plan.lost ?? 0),
    };
    for (const { atSeconds, start, isStart } of workOf(plan, random)) {
      const windowSeconds = atSeconds - (atSeconds % WINDOW_SECONDS);
      const made = isStart
        ? startRows(start, atSeconds, windowSeconds, surroundings)
        : useRows(start, atSeconds, windowSeconds, surroundings);
      rows.set(windowSeconds, [...(rows.get(windowSeconds) ?? []), ...made]);
      const date = dayOf(atSeconds);
      days.set(date, (days.get(date) ?? new Set()).add(start.build));
    }
    truth.set(surroundings.host, days);
  }
  return { windows: [...rows].map(([startSeconds, list]) => windowOf(startSeconds, list)), truth };
}

interface Work {
  readonly atSeconds: number;
  readonly start: RecordedStart;
  readonly isStart: boolean;
}

function* workOf(plan: MadeHost, random: () => number): Iterable<Work> {
  const first = Date.parse(`${FIRST_DAY}T00:00:00Z`) / 1000;
  let turn = 0;
  for (let day = 0; day < DAYS; day++) {
    const midnight = first + day * DAY_SECONDS;
    const weekday = new Date(midnight * 1000).getUTCDay();
    if (weekday === 0 || weekday === 6 || random() < AWAY) continue;
    // Minutes that no two hosts share, in the middle of a window.
    const at = (hour: number): number =>
      midnight + hour * HOUR_SECONDS + 900 * Math.floor(random() * 3) + 60 + Math.floor(random() * 600);
    const { as, behind } = plan.later !== undefined && dayOf(midnight) >= plan.later.from ? plan.later : plan;
    const updated = plan.updatesOn === undefined ? 0 : (weekday - plan.updatesOn + 7) % 7;
    const way = as[turn++ % as.length] ?? 'p1';
    const build = (ago: number): RecordedStart => pickStart(plan, way, behind, midnight - ago * DAY_SECONDS);
    if (plan.begins === 'evening') {
      yield { atSeconds: at(22), start: build(0), isStart: true };
      for (const hour of [23, 24, 25]) yield { atSeconds: at(hour), start: build(0), isStart: false };
      continue;
    }
    if (plan.begins === 'monday') {
      const start = build((weekday - 1 + 7) % 7);
      if (weekday === 1) yield { atSeconds: at(9), start, isStart: true };
      for (const hour of [11, 15]) yield { atSeconds: at(hour), start, isStart: false };
      continue;
    }
    // Daily updaters work until noon with the newest build of the previous day.
    const isDaily = plan.updatesOn === undefined;
    const [morning, afternoon] = [build(updated + (isDaily ? 1 : 0)), build(updated)];
    yield { atSeconds: at(9), start: morning, isStart: true };
    yield { atSeconds: at(10), start: morning, isStart: false };
    yield { atSeconds: at(14), start: afternoon, isStart: true };
    yield { atSeconds: at(16), start: afternoon, isStart: false };
    if (plan.beside !== undefined)
      yield { atSeconds: at(18), start: pickStart(plan, 'p1', plan.beside, midnight), isStart: true };
  }
}

/** The newest build N days earlier, among those with such a recording. */
function pickStart(plan: MadeHost, way: string, behind: number | string, daySeconds: number): RecordedStart {
  const there = typeof behind === 'number' ? dayOf(daySeconds - behind * DAY_SECONDS) : dayOf(daySeconds);
  const found = starts
    .filter(({ line, as, built }) => line === (plan.line ?? 'linux-x64') && as === way && built <= there)
    .filter(({ build }) => typeof behind === 'number' || compareVersions(build, behind) <= 0)
    .sort((a, b) => compareVersions(a.build, b.build))
    .at(-1);
  if (found === undefined) throw new Error(`${plan.about}: no start of ${behind} as ${way}`);
  return found;
}

const dayOf = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10);

function windowOf(startSeconds: number, rows: readonly UsageRow[]): UsageWindow {
  return {
    sensor: 'office',
    startSeconds,
    revision: 0,
    lengthSeconds: WINDOW_SECONDS,
    stats: {
      ...{ packets: 0, bytes: 0, flows: 0, hellosComplete: 0, hellosIncomplete: 0, snaplenCut: 0 },
      ...{ evictedFlows: 0, kernelDrops: 0, malformed: {} },
    },
    hosts: [],
    rows,
    queriedNames: [],
  };
}
