// WindowKeeper: stores the windows of a sensor in a folder or a store, or delivers them from the folder to a server.

import { dirname } from 'node:path';
import { packageVersion } from '../files/package-version.ts';
import type { UsageWindow } from '../model/usage.ts';
import { buildAttributor } from '../store/attributor.ts';
import { continueWindows, readLastWindows, readLastWindowsOfFolder } from '../store/named-sensor.ts';
import { isOnServer } from '../store/on-server.ts';
import { loadEngine, openSummed } from '../store/open.ts';
import { noteSensor } from '../store/spool.ts';
import { openUsageLog, type WindowSink } from '../store/usage-log.ts';
import { US } from '../time/units.ts';
import type { SensorRules } from './sensor-rules.ts';
import { WindowWriter } from './window-writer.ts';

export interface KeepOptions {
  /** Folder with one file per day. */
  readonly write?: string;
  readonly store?: string;
  /** Name of the sensor. Without one, each run counts as a separate sensor. */
  readonly sensor?: string;
  /** Logs that are followed, instead of interfaces. */
  readonly follow: readonly string[];
}

/** Delivers the windows of a folder to a server. */
export interface Delivery {
  start(): void;
  /** Delivers the last windows, or prints where they are kept. */
  close(): Promise<void>;
}

export interface KeepHooks {
  readonly print: (text: string) => void;
  readonly printError: (error: unknown) => void;
  /** Opens the delivery of a folder to the store of a server. */
  readonly openDelivery: (folder: string, store: string, print: (text: string) => void) => Promise<Delivery>;
  /** Called with the time since which the sensor did not run. */
  readonly noteSilenceSince: (fromUs: number) => void;
}

/** True for a store to which windows are delivered from the folder. */
export const isDelivered = (store: string | undefined): store is string =>
  store !== undefined && isOnServer(store);

export class WindowKeeper {
  readonly #options: KeepOptions;
  readonly #sensor: string;
  readonly #hooks: KeepHooks;
  #writers: WindowWriter[] = [];
  #delivery: Delivery | null = null;

  constructor(options: KeepOptions, sensor: string, hooks: KeepHooks) {
    this.#options = options;
    this.#sensor = sensor;
    this.#hooks = hooks;
  }

  /** True if windows are stored on disk. */
  get isKeeping(): boolean {
    return this.#options.write !== undefined || this.#options.store !== undefined;
  }

  get isReady(): boolean {
    return this.#writers.length > 0 || !this.isKeeping;
  }

  get writers(): readonly WindowWriter[] {
    return this.#writers;
  }

  /** The folder of the stored windows; null if none are stored. */
  get place(): string | null {
    const { write, store } = this.#options;
    return write ?? (store === undefined ? null : dirname(store));
  }

  /** Loads the engine of a store in a file before the process drops its rights. */
  async load(): Promise<void> {
    const { store } = this.#options;
    if (store !== undefined && !isDelivered(store)) await loadEngine();
  }

  /** Throws STORE_WRITE, STORE_BUSY, STORE_DAMAGED. */
  async open(rules: SensorRules): Promise<void> {
    const { write, store } = this.#options;
    const { openDelivery, print, noteSilenceSince } = this.#hooks;
    if (write !== undefined) {
      const log = await openUsageLog(write, this.#options.sensor);
      await this.noteSensor(rules);
      this.#write(log, await this.#lastWindows((sensor) => readLastWindowsOfFolder(write, sensor)));
    }
    if (write !== undefined && isDelivered(store)) {
      this.#delivery = await openDelivery(write, store, print);
    } else if (store !== undefined) {
      const attributor = buildAttributor(rules.catalogue, packageVersion(), rules.networks);
      const history = await openSummed(store, { mode: 'write' }, attributor);
      this.#write(history, await this.#lastWindows((sensor) => readLastWindows(history, sensor)));
      const span = await history.span();
      if (span !== null) noteSilenceSince(span.lastSeconds * US);
    }
  }

  #write(sink: WindowSink, last: readonly UsageWindow[]): void {
    this.#writers.push(new WindowWriter(continueWindows(sink, last), this.#hooks.print));
  }

  /** Reads the windows of the previous run, if the sensor keeps its name. */
  async #lastWindows(readWindows: (sensor: string) => Promise<UsageWindow[]>): Promise<UsageWindow[]> {
    // Windows of logs are made from all rows, including those of earlier runs, and replace the stored ones.
    if (this.#options.sensor === undefined || this.#options.follow.length > 0) return [];
    const last = await readWindows(this.#sensor);
    const end = last.at(-1);
    if (end !== undefined) this.#hooks.noteSilenceSince((end.startSeconds + end.lengthSeconds) * US);
    return last;
  }

  /** Writes the note by which the fleet knows this sensor. */
  async noteSensor({ catalogue, inForce, signedConfig }: SensorRules): Promise<void> {
    const { write, sensor } = this.#options;
    if (write === undefined) return;
    const facts = {
      program: packageVersion(),
      catalogue: catalogue.version,
      policy: inForce?.sha256 ?? null,
      keepsName: sensor !== undefined,
      ...(signedConfig === null ? {} : { signedConfig }),
    };
    // A full disk may have free space later, so the sensor still starts.
    await noteSensor(write, this.#sensor, facts).catch(this.#hooks.printError);
  }

  startDelivery(): void {
    this.#delivery?.start();
  }

  add(windows: readonly UsageWindow[]): void {
    for (const writer of this.#writers) writer.add(windows);
  }

  /** Returns the write errors. */
  async close(): Promise<unknown[]> {
    const failures: unknown[] = [];
    for (const writer of this.#writers) await writer.close().catch((error: unknown) => failures.push(error));
    await this.#delivery?.close();
    return failures;
  }
}
