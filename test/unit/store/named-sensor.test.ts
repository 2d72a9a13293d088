// A sensor that keeps its name from run to run: nothing is lost where runs meet, and nothing is counted twice.
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { UsageWindow } from '../../../src/model/usage.ts';
import { addReading, continueWindows, readLastWindowsOfFolder } from '../../../src/store/named-sensor.ts';
import type { PutResult } from '../../../src/store/store.ts';
import { openUsageFolder } from '../../../src/store/usage-file.ts';
import { openUsageLog } from '../../../src/store/usage-log.ts';
import { folderForEach } from '../../folder-for-each.ts';
import { minuteWindow } from './minute-window.ts';

const path = folderForEach('named');

/** Of some packets; a reading has the number of all of its packets as its revision. */
function windowOf(minute: number, packets: number, revision: number): UsageWindow {
  const window = minuteWindow(minute, 'office');
  return { ...window, revision, stats: { ...window.stats, packets } };
}

const packetsKept = async (): Promise<number[]> =>
  (await openUsageFolder(path()).windows()).map(({ stats }) => stats.packets);

describe('a nightly job under one name', () => {
  const add = (id: string, ...windows: UsageWindow[]): Promise<PutResult> =>
    addReading(path(), openUsageFolder(path()), { sensor: 'office', id, windows });

  it('sums the window in which two nights meet, once, whichever comes first and however often', async () => {
    const night = (): Promise<PutResult> => add('first', windowOf(0, 10, 17), windowOf(1, 7, 17));
    const next = (): Promise<PutResult> => add('second', windowOf(1, 5, 8), windowOf(2, 3, 8));
    for (const job of [night, next, next, night, next]) await job();
    expect(await packetsKept()).toEqual([10, 12, 3]);
  });

  it('lets a longer reading of the same capture take the place of the shorter one', async () => {
    await add('first', windowOf(0, 10, 10));
    await add('first', windowOf(0, 10, 30), windowOf(1, 20, 30));
    expect(await packetsKept()).toEqual([10, 20]);
  });

  it('refuses captures that overlap: duplicates are undecidable', async () => {
    await add('first', windowOf(0, 1, 4), windowOf(1, 1, 4), windowOf(2, 1, 4), windowOf(3, 1, 4));
    const again = add('second', windowOf(1, 1, 3), windowOf(2, 1, 3), windowOf(3, 1, 3));
    await expect(again).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('by another capture'),
    });
    expect(await packetsKept()).toEqual([1, 1, 1, 1]);
  });

  it('reports the fault where the earlier reads are unknown', async () => {
    writeFileSync(path('.spool.json'), '{"instance":');
    await expect(add('first', windowOf(0, 1, 1))).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
  });
});

describe('a live sensor under one name', () => {
  it('sums the window that its last run began', async () => {
    for (const minutes of [
      [0, 1],
      [1, 2],
      [2, 3],
    ]) {
      const sink = continueWindows(
        await openUsageLog(path()),
        await readLastWindowsOfFolder(path(), 'office'),
      );
      for (const minute of minutes) await sink.put([windowOf(minute, 10, 0)]);
      await sink.close();
    }
    expect(await packetsKept()).toEqual([10, 20, 20, 10]);
  });
});
