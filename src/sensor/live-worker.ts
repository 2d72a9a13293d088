// The thread behind one ring: polls its own decoder, passes batches on while there are buffers, and tells how far it is.
// When the main thread is late the buffers run out, this thread stops polling, and the ring fills: drops are counted.

import { readFileSync } from 'node:fs';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { openRing } from '../capture/ring.ts';
import { WiretallyError } from '../model/errors.ts';
import { type LinkState, loadAddon, type NativeDecoder, type RingStats } from '../native/addon.ts';
import { BATCH } from '../native/record-layout.ts';
import { batchClockUs } from './flush-clock.ts';
import { LiveClock } from './live-clock.ts';
import type { FromWorker, LiveTask, ToWorker } from './live-messages.ts';

/** One poll lasts at most this long: a signal is heard, and a quiet network costs little. */
const POLL_MS = 50;
/** Between two looks for packets that came in messages. */
const PORTABLE_PAUSE_MS = 5;
const STATS_EVERY_MS = 500;
/** Linux counts thread time in these (sysconf(_SC_CLK_TCK), 100 on every architecture that Node runs on). */
const TICK_MS = 10;

type Post = (message: FromWorker, transfer?: readonly ArrayBuffer[]) => void;

class LiveLoop {
  readonly #task: LiveTask;
  readonly #post: Post;
  readonly #decoder: NativeDecoder;
  readonly #clock: LiveClock;
  readonly #free: ArrayBuffer[];
  /** Its packets come in messages. */
  readonly #isPortable: boolean;
  #wake: () => void = () => undefined;
  #isStopping = false;
  #isEnded = false;
  #state: LinkState = 'up';
  #lastRing: RingStats | null = null;
  #pastRings = { received: 0, ringDrops: 0, freezes: 0 };
  #statsAt = 0;
  #busy = { cpuMs: 0, atMs: 0 };

  constructor(task: LiveTask, post: Post) {
    this.#task = task;
    this.#post = post;
    this.#isPortable = task.source.backend === 'cap';
    this.#free = [...task.buffers];
    this.#clock = new LiveClock(task.windowSeconds);
    this.#decoder = loadAddon().createDecoder(task.decoder);
  }

  open(): void {
    const { source } = this.#task;
    if (source.backend === 'ring') openRing(this.#decoder, source.name, source.index, source.ring);
    else this.#decoder.openStream(source.index);
    this.#post({ kind: 'opened' });
  }

  hear(message: ToWorker): void {
    switch (message.kind) {
      case 'buffer':
        this.#free.push(message.buffer);
        this.#wake();
        break;
      case 'piece':
        this.#decoder.push(message.bytes, false);
        break;
      case 'interest':
        this.#decoder.setInterest(message.interest);
        break;
      case 'reopen':
        this.#reopen(message.fanoutGroup);
        break;
      case 'stop':
        this.#isStopping = true;
        this.#closeInput();
        break;
      case 'fail':
        throw new Error('it was told to fail');
    }
  }

  #closeInput(): void {
    if (this.#isPortable) this.#decoder.push(new Uint8Array(0), true);
    else this.#decoder.stopInterface();
  }

  /** The interface is there again under another number: a new ring, the same flow table. */
  #reopen(fanoutGroup: number): void {
    const { source } = this.#task;
    if (source.backend !== 'ring') return;
    try {
      openRing(this.#decoder, source.name, source.index, { ...source.ring, fanoutGroup });
      this.#keepTotals();
      this.#state = 'up';
      this.#post({ kind: 'reopened' });
    } catch (error) {
      this.#post({ kind: 'failed', ...failureOf(error) });
    }
  }

  /** A new ring counts from zero. */
  #keepTotals(): void {
    const past = this.#pastRings;
    const ring = this.#lastRing;
    this.#lastRing = null;
    if (ring === null) return;
    this.#pastRings = {
      received: past.received + ring.received,
      ringDrops: past.ringDrops + ring.ringDrops,
      freezes: past.freezes + ring.freezes,
    };
  }

  async run(): Promise<void> {
    while (!this.#isEnded) {
      const buffer = await this.#takeBuffer();
      const bytes = new Uint8Array(buffer);
      const length = this.#decoder.poll(bytes, this.#isPortable ? 0 : POLL_MS);
      if (length === 0) {
        this.#free.push(buffer);
        await this.#idle();
      } else this.#pass(buffer, bytes, length);
      this.#tell();
      await setImmediate();
    }
    this.#tell(true);
    this.#decoder.close();
  }

  /** No interface is open: it is gone, it has ended, or the portable backend has no packet. */
  async #idle(): Promise<void> {
    if (this.#isStopping) {
      await this.#finish();
      return;
    }
    this.#advance(null);
    await setTimeout(this.#isPortable ? PORTABLE_PAUSE_MS : POLL_MS);
  }

  #pass(buffer: ArrayBuffer, bytes: Uint8Array<ArrayBuffer>, length: number): void {
    const isEmpty = length <= BATCH.size;
    const settledSeconds = this.#advance(batchClockUs(bytes));
    if (isEmpty) {
      this.#free.push(buffer);
      this.#post({ kind: 'clock', clockUs: this.#clock.us, settledSeconds });
      return;
    }
    this.#post({ kind: 'batch', buffer, length, clockUs: this.#clock.us, settledSeconds }, [buffer]);
  }

  /** Moves the clock, asks for the slices of windows that have ended, and says what is out. */
  #advance(packetUs: number | null): number | null {
    const isQuiet = this.#ring()?.isQuiet ?? packetUs === null;
    this.#clock.tick(packetUs, isQuiet, performance.now(), Date.now());
    const settled = this.#decoder.liveState().isFlushing ? null : this.#clock.answered();
    const due = this.#clock.due();
    if (due !== null) {
      this.#decoder.flushBefore(due);
      this.#decoder.requestCounters();
    }
    if (packetUs === null) this.#post({ kind: 'clock', clockUs: this.#clock.us, settledSeconds: settled });
    return settled;
  }

  #ring(): RingStats | null {
    if (this.#isPortable) return null;
    const ring = this.#decoder.ringStats();
    if (ring !== null) this.#lastRing = ring;
    return ring;
  }

  #tell(isLast = false): void {
    const now = performance.now();
    if (!isLast && now - this.#statsAt < STATS_EVERY_MS) return;
    this.#statsAt = now;
    const ring = this.#lastRing;
    if (ring !== null) this.#state = ring.state;
    const past = this.#pastRings;
    this.#decoder.requestCounters();
    this.#post({
      kind: 'stats',
      received: past.received + (ring?.received ?? 0),
      ringDrops: past.ringDrops + (ring?.ringDrops ?? 0),
      freezes: past.freezes + (ring?.freezes ?? 0),
      state: this.#state,
      openFlows: this.#decoder.liveState().openFlows,
      load: this.#load(),
    });
    // What the ring holds is read, and then it ends; the flow table stays.
    if (ring?.state === 'gone') this.#decoder.stopInterface();
  }

  /** Share of one core that this thread took since it was asked last; null where the system does not tell. */
  #load(): number | null {
    try {
      const fields = readFileSync('/proc/thread-self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
      const cpuMs = (Number(fields[11]) + Number(fields[12])) * TICK_MS;
      const atMs = performance.now();
      const load = (cpuMs - this.#busy.cpuMs) / (atMs - this.#busy.atMs);
      this.#busy = { cpuMs, atMs };
      return Number.isFinite(load) ? Math.min(1, load) : null;
    } catch {
      return null;
    }
  }

  async #takeBuffer(): Promise<ArrayBuffer> {
    for (;;) {
      const buffer = this.#free.pop();
      if (buffer !== undefined) return buffer;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async #finish(): Promise<void> {
    this.#decoder.finish();
    for (;;) {
      const buffer = await this.#takeBuffer();
      const bytes = new Uint8Array(buffer);
      const length = this.#decoder.poll(bytes, POLL_MS);
      if (length === 0) break;
      // The clock never goes back: batches would wait for each other.
      const clockUs = Math.max(this.#clock.us, batchClockUs(bytes));
      this.#post({ kind: 'batch', buffer, length, clockUs, settledSeconds: null }, [buffer]);
      await setImmediate();
    }
    this.#isEnded = true;
  }
}

function failureOf(error: unknown): { code: string; message: string; next: string | null } {
  if (error instanceof WiretallyError) return { code: error.code, message: error.message, next: error.next };
  return { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error), next: null };
}

const port = parentPort;
if (port !== null) {
  const task = workerData as LiveTask;
  const post: Post = (message, transfer = []) => port.postMessage(message, [...transfer]);
  try {
    const loop = new LiveLoop(task, post);
    port.on('message', (message: ToWorker) => loop.hear(message));
    loop.open();
    await loop.run();
  } catch (error) {
    post({ kind: 'failed', ...failureOf(error) });
  } finally {
    port.removeAllListeners();
    port.unref();
  }
}
