// Windows carried from sensors to a store, by the command line and a broker: whatever is killed on the way, the report is
// that of one process which saw them all.

import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type MadeSensor, makeFleet, shuffled } from '../../bench/made-fleet.ts';
import { Random } from '../../bench/random.ts';
import type { UsageWindow } from '../../src/model/usage.ts';
import { openUsageFolder } from '../../src/store/usage-file.ts';
import { wiretally } from '../cli/run.ts';
import { Broker, lacksBroker } from './broker.ts';
import { addTo, waitingAt } from './carried.ts';

const CLI = resolve('dist/cli/main.js');
const SEED = Number(process.env.WIRETALLY_SEED ?? 15);
/** Kills of shippers and collectors; a hundred take some minutes. */
const KILLS = Number(process.env.WIRETALLY_KILLS ?? 12);
const SENSORS = Number(process.env.WIRETALLY_SENSORS ?? 10);

const folder = mkdtempSync(join(tmpdir(), 'wiretally-carry-'));
let made = 0;
let here: string;
beforeEach(() => {
  here = join(folder, `${made++}`);
  mkdirSync(here);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What one process says that saw all windows. */
async function reportOfAll(fleet: readonly MadeSensor[], words: readonly string[]): Promise<string> {
  const whole = join(here, 'whole');
  mkdirSync(whole, { recursive: true });
  const all = openUsageFolder(join(whole, 'fleet/'));
  await all.put(fleet.flatMap(({ windows, late }) => [...windows, ...late]));
  // Who delivers is written down where it was collected.
  cpSync(join(here, 'fleet.duckdb.sensors'), join(whole, 'fleet', '.sensors'), { recursive: true });
  return await reportOf(whole, 'fleet', words);
}

/** In a folder, so that the document repeats the same command. */
function reportOf(cwd: string, store: string, words: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [CLI, 'report', store, ...words], {
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  return new Promise((done) => child.once('close', () => done(out.replaceAll('fleet.duckdb', 'fleet'))));
}

const FORMATS = [
  ['--json', '--by', 'day'],
  ['--format', 'csv'],
];

describe.skipIf(lacksBroker())('windows that a broker carries', () => {
  let broker: Broker;
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    broker = await Broker.start(here);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await broker.kill();
  });

  const start = (words: readonly string[]): ChildProcess => {
    const child = spawn(process.execPath, [CLI, ...words], { stdio: 'ignore' });
    children.push(child);
    return child;
  };

  const kill = async (child: ChildProcess): Promise<void> => {
    const ended = new Promise((done) => child.once('exit', done));
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await ended;
  };

  it(`are told as one process tells them: ${SENSORS} sensors, ${KILLS} kills, a broker that goes away`, {
    timeout: 900_000,
  }, async () => {
    const fleet = makeFleet({ sensors: SENSORS, days: 30, quarters: 6, hosts: 5, seed: SEED });
    const random = new Random(SEED);
    const store = join(here, 'fleet.duckdb');
    const spoolOf = (sensor: string): string => join(here, `spool-${sensor}`);
    // Each window now and then twice, in any order within its day; the last third comes later, as do revisions.
    const later: { readonly spool: string; readonly windows: UsageWindow[] }[] = [];
    for (const { sensor, windows, late } of fleet) {
      const twice = windows.filter(() => random.below(8) === 0);
      const order = shuffled([...windows, ...twice, ...late], random);
      const cut = Math.floor((2 * order.length) / 3);
      addTo(spoolOf(sensor), order.slice(0, cut));
      later.push({ spool: spoolOf(sensor), windows: order.slice(cut) });
    }
    const ship = (sensor: string): string[] => ['ship', spoolOf(sensor), '--to', broker.url, '--every', '1'];
    const collect = ['collect', broker.url, '--store', store];
    const shippers = new Map(fleet.map(({ sensor }) => [sensor, start(ship(sensor))]));
    let collector = start(collect);
    for (let i = 0; i < KILLS; i++) {
      await new Promise((wake) => setTimeout(wake, 150 + random.below(500)));
      if (i % 3 === 0) {
        await kill(collector);
        collector = start(collect);
      } else {
        const { sensor } = fleet[random.below(fleet.length)] ?? { sensor: '' };
        const shipper = shippers.get(sensor);
        if (shipper !== undefined) await kill(shipper);
        shippers.set(sensor, start(ship(sensor)));
      }
      if (i === Math.floor(KILLS / 2)) {
        await broker.kill();
        for (const { spool, windows } of later) addTo(spool, windows);
        await new Promise((wake) => setTimeout(wake, 1500));
        await broker.start();
      }
    }
    for (const child of children.splice(0)) await kill(child);
    for (const { sensor } of fleet) {
      const done = await wiretally(['ship', spoolOf(sensor), '--to', broker.url, '--once']);
      expect(done).toMatchObject({ code: 0 });
    }
    expect(await wiretally(['collect', broker.url, '--store', store, '--once'])).toMatchObject({ code: 0 });
    // What a killed collector had in hand comes again a minute later.
    for (let i = 0; i < 70 && (await waitingAt(broker.url)) > 0; i++)
      await wiretally(['collect', broker.url, '--store', store, '--once']);
    for (const words of FORMATS)
      expect(await reportOf(here, 'fleet.duckdb', words)).toBe(await reportOfAll(fleet, words));
  });
});
