// Merging windows: a set known by (sensor, start, revision), and the sum of what several sensors saw at one time.

import type { UsageWindow } from '../model/usage.ts';
import { compareText } from '../net/address.ts';
import { unionAccounts } from './accounts.ts';
import { mostEntries } from './ceilings.ts';
import { firstOf } from './clash.ts';
import { unionHeard } from './heard.ts';
import { unionHellos } from './hellos.ts';
import { unionOutcomes } from './outcomes.ts';
import { unionServices } from './services.ts';
import {
  askedKey,
  EMPTY_STATS,
  mostOf,
  rebaseExchanges,
  rowKey,
  sumAsked,
  sumByKey,
  sumCounts,
  sumHosts,
  sumRows,
  sumStats,
  unionGaps,
  unionSharedMacs,
  windowKey,
} from './sums.ts';

/** By start, then sensor, then revision. */
export function compareWindows(a: UsageWindow, b: UsageWindow): number {
  return a.startSeconds - b.startSeconds || compareText(a.sensor, b.sensor) || a.revision - b.revision;
}

/**
 * Union of windows: duplicates count once, the highest revision wins; of two that clash, the same one wins in any order.
 * Associative, commutative, idempotent; [] is the identity. Sorted by start, then sensor.
 */
export function mergeWindows(...lists: readonly (readonly UsageWindow[])[]): UsageWindow[] {
  const kept = new Map<string, UsageWindow>();
  for (const list of lists) {
    for (const window of list) {
      const key = windowKey(window);
      const known = kept.get(key);
      if (known === undefined || known.revision < window.revision) kept.set(key, window);
      else if (known.revision === window.revision) kept.set(key, firstOf(known, window));
    }
  }
  return [...kept.values()].sort(compareWindows);
}

/**
 * One window for each span of time: what all sensors saw, summed, for evaluating. The sensor of a sum is the sorted list
 * of its parts, joined by '+'.
 */
export function joinWindows(windows: readonly UsageWindow[]): UsageWindow[] {
  return sumGroups(mergeWindows(windows), (window) => `${window.startSeconds} ${window.lengthSeconds}`);
}

/** Windows of one sensor summed into longer ones, aligned to UTC. `lengthSeconds` is a multiple of every length. */
export function rollUpWindows(windows: readonly UsageWindow[], lengthSeconds: number): UsageWindow[] {
  const parts = new Map<string, UsageWindow[]>();
  const moved = windows.map((window) => {
    const longer = moveWindow(window, lengthSeconds);
    const known = parts.get(windowKey(longer));
    if (known === undefined) parts.set(windowKey(longer), [window]);
    else known.push(window);
    return longer;
  });
  return sumGroups(moved, windowKey).map((sum) => {
    // A minute that is missing was not observed: the sum tells so.
    const { heard: _, ...rest } = cutToCeilings(sum);
    return { ...rest, ...unionHeard(parts.get(windowKey(sum)) ?? [], sum) };
  });
}

/** The seconds of a flood sum to more than a window may hold. Hosts with tool use are retained; dropped ones are counted. */
function cutToCeilings(window: UsageWindow): UsageWindow {
  const { hosts, rows, asked, services = [], hellos = [], account = [], lengthSeconds, stats } = window;
  const most = mostEntries(lengthSeconds);
  const longest = Math.max(
    hosts.length,
    rows.length,
    asked.length,
    services.length,
    hellos.length,
    account.length,
  );
  if (longest <= most) return window;
  const users = new Set([...rows, ...asked].map(({ host }) => host));
  const room = most - hosts.filter(({ host }) => users.has(host)).length;
  let others = 0;
  const kept = hosts.filter(({ host }) => users.has(host) || others++ < room).slice(0, most);
  const beyond = {
    hosts: hosts.length - kept.length,
    rows: Math.max(0, rows.length - most),
    asked: Math.max(0, asked.length - most),
    services: Math.max(0, services.length - most),
    hellos: Math.max(0, hellos.length - most),
    account: Math.max(0, account.length - most),
  };
  const overflow = Object.fromEntries(Object.entries(beyond).filter(([, count]) => count > 0));
  return {
    ...window,
    stats: { ...stats, overflow: sumCounts(stats.overflow ?? {}, overflow) },
    hosts: kept,
    rows: rows.slice(0, most),
    asked: asked.slice(0, most),
    ...(services.length === 0 ? {} : { services: services.slice(0, most) }),
    ...(hellos.length === 0 ? {} : { hellos: [...hellos].slice(0, most) }),
    ...(account.length === 0 ? {} : { account: [...account].slice(0, most) }),
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
  const groups = new Map<string, UsageWindow[]>();
  for (const window of windows) {
    const group = groups.get(groupOf(window));
    if (group === undefined) groups.set(groupOf(window), [window]);
    else group.push(window);
  }
  return [...groups.values()].map(sumGroup).sort(compareWindows);
}

function sumGroup(group: readonly UsageWindow[]): UsageWindow {
  const [first] = group;
  if (first === undefined) throw new RangeError('a sum of windows needs one at least');
  if (group.length === 1) return first;
  const sensors = new Set(group.flatMap((window) => window.sensor.split('+')));
  const hosts = sumByKey(
    group.map((window) => [...window.hosts]),
    (host) => host.host,
    sumHosts,
  );
  return {
    sensor: [...sensors].sort(compareText).join('+'),
    startSeconds: first.startSeconds,
    revision: mostOf(group.map((window) => window.revision)),
    lengthSeconds: first.lengthSeconds,
    stats: group.reduce((sum, window) => sumStats(sum, window.stats), EMPTY_STATS),
    hosts,
    rows: sumByKey(
      group.map((window) => window.rows),
      rowKey,
      sumRows,
    ),
    asked: sumByKey(
      group.map((window) => window.asked),
      askedKey,
      sumAsked,
    ),
    ...unionSharedMacs(group, hosts),
    ...unionServices(group),
    ...unionHellos(group),
    ...unionAccounts(group),
    ...unionHeard(group, first),
    ...unionGaps(group),
    ...unionOutcomes(group),
  };
}

/** Start of the first window and end of the last, in Unix seconds. */
export interface WindowSpan {
  readonly firstSeconds: number;
  readonly lastSeconds: number;
}

/** Null without windows. */
export function spanOf(windows: readonly UsageWindow[]): WindowSpan | null {
  if (windows.length === 0) return null;
  let firstSeconds = Number.POSITIVE_INFINITY;
  let lastSeconds = Number.NEGATIVE_INFINITY;
  for (const { startSeconds, lengthSeconds } of windows) {
    firstSeconds = Math.min(firstSeconds, startSeconds);
    lastSeconds = Math.max(lastSeconds, startSeconds + lengthSeconds);
  }
  return { firstSeconds, lastSeconds };
}
