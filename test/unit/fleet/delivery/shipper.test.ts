// The shipper never advances before an acknowledgement, and never drops days without a report.
import { appendFileSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Cursor } from '../../../../src/fleet/delivery/cursor.ts';
import { requireDelivered } from '../../../../src/fleet/delivery/delivered.ts';
import type { Delivery } from '../../../../src/fleet/delivery/destination.ts';
import { Shipper } from '../../../../src/fleet/delivery/shipper.ts';
import { enforceSpoolLimit, type SpoolLimit } from '../../../../src/fleet/delivery/spool-limit.ts';
import { lockSpool } from '../../../../src/fleet/delivery/spool-lock.ts';
import type { UsageWindow } from '../../../../src/model/usage.ts';
import { encodeWindow } from '../../../../src/window/codec.ts';
import { folderForEach } from '../../../folder-for-each.ts';
import { minuteWindow, START } from '../../store/minute-window.ts';

const path = folderForEach('ship');

const DAY_MINUTES = 1440;

function keep(...windows: UsageWindow[]): void {
  for (const window of windows) {
    const day = new Date(window.startSeconds * 1000).toISOString().slice(0, 10);
    appendFileSync(path(`${day}.usage`), encodeWindow(window));
  }
}

/** Accepts N deliveries, then fails once; returns the accepted ones. */
function taking(failsAfter = Number.POSITIVE_INFINITY) {
  const taken: UsageWindow[] = [];
  let left = failsAfter;
  const to = {
    name: 'there',
    open: async () => ({
      async deliver(deliveries: readonly Delivery[]) {
        if (left-- === 0) throw new Error('it is away');
        taken.push(...deliveries.map(({ window }) => window));
      },
      close: async () => {},
    }),
  };
  return { to, taken };
}

function shipperTo(
  { to }: Pick<ReturnType<typeof taking>, 'to'>,
  more: { pauses?: number[]; said?: string[]; endsAfter?: number } = {},
): Shipper {
  const stop = new AbortController();
  const pauses = more.pauses ?? [];
  return new Shipper({
    folder: path(),
    to,
    cursor: Cursor.of(path(), to.name),
    print: (text) => more.said?.push(text),
    limitSpool: async () => {},
    pause: async (milliseconds) => {
      pauses.push(milliseconds);
      if (pauses.length >= (more.endsAfter ?? 1)) stop.abort();
    },
    signal: stop.signal,
  });
}

const keys = (windows: readonly UsageWindow[]): string[] =>
  windows.map(({ startSeconds, revision }) => `${(startSeconds - START) / 60}/${revision}`);

describe('a shipper', () => {
  it('delivers what is new, once, also when it is another process', async () => {
    keep(minuteWindow(0), minuteWindow(DAY_MINUTES));
    const first = taking();
    await shipperTo(first).once();
    keep(minuteWindow(1), { ...minuteWindow(0), revision: 1 });
    await shipperTo(first).once();
    expect(keys(first.taken)).toEqual(['0/0', '1440/0', '1/0', '0/1']);
  });

  it('delivers again what was not acknowledged', async () => {
    keep(...Array.from({ length: 600 }, (_, minute) => minuteWindow(minute)));
    const flaky = taking(2);
    await expect(shipperTo(flaky).once()).rejects.toThrow('it is away');
    expect(flaky.taken).toHaveLength(512);
    await shipperTo(flaky).once();
    expect(keys(flaky.taken)).toEqual(Array.from({ length: 600 }, (_, minute) => `${minute}/0`));
  });

  it('waits longer each time that it fails, and says so', async () => {
    keep(minuteWindow(0));
    const away = { name: 'there', open: () => Promise.reject(new Error('it is away')) };
    const pauses: number[] = [];
    const said: string[] = [];
    await shipperTo({ to: away }, { pauses, said, endsAfter: 9 }).follow(5000);
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1000));
    expect(said[0]).toBe('it is away; next attempt in 1 s, no data is lost');
  });

  it('delivers a rewritten file again', async () => {
    keep(minuteWindow(0));
    const there = taking();
    await shipperTo(there).once();
    const [day = ''] = readdirSync(path()).filter((name) => name.endsWith('.usage'));
    rmSync(path(day));
    // As large as the previous one and larger, and with the same inode, where the file system reuses it.
    keep(minuteWindow(2), minuteWindow(1));
    await shipperTo(there).once();
    expect(keys(there.taken)).toEqual(['0/0', '2/0', '1/0']);
  });

  it('lets nothing be deleted that was not delivered', async () => {
    keep(minuteWindow(0), minuteWindow(2 * DAY_MINUTES));
    requireDelivered(path(), START + 86_400);
    await shipperTo(taking()).once();
    keep(minuteWindow(1));
    requireDelivered(path(), START - 86_400);
    expect(() => requireDelivered(path(), START + 86_400)).toThrow('is not delivered to there yet');
    await shipperTo(taking()).once();
    requireDelivered(path(), START + 86_400);
  });

  it('is alone with its spool', () => {
    const release = lockSpool(path());
    expect(() => lockSpool(path())).toThrow('another process already delivers it');
    release();
    lockSpool(path())();
  });
});

describe('a spool whose disk is full', () => {
  const said: string[] = [];
  const room = (more: Partial<SpoolLimit>): SpoolLimit => ({
    folder: path(),
    mostBytes: null,
    leastFreeBytes: 0,
    keepDays: () => null,
    nowSeconds: () => START + 30 * 86_400,
    freeBytes: () => 1e12,
    print: (text) => said.push(text),
    ...more,
  });
  const days = (): string[] => readdirSync(path()).filter((name) => name.endsWith('.usage'));

  it('gives up the oldest days first, delivered ones before all, and tells each destination a gap', async () => {
    const delivered = minuteWindow(0);
    keep(delivered);
    const there = taking();
    await shipperTo(there).once();
    keep(minuteWindow(DAY_MINUTES + 5), minuteWindow(DAY_MINUTES + 1), minuteWindow(2 * DAY_MINUTES));
    keep(minuteWindow(3 * DAY_MINUTES));
    const cursor = Cursor.of(path(), 'there');
    // Space for three days, then for two.
    let free = 1;
    const files = days().length;
    await enforceSpoolLimit(room({ leastFreeBytes: 2, freeBytes: () => free + files - days().length }), [
      cursor,
    ]);
    expect(days()).toHaveLength(3);
    expect(said).toEqual([]);
    free = 0;
    await enforceSpoolLimit(room({ leastFreeBytes: 2, freeBytes: () => free + files - days().length }), [
      cursor,
    ]);
    expect(days()).toHaveLength(2);
    expect(said).toEqual([expect.stringContaining('deleted before delivery')]);
    await shipperTo(there).once();
    const [gap] = there.taken.slice(1);
    expect(gap).toMatchObject({
      startSeconds: START + (DAY_MINUTES + 1) * 60,
      hosts: [],
      gaps: [
        {
          fromUs: (START + (DAY_MINUTES + 1) * 60) * 1e6,
          toUs: (START + (DAY_MINUTES + 6) * 60) * 1e6,
          reason: 'givenUp',
        },
      ],
    });
    expect(keys(there.taken.slice(2))).toEqual([`${2 * DAY_MINUTES}/0`, `${3 * DAY_MINUTES}/0`]);
  });

  it('never gives up the newest day, which a sensor is writing', async () => {
    keep(minuteWindow(0));
    await enforceSpoolLimit(room({ mostBytes: 1 }), [Cursor.of(path(), 'there')]);
    expect(days()).toHaveLength(1);
  });

  it('keeps what was delivered nowhere, and deletes what is old and was delivered', async () => {
    keep(minuteWindow(0), minuteWindow(DAY_MINUTES));
    await enforceSpoolLimit(room({ keepDays: () => 3 }), []);
    expect(days()).toHaveLength(2);
    await shipperTo(taking()).once();
    const cursor = Cursor.of(path(), 'there');
    await enforceSpoolLimit(room({ keepDays: () => 40 }), [cursor]);
    expect(days()).toHaveLength(2);
    await enforceSpoolLimit(room({ keepDays: () => 3 }), [cursor]);
    expect(days()).toHaveLength(1);
    expect(existsSync(cursor.path)).toBe(true);
  });
});
