// Folders and files of windows are read together: the answer is that of one folder with all of their windows.

import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { ReportDocument } from '../../../src/model/report.ts';
import { buildSensorNotes } from '../../../src/store/sensor-notes.ts';
import { wiretallyHere } from '../../cli/in-process.ts';
import { temporaryFolder } from '../../temporary.ts';

const CAPTURES = join(import.meta.dirname, '../../../captures');
const DEMO = join(CAPTURES, 'demo.pcap.gz');
const CURL = join(CAPTURES, 'recordings/base-curl-api.anthropic.com.pcap.gz');
const work = temporaryFolder('together');
const [a, b, both, file, database, sites] = ['a', 'b', 'both', 'b.usage', 'x.duckdb', 'sites'].map((name) =>
  join(work, name),
) as [string, string, string, string, string, string];

beforeAll(async () => {
  for (const [capture, sensor, outputs] of [
    [DEMO, 'site-a', [a, both]],
    [CURL, 'site-b', [b, both, file]],
  ] as const) {
    for (const output of outputs) {
      const write = output === file ? output : `${output}/`;
      const words = ['analyze', capture, '--sensor', sensor, '--write', write, '--quiet'];
      expect((await wiretallyHere(words)).code).toBe(0);
    }
  }
  await wiretallyHere(['analyze', DEMO, '--sensor', 'site-a', '--store', database, '--quiet']);
  cpSync(database, `${database}2`);
  cpSync(a, join(sites, 'a'), { recursive: true });
  cpSync(b, join(sites, 'region/b'), { recursive: true });
});

const answerOf = async (inputs: readonly string[], words: readonly string[] = []): Promise<unknown> => {
  const { out, err, code } = await wiretallyHere(['analyze', ...inputs, '--format', 'json', '-q', ...words]);
  expect({ err, code }).toEqual({ err: '', code: 0 });
  return { ...(JSON.parse(out) as object), command: null };
};

it.each([
  ['two folders', [a, b]],
  ['in the other order', [b, a]],
  ['a folder and a file', [a, file]],
  ['a folder and the whole, which counts once', [both, b]],
  ['a folder of their folders', [sites]],
  ['a database and a folder', [database, b]],
  ['databases and a file', [database, `${database}2`, file]],
])('%s', async (_, inputs) => {
  const whole = await answerOf([both]);
  expect(whole).toMatchObject({ tools: expect.arrayContaining([expect.anything()]) });
  expect(await answerOf(inputs)).toEqual(whole);
  const day = ['--by', 'day', '--host', '10.20.1.13'];
  expect(await answerOf(inputs, day)).toEqual(await answerOf([both], day));
});

it.each([[[]], [[b]]])('reads a folder whose name ends as that of a file, with %j', async (others) => {
  const folder = join(work, `${others.length}-a.usage`);
  cpSync(a, folder, { recursive: true });
  expect(await answerOf([folder, ...others])).toEqual(await answerOf([a, ...others]));
});

it('names sensors of either folder that fell silent', async () => {
  const note = { program: '1', catalogue: '1', policy: null, keepsName: true, clockAheadMs: 0, arrivedMs: 0 };
  for (const [folder, sensor] of [
    [a, 'site-a'],
    [both, 'site-a'],
  ] as const)
    await buildSensorNotes(folder).claim({ ...note, sensor, instance: 'i', refused: null });
  const whole = (await answerOf([both])) as { sensors?: unknown[] };
  expect(whole.sensors).toHaveLength(2);
  expect(await answerOf([a, b])).toEqual(whole);
  expect(await answerOf([b, a])).toEqual(whole);
  const { out } = await wiretallyHere(['analyze', both]);
  expect(out.replaceAll(/\s+/g, ' ')).toMatch(
    / lost \d+ gaps, [\d.]+ days in total, the longest .*; sensor site-a silent 14 July 10:04 to 20 November 06:2\d/,
  );
});

it('names the silent sensor of a database, as of a folder', async () => {
  const store = join(work, 'both.duckdb');
  for (const [capture, sensor] of [
    [DEMO, 'site-a'],
    [CURL, 'site-b'],
  ] as const)
    await wiretallyHere(['analyze', capture, '--sensor', sensor, '--store', store, '--quiet']);
  const partOf = async (source: string): Promise<unknown> => {
    const { out } = await wiretallyHere(['analyze', source, '--format', 'json', '--quiet']);
    const { sensors = [] } = JSON.parse(out) as ReportDocument;
    return sensors.map(({ sensor, silent }) => ({ sensor, silent }));
  };
  expect(await partOf(store)).toMatchObject([{ sensor: 'site-a', silent: [expect.anything()] }, {}]);
  expect(await partOf(store)).toEqual(await partOf(both));
});

it('leaves a verdict as open on a copy as on the folder, as a sensor was silent', async () => {
  const copy = join(work, 'copy.usage');
  await wiretallyHere(['analyze', both, '--write', copy, '--quiet']);
  const policy = join(work, 'ban.yaml');
  const { out } = await wiretallyHere(['policy', 'init', '--ban', 'cursor', '--from', '2026-07-14']);
  writeFileSync(policy, out);
  const verdictOf = async (store: string): Promise<string[]> =>
    (await wiretallyHere(['analyze', store, '--policy', policy])).out.split('\n').slice(0, 5);
  expect((await verdictOf(both)).join('\n')).toContain('INCONCLUSIVE');
  expect(await verdictOf(copy)).toEqual(await verdictOf(both));
});

it('attests with the sensors of a folder, silent ones by name, and lists its files in a bundle', async () => {
  const bundle = join(work, 'statement');
  const period = ['--since', '2026-11-20', '--until', '2026-11-21'];
  const { err } = await wiretallyHere(['attest', both, '--tool', 'cursor', ...period, '--bundle', bundle]);
  expect(err).toBe('');
  const { sensors, sentence } = JSON.parse(readFileSync(join(bundle, 'statement.json'), 'utf8')) as {
    sensors: object[];
    sentence: string;
  };
  const silent = [{ from: '2026-11-20T00:00:00.000000Z', to: expect.stringMatching(/^2026-11-20T06:2/) }];
  expect(sensors).toEqual([
    { sensor: 'site-a', packets: 0, first: null, last: null, silent },
    expect.objectContaining({ sensor: 'site-b', first: expect.stringMatching(/^2026-11-20T06:2/) }),
  ]);
  expect(sentence).toContain('because sensor site-a was silent');
  const { inputs } = JSON.parse(readFileSync(join(bundle, 'manifest.json'), 'utf8')) as { inputs: object[] };
  expect(inputs).toEqual(
    readdirSync(both)
      .filter((name) => name.endsWith('.usage'))
      .map((name) => expect.objectContaining({ file: `both/${name}`, read: 'whole' })),
  );
});

it('refuses bundles together, and names a way', async () => {
  const bundle = join(work, 'bundle');
  mkdirSync(bundle);
  writeFileSync(join(bundle, 'manifest.json'), '{}');
  const { code, err } = await wiretallyHere(['analyze', bundle, bundle]);
  expect({ code, err }).toEqual({
    code: 2,
    err: expect.stringContaining('one bundle can be read at a time'),
  });
  expect(err).toContain('--write OUT/');
});

it('leaves a folder that has a capture next to folders of windows to the reader of captures', async () => {
  const mixed = join(work, 'mixed');
  cpSync(b, join(mixed, 'b'), { recursive: true });
  cpSync(DEMO, join(mixed, 'demo'));
  const { out, err } = await wiretallyHere(['analyze', mixed, '--format', 'json']);
  expect(JSON.parse(out)).toMatchObject({ tools: expect.arrayContaining([expect.anything()]) });
  expect(err).toMatch(/holds records of a sensor/);
});
