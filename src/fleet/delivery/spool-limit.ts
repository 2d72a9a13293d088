// Keeps a spool within its size limit: deletes days that every destination has received, oldest first; if that
// is not enough, deletes undelivered days and records the loss for each destination.

import { rmSync, type Stats, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from '../../files/error-code.ts';
import { dayFilesIn } from '../../store/usage-file.ts';
import { DAY_SECONDS } from '../../time/units.ts';
import type { Cursor, LostWindows } from './cursor.ts';
import { readSpoolFile } from './spool-reader.ts';

export interface SpoolLimit {
  readonly folder: string;
  /** Maximum size of windows; null: limited by the free space. */
  readonly mostBytes: number | null;
  /** Minimum free space on the disk. */
  readonly leastFreeBytes: number;
  /** Retention days of delivered windows; null until space is needed. */
  readonly keepDays: () => number | null;
  readonly print: (text: string) => void;
  /** Tests set the clock and the free space of the disk. */
  readonly nowSeconds?: () => number;
  readonly freeBytes?: (folder: string) => number;
}

function readFreeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

interface SpoolFile {
  readonly name: string;
  readonly bytes: number;
  readonly path: string;
  readonly stats: Stats;
}

/** The newest day is never deleted: a sensor is writing it. Throws STORE_WRITE. */
export async function enforceSpoolLimit(options: SpoolLimit, cursors: readonly Cursor[]): Promise<void> {
  const { folder, print, freeBytes = readFreeBytes } = options;
  const files = (await dayFilesIn(folder)).map((name): SpoolFile => {
    const path = join(folder, name);
    const stats = statSync(path);
    return { name, path, stats, bytes: stats.size };
  });
  const isDelivered = ({ path, stats, bytes }: SpoolFile): boolean =>
    cursors.length > 0 && cursors.every((cursor) => cursor.countBytes(path, stats) >= bytes);
  const older = files.slice(0, -1);
  const delivered = older.filter(isDelivered);
  const missing = older.filter((file) => !isDelivered(file));
  let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const isTight = (): boolean =>
    (options.mostBytes !== null && bytes > options.mostBytes) || freeBytes(folder) < options.leastFreeBytes;
  for (const file of delivered) {
    if (!isTight() && !isOld(file.name, options)) continue;
    rmSync(file.path);
    bytes -= file.bytes;
  }
  for (const file of missing) {
    if (!isTight()) return;
    await dropFile(file, cursors);
    rmSync(file.path, { force: true });
    bytes -= file.bytes;
    print(`${file.path}: deleted before delivery: the spool is out of space`);
  }
}

function isOld(name: string, { keepDays, nowSeconds = () => Date.now() / 1000 }: SpoolLimit): boolean {
  const days = keepDays();
  if (days === null) return false;
  return Date.parse(`${name.slice(0, 10)}T00:00:00Z`) / 1000 < nowSeconds() - (days + 1) * DAY_SECONDS;
}

/**
 * Records the loss before the deletion, so that a crash between the two may report it twice but never hides it. On a
 * completely full disk the record cannot be written, so the file is deleted first.
 */
async function dropFile(file: SpoolFile, cursors: readonly Cursor[]): Promise<void> {
  const concerned = await noteDropped(file, cursors);
  try {
    for (const cursor of concerned) await cursor.save();
  } catch (error) {
    if (!(error instanceof Error) || !hasCode(error.cause, 'ENOSPC')) throw error;
    rmSync(file.path);
    for (const cursor of concerned) await cursor.save();
  }
}

/** Returns the cursors of destinations that lack a part of the file. Changes memory only. */
async function noteDropped(file: SpoolFile, cursors: readonly Cursor[]): Promise<Cursor[]> {
  const concerned: Cursor[] = [];
  for (const cursor of cursors) {
    const from = cursor.countBytes(file.path, file.stats);
    if (from >= file.bytes) continue;
    const lost = new Map<string, LostWindows>();
    for await (const item of readSpoolFile(file.path, from, false)) {
      if (item.kind === 'damage') continue;
      const { sensor, startSeconds, revision, lengthSeconds } = item.window;
      const untilSeconds = startSeconds + lengthSeconds;
      const existing = lost.get(sensor);
      if (existing === undefined || startSeconds < existing.startSeconds) {
        const reaches = Math.max(untilSeconds, existing?.untilSeconds ?? 0);
        lost.set(sensor, { sensor, startSeconds, revision, lengthSeconds, untilSeconds: reaches });
      } else {
        const isSame = startSeconds === existing.startSeconds;
        lost.set(sensor, {
          ...existing,
          untilSeconds: Math.max(existing.untilSeconds, untilSeconds),
          ...(isSame && revision > existing.revision ? { revision } : {}),
        });
      }
    }
    const recorded = new Set(cursor.givenUp.map(({ sensor, startSeconds }) => `${startSeconds} ${sensor}`));
    const fresh = [...lost.values()].filter(
      ({ sensor, startSeconds }) => !recorded.has(`${startSeconds} ${sensor}`),
    );
    cursor.givenUp = [...cursor.givenUp, ...fresh];
    concerned.push(cursor);
  }
  return concerned;
}
