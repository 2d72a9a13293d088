// A spool is readable from any position, past damage, and up to the last whole window.

import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSpoolFile, type SpoolItem } from '../../../../src/fleet/delivery/spool-reader.ts';
import { encodeWindow, encodeWindows } from '../../../../src/window/codec.ts';
import { BARE_HOST } from '../../../bare-facts.ts';
import { temporaryFolder } from '../../../temporary.ts';
import { minuteWindow } from '../../store/minute-window.ts';

const folder = temporaryFolder('spool');
const path = join(folder, '2026-07-13.usage');

const windows = [0, 1, 2].map((minute) => minuteWindow(minute));
const starts = (items: readonly SpoolItem[]): number[] =>
  items.flatMap((item) => (item.kind === 'window' ? [item.window.startSeconds] : []));

async function read(from: number, grows: boolean): Promise<SpoolItem[]> {
  const items: SpoolItem[] = [];
  for await (const item of readSpoolFile(path, from, grows)) items.push(item);
  return items;
}

describe('a file of a spool', () => {
  it('goes on where it was left, window by window', async () => {
    writeFileSync(path, encodeWindows(windows));
    const items = await read(0, true);
    expect(starts(items)).toEqual(windows.map(({ startSeconds }) => startSeconds));
    expect(starts(await read(items[0]?.end ?? 0, true))).toEqual(starts(items).slice(1));
    expect(await read(items.at(-1)?.end ?? 0, true)).toEqual([]);
  });

  it('leaves a part at its end for later while it grows, and calls it damage when it does not', async () => {
    const whole = encodeWindows(windows);
    for (const cut of [1, 20, encodeWindow(windows[2] ?? minuteWindow(2)).length - 1]) {
      writeFileSync(path, whole.subarray(0, whole.length - cut));
      const growing = await read(0, true);
      expect([growing.length, starts(growing).length]).toEqual([2, 2]);
      const ended = await read(0, false);
      expect(ended.map(({ kind }) => kind)).toEqual(['window', 'window', 'damage']);
      expect(ended.at(-1)?.end).toBe(whole.length - cut);
    }
  });

  it('is read past what a crash left in it', async () => {
    const [first = minuteWindow(0), ...others] = windows;
    writeFileSync(path, encodeWindow(first));
    appendFileSync(path, encodeWindow(first).subarray(0, 30));
    appendFileSync(path, encodeWindows(others));
    const items = await read(0, true);
    expect(items.map(({ kind }) => kind)).toEqual(['window', 'damage', 'window', 'window']);
    expect(starts(items)).toEqual(windows.map(({ startSeconds }) => startSeconds));
  });

  it('with a window larger than what is read at once is read whole', async () => {
    const [window = minuteWindow(0)] = windows;
    const hosts = Array.from({ length: 40_000 }, (_, i) => ({
      host: `10.${i >> 8}.${i & 255}.1`,
      ...BARE_HOST,
      names: [`a name that makes this host long, of host number ${i}`],
      flows: 1,
      packets: 1,
      bytesUp: i,
      bytesDown: 1,
      firstUs: window.startSeconds * 1e6,
      lastUs: window.startSeconds * 1e6 + 1,
    }));
    writeFileSync(path, encodeWindows([window, { ...window, revision: 1, hosts }, ...windows.slice(1)]));
    const items = await read(0, false);
    expect(items.map((item) => (item.kind === 'window' ? item.window.hosts.length : -1))).toEqual([
      window.hosts.length,
      40_000,
      ...windows.slice(1).map(({ hosts: few }) => few.length),
    ]);
  });
});
