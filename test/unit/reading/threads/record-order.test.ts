// The rest of a batch of a capture is read once the answers of its time, and of one second more, are known.

import { describe, expect, it } from 'vitest';
import { BATCH, BATCH_MAGIC, LAYOUT_VERSION } from '../../../../src/native/record-layout.ts';
import { orderRecords, readProgress } from '../../../../src/reading/threads/record-order.ts';

const EMPTY_COUNTERS: readonly string[] = [];

function batchAt(clockMs: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(BATCH.size);
  const view = new DataView(bytes.buffer);
  view.setUint32(BATCH.magic, BATCH_MAGIC, true);
  view.setUint16(BATCH.layoutVersion, LAYOUT_VERSION, true);
  view.setBigInt64(BATCH.clockNs, BigInt(clockMs) * 1_000_000n, true);
  view.setBigInt64(BATCH.settledNs, -(2n ** 63n), true);
  return bytes;
}

/** Adds batches in this order, and ends all threads. Returns what was read, with the clocks of the batches. */
function order(threads: number, batches: readonly (readonly [thread: number, clockMs: number])[]): string[] {
  const read: string[] = [];
  let inUse = 0;
  const records = orderRecords(threads, EMPTY_COUNTERS, {
    onBatch: (bytes, _, part) => {
      read.push(`${part} ${readProgress(bytes).clockUs / 1000}`);
      return false;
    },
  });
  for (const [thread, clockMs] of batches) {
    const bytes = batchAt(clockMs);
    inUse++;
    const release = (): void => {
      inUse--;
      bytes.fill(0);
    };
    records.add(thread, { bytes, length: bytes.length, ...readProgress(bytes), release });
    expect(inUse).toBeLessThanOrEqual(2 * threads);
  }
  for (let thread = 0; thread < threads; thread++) records.end(thread);
  expect(inUse).toBe(0);
  return read;
}

describe('batches of a capture', () => {
  it('wait for answers up to a second later', () => {
    expect(
      order(1, [
        [0, 5000],
        [0, 5400],
        [0, 6000],
      ]),
    ).toEqual(['answers 5000', 'answers 5400', 'answers 6000', 'others 5000', 'others 5400', 'others 6000']);
  });

  it('wait for the answers of every thread', () => {
    expect(
      order(2, [
        [0, 5000],
        [0, 9000],
        [1, 5500],
        [1, 6000],
      ]),
    ).toEqual([
      ...['answers 5000', 'answers 9000', 'answers 5500', 'answers 6000', 'others 5000'],
      ...['others 9000', 'others 5500', 'others 6000'],
    ]);
  });

  it('leave a thread its buffers, however many wait', () => {
    const clocks = Array.from({ length: 20 }, (_, i) => 5000 + i);
    const read = order(
      1,
      clocks.map((clockMs) => [0, clockMs] as const),
    );
    expect(read.filter((text) => text.startsWith('others'))).toEqual(clocks.map((ms) => `others ${ms}`));
  });
});
