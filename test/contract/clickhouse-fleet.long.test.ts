// A fleet whose store is a ClickHouse server: by the command line, with and without a broker.

import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noteSensor } from '../../src/store/spool.ts';
import { type Run, wiretally } from '../cli/run.ts';
import { makeFleet } from '../made-fleet.ts';
import { temporaryFolder } from '../temporary.ts';
import { Broker, lacksBroker } from './broker.ts';
import { addTo } from './carried.ts';
import { ClickhouseFront, lacksEngine } from './clickhouse-front.ts';

const folder = temporaryFolder('servers');
const path = (...names: string[]): string => join(folder, ...names);
const FACTS = { program: '0.1.0', catalogue: '2026.11.1', policy: null, keepsName: true };
const fleet = makeFleet({ sensors: 3, days: 4, quarters: 6, hosts: 4, seed: 9 });
const spoolOf = (sensor: string): string => path(`spool-${sensor}`);

const isWithout = lacksEngine();
let front: ClickhouseFront;
beforeAll(async () => {
  front = await ClickhouseFront.start();
  for (const [i, { sensor, windows, late }] of fleet.entries()) {
    // The last one ends a day early.
    addTo(spoolOf(sensor), i === 2 ? windows.slice(0, 18) : [...windows, ...late]);
    await noteSensor(spoolOf(sensor), sensor, FACTS);
    expect((await wiretally(['fleet', 'ship', spoolOf(sensor), '--to', path('fleet'), '--once'])).code).toBe(
      0,
    );
  }
});
afterAll(async () => {
  await front.close();
});

/** The server gives the same as a folder, except for its address. */
async function expectSame(address: string, words: readonly string[]): Promise<void> {
  const [verb = '', ...more] = words;
  const runOf = async (store: string): Promise<Run> => {
    const { code, out, err } = await wiretally([verb, store, ...more]);
    return { code, out: out.replaceAll(store, 'STORE'), err: err.replaceAll(store, 'STORE') };
  };
  const [server, files] = [await runOf(address), await runOf(path('fleet'))];
  expect(server).toEqual(files);
  expect(server.code).toBe(0);
}

const QUESTIONS = [
  ['analyze', '--json', '--by', 'day'],
  ['analyze', '--json', '--since', '2026-04-04'],
  ['analyze', '--format', 'csv', '--until', '2026-04-03'],
  ['analyze'],
  ['explain', '--host', '10.0.0.1', '--tool', 'claude-code'],
  ['profile', '--tool', 'claude-code'],
  ['analyze', '--policy', 'captures/demo-policy.yaml', '--json'],
];

describe.skipIf(isWithout)('a fleet on a server', () => {
  it('is reported like a folder, when spools are shipped to it', { timeout: 120_000 }, async () => {
    const address = front.newAddress();
    for (const { sensor } of fleet)
      expect(await wiretally(['fleet', 'ship', spoolOf(sensor), '--to', address, '--once'])).toMatchObject({
        code: 0,
      });
    expect(await wiretally(['fleet', 'aggregate', address])).toMatchObject({ code: 0 });
    for (const words of QUESTIONS) await expectSame(address, words);
  });

  it.skipIf(lacksBroker())(
    'is reported like a folder, when windows arrive through a broker',
    { timeout: 120_000 },
    async () => {
      mkdirSync(path('broker'));
      const broker = await Broker.start(path('broker'));
      const address = front.newAddress();
      try {
        for (const { sensor } of fleet)
          expect(
            (await wiretally(['fleet', 'ship', spoolOf(sensor), '--to', broker.url, '--once'])).code,
          ).toBe(0);
        const collect = [
          'fleet',
          'collect',
          broker.url,
          '--store',
          address,
          '--once',
          '--set-aside',
          path('aside'),
        ];
        expect(await wiretally(collect)).toMatchObject({ code: 0 });
        await expectSame(address, ['analyze', '--json', '-q']);
        const { out } = await wiretally(['fleet', 'sensors', address, '--json', '--at', '2026-04-05']);
        const { sensors } = JSON.parse(out) as {
          sensors: { sensor: string; state: string; clockAheadSeconds: number }[];
        };
        expect(sensors.map(({ sensor, state }) => [sensor, state])).toEqual(
          fleet.map(({ sensor }) => [sensor, 'silent']),
        );
        expect(sensors.every(({ clockAheadSeconds }) => Math.abs(clockAheadSeconds) < 60)).toBe(true);
      } finally {
        await broker.kill();
      }
    },
  );

  it('is pruned with a proof, and has no second sensor of a name', async () => {
    const address = front.newAddress();
    const [one] = fleet;
    cpSync(spoolOf(one?.sensor ?? ''), path('copy'), { recursive: true });
    const ship = (spool: string) => wiretally(['fleet', 'ship', spool, '--to', address, '--once']);
    expect((await ship(spoolOf(one?.sensor ?? ''))).code).toBe(0);
    rmSync(path('copy', '.spool.json'));
    expect(await ship(path('copy'))).toMatchObject({
      code: 3,
      err: expect.stringContaining('belongs to another sensor'),
    });
    const { out } = await wiretally(['store', 'prune', address, '--before', '2026-04-03', '--json']);
    expect(JSON.parse(out)).toMatchObject({ deletedWindows: 12, keptWindows: 12, foundAfterwards: 0 });
    expect((await wiretally(['store', 'compact', address])).code).toBe(0);
    const info = await wiretally(['store', 'info', address, '--json']);
    expect(JSON.parse(info.out)).toMatchObject({ kind: 'clickhouse', windows: 12, damaged: 0 });
  });

  it('is where no sensor writes itself: its windows are on its own disk first', async () => {
    const address = front.newAddress();
    const words = ['captures/demo.pcap.gz', '--sensor', 'lab', '--store', address];
    const { code, err } = await wiretally(['analyze', ...words]);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('are delivered from its spool') });
  });
});
