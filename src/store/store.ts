// What every store of windows does: the interface that .usage files, folders of them and DuckDB share.

import { WiretallyError } from '../model/errors.ts';
import type { UsageWindow } from '../model/usage.ts';
import { compareText } from '../net/address.ts';
import { formatInstant } from '../time/instant.ts';
import { DAY_SECONDS, US } from '../time/units.ts';
import { CLASH_NEXT, clashesAmong } from '../window/clash.ts';
import { leastOf, mostOf } from '../window/sums.ts';
import type { Attributor } from './attributor.ts';
import type { Span } from './span.ts';

/** A half-open span of time; windows that begin in it are meant. Absent: no bound. */
export interface WindowQuery {
  readonly sinceSeconds?: number | undefined;
  readonly untilSeconds?: number | undefined;
}

export interface PutResult {
  /** Windows that were not there in any revision. */
  readonly added: number;
  /** Windows of which a lower revision was there. */
  readonly replaced: number;
  /** Windows that were there already, or in a higher revision. */
  readonly ignored: number;
  /** Of those ignored, windows that say something else than the one of their revision that is there. Only where there are. */
  readonly clashes?: readonly UsageWindow[];
}

export interface StoreInfo {
  readonly kind: 'usageFile' | 'usageFolder' | 'duckdb' | 'clickhouse';
  readonly path: string;
  readonly windows: number;
  /** Sorted. */
  readonly sensors: readonly string[];
  /** Start of the first window and end of the last; null in an empty store. */
  readonly firstSeconds: number | null;
  readonly lastSeconds: number | null;
  /** Bytes on disk. */
  readonly bytes: number;
  /** Windows that were looked into for damage, the newest; a store without end is not read to its end. */
  readonly checked: number;
  /** What could not be read: STORE_DAMAGED with file and offset. What is whole was read. */
  readonly damage: readonly WiretallyError[];
}

/** What a prune deleted, and that it is gone. */
export interface PruneProof {
  readonly beforeSeconds: number;
  /** Whose windows were meant, sorted; null: those of all sensors. */
  readonly sensors: readonly string[] | null;
  readonly deletedWindows: number;
  /** SHA-256 over the sorted keys (sensor, start, revision) of what was deleted: names it without holding it. */
  readonly deletedKeysSha256: string;
  readonly keptWindows: number;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Windows of these sensors before `beforeSeconds` that a fresh look at the disk found afterwards: 0, or the prune has failed. */
  readonly foundAfterwards: number;
}

export interface CompactResult {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Files to which damaged bytes were set aside. */
  readonly setAside: readonly string[];
}

/** One of so many parts of all hosts, counted from 1. Their number may be another one each time. */
export interface Shard {
  readonly part: number;
  readonly of: number;
}

export interface MadeSums {
  /** Activity periods that were made, or made anew. */
  readonly periods: number;
  readonly wasPending: boolean;
}

export interface WindowsRead {
  readonly windows: UsageWindow[];
  /** STORE_DAMAGED with file and place, one for each stretch that is left out. */
  readonly damage: WiretallyError[];
}

export interface WindowSpan {
  readonly firstSeconds: number;
  readonly lastSeconds: number;
}

/** What a store holds of one sensor. */
export interface SensorSpan {
  readonly sensor: string;
  readonly windows: number;
  /** Start of the first window and end of the last. */
  readonly firstSeconds: number;
  readonly lastSeconds: number;
  /** All windows together. */
  readonly coveredSeconds: number;
  readonly packets: number;
  readonly kernelDrops: number;
}

export interface Store {
  /**
   * Keeps windows. When it resolves they are on disk, whatever happens to the process or to the machine. Putting a
   * window again changes nothing, a higher revision replaces a lower one. Throws STORE_WRITE, STORE_BUSY.
   */
  put(windows: readonly UsageWindow[]): Promise<PutResult>;
  /** The windows, of each the highest revision, sorted by start and sensor. */
  windows(query?: WindowQuery): Promise<UsageWindow[]>;
  /** The same, with what of it could not be read. */
  read(query?: WindowQuery): Promise<WindowsRead>;
  /** Start of the first window and end of the last; null in an empty store. */
  span(): Promise<WindowSpan | null>;
  info(): Promise<StoreInfo>;
  /** Of the windows of a span. Sorted by name. */
  sensors(query?: WindowQuery): Promise<SensorSpan[]>;
  /** Deletes the windows that end before or at a time, from the disk too: of some sensors, or of all (null). */
  prune(beforeSeconds: number, sensors: readonly string[] | null): Promise<PruneProof>;
  /** Gives back the room of replaced revisions; damaged bytes are set aside in a file of their own. */
  compact(): Promise<CompactResult>;
  /** Makes of the windows what questions are answered from, where there is time for it. */
  settle?(): Promise<void>;
  /**
   * Makes all period sums that are pending, of one shard of the hosts; not there where none are kept. Whatever was made
   * when the process is killed is whole. Throws STORE_WRITE; USAGE where one process does all.
   */
  attribute?(attributor: Attributor, shard: Shard): Promise<MadeSums>;
  close(): Promise<void>;
}

export function sensorSpans(windows: readonly UsageWindow[]): SensorSpan[] {
  const sensors = new Map<string, SensorSpan>();
  for (const { sensor, startSeconds, lengthSeconds, stats } of windows) {
    const known = sensors.get(sensor);
    const end = startSeconds + lengthSeconds;
    sensors.set(sensor, {
      sensor,
      windows: (known?.windows ?? 0) + 1,
      firstSeconds: Math.min(known?.firstSeconds ?? startSeconds, startSeconds),
      lastSeconds: Math.max(known?.lastSeconds ?? end, end),
      coveredSeconds: (known?.coveredSeconds ?? 0) + lengthSeconds,
      packets: (known?.packets ?? 0) + stats.packets,
      kernelDrops: (known?.kernelDrops ?? 0) + stats.kernelDrops,
    });
  }
  return [...sensors.values()].sort((a, b) => compareText(a.sensor, b.sensor));
}

/** What a put says of windows of known revisions that say something else. */
export const withClashes = (result: PutResult, clashes: readonly UsageWindow[]): PutResult =>
  clashes.length === 0 ? result : { ...result, clashes };

/** Of windows whose revision is there, those that say something else; day by day, so that few are in memory at once. */
export async function clashesWith(
  windows: readonly UsageWindow[],
  read: (span: Span) => Promise<WindowsRead>,
): Promise<UsageWindow[]> {
  const days = new Map<number, UsageWindow[]>();
  for (const window of windows) {
    const day = Math.floor(window.startSeconds / DAY_SECONDS);
    const list = days.get(day);
    if (list === undefined) days.set(day, [window]);
    else list.push(window);
  }
  const clashes: UsageWindow[] = [];
  for (const ofDay of days.values()) {
    const starts = ofDay.map(({ startSeconds }) => startSeconds);
    const there = await read({ from: leastOf(starts), to: mostOf(starts) + 1 });
    clashes.push(...clashesAmong([...there.windows, ...ofDay]));
  }
  return clashes;
}

/** For whoever reads windows of several places. */
export function clashError(where: string, { sensor, startSeconds, revision }: UsageWindow): WiretallyError {
  const at = formatInstant(startSeconds * US);
  return new WiretallyError(
    'STORE_DAMAGED',
    `${where}: the window of ${sensor} at ${at} (revision ${revision}) is there twice and says different things: one of them is not of this sensor`,
    { where, next: CLASH_NEXT },
  );
}

export function isWithin(window: UsageWindow, query: WindowQuery): boolean {
  if (query.sinceSeconds !== undefined && window.startSeconds < query.sinceSeconds) return false;
  return query.untilSeconds === undefined || window.startSeconds < query.untilSeconds;
}

/** True when all of the window lies before the time. */
export function endsBy(window: UsageWindow, seconds: number): boolean {
  return window.startSeconds + window.lengthSeconds <= seconds;
}
