// Shipper: delivers the windows of a spool to one destination and persists its position.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { WiretallyError } from '../../model/errors.ts';
import { LOG_FORMAT_IDS } from '../../model/input-format.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { openSpool, type SensorFacts, type Spool } from '../../store/spool.ts';
import { dayFilesIn } from '../../store/usage-file.ts';
import { errorReason } from '../../text/error-reason.ts';
import { plural } from '../../text/quantity.ts';
import { RetryPause } from '../../time/retry-pause.ts';
import { US } from '../../time/units.ts';
import { EMPTY_STATS } from '../../window/sums.ts';
import type { Cursor, LostWindows } from './cursor.ts';
import { type Delivery, type Destination, type DestinationAddress, isFinal } from './destination.ts';
import { readSpoolFile } from './spool-reader.ts';

/** Maximum size of one delivery: bounds memory and redeliveries. Hosts and rows take about 200 bytes each. */
const MAX_BATCH_WINDOWS = 256;
const MAX_BATCH_ENTRIES = 20_000;
const LONGEST_PAUSE_MS = 60_000;

export interface ShipperOptions {
  readonly folder: string;
  readonly to: DestinationAddress;
  readonly cursor: Cursor;
  readonly print: (text: string) => void;
  /** Frees space before each round, even if the destination is unreachable. */
  readonly limitSpool: () => Promise<void>;
  /** Waits. Resolves early when the signal is aborted. */
  readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

export interface Shipped {
  readonly windows: number;
  /** Number of damaged ranges in files. */
  readonly damaged: number;
}

export class Shipper {
  readonly #options: ShipperOptions;
  readonly #logged = new Set<string>();
  #destination: Destination | null = null;
  #keptFrom: string | undefined;
  #windows = 0;
  #damaged = 0;

  constructor(options: ShipperOptions) {
    this.#options = options;
  }

  get shipped(): Shipped {
    return { windows: this.#windows, damaged: this.#damaged };
  }

  /** Delivers all pending windows. Throws errors of the destination. */
  async once(): Promise<void> {
    try {
      await this.#round();
    } finally {
      await this.#close();
    }
  }

  /** Runs until the signal: polls for new windows at this interval, with back-off after failures. */
  async follow(everyMs: number): Promise<void> {
    const { signal, pause, print, to } = this.#options;
    const retry = new RetryPause(LONGEST_PAUSE_MS);
    let hasFailed = false;
    while (!signal.aborted) {
      try {
        await this.#round();
        if (hasFailed) print(`${to.name} accepts records again`);
        hasFailed = false;
        retry.reset();
        await pause(everyMs, signal);
      } catch (error) {
        // An error on close follows an error that is already reported.
        await this.#close().catch(() => undefined);
        if (isFinal(error)) throw error;
        if (signal.aborted) break;
        const reason = errorReason(error);
        print(`${reason}; next attempt in ${retry.milliseconds / 1000} s, no data is lost`);
        hasFailed = true;
        await pause(retry.milliseconds, signal);
        retry.lengthen();
      }
    }
    await this.#close();
  }

  async #close(): Promise<void> {
    const destination = this.#destination;
    this.#destination = null;
    await destination?.close();
  }

  async #round(): Promise<void> {
    const { cursor, folder, to, signal, limitSpool } = this.#options;
    await limitSpool();
    const spool = await openSpool(folder);
    this.#destination ??= await to.open();
    const names = await dayFilesIn(folder);
    this.#keptFrom = names[0]?.slice(0, '2026-01-01'.length);
    await this.#reportSkipped(cursor, spool);
    const isGone = (name: string): boolean => !names.includes(name);
    for (const name of Object.keys(cursor.files).filter(isGone)) delete cursor.files[name];
    for (const name of names) {
      if (signal.aborted) return;
      await this.#deliverFile(cursor, spool, name, name === names.at(-1));
    }
  }

  async #reportSkipped(cursor: Cursor, spool: Spool): Promise<void> {
    if (cursor.givenUp.length === 0) return;
    await this.#deliver(cursor.givenUp.map(buildGapWindow).map((window) => this.#deliveryOf(spool, window)));
    cursor.givenUp = [];
    await cursor.save();
  }

  async #deliverFile(cursor: Cursor, spool: Spool, name: string, isLast: boolean): Promise<void> {
    const path = join(this.#options.folder, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return; // pruned meanwhile
    const from = cursor.countBytes(path, stats);
    if (from === stats.size) return;
    let batch: Delivery[] = [];
    let entries = 0;
    let end = from;
    const flush = async (): Promise<void> => {
      await this.#deliver(batch);
      cursor.note(path, stats, end);
      await cursor.save();
      batch = [];
      entries = 0;
    };
    for await (const item of readSpoolFile(path, from, isLast)) {
      if (this.#options.signal.aborted) break;
      end = item.end;
      if (item.kind === 'damage') this.#reportDamage(path, item);
      else {
        batch.push(this.#deliveryOf(spool, item.window));
        entries += item.window.hosts.length + item.window.rows.length + item.window.queriedNames.length;
      }
      if (batch.length >= MAX_BATCH_WINDOWS || entries >= MAX_BATCH_ENTRIES) await flush();
    }
    if (end > from) await flush();
  }

  #reportDamage(
    path: string,
    { offset, end, reason }: { offset: number; end: number; reason: string },
  ): void {
    const text = `${path}: byte ${offset}: ${end - offset} bytes skipped: ${reason}`;
    if (this.#logged.has(text)) return;
    this.#logged.add(text);
    this.#damaged++;
    this.#options.print(text);
  }

  #deliveryOf({ instance, sensors }: Spool, window: UsageWindow): Delivery {
    const { program, catalogue, policy, keepsName, signedConfig } = findFacts(sensors, window.sensor);
    const facts = { program, catalogue, policy, keepsName, signedConfig };
    return { window, sender: { instance, keptFrom: this.#keptFrom, ...facts } };
  }

  async #deliver(deliveries: readonly Delivery[]): Promise<void> {
    if (deliveries.length === 0) return;
    if (this.#destination === null) throw new WiretallyError('INTERNAL', 'no destination is open');
    await this.#destination.deliver(deliveries);
    this.#windows += deliveries.length;
  }
}

/** Metadata of a sensor without any: its windows were copied into the spool. */
const NO_FACTS: SensorFacts = { program: '', catalogue: '', policy: null, keepsName: false };

/** Finds the metadata of a sensor. Logs of several products have separate names: "hq.zscaler" belongs to "hq". */
function findFacts(sensors: Spool['sensors'], name: string): SensorFacts {
  const product = LOG_FORMAT_IDS.find((id) => name.endsWith(`.${id}`));
  const whole = product === undefined ? name : name.slice(0, -product.length - 1);
  return sensors[name] ?? sensors[whole] ?? NO_FACTS;
}

/** Makes a window in place of the first lost one, with a gap over the time of all lost ones. */
function buildGapWindow({
  sensor,
  startSeconds,
  revision,
  lengthSeconds,
  untilSeconds,
}: LostWindows): UsageWindow {
  const gap = { fromUs: startSeconds * US, toUs: untilSeconds * US, reason: 'givenUp' } as const;
  const key = { sensor, startSeconds, revision, lengthSeconds };
  return { ...key, stats: EMPTY_STATS, hosts: [], rows: [], queriedNames: [], gaps: [gap] };
}

export function shippedText({ windows }: Shipped, to: string): string {
  return `${plural(windows, 'record')} delivered to ${to}`;
}
