import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildHealth, type HealthView } from '../../../src/diagnosis/health.ts';
import type { Health, StepCells } from '../../../src/model/health.ts';
import { DELAY_BOUNDS_MS, type OutcomeKind } from '../../../src/model/outcome.ts';
import type { ReportAttempt } from '../../../src/model/report.ts';
import type { OutcomeCell } from '../../../src/model/usage.ts';
import { formatStep, nextStep, stepStart } from '../../../src/time/steps.ts';
import { openZone } from '../../../src/time/zone.ts';
import { sumOutcomes } from '../../../src/window/host-parts.ts';
import { numbersAt } from '../cell-numbers.ts';
import { delayBucket } from './delay-bucket.ts';

const START = 1_790_000_100;
const HOSTS = ['10.1.0.5', '10.1.0.6'];
const NAMES = ['api.anthropic.com', 'api.openai.com', 'intranet.corp.test'];
const TOOLS: Readonly<Record<string, readonly string[]>> = {
  'api.anthropic.com': ['anthropic-api', 'claude-code'],
  'api.openai.com': ['codex'],
};
const known = {
  toolsOf: (name: string) => TOOLS[name] ?? [],
  isModel: () => true,
  ...{ isMixed: () => false, runtimeOf: () => null },
  titleOf: (tool: string) => tool.toUpperCase(),
};
const ALL: HealthView = { isWantedHost: () => true, tool: null, text: '', leastHosts: 1 };

/** Delays as counts by bucket. */
function counts(...delaysMs: readonly number[]): number[] {
  const buckets = delaysMs.map((ms) => delayBucket(ms * 1000));
  return Array.from(
    { length: Math.max(...buckets) + 1 },
    (_, i) => buckets.filter((bucket) => bucket === i).length,
  );
}

function cell(kind: OutcomeKind, more: Partial<OutcomeCell> = {}): OutcomeCell {
  const key = { host: '10.1.0.5', name: 'api.anthropic.com', server: '160.79.104.10', port: 443 };
  return { ...key, kind, detail: 0, ...numbersAt(START * 1e6, 0), ...more };
}

const health = (
  steps: readonly StepCells[],
  view: Partial<HealthView> = {},
  attempts: readonly ReportAttempt[] = [],
): Health => buildHealth({ step: 'quarter', steps, attempts }, known, { ...ALL, ...view });

const one = (...cells: readonly OutcomeCell[]): StepCells[] => [{ startSeconds: START, cells }];

test('connections are counted by result, and undecided ones are neither passed nor stopped', () => {
  const { total } = health(
    one(
      cell('served', { count: 5, segments: 200, repeated: 4 }),
      cell('synSilent', { count: 3 }),
      cell('dnsError', { count: 2, detail: 3 }),
      cell('opened', { count: 4 }),
      cell('icmp', { count: 9 }),
      cell('dnsAnswered', { count: 9 }),
      cell('dnsEmpty', { count: 9, detail: 28 }),
    ),
  );
  expect(total).toMatchObject({
    ...{ tried: 14, passed: 5, stopped: 3, unresolved: 2, undecided: 4, hosts: 1 },
    ...{ segments: 200, repeated: 4, connection: null, answer: null },
  });
});

test('names that no tool uses are left out', () => {
  expect(health(one(cell('served', { name: 'intranet.corp.test' }), cell('served', { name: '' })))).toEqual({
    ...health([]),
  });
});

test('median and 95 % are the buckets of the nearest ranks', () => {
  const delays = [...Array.from({ length: 18 }, () => 25), 160, 4000];
  const { connection, answer } = health(
    one(cell('served', { count: 20, handshakeDelays: counts(...delays), answerDelays: counts(90_000) })),
  ).total;
  expect(connection).toEqual({
    measured: 20,
    median: { fromMs: 20, toMs: 30 },
    p95: { fromMs: 150, toMs: 200 },
  });
  expect(answer).toMatchObject({ measured: 1, median: { fromMs: 60_000, toMs: null } });
});

test('a delay lies above the bound before its bucket and not above its own', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000_000 }), (us) => {
      const bucket = delayBucket(us);
      expect(us).toBeGreaterThan((DELAY_BOUNDS_MS[bucket - 1] ?? 0) * 1000);
      expect(us).toBeLessThanOrEqual((DELAY_BOUNDS_MS[bucket] ?? Number.POSITIVE_INFINITY) * 1000);
    }),
  );
});

test('places come from attempts, and what they do not explain is not known', () => {
  const attempt: ReportAttempt = {
    ...{ host: '10.1.0.5', name: 'api.anthropic.com', tools: ['claude-code'], result: 'blocked' },
    ...{ leg: 'proxy', fault: 'proxy-denied', confidence: 'certain', attempts: 3, passed: 0 },
    ...{ firstSeen: '2026-09-21T13:35:00Z', lastSeen: '2026-09-21T13:36:00Z' },
  };
  const { total, tools } = health(one(cell('connectStatus', { count: 4 })), {}, [attempt]);
  expect(total.stoppedAt).toEqual([
    { leg: 'proxy', count: 3 },
    { leg: null, count: 1 },
  ]);
  expect(tools.map(({ tool, stoppedAt }) => [tool, stoppedAt.length])).toEqual([
    ['anthropic-api', 2],
    ['claude-code', 2],
  ]);
});

test('host, tool and text narrow every figure', () => {
  const cells = one(
    cell('served', { count: 2 }),
    cell('served', { host: '10.1.0.6', count: 3 }),
    cell('synSilent', { name: 'api.openai.com', count: 7 }),
  );
  const tried = (view: Partial<HealthView>): [number, number, number] => {
    const { total, tools, names } = health(cells, view);
    return [total.tried, tools.length, names.length];
  };
  expect(tried({})).toEqual([12, 3, 2]);
  expect(tried({ isWantedHost: (host) => host === '10.1.0.6' })).toEqual([3, 2, 1]);
  expect(tried({ tool: 'codex' })).toEqual([7, 1, 1]);
  expect(tried({ tool: 'claude-code' })).toEqual([5, 1, 1]);
  expect(tried({ text: 'openai' })).toEqual([7, 1, 1]);
  expect(tried({ text: 'nothing' })).toEqual([0, 0, 0]);
});

test('rows of too few hosts are left out, and so is their total', () => {
  const cells = one(cell('served'), cell('served', { host: '10.1.0.6', name: 'api.openai.com' }));
  expect(health(cells, { leastHosts: 2 })).toMatchObject({
    ...{ tools: [], names: [], suppressed: 5, total: { tried: 2 } },
  });
  expect(health(cells, { leastHosts: 3 }).total).toMatchObject({ tried: 0, steps: [] });
});

test('the same figures come from one part and from many', () => {
  const outcome = fc.record({
    host: fc.constantFrom(...HOSTS),
    name: fc.constantFrom(...NAMES),
    kind: fc.constantFrom<OutcomeKind>('served', 'opened', 'synSilent', 'helloReset', 'dnsError'),
    step: fc.integer({ min: 0, max: 3 }),
    delays: fc.array(fc.integer({ min: 0, max: DELAY_BOUNDS_MS.length }), { maxLength: 4 }),
    segments: fc.integer({ min: 0, max: 90 }),
    part: fc.integer({ min: 0, max: 2 }),
  });
  fc.assert(
    fc.property(fc.array(outcome, { maxLength: 30 }), (outcomes) => {
      const cells = outcomes.map(({ host, name, kind, step, delays, segments, part }) => {
        const handshakeDelays = Array.from(
          { length: Math.max(-1, ...delays) + 1 },
          (_, i) => delays.filter((bucket) => bucket === i).length,
        );
        const made = cell(kind, {
          host,
          name,
          segments,
          ...(delays.length === 0 ? {} : { handshakeDelays }),
        });
        return { step: START + step * 900, part, made };
      });
      const stepsOf = (all: typeof cells): StepCells[] =>
        [0, 1, 2, 3].flatMap((step) => {
          const startSeconds = START + step * 900;
          const list = all.filter((each) => each.step === startSeconds).map(({ made }) => made);
          return list.length === 0 ? [] : [{ startSeconds, cells: sumOutcomes([list]) }];
        });
      const parts = [2, 0, 1].flatMap((part) => stepsOf(cells.filter((each) => each.part === part)));
      expect(health(parts)).toEqual(health(stepsOf(cells)));
    }),
  );
});

test('steps are quarter hours up to two days, and days of the zone after', () => {
  expect([formatStep(0), formatStep(2 * 86_400), formatStep(2 * 86_400 + 1)]).toEqual([
    'quarter',
    'quarter',
    'day',
  ]);
  const berlin = openZone('Europe/Berlin');
  expect(stepStart(1_790_000_999, 'quarter', berlin) % 900).toBe(0);
  // The clocks are set back on 25 October 2026: the day has 25 hours.
  const day = berlin.startOfDay('2026-10-25');
  expect(stepStart(day + 24 * 3600, 'day', berlin)).toBe(day);
  expect(nextStep(day, 'day', berlin)).toBe(berlin.startOfDay('2026-10-26'));
  expect(nextStep(900, 'quarter', berlin)).toBe(1800);
});

test('steps are minutes for an hour and a half, where windows are as short as that', () => {
  const longest = 90 * 60;
  expect([
    formatStep(longest, 60),
    formatStep(longest, 10),
    formatStep(longest + 1, 60),
    formatStep(60, 61),
  ]).toEqual(['minute', 'minute', 'quarter', 'quarter']);
  const berlin = openZone('Europe/Berlin');
  expect(stepStart(1_790_000_999, 'minute', berlin) % 60).toBe(0);
  expect(nextStep(1800, 'minute', berlin)).toBe(1860);
});
