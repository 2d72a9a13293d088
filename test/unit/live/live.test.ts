import { describe, expect, it } from 'vitest';
import { WindowWriter } from '../../../src/live/window-writer.ts';
import type { HostTotals, UsageWindow } from '../../../src/model/usage.ts';
import { LiveClock } from '../../../src/reading/threads/live-input.ts';
import type { Store } from '../../../src/store/store.ts';
import { EMPTY_STATS } from '../../../src/window/sums.ts';
import { MAX_ENTRIES, WindowBuffer } from '../../../src/window/window-buffer.ts';
import { BARE_HOST } from '../../bare-facts.ts';

const US = 1_000_000;
const START = 1_795_000_500; // an edge of windows of 60 s

function windowAt(startSeconds: number, packets = 1): UsageWindow {
  return {
    sensor: 'test',
    startSeconds,
    revision: 0,
    lengthSeconds: 60,
    stats: { ...EMPTY_STATS, packets },
    hosts: [],
    rows: [],
    queriedNames: [],
  };
}

describe('the clock of a live decoder', () => {
  it('asks for a window when packets have passed its end', () => {
    const clock = new LiveClock(60);
    clock.tick((START + 10) * US, false, 0, 0);
    expect(clock.due()).toBeNull();
    clock.tick((START + 60.05) * US, false, 50_050, 0);
    expect(clock.due()).toBeNull(); // packets of several cores may be pending
    clock.tick((START + 60.2) * US, false, 50_200, 0);
    expect(clock.due()).toBe(START + 60);
    expect(clock.answered()).toBe(START + 60);
    expect(clock.answered()).toBeNull();
  });

  it('asks when time has passed and nothing came, whatever date the packets have', () => {
    const clock = new LiveClock(60);
    clock.tick((START + 59) * US, false, 1000, 5);
    expect(clock.due()).toBeNull();
    clock.tick((START + 59) * US, true, 3000, 7);
    expect(clock.due()).toBe(START + 60);
  });

  it('waits while packets are being read late', () => {
    const clock = new LiveClock(60);
    clock.tick((START + 59) * US, false, 1000, 0);
    clock.due();
    clock.tick((START + 59) * US, false, 90_000, 0);
    expect(clock.due()).toBeNull();
  });

  it('closes nothing from before it began', () => {
    const clock = new LiveClock(60);
    clock.tick(null, true, 0, (START + 30) * 1000);
    expect(clock.due()).toBeNull();
    clock.tick(null, true, 31_000, (START + 61) * 1000);
    expect(clock.due()).toBe(START + 60);
  });
});

describe('the memory of windows', () => {
  it('sums what lies behind the quarter hour, and forgets the oldest', () => {
    const buffer = new WindowBuffer(2);
    const first = START - (START % 900);
    for (let minute = 0; minute < 50; minute++) buffer.add([windowAt(first + minute * 60)]);
    const windows = buffer.all();
    expect(windows.map(({ startSeconds, stats }) => [startSeconds - first, stats.packets])).toEqual([
      [900, 15],
      [1800, 15],
      ...[45, 46, 47, 48, 49].map((minute) => [minute * 60, 1]),
    ]);
    expect(buffer.hasForgotten).toBe(true);
  });
});

describe('the memory of windows, full of hosts', () => {
  it('lets those go that use nothing before it forgets a window', () => {
    const buffer = new WindowBuffer(96);
    const first = START - (START % 900);
    const hosts = Array.from({ length: MAX_ENTRIES / 4 }, (_, n) => hostNumber(n));
    for (let quarter = 0; quarter < 8; quarter++) {
      const asked = { host: hostNumber(0).host, name: 'api.anthropic.com', count: 1, firstUs: 0, lastUs: 0 };
      const names = [{ ...asked, addresses: [], offersEch: false, isLogged: false, echAnswers: [] }];
      buffer.add([{ ...windowAt(first + quarter * 900), hosts, queriedNames: names }]);
    }
    const windows = buffer.all();
    expect(windows.length).toBe(8);
    expect(buffer.hasForgotten).toBe(false);
    expect(windows.every(({ hosts: kept }) => kept.some(({ host }) => host === hostNumber(0).host))).toBe(
      true,
    );
    expect(windows.reduce((sum, window) => sum + window.hosts.length, 0)).toBeLessThan(2 * MAX_ENTRIES);
    expect(windows[0]?.stats.overflow?.hosts).toBe(hosts.length - 1);
  });
});

function hostNumber(n: number): HostTotals {
  const seen = { flows: 1, packets: 1, bytesUp: 1, bytesDown: 0, firstUs: 0, lastUs: 0 };
  return {
    host: `10.0.${n >> 8}.${n & 255}`,
    ...BARE_HOST,
    ...seen,
  };
}

describe('the keeper of windows', () => {
  it('tries again what the store refused, and fails at the end with its words', async () => {
    const put: number[][] = [];
    let isFull = true;
    const store = {
      async put(windows: readonly UsageWindow[]) {
        if (isFull) throw new Error('no space');
        put.push(windows.map((window) => window.startSeconds));
        return { added: windows.length, replaced: 0, ignored: 0 };
      },
      async close() {},
    } satisfies Pick<Store, 'put' | 'close'>;
    const said: string[] = [];
    const open = (): WindowWriter =>
      new WindowWriter({ ...unused, ...store }, (text) => {
        said.push(text);
      });
    const writer = open();
    writer.add([windowAt(1)]);
    await new Promise((resolve) => setImmediate(resolve));
    isFull = false;
    writer.add([windowAt(2)]);
    await writer.close();
    expect(put).toEqual([[1, 2]]);
    expect(said).toEqual(['no space; 1 record waits', 'the store accepts records again']);
    isFull = true;
    const other = open();
    other.add([windowAt(3)]);
    await expect(other.close()).rejects.toThrow('no space');
  });
});

describe('the keeper of windows, without a store that works', () => {
  it('lets the oldest go when those that wait are many or large', async () => {
    const said: string[] = [];
    const put = async (): Promise<never> => {
      throw new Error('no space');
    };
    const writer = new WindowWriter({ ...unused, put, close: async () => {} }, (text) => {
      said.push(text);
    });
    const hosts = Array.from({ length: MAX_ENTRIES / 2 }, (_, n) => hostNumber(n));
    writer.add([1, 2, 3].map((minute) => ({ ...windowAt(START + 60 * minute), hosts })));
    await expect(writer.close()).rejects.toThrow('no space');
    expect(said[0]).toBe('no space; 2 records wait, 1 is lost');
  });
});

const never = (): never => {
  throw new Error('not asked for');
};
const unused: Store = {
  put: never,
  windows: never,
  read: never,
  span: never,
  info: never,
  sensors: never,
  prune: never,
  compact: never,
  close: never,
};
