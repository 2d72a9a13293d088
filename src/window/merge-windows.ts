// Merges windows as a set with the key (sensor, start, revision), and sums windows of several sensors.

import { mostEntries } from '../model/ceilings.ts';
import { findMaximum } from '../model/extremes.ts';
import { addTo, groupBy } from '../model/grouped-by.ts';
import type { UsageWindow } from '../model/usage.ts';
import { compareText } from '../net/address.ts';
import { keepLatest } from './clash.ts';
import { unionHeard } from './heard.ts';
import { unionParts } from './host-parts.ts';
import {
  EMPTY_STATS,
  getHost,
  queriedNameKey,
  rebaseExchanges,
  rowKey,
  sumByKey,
  sumCounts,
  sumHosts,
  sumQueriedName,
  sumRows,
  sumStats,
  unionFlaws,
  unionGaps,
  unionSharedMacs,
  windowKey,
} from './sums.ts';

/** Windows are sorted by start, then sensor, then revision. */
export function compareWindows(a: UsageWindow, b: UsageWindow): number {
  return a.startSeconds - b.startSeconds || compareText(a.sensor, b.sensor) || a.revision - b.revision;
}

/**
 * Returns the union of windows: duplicates count once, the highest revision wins; of two clashing ones, the same wins in
 * any order.
 * Time that only a replaced window observed is a gap.
 * Associative, commutative, idempotent; [] is the identity. Sorted by start, then sensor.
 */
export function mergeWindows(...lists: readonly (readonly UsageWindow[])[]): UsageWindow[] {
  const latest = new Map<string, UsageWindow>();
  for (const list of lists) {
    for (const window of list) {
      const key = windowKey(window);
      const existing = latest.get(key);
      latest.set(key, existing === undefined ? window : keepLatest(existing, window));
    }
  }
  return [...latest.values()].sort(compareWindows);
}

/**
 * Returns one window per span of time, for evaluation: the sum over all sensors. The sensor of a sum is the sorted list
 * of its parts, joined by '+'.
 */
export function joinWindows(windows: readonly UsageWindow[]): UsageWindow[] {
  return sumGroups(mergeWindows(windows), (window) => `${window.startSeconds} ${window.lengthSeconds}`);
}

/** Sums windows of one sensor into longer ones, aligned to UTC. `lengthSeconds` is a multiple of every length. */
export function rollUpWindows(windows: readonly UsageWindow[], lengthSeconds: number): UsageWindow[] {
  const parts = new Map<string, UsageWindow[]>();
  const moved = windows.map((window) => {
    const longer = moveWindow(window, lengthSeconds);
    addTo(parts, windowKey(longer), window);
    return longer;
  });
  return sumGroups(moved, windowKey).map((sum) => {
    // A missing minute was not observed, so the sum states the observed time.
    const { heard: _, ...rest } = cutToCeilings(sum);
    return { ...rest, ...unionHeard(parts.get(windowKey(sum)) ?? [], sum) };
  });
}

/** Lists whose limit depends on the length of the window, in addition to hosts. */
const CUT_LISTS = ['rows', 'queriedNames', 'services', 'hellos', 'account'] as const;

/**
 * Limits a sum: short windows of a flood add up to more than a window may contain. Hosts with tool use are kept; dropped
 * ones are counted.
 */
function cutToCeilings(window: UsageWindow): UsageWindow {
  const { hosts, lengthSeconds, stats } = window;
  const most = mostEntries(lengthSeconds);
  const lists = CUT_LISTS.map((name) => [name, window[name] ?? []] as const);
  if (hosts.length <= most && lists.every(([, list]) => list.length <= most)) return window;
  const users = new Set([...window.rows, ...window.queriedNames].map(getHost));
  const spare = most - hosts.filter(({ host }) => users.has(host)).length;
  let others = 0;
  const largest = hosts.filter(({ host }) => users.has(host) || others++ < spare).slice(0, most);
  const cut = lists.filter(([, list]) => list.length > most);
  const beyond = [
    ...(largest.length < hosts.length ? [['hosts', hosts.length - largest.length] as const] : []),
    ...cut.map(([name, list]) => [name, list.length - most] as const),
  ];
  return {
    ...window,
    stats: { ...stats, overflow: sumCounts(stats.overflow ?? {}, Object.fromEntries(beyond)) },
    hosts: largest,
    ...Object.fromEntries(cut.map(([name, list]) => [name, [...list].slice(0, most)])),
  };
}

function moveWindow(window: UsageWindow, lengthSeconds: number): UsageWindow {
  const startSeconds = Math.floor(window.startSeconds / lengthSeconds) * lengthSeconds;
  const shiftMs = (window.startSeconds - startSeconds) * 1000;
  if (shiftMs === 0) return { ...window, lengthSeconds };
  const rows = window.rows.map((row) => ({ ...row, exchanges: rebaseExchanges(row.exchanges, shiftMs) }));
  return { ...window, startSeconds, lengthSeconds, rows };
}

function sumGroups(windows: readonly UsageWindow[], groupOf: (window: UsageWindow) => string): UsageWindow[] {
  const groups = groupBy(windows, (window) => groupOf(window));
  return [...groups.values()].map(sumGroup).sort(compareWindows);
}

function sumGroup(group: readonly UsageWindow[]): UsageWindow {
  const [first] = group;
  if (first === undefined) throw new RangeError('a sum of windows needs one at least');
  if (group.length === 1) return first;
  const sensors = new Set(group.flatMap((window) => window.sensor.split('+')));
  const hosts = sumByKey(
    group.map((window) => window.hosts),
    getHost,
    sumHosts,
  );
  return {
    sensor: [...sensors].sort(compareText).join('+'),
    startSeconds: first.startSeconds,
    revision: findMaximum(group.map((window) => window.revision)),
    lengthSeconds: first.lengthSeconds,
    stats: group.reduce((sum, window) => sumStats(sum, window.stats), EMPTY_STATS),
    hosts,
    rows: sumByKey(
      group.map((window) => window.rows),
      rowKey,
      sumRows,
    ),
    queriedNames: sumByKey(
      group.map((window) => window.queriedNames),
      queriedNameKey,
      sumQueriedName,
    ),
    ...unionSharedMacs(group, hosts),
    ...unionParts(group),
    ...unionHeard(group, first),
    ...unionGaps(group),
    ...unionFlaws(group),
  };
}

/** Start of the first window and end of the last, in Unix seconds. */
export interface WindowSpan {
  readonly firstSeconds: number;
  readonly lastSeconds: number;
}

/** Returns the span of windows; null without windows. */
export function findSpan(windows: readonly UsageWindow[]): WindowSpan | null {
  if (windows.length === 0) return null;
  let firstSeconds = Number.POSITIVE_INFINITY;
  let lastSeconds = Number.NEGATIVE_INFINITY;
  for (const { startSeconds, lengthSeconds } of windows) {
    firstSeconds = Math.min(firstSeconds, startSeconds);
    lastSeconds = Math.max(lastSeconds, startSeconds + lengthSeconds);
  }
  return { firstSeconds, lastSeconds };
}
