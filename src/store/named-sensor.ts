// Adds windows of a sensor with a persistent name: a window that spans two runs is summed and counts once.

import { join } from 'node:path';
import { withLock } from '../files/process-lock.ts';
import { optionError } from '../model/errors.ts';
import type { UsageWindow } from '../model/usage.ts';
import { formatInstant } from '../time/instant.ts';
import { QUARTER_SECONDS, US } from '../time/units.ts';
import { rollUpWindows } from '../window/merge-windows.ts';
import { noteReading, openSpool, sensorLock } from './spool.ts';
import type { PutResult, Store } from './store.ts';
import { dayFilesIn, openUsageFile } from './usage-file.ts';
import type { WindowSink } from './usage-log.ts';

/** Stores keep a revision in 32 bits. */
const MAX_REVISION = 2 ** 31 - 1;

/** Sums both windows, with a revision above both. */
function sumWindows(stored: UsageWindow, added: UsageWindow): UsageWindow {
  const [sum] = rollUpWindows([stored, added], stored.lengthSeconds);
  if (sum === undefined) throw new RangeError('the sum of two windows is one');
  return { ...sum, revision: Math.min(MAX_REVISION, Math.max(1, stored.revision + added.revision)) };
}

/** Days that are searched for the end of the previous run: after a longer break the run starts new windows. */
const DAYS_BACK = 3;

/** Reads the last windows of the previous run of a sensor, without reading the whole store. */
export async function readLastWindows(store: Store, sensor: string): Promise<UsageWindow[]> {
  const span = await store.span();
  if (span === null) return [];
  const windows = await store.windows({ sinceSeconds: span.lastSeconds - 2 * QUARTER_SECONDS });
  return windows.filter((window) => window.sensor === sensor);
}

/** Reads these windows from a folder with one file per day. */
export async function readLastWindowsOfFolder(folder: string, sensor: string): Promise<UsageWindow[]> {
  const days = await dayFilesIn(folder).catch(() => []);
  for (const day of days.slice(-DAYS_BACK).reverse()) {
    const last = await readLastWindows(openUsageFile(join(folder, day)), sensor);
    if (last.length > 0) return last;
  }
  return [];
}

/** Continues the windows of a live sensor: sums the last window of the previous run with the one of this run. */
export function continueWindows(sink: WindowSink, last: readonly UsageWindow[]): WindowSink {
  const byStart = new Map(last.map((window) => [window.startSeconds, window]));
  return {
    put: (windows) =>
      sink.put(
        windows.map((window) => {
          const before = byStart.get(window.startSeconds);
          return before === undefined || before.lengthSeconds !== window.lengthSeconds
            ? window
            : sumWindows(before, window);
        }),
      ),
    close: () => sink.close(),
  };
}

/** A capture of a sensor, for example of one night. */
export interface NamedReading {
  readonly sensor: string;
  /** Derived from the first packets: identifies a repeated or longer read. */
  readonly id: string;
  readonly windows: readonly UsageWindow[];
}

/**
 * Adds a read to the windows of its sensor; the folder `ledger` records earlier reads. Two captures
 * may share a window: it is summed. Throws USAGE for a longer overlap, since duplicates could not be
 * recognized; STORE_BUSY, STORE_WRITE.
 */
export async function addReading(ledger: string, store: Store, reading: NamedReading): Promise<PutResult> {
  await openSpool(ledger);
  return await withLock(ledger, sensorLock(reading.sensor), () => addLocked(ledger, store, reading));
}

async function addLocked(ledger: string, store: Store, reading: NamedReading): Promise<PutResult> {
  const { sensor, id, windows } = reading;
  const [first, last] = [windows[0], windows.at(-1)];
  if (first === undefined || last === undefined) return { added: 0, replaced: 0, ignored: 0 };
  const spool = await openSpool(ledger);
  const query = { sinceSeconds: first.startSeconds, untilSeconds: last.startSeconds + last.lengthSeconds };
  const there = (await store.windows(query)).filter((window) => window.sensor === sensor);
  const byStart = new Map(there.map((window) => [window.startSeconds, window]));
  const begun = spool.sensors[sensor]?.readings.find((candidate) => candidate.id === id);
  const seams = begun?.seams ?? buildSeams(reading, byStart);
  if (begun === undefined) await noteReading(ledger, sensor, { id, seams });
  return await store.put(
    windows.flatMap((window) => {
      const before = seams[window.startSeconds];
      const stored = byStart.get(window.startSeconds);
      if (before === undefined || stored === undefined) return [window];
      // The window is already summed if this reading was added before.
      return stored.revision === before ? [sumWindows(stored, window)] : [];
    }),
  );
}

function buildSeams(
  { sensor, windows }: NamedReading,
  windowsByStart: ReadonlyMap<number, UsageWindow>,
): Record<string, number> {
  const shared = windows.filter(({ startSeconds }) => windowsByStart.has(startSeconds));
  const inside = shared.find((window) => window !== windows[0] && window !== windows.at(-1));
  const odd = shared.find(
    (window) => windowsByStart.get(window.startSeconds)?.lengthSeconds !== window.lengthSeconds,
  );
  const clash = inside ?? odd;
  if (clash !== undefined) {
    const at = formatInstant(clash.startSeconds * US);
    const what =
      inside === undefined ? 'has windows of another length' : 'was already recorded by another capture';
    throw optionError(
      '--sensor',
      `what sensor ${sensor} saw at ${at} ${what}`,
      'pass overlapping captures in one command, or give the second capture point another --sensor NAME',
    );
  }
  return Object.fromEntries(
    shared.map(({ startSeconds }) => [startSeconds, windowsByStart.get(startSeconds)?.revision ?? 0]),
  );
}
