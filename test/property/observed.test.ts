// Observed time and the verdict on it are the same however captures are cut, merged, ordered, read or collected.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../bench/random.ts';
import { askForTime } from '../../captures/composed/observed.ts';
import { MORNING_US, Scene } from '../../captures/composed/scene.ts';
import { type Frame, writePcap } from '../../captures/pcap.ts';
import { catalogueFacts } from '../../src/catalogue/policy-facts.ts';
import { loadCatalogue } from '../../src/files/catalogue-files.ts';
import type { UsageWindow } from '../../src/model/usage.ts';
import { loadPolicy } from '../../src/policy/parse-policy.ts';
import { applyPolicy } from '../../src/query/apply-policy.ts';
import { reportOn } from '../../src/query/reported.ts';
import { sourceFromWindows } from '../../src/query/source.ts';
import { analyze } from '../../src/reading/captures/analyze-captures.ts';
import { joinDualStackBySensor } from '../../src/window/dual-stack.ts';
import { mergeWindows, rollUpWindows } from '../../src/window/merge-windows.ts';
import { temporaryFolder } from '../temporary.ts';

const catalogue = await loadCatalogue([]);
const folder = temporaryFolder('observed');

const policy = `version: 1
name: p
timezone: UTC
rules:
  - { id: R1, title: t, match: { tools: [claude-code] }, action: deny, effective: 2026-07-01 }
`;
const onDisk = {
  ...{ file: 'p.yaml', text: policy, sha256: '' },
  policy: loadPolicy(policy, 'p.yaml', catalogueFacts(catalogue)),
};

const scene = new Scene(new Random(1));
const machines = [scene.machine(), scene.machine()] as const;

/** A question and its answer, `second` after the morning begins. */
const packets = (second: number): Frame[] =>
  [true, false].map((isUp) => {
    const bytes = askForTime(machines[second % 2 === 0 ? 0 : 1], 40_000 + second, isUp);
    return { timeUs: MORNING_US + second * 1e6 + (isUp ? 0 : 700_000), bytes, wireLength: bytes.length };
  });

/** Runs of packets and silences between them: of any length, at times long. */
const capture = fc
  .array(
    fc.record({
      step: fc.integer({ min: 1, max: 40 }),
      count: fc.integer({ min: 1, max: 60 }),
      silence: fc.integer({ min: 0, max: 5000 }),
    }),
    {
      minLength: 2,
      maxLength: 5,
    },
  )
  .map((runs) => {
    let second = 0;
    return runs.flatMap(({ step, count, silence }) => {
      const run = Array.from({ length: count }, (_, i) => second + i * step);
      second += count * step + silence;
      return run.flatMap(packets);
    });
  });

let files = 0;
function written(frames: readonly Frame[]): string {
  const file = join(folder, `${files++}.pcap`);
  writeFileSync(file, writePcap(frames));
  return file;
}

const windowsOf = async (files: readonly string[], workers = 1): Promise<readonly UsageWindow[]> =>
  (await analyze(files, { lookup: catalogue, watchlist: catalogue.watchlist(), workers })).windows;

/** Observed time, gaps and verdict, as reports print them. */
function told(windows: readonly UsageWindow[]) {
  const source = sourceFromWindows(windows, { catalogue, networks: null }, 'UTC');
  const { document, attributions } = reportOn(source, { command: '', timezone: 'UTC' });
  const view = { onDisk, hosts: null, pseudonymOf: null };
  const { summary, coverage } = applyPolicy(document, source, attributions, view);
  const rules = summary?.rules.map(({ verdict, observed, reasons }) => ({ verdict, observed, reasons }));
  return { rules, gaps: coverage.map(({ date, gaps }) => ({ date, gaps })) };
}

const verdicts = new Set<string | undefined>();

const SEEDS = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 3 });

describe('observed time', () => {
  it('is the same however a capture is cut, merged, ordered, read or collected', async () => {
    await fc.assert(
      fc.asyncProperty(capture, SEEDS, fc.boolean(), async (frames, places, isReversed) => {
        const cuts = places.map((place) => Math.floor(place * frames.length)).sort((a, b) => a - b);
        const parts = [...cuts, frames.length]
          .map((end, i) => frames.slice(cuts[i - 1] ?? 0, end))
          .filter((part) => part.length > 0);
        const order = isReversed ? parts.toReversed() : parts;
        const whole = await windowsOf([written(frames)]);
        const expected = told(whole);
        for (const { verdict } of expected.rules ?? []) verdicts.add(verdict);
        expect(told(await windowsOf(order.map(written)))).toEqual(expected);
        expect(told(await windowsOf([written(order.flat())], 2))).toEqual(expected);
        const apart = await Promise.all(order.map((part) => windowsOf([written(part)])));
        expect(told(joinDualStackBySensor(mergeWindows(...apart)))).toEqual(expected);
        // A store sums the windows of a sensor that two captures share.
        const named = apart.flat().map((window) => ({ ...window, sensor: 'a' }));
        expect(told(rollUpWindows(named, 60))).toEqual(expected);
      }),
      { numRuns: 25, seed: 53 },
    );
    expect([...verdicts].sort()).toEqual(['compliant', 'inconclusive']);
  }, 240_000);
});
