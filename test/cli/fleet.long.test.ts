// A fleet as people see it: who delivers, who is silent, and what a report rests on.

import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { noteSensor } from '../../src/store/spool.ts';
import { addTo } from '../contract/carried.ts';
import { makeFleet } from '../made-fleet.ts';
import { temporaryFolder } from '../temporary.ts';
import { wiretally } from './run.ts';

const folder = temporaryFolder('fleet');
const path = (...names: string[]): string => join(folder, ...names);

const FACTS = { program: '0.1.0', catalogue: '2026.11.1', policy: null, keepsName: true };
const fleet = makeFleet({ sensors: 2, days: 6, quarters: 8, hosts: 3, seed: 5 }).map((made, i) =>
  // The second one tells nothing of the last two days.
  i === 0 ? made : { ...made, windows: made.windows.slice(0, 32), late: [] },
);
const POLICY = `version: 1
name: fleet
timezone: UTC
rules:
  - { id: NO-GEMINI, title: no Gemini CLI, match: { tools: [gemini-cli] }, action: deny, effective: 2026-03-01 }
`;

beforeAll(async () => {
  mkdirSync(path('fleet'), { recursive: true });
  for (const { sensor, windows, late } of fleet) {
    addTo(path(sensor), [...windows, ...late]);
    await noteSensor(path(sensor), sensor, FACTS);
    expect(await wiretally(['fleet', 'ship', path(sensor), '--to', path('fleet'), '--once'])).toMatchObject({
      code: 0,
    });
  }
  const store = await openStore(path('fleet.duckdb'), { mode: 'write' });
  await store.put(fleet.flatMap(({ windows, late }) => [...windows, ...late]));
  await store.close();
  cpSync(path('fleet', '.sensors'), path('fleet.duckdb.sensors'), { recursive: true });
  writeFileSync(path('policy.yaml'), POLICY);
});

describe('the sensors of a fleet', () => {
  const sensorsOf = async (store: string): Promise<unknown> => {
    const { out } = await wiretally([
      'fleet',
      'sensors',
      path(store),
      '--json',
      '--at',
      '2026-04-06T12:00:00Z',
    ]);
    return JSON.parse(out);
  };

  it('are told with last window, lag, coverage, versions and state, of every store alike', async () => {
    const told = await sensorsOf('fleet');
    expect(told).toMatchObject({
      schema: 1,
      at: '2026-04-06T12:00:00.000000Z',
      sensors: [
        {
          sensor: 'site-1',
          last: '2026-04-06T10:00:00.000000Z',
          lagSeconds: 7200,
          windows: 48,
          catalogue: '2026.11.1',
          state: 'silent',
        },
        {
          sensor: 'site-2',
          last: '2026-04-04T10:00:00.000000Z',
          lagSeconds: 180_000,
          windows: 32,
          program: '0.1.0',
          state: 'silent',
        },
      ],
    });
    expect(await sensorsOf('fleet.duckdb')).toEqual(told);
    const { out } = await wiretally(['fleet', 'sensors', path('fleet'), '--at', '2026-04-06T10:10:00Z']);
    expect(out.split('\n')).toEqual([
      'SENSOR STATE      RECORDS UNTIL        LAG    COVERAGE DROPS CLOCK PROGRAM CATALOGUE RECORDS FROM',
      'site-1 delivering 2026-04-06T10:00:00Z 10 min 9 %      0     –     0.1.0   2026.11.1 2026-04-01',
      'site-2 silent     2026-04-04T10:00:00Z 2 days 10 %     0     –     0.1.0   2026.11.1 2026-04-01',
      '',
    ]);
  });

  it('are told by which signed configuration they evaluate, and which of them by an older one', async () => {
    const sha256 = 'a'.repeat(64);
    for (const [i, { sensor, windows }] of fleet.entries()) {
      addTo(path('handed', sensor), windows);
      await noteSensor(path('handed', sensor), sensor, {
        ...FACTS,
        signedConfig: { revision: 7 - i, sha256 },
      });
      const words = ['fleet', 'ship', path('handed', sensor), '--to', path('handed-fleet'), '--once'];
      expect(await wiretally(words)).toMatchObject({ code: 0 });
    }
    const { out } = await wiretally([
      'fleet',
      'sensors',
      path('handed-fleet'),
      '--at',
      '2026-04-06T10:10:00Z',
    ]);
    const [head, ...lines] = out.trimEnd().split('\n');
    expect(head).toMatch(/CATALOGUE RECORDS FROM CONFIG$/);
    expect(lines.map((line) => line.split(' ').at(-1))).toEqual(['7', '6', '7']);
    expect(lines.at(-1)).toBe('site-2: evaluates by signed configuration 6; the newest in this fleet is 7');
  });

  it.each([
    { span: 'all', words: [] },
    { span: 'days in which one was silent', words: ['--since', '2026-04-05'] },
    { span: 'days in which none was', words: ['--until', '2026-04-04'] },
  ])('are in a report of $span, the same from windows and from sums', async ({ span, words }) => {
    const reportOf = async (store: string, ...more: string[]): Promise<string> =>
      (await wiretally(['analyze', path(store), '--json', ...words, ...more])).out.replaceAll(
        'fleet.duckdb',
        'fleet',
      );
    const [windows, sums] = [await reportOf('fleet'), await reportOf('fleet.duckdb')];
    expect(sums).toBe(windows);
    const document = JSON.parse(windows) as {
      sensors: { sensor: string; silent: unknown[] }[];
      coverage: { gaps: { from: string; reason: string }[] }[];
    };
    // The sensors run from 8 to 10 o'clock.
    const gaps = document.coverage.flatMap((day) => day.gaps);
    const nights = gaps.filter(({ reason }) => reason === 'nothing was captured');
    expect(nights.length).toBeGreaterThan(0);
    for (const { from } of nights) expect(from).toMatch(/T(10|00):00:00/);
    const from = span === 'all' ? '2026-04-04T10:00:00.000000Z' : '2026-04-05T00:00:00.000000Z';
    const isSilent = span !== 'days in which none was';
    expect(document.sensors.map(({ sensor, silent }) => [sensor, silent])).toEqual([
      ['site-1', []],
      ['site-2', isSilent ? [{ from, to: '2026-04-06T10:00:00.000000Z' }] : []],
    ]);
    expect(gaps.filter((gap) => !nights.includes(gap))).toEqual(
      isSilent
        ? [{ from, to: '2026-04-06T10:00:00.000000Z', reason: 'a sensor of the fleet was silent' }]
        : [],
    );
  });

  it('leave a verdict open where one of them was silent', async () => {
    const verdictOf = async (...words: string[]): Promise<unknown> => {
      const { out } = await wiretally([
        'analyze',
        path('fleet'),
        '--policy',
        path('policy.yaml'),
        '--json',
        ...words,
      ]);
      return (JSON.parse(out) as { summary: { rules: { verdict: string }[] } }).summary.rules[0]?.verdict;
    };
    const day = ['--since', '2026-04-05T08:00:00Z', '--until', '2026-04-05T10:00:00Z'];
    expect(await verdictOf(...day)).toBe('inconclusive');
  });

  it('give a name back that is asked for', async () => {
    cpSync(path('fleet'), path('other'), { recursive: true });
    expect((await wiretally(['fleet', 'sensors', path('other'), '--forget', 'site-9'])).code).toBe(2);
    expect((await wiretally(['fleet', 'sensors', path('other'), '--forget', 'site-2'])).code).toBe(0);
    const { out } = await wiretally(['analyze', path('other'), '--json']);
    expect(
      (JSON.parse(out) as { sensors: { silent: unknown[] }[] }).sensors.map(({ silent }) => silent),
    ).toEqual([[], []]);
  });
});
