// Parts of windows that crashes and full disks leave at the end of a file that a sensor adds to.

import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileSink } from '../../../src/live/alerts/sinks.ts';
import type { UsageWindow } from '../../../src/model/usage.ts';
import { openStore } from '../../../src/store/open.ts';
import { readUsageFile } from '../../../src/store/usage-file.ts';
import { openUsageLog } from '../../../src/store/usage-log.ts';
import { encodeWindows } from '../../../src/window/codec.ts';
import { temporaryFolder } from '../../temporary.ts';
import { minuteWindow } from './minute-window.ts';

const root = temporaryFolder('torn');
let made = 0;
const folder = (): string => {
  const path = join(root, `${made++}`);
  mkdirSync(path);
  return path;
};
const windowsOf = (...minutes: number[]): UsageWindow[] => minutes.map((minute) => minuteWindow(minute));
const bytesOf = (...minutes: number[]): Buffer => Buffer.from(encodeWindows(windowsOf(...minutes)));

async function put(path: string, ...minutes: number[]): Promise<void> {
  const log = await openUsageLog(path);
  await log.put(windowsOf(...minutes)).finally(() => log.close());
}

function dayFile(path: string): string {
  const [name = ''] = readdirSync(path).filter((each) => each.endsWith('.usage'));
  return join(path, name);
}

const stateOf = async (path: string): Promise<{ minutes: number[]; damage: string[] }> => {
  const { windows, damage } = await readUsageFile(dayFile(path));
  return {
    minutes: windows.map(({ hosts }) => [...hosts][0]?.bytesDown ?? -1),
    damage: damage.map(({ message }) => message),
  };
};

describe('the end of a file that a crash tore', () => {
  it('is set aside before the next window is added, wherever it is torn', async () => {
    const part = bytesOf(3);
    for (let length = 1; length < part.length; length += 1) {
      const path = folder();
      await put(path, 1, 2);
      appendFileSync(dayFile(path), part.subarray(0, length));
      await put(path, 3, 4);
      expect(await stateOf(path)).toEqual({ minutes: [1, 2, 3, 4], damage: [] });
      expect(readFileSync(`${dayFile(path)}.damaged`)).toEqual(part.subarray(0, length));
    }
  });

  it.each([
    ['zeros', Buffer.alloc(5000)],
    [
      'a window with a wrong checksum',
      Buffer.from(bytesOf(3).map((byte, i, all) => (i === all.length - 1 ? byte ^ 1 : byte))),
    ],
    ['a length that cannot be', Buffer.from('ffffffffff01', 'hex')],
  ])('is set aside: %s', async (_, tail) => {
    const path = folder();
    await put(path, 1);
    appendFileSync(dayFile(path), tail);
    await put(path, 2);
    expect(await stateOf(path)).toEqual({ minutes: [1, 2], damage: [] });
  });

  it('is all of the file', async () => {
    const path = folder();
    await put(path, 1);
    truncateSync(dayFile(path), statSync(dayFile(path)).size - 3);
    await put(path, 2);
    expect(await stateOf(path)).toEqual({ minutes: [2], damage: [] });
  });

  it('never takes a whole window with it, whatever stands before that', async () => {
    const junk = [
      Buffer.from('junk'),
      Buffer.alloc(300),
      Buffer.from('ffff7f', 'hex'),
      bytesOf(9).subarray(0, 40),
    ];
    for (const torn of junk) {
      for (const behind of [[], [2], [2, 3]]) {
        const path = folder();
        await put(path, 1);
        const before = Buffer.concat([readFileSync(dayFile(path)), torn, bytesOf(...behind)]);
        writeFileSync(dayFile(path), before);
        await put(path, 4);
        expect((await stateOf(path)).minutes).toEqual([1, ...behind, 4]);
      }
    }
  });

  it('is checked again when another process has written the file meanwhile', async () => {
    const path = folder();
    const log = await openUsageLog(path);
    await log.put(windowsOf(1, 2, 3));
    writeFileSync(dayFile(path), bytesOf(1));
    await log.put(windowsOf(4));
    appendFileSync(dayFile(path), 'torn');
    await log.put(windowsOf(5));
    await log.close();
    expect(await stateOf(path)).toEqual({ minutes: [1, 4, 5], damage: [] });
  });

  it('is set aside by a folder that is a store too', async () => {
    const path = `${folder()}/`;
    const store = await openStore(path, { mode: 'write' });
    await store.put(windowsOf(1));
    appendFileSync(dayFile(path), bytesOf(2).subarray(0, 30));
    await store.put(windowsOf(2));
    expect((await store.info()).damage).toEqual([]);
    await store.close();
  });
});

describe('bytes that were left out', () => {
  const torn = bytesOf(7).subarray(0, 50);
  const file = (before: UsageWindow[], after: UsageWindow[]): string => {
    const path = join(folder(), 'a.usage');
    writeFileSync(path, Buffer.concat([encodeWindows(before), torn, encodeWindows(after)]));
    return path;
  };
  const other = (minute: number): UsageWindow => minuteWindow(minute, 'b');

  it('in many places are summed up behind the first of them', async () => {
    const path = join(folder(), 'a.usage');
    const minutes = Array.from({ length: 40 }, (_, minute) => minute);
    writeFileSync(path, Buffer.concat(minutes.flatMap((minute) => [encodeWindows(windowsOf(minute)), torn])));
    const { windows, damage } = await readUsageFile(path);
    expect(windows).toHaveLength(40);
    expect(damage).toHaveLength(17);
    expect(damage.at(-1)?.message).toBe(
      `${path}: 24 more places, ${24 * torn.length} bytes left out; windows may be missing`,
    );
  });

  it.each([
    [
      'nothing is missing where the windows go on',
      windowsOf(1, 2),
      windowsOf(3),
      'between the windows of 2026-07-13T00:02:00.000000Z and 2026-07-13T00:03:00.000000Z; no window is missing',
    ],
    [
      'nothing is missing where they are said again',
      windowsOf(1, 2),
      windowsOf(1, 2, 3),
      'no window is missing',
    ],
    ['a repetition alone says nothing', windowsOf(1, 2), windowsOf(2), 'windows may be missing'],
    ['a minute is missing', windowsOf(1, 2), windowsOf(4), 'windows may be missing'],
    ['of another sensor', [...windowsOf(1), other(1)], windowsOf(2), 'windows may be missing'],
    [
      'of both sensors none',
      [...windowsOf(1), other(1)],
      [other(2), ...windowsOf(2)],
      'no window is missing',
    ],
    ['a sensor begins behind them', windowsOf(1), [...windowsOf(2), other(2)], 'windows may be missing'],
    [
      'at the end',
      windowsOf(1),
      [],
      'they follow the window of 2026-07-13T00:01:00.000000Z; later ones may be missing',
    ],
    [
      'at the start',
      [],
      windowsOf(1),
      'they precede the window of 2026-07-13T00:01:00.000000Z; earlier ones may be missing',
    ],
  ])('say when, and whether anything is missing: %s', async (_, before, after, text) => {
    const { damage } = await readUsageFile(file(before, after));
    expect(damage.map(({ message }) => message)).toEqual([expect.stringContaining(text)]);
    expect(damage[0]?.next).toContain('store compact');
  });
});

/** Prints why. */
function lacksDisks(): boolean {
  const place = join(root, 'tried');
  mkdirSync(place);
  const isMounted = process.platform === 'linux' && mount(place);
  if (isMounted) execFileSync('umount', [place]);
  else console.warn('skipped: no disk was filled (needs the right to mount one)');
  return !isMounted;
}

const mount = (place: string): boolean =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'none', place]).status === 0;

describe.skipIf(lacksDisks())('a disk that is full', () => {
  /** Leaves space for N bytes of a page. */
  function fill(disk: string): void {
    const file = openSync(join(disk, 'filler'), 'w');
    for (const bytes of [1 << 12, 1]) {
      try {
        for (;;) writeSync(file, Buffer.alloc(bytes));
      } catch {
        // It is full to this size of a piece.
      }
    }
    closeSync(file);
  }

  it('leaves no part of a window or of a finding behind', async () => {
    const disk = folder();
    expect(mount(disk)).toBe(true);
    try {
      const path = join(disk, 'windows');
      const log = await openUsageLog(path);
      await log.put(windowsOf(0));
      const alerts = join(disk, 'alerts.ndjson');
      const sink = fileSink(alerts);
      const alert = (line: string) => ({ id: '', time: '', severity: 'info' as const, line, text: '' });
      await sink.send(alert('{"first":1}'));
      fill(disk);
      const many = Array.from({ length: 100 }, (_, i) => i + 1);
      for (let tries = 0; tries < 3; tries++)
        await expect(log.put(windowsOf(...many))).rejects.toThrow('the disk is full');
      const long = JSON.stringify({ long: 'x'.repeat(10_000) });
      await expect(sink.send(alert(long))).rejects.toThrow('ENOSPC');
      expect(await stateOf(path)).toEqual({ minutes: [0], damage: [] });
      rmSync(join(disk, 'filler'));
      await log.put(windowsOf(...many));
      await log.close();
      expect(await stateOf(path)).toEqual({ minutes: [0, ...many], damage: [] });
      expect(existsSync(`${dayFile(path)}.damaged`)).toBe(false);
      await sink.send(alert(long));
      const lines = readFileSync(alerts, 'utf8').split('\n');
      expect([lines[0], lines.at(-2)]).toEqual(['{"first":1}', long]);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});
