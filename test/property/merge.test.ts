// The laws of merging: what makes workers, files, sensors and histories combine.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_RAW_EXCHANGES } from '../../src/model/ceilings.ts';
import type { UsageExchange } from '../../src/model/usage.ts';
import { joinWindows, mergeWindows, rollUpWindows } from '../../src/window/merge-windows.ts';
import { joinExchanges, keepExchanges } from '../../src/window/sums.ts';
import { anyWindows } from './arbitrary-windows.ts';

/** A pool cut into three lists that may share windows. */
const threeLists = anyWindows.chain((pool) =>
  fc
    .array(fc.integer({ min: 0, max: 7 }), { minLength: pool.length, maxLength: pool.length })
    .map((choices) => [1, 2, 4].map((bit) => pool.filter((_, i) => ((choices[i] ?? 0) & bit) !== 0))),
);

describe('merging windows', () => {
  it('is associative, commutative and idempotent, with [] as its identity', () => {
    fc.assert(
      fc.property(threeLists, ([a = [], b = [], c = []]) => {
        const whole = mergeWindows(a, b, c);
        expect(mergeWindows(mergeWindows(a, b), c)).toEqual(whole);
        expect(mergeWindows(a, mergeWindows(b, c))).toEqual(whole);
        expect(mergeWindows(c, b, a)).toEqual(whole);
        expect(mergeWindows(whole, whole)).toEqual(whole);
        expect(mergeWindows(whole, [])).toEqual(whole);
      }),
    );
  });

  it('counts a window that comes twice once, and keeps the highest revision', () => {
    fc.assert(
      fc.property(anyWindows, (windows) => {
        const merged = mergeWindows(windows, windows);
        const highest = new Map<string, number>();
        for (const { sensor, startSeconds, revision } of windows) {
          const key = `${sensor} ${startSeconds}`;
          highest.set(key, Math.max(revision, highest.get(key) ?? 0));
        }
        expect(merged.length).toBe(highest.size);
        for (const window of merged) {
          expect(window.revision).toBe(highest.get(`${window.sensor} ${window.startSeconds}`));
        }
      }),
    );
  });
});

describe('joining the windows of several sensors', () => {
  it('does not depend on the order in which sums are made', () => {
    fc.assert(
      fc.property(anyWindows, (windows) => {
        const oneRevision = mergeWindows(windows).map((window) => ({ ...window, revision: 0 }));
        const whole = joinWindows(oneRevision);
        expect(joinWindows([...oneRevision].reverse())).toEqual(whole);
        for (let cut = 0; cut <= oneRevision.length; cut++) {
          const parts = [...joinWindows(oneRevision.slice(0, cut)), ...joinWindows(oneRevision.slice(cut))];
          expect(joinWindows(parts).map(withoutSensor)).toEqual(whole.map(withoutSensor));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('keeps every total', () => {
    fc.assert(
      fc.property(anyWindows, (windows) => {
        const merged = mergeWindows(windows);
        const bytes = (list: typeof merged): number =>
          list.flatMap((window) => window.rows).reduce((sum, row) => sum + row.bytesUp, 0);
        expect(bytes(joinWindows(merged))).toBe(bytes(merged));
        expect(bytes(rollUpWindows(merged, 900))).toBe(bytes(merged));
      }),
    );
  });

  it('rolls minutes up into the same quarter hour in any order', () => {
    fc.assert(
      fc.property(anyWindows, (windows) => {
        const merged = mergeWindows(windows);
        expect(rollUpWindows([...merged].reverse(), 900)).toEqual(rollUpWindows(merged, 900));
      }),
    );
  });
});

function withoutSensor(window: object): object {
  return { ...window, sensor: '' };
}

describe('keeping exchanges', () => {
  const exchanges = fc
    .uniqueArray(fc.integer({ min: 0, max: 900_000 }), { minLength: 0, maxLength: 700 })
    .map((starts) =>
      starts.map(
        (startMs, i): UsageExchange => ({
          startMs,
          bytesUp: startMs % 5000,
          bytesDown: startMs % 700,
          recordsUp: 1,
          recordsDown: 1 + (startMs % 9),
          largestUp: 1,
          largestDown: 1,
          firstDown: 1,
          waitMs: 0,
          answerMs: 0,
          largestGapMs: 0,
          uploadMs: 0,
          messagesUp: 1,
          flags: 0,
          flow: i,
        }),
      ),
    );

  it('keeps the earliest raw and counts all others, wherever the set was cut', () => {
    fc.assert(
      fc.property(exchanges, fc.nat(700), (raw, cut) => {
        const whole = keepExchanges(raw, []);
        const joined = joinExchanges(keepExchanges(raw.slice(0, cut), []), keepExchanges(raw.slice(cut), []));
        expect(joined).toEqual(whole);
        expect(whole.exchanges.length).toBe(Math.min(raw.length, MAX_RAW_EXCHANGES));
        const counted = whole.cells.reduce((sum, cell) => sum + cell.count, whole.exchanges.length);
        expect(counted).toBe(raw.length);
      }),
      { numRuns: 30 },
    );
  });
});
