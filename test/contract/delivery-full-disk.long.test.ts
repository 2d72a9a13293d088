// Full disks at either end of a delivery: no acknowledged window is lost, and delivery continues
// when space is available again.

import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { UsageWindow } from '../../src/model/usage.ts';
import { openStore } from '../../src/store/open.ts';
import { wiretally } from '../cli/run.ts';
import { Broker, lacksBroker } from './broker.ts';
import { addTo, oneSensor, waitingAt } from './carried.ts';

const root = mkdtempSync(join(tmpdir(), 'wiretally-full-'));

/** Prints why. */
function lacksDisks(): boolean {
  const place = join(root, 'tried');
  mkdirSync(place);
  const isMounted = process.platform === 'linux' && spawnSync('mount', mountWords(place, 1)).status === 0;
  if (isMounted) execFileSync('umount', [place]);
  else console.warn('skipped: no disk was filled (needs the right to mount one)');
  return !isMounted;
}

const mountWords = (place: string, mib: number): string[] => [
  '-t',
  'tmpfs',
  '-o',
  `size=${mib}m`,
  'none',
  place,
];

let made = 0;
let here: string;
let disk: string;
const path = (...names: string[]): string => join(here, ...names);

/** All of it, to the last block. */
function fill(): void {
  const file = openSync(join(disk, 'filler'), 'w');
  for (const bytes of [1 << 16, 1 << 12, 1]) {
    try {
      for (;;) writeSync(file, Buffer.alloc(bytes));
    } catch {
      // It is full to this size of a piece.
    }
  }
  closeSync(file);
}

const makeRoom = (): void => rmSync(join(disk, 'filler'));

async function windowsIn(place: string): Promise<UsageWindow[]> {
  const store = await openStore(place, { mode: 'read' });
  try {
    return await store.windows();
  } finally {
    await store.close();
  }
}

describe.skipIf(lacksBroker() || lacksDisks())('a disk that is full', () => {
  let broker: Broker;
  beforeEach(async () => {
    here = join(root, `${made++}`);
    disk = path('disk');
    mkdirSync(disk, { recursive: true });
    execFileSync('mount', mountWords(disk, 16));
    broker = await Broker.start(here);
  });
  afterEach(async () => {
    await broker.kill();
    execFileSync('umount', [disk]);
  });
  afterAll(() => rmSync(root, { recursive: true }));

  const ship = (spool: string, ...more: string[]) =>
    wiretally(['fleet', 'ship', spool, '--to', broker.url, '--once', ...more]);
  const collect = (store: string) => wiretally(['fleet', 'collect', broker.url, '--store', store, '--once']);

  it.each(['fleet/', 'fleet.duckdb'])(
    'at the store (%s) keeps what was taken, and acknowledges no more',
    async (name) => {
      const store = join(disk, name);
      const [one, two] = [oneSensor(1), oneSensor(2)];
      const second = two.windows.map((window) => ({ ...window, sensor: 'site-2' }));
      addTo(path('one'), one.windows);
      addTo(path('two'), second);
      expect(await ship(path('one'))).toMatchObject({ code: 0 });
      expect(await collect(store)).toMatchObject({ code: 0 });
      expect(await ship(path('two'))).toMatchObject({ code: 0 });
      fill();
      const { code, err } = await collect(store);
      expect({ code, err }).toEqual({ code: 3, err: expect.stringContaining('the disk is full') });
      expect(await waitingAt(broker.url)).toBe(second.length);
      makeRoom();
      expect(await windowsIn(store)).toEqual(one.windows);
      expect(await collect(store)).toMatchObject({ code: 0 });
      expect(await waitingAt(broker.url)).toBe(0);
      const windows = await windowsIn(store);
      expect(windows.filter(({ sensor }) => sensor === 'site-1')).toEqual(one.windows);
      expect(windows.filter(({ sensor }) => sensor === 'site-2')).toEqual(second);
    },
  );

  it('at the spool is reported, and windows that were delivered twice for it count once', async () => {
    const spool = join(disk, 'spool');
    const { windows } = oneSensor(1);
    addTo(spool, windows);
    expect(await ship(spool, '--min-free', '0')).toMatchObject({ code: 0 });
    for (const name of execFileSync('find', [spool, '-name', '.ship-*'], { encoding: 'utf8' })
      .trim()
      .split('\n'))
      rmSync(name);
    fill();
    const { code, err } = await ship(spool, '--min-free', '0');
    expect({ code, err }).toEqual({ code: 3, err: expect.stringContaining('the disk is full') });
    makeRoom();
    expect(await ship(spool, '--min-free', '0')).toMatchObject({ code: 0 });
    expect(await collect(path('store/'))).toMatchObject({ code: 0 });
    expect(await windowsIn(path('store/'))).toEqual(windows);
  });

  it('at the spool deletes the oldest day, which is reported as a gap, also without a destination', async () => {
    const spool = join(disk, 'spool');
    const { windows } = oneSensor(1);
    addTo(spool, windows);
    await broker.kill();
    fill();
    const { code, err } = await ship(spool, '--min-free', '1');
    expect(code).toBe(3);
    expect(err).toContain('deleted before delivery: the spool is out of space');
    makeRoom();
    await broker.start();
    expect(await ship(spool, '--min-free', '1')).toMatchObject({ code: 0 });
    expect(await collect(path('store/'))).toMatchObject({ code: 0 });
    const kept = await windowsIn(path('store/'));
    expect(kept.flatMap(({ gaps = [] }) => gaps).map(({ reason }) => reason)).toEqual(['givenUp']);
    expect(kept.filter(({ gaps = [] }) => gaps.length === 0)).toEqual(windows.slice(windows.length / 2));
  });
});
