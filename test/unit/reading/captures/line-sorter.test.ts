// Lines are sorted by time for any order of records, with a small buffer.

import { describe, expect, it } from 'vitest';
import { HELLO, RECORD } from '../../../../src/native/record-layout.ts';
import {
  flowClock,
  HELLO_LINES,
  helloClock,
  LineSorter,
  recordEmitter,
} from '../../../../src/reading/captures/line-sorter.ts';

/** Large ones, so that few fill the memory of the sorter. */
const RECORD_BYTES = 4096;
const HELD = (16 << 20) / RECORD_BYTES;

function helloBytes(us: number, sourcePort = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(RECORD_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint16(RECORD.type, 2, true);
  view.setUint32(RECORD.length, RECORD_BYTES, true);
  view.setBigUint64(HELLO.tsNs, BigInt(us) * 1000n, true);
  view.setUint8(HELLO.ipVersion, 4);
  view.setUint16(HELLO.sourcePort, sourcePort, true);
  return bytes;
}

interface Sorted {
  readonly given: number[];
  readonly mostHeld: number;
  readonly late: number;
}

function sort(times: readonly number[], completeBehind = 0): Sorted {
  const given: number[] = [];
  let mostHeld = 0;
  const sorter = new LineSorter(
    HELLO_LINES,
    recordEmitter(HELLO_LINES, ({ tsUs }) => given.push(tsUs)),
  );
  for (const [i, us] of times.entries()) {
    sorter.complete(us - completeBehind);
    sorter.add(helloBytes(us), 0, RECORD_BYTES);
    mostHeld = Math.max(mostHeld, i + 1 - given.length);
  }
  sorter.finish();
  return { given, mostHeld, late: sorter.late };
}

const ascending = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
const inOrder = (times: readonly number[]): number[] => [...times].sort((a, b) => a - b);

describe('a sorter of lines', () => {
  it.each([
    { name: 'comes in order', times: ascending(100) },
    { name: 'comes backwards, as much as can be held', times: ascending(HELD).reverse() },
    {
      name: 'is many times what can be held, and out of order by less than half of it',
      times: ascending(4 * HELD).map((us) => us + ((us * 7919) % (HELD / 4))),
    },
  ])('gives in order what $name', ({ times }) => {
    const { given, mostHeld, late } = sort(times, HELD);
    expect(given).toEqual(inOrder(times));
    expect(mostHeld).toBeLessThanOrEqual(HELD);
    expect(late).toBe(0);
  });

  it('gives everything once and counts what came too late', () => {
    const times = [...ascending(3 * HELD).map((us) => us + 10), 1, 2];
    const { given, mostHeld, late } = sort(times);
    expect(inOrder(given)).toEqual(inOrder(times));
    expect(late).toBe(2);
    expect(mostHeld).toBeLessThanOrEqual(HELD);
  });

  it('gives the same of records that lie together as of single ones, with room for part of them', () => {
    const times = ascending(3 * HELD + 7).map((us) => us + ((us * 7919) % (2 * HELD)));
    const batch = new Uint8Array(times.length * RECORD_BYTES);
    for (const [i, us] of times.entries()) batch.set(helloBytes(us), i * RECORD_BYTES);
    const given: number[] = [];
    const sorter = new LineSorter(
      HELLO_LINES,
      recordEmitter(HELLO_LINES, ({ tsUs }) => given.push(tsUs)),
    );
    sorter.add(batch, 0, batch.length);
    sorter.finish();
    const single = sort(times, Number.POSITIVE_INFINITY);
    expect(sorter.late).toBeGreaterThan(0);
    expect({ given, late: sorter.late }).toEqual({ given: single.given, late: single.late });
  });

  it('orders records of one time by their addresses and ports', () => {
    const given: number[] = [];
    const sorter = new LineSorter(
      HELLO_LINES,
      recordEmitter(HELLO_LINES, ({ sourcePort }) => given.push(sourcePort)),
    );
    for (const port of [9, 10, 3]) sorter.add(helloBytes(5, port), 0, RECORD_BYTES);
    sorter.finish();
    expect(given).toEqual([3, 9, 10]);
  });

  it('keeps what may still be overtaken by another thread, as long as there is something else to give', () => {
    const given: number[] = [];
    const sorter = new LineSorter(
      HELLO_LINES,
      recordEmitter(HELLO_LINES, ({ tsUs }) => given.push(tsUs)),
    );
    sorter.complete(HELD / 4 + 50);
    for (const us of ascending(HELD + 1)) sorter.add(helloBytes(us), 0, RECORD_BYTES);
    expect(given).toEqual(ascending(HELD / 4 + 49));
  });
});

describe('the clock of lines', () => {
  it('says of hellos that they are complete when it was left behind twice', () => {
    const reported: number[] = [];
    const reach = helloClock((us) => reported.push(us));
    for (const us of [10, 10, 20, 30, 25, 40]) reach(us);
    expect(reported).toEqual([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, 10, 20]);
  });

  it('says so of flows only behind the last packet', () => {
    const reported: number[] = [];
    const reach = flowClock((us) => reported.push(us));
    const end = Math.floor(2 ** 62 / 1000);
    for (const us of [10, 20, end, end + 7]) reach(us);
    expect(reported).toEqual([0, 7]);
  });
});
