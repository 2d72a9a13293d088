// A sensor that follows logs and is killed again and again, compared with one reading of all of them.
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import type { UsageWindow } from '../../src/model/usage.ts';
import { dayFilesIn, openUsageFile } from '../../src/store/usage-file.ts';
import { mergeWindows } from '../../src/window/merge-windows.ts';
import { wiretally } from './run.ts';
import { type Rotation, ZeekWriter } from './zeek-writer.ts';

export interface FollowRun {
  readonly seed: number;
  readonly isJson: boolean;
  readonly rotation: Rotation;
  readonly steps: number;
  readonly stepMs: number;
  /** Steps from one rotation to the next. */
  readonly rotateEvery: number;
  /** Steps before which the sensor is killed. */
  readonly kills: readonly number[];
  readonly connections: number;
}

/** Without a new row for so long, the sensor has lost some: the comparison reports which. */
const STUCK_MS = 60_000;
const LOOK_MS = 200;

export interface Compared {
  readonly followed: readonly UsageWindow[];
  readonly analyzed: readonly UsageWindow[];
  readonly errors: string;
}

export async function followUnderRotation(run: FollowRun): Promise<Compared> {
  const folder = mkdtempSync(join(tmpdir(), 'wiretally-follow-'));
  try {
    const logs = join(folder, 'logs');
    const writer = new ZeekWriter({ ...run, folder: logs, seconds: 10_800 });
    const sensor = new Sensor(folder, logs);
    for (let step = 0; step < run.steps; step++) {
      if (step % run.rotateEvery === run.rotateEvery - 1) writer.rotate();
      writer.write(1 / run.steps);
      if (run.kills.includes(step)) await sensor.kill();
      await setTimeout(run.stepMs);
    }
    writer.write(0, true);
    writer.write(0, true);
    await sensor.reads(writer.rows);
    await sensor.stop();
    return await comparedWithAnalyze(folder, logs, sensor);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Rows of a log that are appended in turn to a file, which is renamed, or copied and truncated, between them. */
export async function followRows(
  lines: readonly string[],
  rows: number,
  rotate: (file: string, archive: string) => void = renameSync,
): Promise<Compared & Shipped> {
  const folder = mkdtempSync(join(tmpdir(), 'wiretally-follow-'));
  try {
    const logs = join(folder, 'logs');
    mkdirSync(logs);
    const file = join(logs, 'gateway.log');
    const header = lines.filter(isHeader);
    const others = lines.filter((line) => !isHeader(line));
    const begin = (): void => writeFileSync(file, header.map((line) => `${line}\n`).join(''));
    begin();
    const sensor = new Sensor(folder, logs);
    const half = Math.ceil(others.length / 2);
    for (const [i, line] of others.entries()) {
      if (i === half) {
        rotate(file, join(logs, 'gateway.log.1'));
        begin();
        await sensor.kill();
      }
      // A row comes in two parts, as a buffer of its writer ends.
      appendFileSync(file, line.slice(0, 40));
      await setTimeout(STEP_MS);
      appendFileSync(file, `${line.slice(40)}\n`);
    }
    await sensor.reads(rows);
    // A sensor that starts waits for logs that may lie beside.
    await setTimeout(CAUGHT_UP_MS);
    await sensor.stop();
    return { ...(await comparedWithAnalyze(folder, logs, sensor)), ...(await ship(folder)) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Shipped {
  /** Windows of the folder to which the sensor delivers. */
  readonly delivered: readonly UsageWindow[];
  /** Sensors as the fleet lists them a minute after the last window. */
  readonly sensors: readonly { readonly sensor: string; readonly state: string; readonly program: string }[];
}

/** Delivers the windows that a sensor wrote, twice. */
async function ship(folder: string): Promise<Shipped> {
  const [windows, fleet] = [join(folder, 'windows'), join(folder, 'fleet')];
  for (const _ of ['new', 'nothing']) {
    const { code, err } = await wiretally(['fleet', 'ship', windows, '--to', fleet, '--once', '--quiet']);
    if (code !== 0) throw new Error(err);
  }
  const delivered = await windowsIn(fleet);
  const last = Math.max(...delivered.map(({ startSeconds, lengthSeconds }) => startSeconds + lengthSeconds));
  const at = new Date((last + 60) * 1000).toISOString();
  const { out } = await wiretally(['fleet', 'sensors', fleet, '--json', '--at', at]);
  return { delivered, sensors: JSON.parse(out).sensors };
}

async function windowsIn(folder: string): Promise<readonly UsageWindow[]> {
  const days = await dayFilesIn(folder);
  const kept = await Promise.all(days.map((day) => openUsageFile(join(folder, day)).windows({})));
  return unrevised(kept.flat());
}

const CAUGHT_UP_MS = 6000;
const STEP_MS = 150;
const isHeader = (line: string): boolean => /^(?:#|version )/.test(line);

async function comparedWithAnalyze(folder: string, logs: string, { errors }: Sensor): Promise<Compared> {
  const file = join(folder, 'all.usage');
  const whole = await wiretally(['analyze', logs, '--sensor', 'zeek', '--write', file, '--quiet']);
  const analyzed = await openUsageFile(file).windows({});
  return {
    followed: await windowsIn(join(folder, 'windows')),
    analyzed: unrevised(analyzed),
    errors: errors + (whole.code === 0 ? '' : whole.err),
  };
}

/** Latest revisions, as if each were the first: that of a sensor counts how often it was made. */
const unrevised = (windows: readonly UsageWindow[]): UsageWindow[] =>
  mergeWindows(windows, []).map((window) => ({ ...window, revision: 0 }));

/** The line of `--status`. */
const STATUS = / (\d+) rows of \d+ files? · /;

class Sensor {
  readonly #words: readonly string[];
  #child: ChildProcess;
  #rows = 0;
  errors = '';

  constructor(folder: string, logs: string) {
    const places = ['--state', join(folder, 'state'), '--write', join(folder, 'windows')];
    this.#words = [
      'watch',
      '--follow',
      logs,
      '--sensor',
      'zeek',
      '--no-screen',
      '--quiet',
      '--status',
      '1',
      ...places,
    ];
    this.#child = this.#start();
  }

  #start(): ChildProcess {
    const child = spawn(process.execPath, ['dist/cli/main.js', ...this.#words], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    createInterface(child.stderr ?? []).on('line', (line) => this.#take(line));
    return child;
  }

  #take(line: string): void {
    const rows = STATUS.exec(line)?.[1];
    if (rows !== undefined) this.#rows = Number(rows);
    else this.errors += `${line}\n`;
  }

  /** Ends when the sensor has read so many rows, or reads no more. */
  async reads(count: number): Promise<void> {
    let [seen, sinceMs] = [this.#rows, Date.now()];
    while (this.#rows < count && Date.now() - sinceMs < STUCK_MS) {
      await setTimeout(LOOK_MS);
      if (this.#rows !== seen) [seen, sinceMs] = [this.#rows, Date.now()];
    }
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
    this.#child = this.#start();
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  #end(signal: NodeJS.Signals): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#child.once('close', () => resolve());
    });
    this.#child.kill(signal);
    return ended;
  }
}
