// Windows of several sensors give one report, whatever order a store received, summed and combined them in.

import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attribute } from '../../src/attribution/attribute.ts';
import { listFirstUses } from '../../src/attribution/first-use.ts';
import { attributePeriods } from '../../src/attribution/sums/attribute-periods.ts';
import type { UsageWindow } from '../../src/model/usage.ts';
import { makeFirstSeen } from '../../src/query/earlier-use.ts';
import { buildReport } from '../../src/report/document/document.ts';
import { statsOfWindows } from '../../src/report/document/window-totals.ts';
import { type Attributor, buildAttributor } from '../../src/store/attributor.ts';
import { openDuckdb, openDuckdbPeriods } from '../../src/store/duckdb/duckdb-store.ts';
import { History } from '../../src/store/history.ts';
import { openZone } from '../../src/time/zone.ts';
import { listCoverage } from '../../src/window/coverage.ts';
import { mergeWindows } from '../../src/window/merge-windows.ts';
import { BARE_HOST } from '../bare-facts.ts';
import { temporaryFolder } from '../temporary.ts';
import { CLAUDE_START, exchange, FORMS, post, row, START, window } from '../unit/attribution/rows.ts';
import { askHistory, frameOf } from '../unit/store/ask-history.ts';
import { catalogue } from './judged-recordings.ts';

const attributor = buildAttributor(catalogue, 'test');
const other: Attributor = { ...attributor, key: 'another program' };
const folder = temporaryFolder('order');

/** One minute of a sensor, with the host as a whole, and with a use of Claude Code where it saw one. */
interface Minute {
  readonly sensor: string;
  readonly host: string;
  readonly minute: number;
  readonly hasUse: boolean;
}

function windowOf({ sensor, host, minute, hasUse }: Minute): UsageWindow {
  const startSeconds = START + minute * 60;
  const [firstUs, lastUs] = [startSeconds * 1e6, (startSeconds + 20) * 1e6];
  const exchanges = [...CLAUDE_START.fetch, post(100_000, 1600), exchange({ startMs: 12_000 })];
  const use = row('api.anthropic.com', FORMS.bun1314, {
    ...{ host, exchanges, communityIds: [`1:${minute}`], firstUs, lastUs, helloTimesUs: [firstUs] },
    ...{ payloadUp: 250_000, packetsUp: 300 },
  });
  const totals = {
    ...{ host, ...BARE_HOST, flows: 1, packets: 100 },
    ...{ bytesUp: 400_000, bytesDown: 0, firstUs, lastUs },
  };
  return { ...window(hasUse ? [use] : []), startSeconds, sensor, hosts: [totals] };
}

const anyMinute = fc
  .record({
    sensor: fc.constantFrom('paris', 'oslo', 'rome'),
    host: fc.constantFrom('10.77.0.2', '10.77.0.3'),
    minute: fc.oneof(fc.integer({ min: 0, max: 44 }), fc.integer({ min: 90, max: 104 })),
    hasUse: fc.boolean(),
  })
  .map((minute): Minute => minute);

/** What a store goes through: some of the windows come, and sums are computed by this program, by another, or not. */
const anyStep = fc.record({
  takes: fc.integer({ min: 1, max: 4 }),
  by: fc.constantFrom(attributor, attributor, other, null),
});

let made = 0;

async function storeOf(
  windows: readonly UsageWindow[],
  steps: readonly { readonly takes: number; readonly by: Attributor | null }[],
): Promise<string> {
  const path = join(folder, `${made++}.duckdb`);
  let from = 0;
  for (let i = 0; from < windows.length; i++) {
    const { takes, by } = steps[i % steps.length] ?? { takes: windows.length, by: attributor };
    const store = await openDuckdb(path, { mode: 'write', attributor: by });
    await store.put(windows.slice(from, from + takes));
    await store.close();
    from += takes;
  }
  return path;
}

const SPAN = { from: START - 86_400, to: START + 86_400 };

async function reportOf(path: string): Promise<string> {
  const history = new History(await openDuckdbPeriods(path), attributor);
  return JSON.stringify((await askHistory(history, SPAN, 'UTC')).document);
}

function reportInMemory(windows: readonly UsageWindow[]): string {
  const zone = openZone('UTC');
  const firstSeenEver = makeFirstSeen(listFirstUses(attributePeriods(windows, catalogue)));
  const attributions = attribute(windows, catalogue, { zone, firstSeenEver });
  const frame = frameOf('UTC', statsOfWindows(windows), listCoverage(windows, zone));
  return JSON.stringify(buildReport({ ...frame, attributions, windows }));
}

describe('the same windows in another order', () => {
  it('of two sensors that saw a host in one quarter hour say the same of both', async () => {
    const use: Minute = { sensor: 'paris', host: '10.77.0.2', minute: 5, hasUse: true };
    const none: Minute = { sensor: 'oslo', host: '10.77.0.2', minute: 1, hasUse: false };
    const windows = [use, none].map(windowOf);
    const expected = reportInMemory(mergeWindows(windows));
    expect(expected).toContain('sensor oslo saw this host in the same quarter hour, and none of these flows');
    for (const order of [windows, windows.toReversed()])
      expect(await reportOf(await storeOf(order, [{ takes: 1, by: attributor }]))).toBe(expected);
  });

  it('give the same report, in memory and out of a store that summed them in any steps', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(anyMinute, {
          minLength: 2,
          maxLength: 12,
          selector: ({ sensor, minute }) => `${sensor} ${minute}`,
        }),
        fc.array(anyStep, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 1000 }),
        async (minutes, steps, seed) => {
          const windows = minutes.map(windowOf);
          const shuffled = windows.toSorted(
            (a, b) => orderKey(a, seed) - orderKey(b, seed) || a.startSeconds - b.startSeconds,
          );
          const expected = reportInMemory(mergeWindows(windows));
          expect(reportInMemory(mergeWindows(shuffled))).toBe(expected);
          expect(await reportOf(await storeOf(shuffled, steps))).toBe(expected);
        },
      ),
      { numRuns: 15, seed: 54 },
    );
  }, 120_000);

  it('give the same report of a store that combined old minutes before or after it summed them', async () => {
    const minutes = ['paris', 'oslo', 'rome'].flatMap((sensor, i): Minute[] =>
      [1, 6, 16, 95].map((minute) => ({ sensor, host: '10.77.0.2', minute: minute + i, hasUse: i === 1 })),
    );
    const windows = minutes.map(windowOf);
    const reports: string[] = [];
    for (const order of [windows, windows.toReversed()]) {
      for (const by of [attributor, null]) {
        const path = await storeOf(order, [{ takes: 5, by }]);
        const store = await openDuckdb(path, { mode: 'write', attributor: by });
        expect((await store.rollUp(START + 86_400)).summed).toBeGreaterThan(0);
        await store.close();
        reports.push(await reportOf(path));
      }
    }
    expect(new Set(reports).size).toBe(1);
  }, 60_000);
});

/** A number that looks random, from a window and a seed. */
const orderKey = ({ sensor, startSeconds }: UsageWindow, seed: number): number =>
  ((startSeconds / 60 + sensor.length * 7919 + sensor.charCodeAt(0)) * seed * 2_654_435_761) % 4_294_967_296;
