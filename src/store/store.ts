// Defines the interface of all stores of windows: .usage files, folders of them, DuckDB, and stores on servers.

import { errorAt, type WiretallyError } from '../model/errors.ts';
import { findMaximum, findMinimum } from '../model/extremes.ts';
import { addTo } from '../model/grouped-by.ts';
import type { UsageWindow } from '../model/usage.ts';
import { compareText } from '../net/address.ts';
import { formatInstant } from '../time/instant.ts';
import { DAY_SECONDS, US } from '../time/units.ts';
import { CLASH_NEXT, listClashes } from '../window/clash.ts';
import type { WindowSpan } from '../window/merge-windows.ts';
import {
  listObservedWindows,
  NOT_OBSERVED,
  observedBySensor,
  type SensorObserved,
  type WindowTimes,
} from '../window/observed.ts';
import { windowKey } from '../window/sums.ts';
import type { Attributor } from './attributor.ts';
import type { PruneProof } from './deletion-proof.ts';
import type { Span } from './span.ts';

export type { WindowSpan };

/** Selects windows that begin in a half-open span. An absent bound is open. */
export interface WindowQuery {
  readonly sinceSeconds?: number | undefined;
  readonly untilSeconds?: number | undefined;
}

export interface PutResult {
  readonly added: number;
  /** Windows that replaced a lower revision. */
  readonly replaced: number;
  /** Windows that were present in the same or a higher revision. */
  readonly ignored: number;
  /** Ignored windows with another content in the same revision. Absent without any. */
  readonly clashes?: readonly UsageWindow[];
}

export interface StoreInfo {
  /** Name of the kind of store: usageFile, usageFolder, duckdb, or that of a server. */
  readonly kind: string;
  readonly path: string;
  readonly windows: number;
  /** Sorted. */
  readonly sensors: readonly string[];
  /** Start of the first window and end of the last; null in an empty store. */
  readonly firstSeconds: number | null;
  readonly lastSeconds: number | null;
  readonly bytes: number;
  /** Number of newest windows checked for damage; large stores are not read completely. */
  readonly checked: number;
  /** Read errors: STORE_DAMAGED with file and offset. Intact windows were read. */
  readonly damage: readonly WiretallyError[];
}

export interface CompactResult {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Files to which damaged bytes were set aside. */
  readonly setAside: readonly string[];
}

/** Maximum number of parts in which hosts are shared. */
export const MAX_SHARDS = 256;

/** One of N parts of all hosts, counted from 1. N may differ in each run. */
export interface Shard {
  readonly part: number;
  readonly of: number;
}

export interface ComputedSums {
  /** Activity periods that were computed. */
  readonly periods: number;
  readonly wasPending: boolean;
}

export interface WindowsRead {
  readonly windows: UsageWindow[];
  /** STORE_DAMAGED with file and place, one for each skipped range. */
  readonly damage: WiretallyError[];
}

/** Content of a store by sensor. */
export interface SensorSpan extends SensorObserved {
  readonly sensor: string;
  readonly windows: number;
  /** Start of the first window and end of the last. */
  readonly firstSeconds: number;
  readonly lastSeconds: number;
  readonly packets: number;
  readonly kernelDrops: number;
}

export interface Store {
  /**
   * Puts windows. They are on disk when it resolves. Putting a
   * window again changes nothing, a higher revision replaces a lower one. Throws STORE_WRITE, STORE_BUSY.
   */
  put(windows: readonly UsageWindow[]): Promise<PutResult>;
  /** Reads the windows in their highest revision, sorted by start and sensor. */
  windows(query?: WindowQuery): Promise<UsageWindow[]>;
  /** Reads the windows, and lists read errors. */
  read(query?: WindowQuery): Promise<WindowsRead>;
  /** Start of the first window and end of the last; null in an empty store. */
  span(): Promise<WindowSpan | null>;
  info(): Promise<StoreInfo>;
  /** Lists the content of a span by sensor, sorted by name. */
  sensors(query?: WindowQuery): Promise<SensorSpan[]>;
  /** Deletes the windows that end before or at a time, from the disk too: of some sensors, or of all (null). */
  prune(beforeSeconds: number, sensors: readonly string[] | null): Promise<PruneProof>;
  /** Frees the space of replaced revisions; moves damaged bytes to a separate file. */
  compact(): Promise<CompactResult>;
  /** Computes data for queries in idle time. */
  settle?(): Promise<void>;
  /**
   * Computes all pending period sums of one shard of the hosts; absent in stores without sums. A killed run
   * leaves only complete steps. Throws STORE_WRITE; USAGE where shards are not supported.
   */
  attribute?(attributor: Attributor, shard: Shard): Promise<ComputedSums>;
  close(): Promise<void>;
}

/** Windows around a part, and the requested span. */
export interface BeyondSpan {
  readonly around?: readonly WindowTimes[];
  readonly requestedSpan?: WindowQuery;
}

export function sensorSpans(
  windows: readonly UsageWindow[],
  { around = [], requestedSpan = {} }: BeyondSpan = {},
): SensorSpan[] {
  const observed = observedBySensor(listObservedWindows(windows, around), requestedSpan);
  const sensors = new Map<string, SensorSpan>();
  for (const { sensor, startSeconds, lengthSeconds, stats } of windows) {
    const existing = sensors.get(sensor);
    const end = startSeconds + lengthSeconds;
    sensors.set(sensor, {
      sensor,
      windows: (existing?.windows ?? 0) + 1,
      firstSeconds: Math.min(existing?.firstSeconds ?? startSeconds, startSeconds),
      lastSeconds: Math.max(existing?.lastSeconds ?? end, end),
      ...(observed.get(sensor) ?? NOT_OBSERVED),
      packets: (existing?.packets ?? 0) + stats.packets,
      kernelDrops: (existing?.kernelDrops ?? 0) + stats.kernelDrops,
    });
  }
  return [...sensors.values()].sort((a, b) => compareText(a.sensor, b.sensor));
}

/** Lists the first and last second of each sensor, if they are outside of the read windows. */
export const listEdges = (
  sensors: readonly Pick<SensorSpan, 'sensor' | 'firstSeconds' | 'lastSeconds'>[],
  wide: WindowQuery,
): WindowTimes[] =>
  sensors.flatMap(({ sensor, firstSeconds, lastSeconds }) =>
    [firstSeconds, lastSeconds - 1]
      .filter((startSeconds) => !isWithin({ startSeconds }, wide))
      .map((startSeconds) => ({ sensor, startSeconds, lengthSeconds: 1 })),
  );

/** Sorts windows by the revisions in a store, which are given by `windowKey`. */
export function selectByRevision(
  windows: readonly UsageWindow[],
  revisions: ReadonlyMap<string, number>,
): Readonly<Record<'added' | 'replacing' | 'same', UsageWindow[]>> {
  const stored = (window: UsageWindow): number | undefined => revisions.get(windowKey(window));
  return {
    added: windows.filter((window) => stored(window) === undefined),
    replacing: windows.filter((window) => (stored(window) ?? Number.POSITIVE_INFINITY) < window.revision),
    same: windows.filter((window) => stored(window) === window.revision),
  };
}

/** `clashes`: windows with stored revisions and other content. */
export function putResult(
  given: readonly UsageWindow[],
  { added, replacing }: Readonly<Record<'added' | 'replacing', readonly UsageWindow[]>>,
  clashes: readonly UsageWindow[],
): PutResult {
  const [some, others] = [added.length, replacing.length];
  const counts = { added: some, replaced: others, ignored: given.length - some - others };
  return clashes.length === 0 ? counts : { ...counts, clashes };
}

/** Compares windows with stored ones of the same revision, day by day to bound memory. */
export async function findClashes(
  windows: readonly UsageWindow[],
  read: (span: Span) => Promise<WindowsRead>,
): Promise<UsageWindow[]> {
  const days = new Map<number, UsageWindow[]>();
  for (const window of windows) {
    const day = Math.floor(window.startSeconds / DAY_SECONDS);
    addTo(days, day, window);
  }
  const clashes: UsageWindow[] = [];
  for (const ofDay of days.values()) {
    const starts = ofDay.map(({ startSeconds }) => startSeconds);
    const there = await read({ from: findMinimum(starts), to: findMaximum(starts) + 1 });
    clashes.push(...listClashes([...there.windows, ...ofDay]));
  }
  return clashes;
}

/** Builds the error for a clash, for readers of several stores. */
export function clashError(where: string, { sensor, startSeconds, revision }: UsageWindow): WiretallyError {
  const at = formatInstant(startSeconds * US);
  return errorAt(
    'STORE_DAMAGED',
    where,
    `the window of ${sensor} at ${at} (revision ${revision}) is there twice and says different things: one of them is not of this sensor`,
    { next: CLASH_NEXT },
  );
}

export function isWithin(window: Pick<UsageWindow, 'startSeconds'>, query: WindowQuery): boolean {
  if (query.sinceSeconds !== undefined && window.startSeconds < query.sinceSeconds) return false;
  return query.untilSeconds === undefined || window.startSeconds < query.untilSeconds;
}

/** True when the whole window lies before the time. */
export function endsBy(window: UsageWindow, seconds: number): boolean {
  return window.startSeconds + window.lengthSeconds <= seconds;
}
