// Delivery of windows from sensors to a store, by the command line and a broker: whatever is killed, the report equals
// that of a single process with all windows.

import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { START } from '../../bench/made-windows.ts';
import { Random } from '../../bench/random.ts';
import type { UsageWindow } from '../../src/model/usage.ts';
import { openUsageFolder } from '../../src/store/usage-file.ts';
import { DAY_SECONDS } from '../../src/time/units.ts';
import { wiretally } from '../cli/run.ts';
import { folderForEach } from '../folder-for-each.ts';
import { type MadeSensor, makeFleet, shuffled } from '../made-fleet.ts';
import { Broker, lacksBroker } from './broker.ts';
import { addTo, redeliverSoon, waitingAt } from './carried.ts';

const CLI = resolve('dist/cli/main.js');
const SEED = Number(process.env.WIRETALLY_SEED ?? 15);
/** Kills of shippers and collectors; a hundred take some minutes. */
const KILLS = Number(process.env.WIRETALLY_KILLS ?? 12);
const SENSORS = Number(process.env.WIRETALLY_SENSORS ?? 10);
/** In capture time. The broker stops after some hours, for three, while the sensors continue. */
const DAYS = 30;
const AWAY_FROM = 14;
const DAYS_AWAY = 3;

const path = folderForEach('delivery');

/** Report of a single process with all windows. */
async function reportOfAll(fleet: readonly MadeSensor[], words: readonly string[]): Promise<string> {
  const whole = path('whole');
  mkdirSync(whole, { recursive: true });
  const all = openUsageFolder(join(whole, 'fleet/'));
  await all.put(fleet.flatMap(({ windows, late }) => [...windows, ...late]));
  // The collector records the sender.
  cpSync(path('fleet.duckdb.sensors'), join(whole, 'fleet', '.sensors'), { recursive: true });
  return await reportOf(whole, 'fleet', words);
}

const keyOf = ({ sensor, startSeconds }: UsageWindow): string => `${sensor} ${startSeconds}`;

/** Writes of a sensor on each day of capture time, in random order: its windows, some twice, and corrections of earlier ones. */
function timelineOf({ windows, late }: MadeSensor, random: Random): UsageWindow[][] {
  const days = Array.from({ length: DAYS }, (): UsageWindow[] => []);
  const dayOf = ({ startSeconds }: UsageWindow): number => Math.floor((startSeconds - START) / DAY_SECONDS);
  for (const window of windows) {
    days[dayOf(window)]?.push(window);
    if (random.below(8) === 0) days[dayOf(window)]?.push(window);
  }
  for (const window of late) {
    const day = dayOf(window);
    days[day + random.below(DAYS - day)]?.push(window);
  }
  return days.map((day) => shuffled(day, random));
}

/** In a folder, so that the document repeats the same command. */
function reportOf(cwd: string, store: string, words: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [CLI, 'analyze', store, ...words], {
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
    broker = await Broker.start(path());
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

  it(`equal the report of one process: ${SENSORS} sensors, ${KILLS} kills, a broker away for ${DAYS_AWAY} days`, {
    timeout: 900_000,
  }, async () => {
    const fleet = makeFleet({ sensors: SENSORS, days: DAYS, quarters: 6, hosts: 5, seed: SEED });
    const random = new Random(SEED);
    const store = path('fleet.duckdb');
    const spoolOf = (sensor: string): string => path(`spool-${sensor}`);
    const timelines = fleet.map((each) => ({ spool: spoolOf(each.sensor), days: timelineOf(each, random) }));
    /** Observations of the sensors on these days go into their spools, independent of delivery. */
    const seeDays = (from: number, until: number): void => {
      for (const { spool, days } of timelines) addTo(spool, days.slice(from, until).flat());
    };
    const ship = (sensor: string): string[] => [
      'fleet',
      'ship',
      spoolOf(sensor),
      '--to',
      broker.url,
      '--every',
      '1',
    ];
    const collect = ['fleet', 'collect', broker.url, '--store', store];
    let kills = 0;
    const killSome = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        await new Promise((wake) => setTimeout(wake, 150 + random.below(500)));
        if (kills++ % 3 === 0) {
          await kill(collector);
          collector = start(collect);
          continue;
        }
        const { sensor } = fleet[random.below(fleet.length)] ?? { sensor: '' };
        const shipper = shippers.get(sensor);
        if (shipper !== undefined) await kill(shipper);
        shippers.set(sensor, start(ship(sensor)));
      }
    };
    seeDays(0, AWAY_FROM);
    const shippers = new Map(fleet.map(({ sensor }) => [sensor, start(ship(sensor))]));
    let collector = start(collect);
    const part = Math.floor(KILLS / 4);
    await killSome(part);
    await broker.kill();
    await broker.start();
    await killSome(part);
    await broker.kill();
    for (let day = AWAY_FROM; day < AWAY_FROM + DAYS_AWAY; day++) {
      seeDays(day, day + 1);
      await killSome(Math.ceil(part / DAYS_AWAY));
    }
    // Nothing was delivered, and nothing was discarded.
    for (const { spool, days } of timelines) {
      const away = days.slice(AWAY_FROM, AWAY_FROM + DAYS_AWAY).flat();
      const kept = new Set((await openUsageFolder(`${spool}/`).windows()).map(keyOf));
      expect(away.filter((window) => !kept.has(keyOf(window)))).toEqual([]);
    }
    await broker.start();
    seeDays(AWAY_FROM + DAYS_AWAY, DAYS);
    await killSome(Math.max(1, KILLS - kills));
    for (const child of children.splice(0)) await kill(child);
    for (const { sensor } of fleet) {
      const done = await wiretally(['fleet', 'ship', spoolOf(sensor), '--to', broker.url, '--once']);
      expect(done).toMatchObject({ code: 0 });
    }
    expect(await wiretally(['fleet', 'collect', broker.url, '--store', store, '--once'])).toMatchObject({
      code: 0,
    });
    await redeliverSoon(broker.url);
    for (let i = 0; i < 70 && (await waitingAt(broker.url)) > 0; i++)
      await wiretally(['fleet', 'collect', broker.url, '--store', store, '--once']);
    for (const words of FORMATS)
      expect(await reportOf(path(), 'fleet.duckdb', words)).toBe(await reportOfAll(fleet, words));
  });
});
