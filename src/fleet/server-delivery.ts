// Delivers the windows of a sensor to a server from the folder that it writes, as `ship` does: windows not yet delivered
// are kept on the sensor's disk, and nothing waits for the server.

import { findServer } from '../store/servers.ts';
import { errorReason } from '../text/error-reason.ts';
import { Cursor } from './delivery/cursor.ts';
import type { DestinationAddress } from './delivery/destination.ts';
import { Shipper, type ShipperOptions } from './delivery/shipper.ts';
import { enforceSpoolLimit } from './delivery/spool-limit.ts';
import { lockSpool } from './delivery/spool-lock.ts';
import { storeDestination } from './delivery/store-destination.ts';

const EVERY_MS = 1000;
/** Time to deliver the last windows: a stopped sensor does not wait longer for a server. */
const END_MS = 5000;
/** The default of `ship`. */
const MIN_FREE_BYTES = 64 << 20;

type Hooks = Pick<ShipperOptions, 'print' | 'pause'>;

export class ServerDelivery {
  readonly #folder: string;
  readonly #to: DestinationAddress;
  readonly #hooks: Hooks;
  readonly #release: () => void;
  readonly #stopped = new AbortController();
  #work: Promise<void> = Promise.resolve();
  #hasEnded = false;

  private constructor(folder: string, store: string, hooks: Hooks) {
    this.#folder = folder;
    this.#to = storeDestination(store);
    this.#hooks = hooks;
    this.#release = lockSpool(folder);
  }

  /** Loads code and position, and sends nothing yet. Throws STORE_BUSY, STORE_WRITE. */
  static async open(folder: string, store: string, hooks: Hooks): Promise<ServerDelivery> {
    // The code of the store is loaded now, because the confined process may not read it later.
    await findServer(store)?.load();
    return new ServerDelivery(folder, store, hooks);
  }

  start(): void {
    this.#work = this.#shipper(this.#stopped.signal)
      .follow(EVERY_MS)
      .catch((error: unknown) => {
        this.#hasEnded = true;
        const reason = errorReason(error);
        this.#hooks.print(`${reason}; the sensor continues, and its windows stay in ${this.#folder}`);
      });
  }

  /** Delivers the last windows, or prints where they are kept. */
  async close(): Promise<void> {
    this.#stopped.abort();
    const last = new AbortController();
    const timer = new Promise<'late'>((resolve) => {
      setTimeout(() => {
        last.abort();
        resolve('late');
      }, END_MS);
    });
    const delivered = this.#work
      .then(() =>
        this.#hasEnded
          ? 'not'
          : this.#shipper(last.signal)
              .once()
              .then(() => 'done'),
      )
      .catch(() => 'not');
    const ended = await Promise.race([delivered, timer]);
    this.#release();
    if (ended === 'done') return;
    const { name } = this.#to;
    this.#hooks.print(
      `${this.#folder} contains windows that ${name} has not accepted: the next run delivers them, or "wiretally fleet ship ${this.#folder} --to ${name}"`,
    );
  }

  #shipper(signal: AbortSignal): Shipper {
    const [folder, { print, pause }] = [this.#folder, this.#hooks];
    const cursor = Cursor.of(folder, this.#to.name);
    const limit = { folder, mostBytes: null, leastFreeBytes: MIN_FREE_BYTES, keepDays: () => null, print };
    // Includes destinations of other processes: their undelivered windows must be kept.
    const listOthers = (): Cursor[] => Cursor.all(folder).filter(({ path }) => path !== cursor.path);
    const shipper = { folder, to: this.#to, cursor, print, pause, signal };
    return new Shipper({ ...shipper, limitSpool: () => enforceSpoolLimit(limit, [cursor, ...listOthers()]) });
  }
}
