// Contract of every source of period sums: the same results as attributing the windows, byte for byte, for any order of
// puts and any query.

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attribute } from '../../src/attribution/attribute.ts';
import { listFirstUses } from '../../src/attribution/first-use.ts';
import { attributePeriods } from '../../src/attribution/sums/attribute-periods.ts';
import { buildSensors } from '../../src/attribution/traffic/host-sensors.ts';
import { buildHealth } from '../../src/diagnosis/health.ts';
import { BREAKDOWNS } from '../../src/model/breakdowns.ts';
import type { UsageWindow } from '../../src/model/usage.ts';
import { makeFirstSeen } from '../../src/query/earlier-use.ts';
import { healthKnowledge, listSteps } from '../../src/query/health.ts';
import { buildReport } from '../../src/report/document/document.ts';
import { breakDown } from '../../src/report/document/part-sums.ts';
import { statsOfWindows } from '../../src/report/document/window-totals.ts';
import { type Attributor, buildAttributor } from '../../src/store/attributor.ts';
import { openClickhouse, openClickhousePeriods } from '../../src/store/clickhouse/clickhouse-store.ts';
import type { PruneProof } from '../../src/store/deletion-proof.ts';
import { openDuckdb, openDuckdbPeriods } from '../../src/store/duckdb/duckdb-store.ts';
import { History, type HistoryPart } from '../../src/store/history.ts';
import { openZone } from '../../src/time/zone.ts';
import { listCoverage } from '../../src/window/coverage.ts';
import { mergeWindows } from '../../src/window/merge-windows.ts';
import { parseSensorsFile } from '../../src/window/sensors-file.ts';
import { EMPTY_STATS } from '../../src/window/sums.ts';
import { catalogue, recorded, recordings } from '../property/judged-recordings.ts';
import { temporaryFolder } from '../temporary.ts';
import { askHistory, frameOf, type Span } from '../unit/store/ask-history.ts';
import { madeOffice, moved, START } from '../unit/store/made-office.ts';
import { ClickhouseFront, lacksEngine } from './clickhouse-front.ts';
import { MemoryPeriods } from './memory-periods.ts';

const DAY = 86_400;
const ALL_HEALTH = { isWantedHost: () => true, tool: null, text: '', leastHosts: 1 };
const attributor = buildAttributor(catalogue, 'test');
const other: Attributor = { ...attributor, key: 'another program' };

const folder = temporaryFolder('history');
let windows: UsageWindow[];
const isWithout = lacksEngine();
let front: ClickhouseFront;
beforeAll(async () => {
  if (!isWithout) front = await ClickhouseFront.start();
  const parts: (readonly UsageWindow[])[] = [];
  for (const recording of recordings.filter((_, i) => i % 10 === 0)) parts.push(await recorded(recording));
  windows = mergeWindows(madeOffice(parts), severalSensors(parts));
});
afterAll(async () => {
  if (!isWithout) await front.close();
});

/**
 * Three sensors over the whole week: two see one host as often, by flows of which some are in both, and the third one
 * reports that host and hosts of the office now and then.
 */
function severalSensors(recordings: readonly (readonly UsageWindow[])[]): UsageWindow[] {
  const [first = [], second = []] = recordings.filter((each) => each.some(({ rows }) => rows.length > 2));
  const found: UsageWindow[] = [];
  for (let hour = 0; hour < 7 * 24; hour += 5) {
    const at = START + hour * 3600 + 300;
    found.push(...moved(first, at, 'one', () => '10.1.0.1'));
    if (hour % 2 === 0) found.push(...moved(first, at, 'two', () => '10.1.0.1'));
    else found.push(...moved(second, at, 'two', () => '10.1.0.1'));
    // In the quarter hour of the others, before them, and without a use: an order in which stores differed.
    const silent = first.slice(0, 1).map((window) => ({ ...window, rows: [], queriedNames: [] }));
    if (hour % 25 === 0) found.push(...moved(silent, at - 300, 'three', () => '10.1.0.1'));
    if (hour % 40 === 0) found.push(...moved(second, at + 1800, 'three', () => '10.1.0.1'));
    if (hour % 35 === 0) found.push(...moved(second, at + 2700, 'three', (host) => `${host}-busy`));
  }
  return mergeWindows(found);
}

const attributed = new Map<string, unknown>();

/** Attribution of all windows: once for all sources. */
function attributedWindows(span: Span, timezone: string): unknown {
  const key = `${span.from} ${span.to} ${timezone}`;
  const known = attributed.get(key) ?? attributeWindows(span, timezone);
  attributed.set(key, known);
  return known;
}

function attributeWindows(span: Span, timezone: string): unknown {
  const zone = openZone(timezone);
  const part = windows.filter(({ startSeconds }) => startSeconds >= span.from && startSeconds < span.to);
  const firstSeenEver = makeFirstSeen(listFirstUses(attributePeriods(windows, catalogue)));
  const attributions = attribute(part, catalogue, { zone, firstSeenEver });
  const asked = { sinceSeconds: span.from, untilSeconds: span.to };
  const frame = frameOf(
    timezone,
    statsOfWindows(part),
    listCoverage(part, zone, { around: windows, requestedSpan: asked }),
  );
  const document = buildReport({ ...frame, attributions, windows: part });
  const breakdowns = BREAKDOWNS.map((by) => breakDown({ attributions, windows: part, zone, by }));
  return { document, breakdowns };
}

/** Answer of a source. */
const asked = async (history: History, span: Span, timezone: string): Promise<unknown> =>
  await askHistory(history, span, timezone);

/** A kind of store that keeps sums. */
interface Keeper {
  /** Path `name` for other tests; nothing exists there. */
  readonly pathOf: (name: string) => string;
  /** Puts windows, and computes pending sums, if the source has any. */
  readonly put: (path: string, part: readonly UsageWindow[], by: Attributor | null) => Promise<void>;
  readonly prune: (
    path: string,
    beforeSeconds: number,
    sensors: readonly string[] | null,
  ) => Promise<PruneProof>;
  readonly open: (path: string, by?: Attributor) => Promise<History>;
}

const KEEPERS: Record<'DuckDB' | 'ClickHouse', Keeper> = {
  DuckDB: {
    pathOf: (name) => join(folder, `${name}.duckdb`),
    async put(path, part, by) {
      const store = await openDuckdb(path, { mode: 'write', attributor: by });
      await store.put(part);
      await store.close();
    },
    async prune(path, beforeSeconds, sensors) {
      const store = await openDuckdb(path, { mode: 'write', attributor });
      const proof = await store.prune(beforeSeconds, sensors);
      await store.close();
      return proof;
    },
    open: async (path, by = attributor) => new History(await openDuckdbPeriods(path), by),
  },
  ClickHouse: {
    pathOf: () => front.newAddress(),
    async put(path, part, by) {
      const store = await openClickhouse(path, { mode: 'write' });
      await store.put(part);
      // By others each time: buckets pass from shard to shard.
      const of = 1 + (part.length % 3);
      for (let i = 1; i <= of && by !== null; i++) await store.attribute(by, { part: i, of });
      await store.close();
    },
    async prune(path, beforeSeconds, sensors) {
      const store = await openClickhouse(path, { mode: 'write' });
      const proof = await store.prune(beforeSeconds, sensors);
      await store.close();
      return proof;
    },
    async open(path, by = attributor) {
      const periods = await openClickhousePeriods(path, by);
      if (periods === null) throw new Error(`${path} keeps no sums`);
      return new History(periods, by);
    },
  },
};

const keepersHere = (): [string, Keeper][] =>
  Object.entries(KEEPERS).filter(([kind]) => kind !== 'ClickHouse' || !isWithout);

/** All windows in memory; `keeps`: with their sums. */
const inMemory = (keeps: boolean): History =>
  new History(new MemoryPeriods(windows, attributor, keeps), attributor);

const SPANS = [
  { about: 'everything', from: 0, to: 10_000_000_000 },
  { about: 'one day', from: START + 2 * DAY, to: START + 3 * DAY },
  {
    about: 'a cut through the middle of periods',
    from: START + DAY + 9 * 3600 + 600,
    to: START + 4 * DAY + 15 * 3600,
  },
  { about: 'an hour', from: START + DAY + 10 * 3600, to: START + DAY + 11 * 3600 },
  { about: 'nothing', from: START - 9 * DAY, to: START - 8 * DAY },
];
/** The clocks of Berlin change in that week. */
const ZONES = ['Europe/Berlin', 'Asia/Kathmandu'];
const CASES = SPANS.flatMap((span) => ZONES.map((zone) => ({ ...span, zone })));

async function put(
  keeper: Keeper,
  parts: readonly (readonly UsageWindow[])[],
  by: Attributor | null,
): Promise<string> {
  const path = keeper.pathOf(`made-${made++}`);
  for (const part of parts) await keeper.put(path, part, by);
  return path;
}
let made = 0;

/** A host with a model request every hour for three days, and answers that take as long. */
function restless(): UsageWindow[] {
  const [first] = windows.flatMap(({ rows }) => rows).filter(({ name }) => name === 'api.anthropic.com');
  if (first === undefined) throw new Error('no recording asks api.anthropic.com');
  const exchange = {
    ...{ startMs: 1000, bytesUp: 40_000, bytesDown: 9000, recordsUp: 3, recordsDown: 20, largestUp: 16_000 },
    ...{ largestDown: 500, firstDown: 200, waitMs: 100, largestGapMs: 40, uploadMs: 5, messagesUp: 1 },
    ...{ flags: 0, flow: 0 },
  };
  return Array.from({ length: 72 }, (_, hour): UsageWindow => {
    const startSeconds = START + hour * 3600;
    const [firstUs, lastUs] = [startSeconds * 1e6 + 5, startSeconds * 1e6 + 59e6];
    const answerMs = [5_400_000, 3_599_000, 1000, 3_598_000][hour % 4] ?? 0;
    const row = { ...first, host: '10.0.0.9', firstUs, lastUs, helloTimesUs: [firstUs] };
    return {
      ...{
        sensor: 'restless',
        startSeconds,
        revision: 0,
        lengthSeconds: 60,
        stats: EMPTY_STATS,
        hosts: [],
        queriedNames: [],
      },
      rows: [{ ...row, exchanges: [{ ...exchange, answerMs }] }],
    };
  });
}

/** What a summary has of days: whether an amount is unknown, zero or more. */
const summaryDays = ({ attributions }: HistoryPart): string[] =>
  attributions
    .flatMap(({ host, tools, providers }) =>
      [...tools, ...providers].flatMap(({ use: { tool, days } }) =>
        days.map(({ date, confidence, activeMinutes, bytesUp, bytesDown }) => {
          const isActive = activeMinutes === null ? null : activeMinutes !== 0;
          return [host, tool, date, confidence, isActive, bytesUp + bytesDown !== 0].join(' ');
        }),
      ),
    )
    .sort();

describe('a source of period sums', () => {
  /** Half of the windows first, then the other half, whose periods extend into those of the first. */
  const halves = (): UsageWindow[][] =>
    [0, 1].map((half) => windows.filter((_, i) => Math.floor(i / 7) % 2 === half));
  const days = (): UsageWindow[][] =>
    [0, 1, 2, 3, 4, 5, 6, 7].map((day) =>
      windows.filter(({ startSeconds }) => Math.floor((startSeconds - START) / DAY) === day),
    );
  /** The previous day, in which the continuously active host was present too: its block crosses the boundary. */
  const dayBefore = (): UsageWindow[] =>
    windows
      .filter(({ startSeconds }) => startSeconds < START + DAY)
      .flatMap((window) =>
        moved([window], window.startSeconds - DAY, `${window.sensor}-before`, (host) => host),
      );
  const ways: Record<string, (keeper: Keeper) => Promise<string>> = {
    'attributed at once': (keeper) => put(keeper, [windows], attributor),
    'attributed day by day': (keeper) => put(keeper, days(), attributor),
    'attributed piece by piece, late windows among it': (keeper) => put(keeper, halves(), attributor),
    'not attributed': (keeper) => put(keeper, [windows], null),
    'attributed by another program': (keeper) => put(keeper, [windows], other),
    'attributed but for what came last': async (keeper) => {
      const [first = [], second = []] = halves();
      const path = await put(keeper, [first], attributor);
      await keeper.put(path, second, null);
      return path;
    },
    'pruned of what was before': async (keeper) => {
      const path = await put(keeper, [[...dayBefore(), ...windows]], attributor);
      expect(await keeper.prune(path, START, null)).toMatchObject({ foundAfterwards: 0 });
      return path;
    },
    'pruned of what was before, and attributed again': async (keeper) => {
      const path = await put(keeper, [[...dayBefore(), ...windows]], attributor);
      expect(await keeper.prune(path, START, null)).toMatchObject({ foundAfterwards: 0 });
      await keeper.put(path, [], attributor);
      return path;
    },
  };
  ways['pruned of another sensor'] = async (keeper) => {
    const elsewhere = windows.flatMap((window) =>
      moved([window], window.startSeconds + 900, `${window.sensor}-elsewhere`, (host) => host),
    );
    const path = await put(keeper, [[...elsewhere, ...windows]], attributor);
    const sensors = [...new Set(elsewhere.map(({ sensor }) => sensor))].sort();
    const proof = await keeper.prune(path, START + 40 * DAY, sensors);
    expect([proof.deletedWindows, proof.foundAfterwards]).toEqual([elsewhere.length, 0]);
    return path;
  };
  const paths = new Map<string, Promise<string>>();
  const sources: Record<string, () => Promise<History>> = {
    'in memory, all of it attributed before': async () => inMemory(true),
    'in memory, all of it attributed when asked': async () => inMemory(false),
  };
  for (const [kind, keeper] of keepersHere()) {
    for (const [way, make] of Object.entries(ways)) {
      const name = `in ${kind}, ${way}`;
      sources[name] = async () => {
        const path = paths.get(name) ?? make(keeper);
        paths.set(name, path);
        return await keeper.open(await path);
      };
    }
  }

  describe.each(Object.keys(sources))('%s', (name) => {
    const cases = / at once$|memory.* before$/.test(name)
      ? CASES
      : CASES.filter(({ zone }) => zone === 'Asia/Kathmandu').slice(0, 2);
    it.each(cases)('answers for $about in $zone', async ({ from, to, zone }) => {
      const source = await sources[name]?.();
      if (source === undefined) throw new Error(name);
      const answer = await asked(source, { from, to }, zone);
      const expected = attributedWindows({ from, to }, zone);
      expect(answer).toEqual(expected);
      expect(JSON.stringify(answer)).toBe(JSON.stringify(expected));
    });

    it.each(cases.slice(0, 1))('has the days of $about in a summary', async ({ from, to, zone }) => {
      const source = await sources[name]?.();
      if (source === undefined) throw new Error(name);
      const question = { span: { from, to }, zone: openZone(zone), firstSeen: () => null };
      const [whole, summary] = [
        await source.part(question),
        await source.part({ ...question, isSummary: true }),
      ];
      await source.close();
      expect(summaryDays(whole)).not.toEqual([]);
      expect(summaryDays(summary)).toEqual(summaryDays(whole));
    });

    it.each(cases)('sums outcomes by steps of time for $about in $zone', async ({ from, to, zone }) => {
      const source = await sources[name]?.();
      if (source === undefined) throw new Error(name);
      const { step, steps } = await source.outcomeSteps({ from, to }, openZone(zone));
      const part = windows.filter(({ startSeconds }) => startSeconds >= from && startSeconds < to);
      const expected = listSteps(part, step, openZone(zone));
      expect(buildHealth({ step, steps, attempts: [] }, healthKnowledge(catalogue), ALL_HEALTH)).toEqual(
        buildHealth({ step, steps: expected, attempts: [] }, healthKnowledge(catalogue), ALL_HEALTH),
      );
      if (from === 0) expect(expected.length).toBeGreaterThan(2);
    });
  });

  it.each(keepersHere())('counts the rows of a span in %s', async (kind, keeper) => {
    const path = keeper.pathOf('rows');
    await keeper.put(path, windows, attributor);
    const periods =
      kind === 'DuckDB' ? await openDuckdbPeriods(path) : await openClickhousePeriods(path, attributor);
    for (const { from, to } of SPANS) {
      const part = windows.filter(({ startSeconds }) => startSeconds >= from && startSeconds < to);
      const rows = part.reduce((sum, { rows: own }) => sum + own.length, 0);
      expect(await periods?.usageRows({ from, to })).toBe(rows);
    }
    await periods?.close();
  });

  it('attributes by a sensors file, for which other sums are not valid', async () => {
    const networks = parseSensorsFile(
      'sensors: [{ name: one, networks: [10.1.0.0/16] }, { name: two, networks: [10.2.0.0/16] }]',
      'sensors.yaml',
    );
    const part = windows.filter(({ sensor }) => ['one', 'two', 'three'].includes(sensor));
    const zone = openZone('UTC');
    const raw = listFirstUses(attributePeriods(part, catalogue, { sensors: buildSensors(networks) }));
    const firstSeenEver = makeFirstSeen(raw);
    const attributions = attribute(part, catalogue, { zone, firstSeenEver, networks });
    const rules = attributions
      .flatMap(({ tools }) => tools)
      .flatMap(({ use }) => use.evidence.map(({ rule }) => rule));
    expect(rules).toContain('outside-networks');
    expect(rules).not.toContain('unusual-sensor');
    const frame = frameOf('UTC', statsOfWindows(part), listCoverage(part, zone));
    const expected = buildReport({ ...frame, attributions, windows: part });
    const bound = buildAttributor(catalogue, 'test', networks);
    for (const [, { pathOf, put: add, open }] of keepersHere()) {
      for (const by of [bound, attributor, null]) {
        const path = pathOf(`bound-${made++}`);
        for (const half of [0, 1])
          await add(
            path,
            part.filter((_, i) => i % 2 === half),
            by,
          );
        const history = await open(path, bound);
        expect(await history.isCurrent()).toBe(by === bound);
        const { document } = await askHistory(history, { from: 0, to: 10_000_000_000 }, 'UTC');
        expect(document).toEqual(expected);
      }
    }
  }, 120_000);

  it('tells runs of requests that go on over the end of a period', async () => {
    const kept = windows;
    windows = restless();
    try {
      const parts = [0, 20, 49, 50].map((hour, i, hours) => windows.slice(hour, hours[i + 1]));
      const stores: (() => Promise<History>)[] = [];
      for (const [, keeper] of keepersHere()) {
        const atOnce = await put(keeper, [windows], attributor);
        const grown = await put(keeper, parts, attributor);
        stores.push(
          () => keeper.open(atOnce),
          () => keeper.open(grown),
        );
      }
      const whole = { from: START, to: START + 4 * DAY };
      const cut = { from: START + 5 * 3600, to: START + 3 * DAY };
      for (const span of [whole, cut]) {
        const expected = attributedWindows(span, 'UTC');
        expect(await asked(inMemory(true), span, 'UTC')).toEqual(expected);
        for (const open of stores) expect(await asked(await open(), span, 'UTC')).toEqual(expected);
      }
    } finally {
      windows = kept;
    }
  });

  it('that was summed into quarter hours answers as one that was attributed afterwards', async () => {
    const answers: unknown[] = [];
    const span = { from: START + DAY, to: START + 5 * DAY };
    for (const by of [attributor, null]) {
      const path = await put(KEEPERS.DuckDB, [windows], by);
      const store = await openDuckdb(path, { mode: 'write', attributor: by });
      expect((await store.rollUp(START + 3 * DAY)).summed).toBeGreaterThan(0);
      await store.close();
      answers.push(await asked(await KEEPERS.DuckDB.open(path), span, 'UTC'));
    }
    expect(answers[0]).toEqual(answers[1]);
  });
});
