// One definition of observed time: report, statement, bundle, verification, comparison and list of sensors print the same figures
// of a store, and these are what its captures were made with.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Random } from '../../bench/random.ts';
import { askForTime } from '../../captures/composed/observed.ts';
import { type Machine, MORNING_US, Scene } from '../../captures/composed/scene.ts';
import { type Frame, writePcap } from '../../captures/pcap.ts';
import type { FleetSensor } from '../../src/model/fleet.ts';
import type { ReportDocument } from '../../src/model/report.ts';
import type { Statement } from '../../src/model/statement.ts';
import { removeTemporaryFolders, temporaryFolder } from '../temporary.ts';
import { wiretallyHere } from './in-process.ts';

afterAll(removeTemporaryFolders);

const START = MORNING_US / 1e6;
const STEP = 2;
const HALF = 5400;
const END = 2 * HALF;
const POLICY = `version: 1
name: p
timezone: UTC
rules:
  - { id: R1, title: t, match: { tools: [claude-code] }, action: deny, scope: { cidr: [10.20.0.0/16] } }
`;

const scene = new Scene(new Random(1));
const machine = scene.machine();
const other: Machine = { ...scene.machine(), address: Buffer.from([10, 30, 0, 7]), text: '10.30.0.7' };
const folder = temporaryFolder('figures');
const policy = join(folder, 'policy.yaml');
writeFileSync(policy, POLICY);

type Seconds = readonly [from: number, until: number];

/** A question and its answer every other second. */
function capture(name: string, of: Machine, ...spans: readonly Seconds[]): string {
  const frames: Frame[] = spans.flatMap(([from, until]) =>
    Array.from({ length: (until - from) / STEP }, (_, i) => from + i * STEP).flatMap((second) =>
      [true, false].map((isUp) => {
        const bytes = askForTime(of, 40_000 + (second % 20_000), isUp);
        return { timeUs: MORNING_US + second * 1e6 + (isUp ? 0 : 900_000), bytes, wireLength: bytes.length };
      }),
    ),
  );
  const file = join(folder, `${name}.pcap`);
  writeFileSync(file, writePcap(frames));
  return file;
}

async function run(...words: string[]): Promise<string> {
  const { code, out, err } = await wiretallyHere(words);
  expect(err).not.toContain('"error"');
  expect([0, 1], `${words.join(' ')}: ${err}`).toContain(code);
  return out;
}

const document = async (...words: string[]): Promise<ReportDocument> =>
  JSON.parse(await run('analyze', ...words, '--format', 'json'));

const timeOf = (second: number): string => new Date((START + second) * 1000).toISOString();
const PERIOD = ['--since', timeOf(0), '--until', timeOf(END)];

interface Kept {
  readonly source: string;
  /** A gap that no capture has. */
  readonly pause: Seconds;
  /** Of `fleet sensors`; null: the source is no store. */
  readonly sensor: string | null;
}

const STORES: Readonly<Record<string, () => Promise<Kept>>> = {
  'a capture with a pause': async () => {
    const source = join(folder, 'one.usage');
    const pause: Seconds = [3600, 5000];
    await run(
      'analyze',
      capture('one', machine, [0, 3600], [5000, END]),
      '--write',
      source,
      '--format',
      'json',
    );
    return { source, pause, sensor: null };
  },
  'two captures of one sensor': async () => {
    const source = join(folder, 'two.duckdb');
    for (const [i, span] of [[0, 4000] as const, [7000, END] as const].entries()) {
      const file = capture(`part-${i}`, machine, span);
      await run('analyze', file, '--sensor', 'a', '--store', source, '--format', 'json');
    }
    return { source, pause: [4000, 7000], sensor: 'a' };
  },
  'a site that paused while another one ran': async () => {
    const source = join(folder, 'sites.duckdb');
    const a = capture('site-a', machine, [0, 2000], [6000, END]);
    const b = capture('site-b', other, [0, END]);
    for (const [file, name] of [
      [a, 'a'],
      [b, 'b'],
    ] as const)
      await run('analyze', file, '--sensor', name, '--store', source, '--format', 'json');
    return { source, pause: [2000, 6000], sensor: 'a' };
  },
};

describe.each(Object.entries(STORES))('%s', (name, keep) => {
  it('has one observed time', { timeout: 240_000 }, async () => {
    const { source, pause, sensor } = await keep();
    // Second by second: the one before a pause has the answer, and the last one too.
    const seconds = END - (pause[1] - pause[0]) - 2;
    const report = await document(source, '--policy', policy, ...PERIOD);
    const observed = report.summary?.rules[0]?.observed;
    expect(Math.abs((observed?.seconds ?? 0) - seconds)).toBeLessThanOrEqual(2);
    expect(observed?.share).toBeCloseTo((observed?.seconds ?? 0) / END, 6);

    const asked = [source, '--tool', 'claude-code', '--scope', '10.20.0.0/16', ...PERIOD, '--format', 'json'];
    const bundles = ['report', 'statement'].map((kind) => join(folder, `${name}-${kind}`));
    const [reported = '', stated = ''] = bundles;
    const statement: Statement = JSON.parse(await run('attest', ...asked, '--bundle', stated));
    expect(statement.observed.share).toBe(Math.floor((observed?.share ?? 0) * 1e6) / 1e6);
    expect(statement.observed.hours).toBe(Math.round((observed?.seconds ?? 0) / 36) / 100);

    const whole = JSON.parse(
      await run('analyze', source, '--policy', policy, '--bundle', reported, '--format', 'json'),
    );
    for (const bundle of bundles) expect(await run('verify', bundle)).not.toMatch(/differ/i);
    const again = (await document(reported, '--policy', policy)).summary?.rules[0]?.observed;
    expect(again).toEqual(whole.summary.rules[0].observed);
    expect(again?.seconds).toBe(observed?.seconds);

    const half = ['--since', timeOf(HALF), '--until', timeOf(END)];
    const against = ['--against-since', timeOf(0), '--against-until', timeOf(HALF)];
    const { comparison } = await document(source, ...half, ...against);
    if (sensor !== 'a' || name.startsWith('two')) {
      const { before, after } = comparison ?? {};
      expect((before?.observedSeconds ?? 0) + (after?.observedSeconds ?? 0)).toBe(observed?.seconds);
    }
    if (sensor === null) return;
    const sensors: FleetSensor[] = JSON.parse(
      await run('fleet', 'sensors', source, '--format', 'json'),
    ).sensors;
    const own = sensors.find((one) => one.sensor === sensor);
    const length = (Date.parse(own?.last ?? '') - Date.parse(own?.first ?? '')) / 1000;
    expect(own?.coverage).toBe(Math.round((1000 * (observed?.seconds ?? 0)) / length) / 1000);
  });
});
