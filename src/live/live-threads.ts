// LiveThreads: starts the threads of all interfaces, replaces crashed ones, and reopens rings of interfaces that
// are up again.

import type { DecoderOptions, LinkState } from '../native/addon.ts';
import { openPortable, type PortableSource } from '../reading/rings/portable.ts';
import { interfaceIndex, interfaceNames } from '../reading/rings/ring.ts';
import type { ThreadBatch } from '../reading/threads/record-order.ts';
import type {
  LiveSource,
  LiveWatchlist,
  Pause,
  Progress,
  ThreadStats,
  ToThread,
} from '../reading/threads/thread-messages.ts';
import { type DecodeThread, type ThreadEvents, WorkerThreads } from '../reading/threads/worker-threads.ts';
import { errorReason } from '../text/error-reason.ts';

/** Batches per thread: one is being filled; the others are in transit or wait for the order of the capture. */
const BUFFERS = 8;
const BUFFER_BYTES = 1 << 20;
/** Flow numbers contain 8 bits for their decoder. */
const NUMBERS = 256;
/** Restart delay of a thread that crashes repeatedly. */
const RESTART_MS = 1000;
const REOPEN_MS = 500;

export interface LiveThreadEvents {
  onBatch(slot: number, batch: ThreadBatch): void;
  onProgress(slot: number, progress: Progress): void;
  onStats(slot: number, stats: ThreadStats): void;
  /** The thread of the slot has ended or crashed. */
  onGone(slot: number): void;
  onBack(slot: number): void;
  /** An interface has gone down or come up. */
  onLink(name: string, isUp: boolean): void;
  onPaused(pause: Pause): void;
  print(text: string): void;
}

export interface LiveThreadsOptions {
  readonly sources: readonly LiveSource[];
  readonly decoder: DecoderOptions;
  readonly windowSeconds: number;
}

interface Member {
  readonly source: LiveSource;
  thread: DecodeThread | null;
  /** Null before it is open, and for rings, which their threads open. */
  portable: PortableSource | null;
  state: LinkState;
  stats: ThreadStats | null;
  isReopening: boolean;
}

export class LiveThreads {
  readonly #options: LiveThreadsOptions;
  readonly #events: LiveThreadEvents;
  readonly #threads: WorkerThreads;
  readonly #members: Member[];
  #watchlist: LiveWatchlist = {};
  #nextNumber = 0;
  #isStopping = false;
  #reopener: NodeJS.Timeout | null = null;

  constructor(options: LiveThreadsOptions, events: LiveThreadEvents) {
    this.#options = options;
    this.#events = events;
    const { sources, windowSeconds } = options;
    const buffers = { buffers: BUFFERS, bufferBytes: BUFFER_BYTES };
    this.#threads = new WorkerThreads(sources.length, { windowSeconds, ...buffers });
    this.#members = sources.map((source) => ({
      source,
      thread: null,
      portable: null,
      state: 'up',
      stats: null,
      isReopening: false,
    }));
  }

  /** Resolves when all rings are open; rejects with the error of the first that fails. */
  async start(): Promise<void> {
    try {
      // Rings open sequentially, because each joins the fanout group that the first one created.
      for (const [slot, member] of this.#members.entries()) {
        const { source } = member;
        if (source.backend === 'cap') {
          const onBytes = (bytes: Uint8Array<ArrayBuffer>): void => this.#sendBytes(slot, bytes);
          member.portable = await openPortable(source.name, source.filter, onBytes);
        }
        await this.#spawn(slot);
      }
    } catch (error) {
      this.#isStopping = true;
      for (const member of this.#members) member.portable?.close();
      await this.#threads.close();
      throw error;
    }
    this.#reopener = setInterval(() => this.#findInterfaces(), REOPEN_MS);
  }

  statsOf(slot: number): ThreadStats | null {
    return this.#members[slot]?.stats ?? null;
  }

  isAlive(slot: number): boolean {
    return this.#isStopping || this.#members[slot]?.thread != null;
  }

  /** Crashes a thread for tests; it is replaced. */
  fail(slot: number): void {
    this.#send(slot, { kind: 'fail' });
  }

  /** Sets the names to watch, also for replacement threads. */
  setWatchlist(watchlist: LiveWatchlist): void {
    this.#watchlist = watchlist;
    for (const slot of this.#members.keys()) this.#send(slot, { kind: 'watchlist', watchlist });
  }

  /** Stops listening; resolves when all received records were passed on. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#reopener !== null) clearInterval(this.#reopener);
    const ends = this.#members.map(({ thread }) => thread?.ended);
    for (const [slot, member] of this.#members.entries()) {
      member.portable?.close();
      this.#send(slot, { kind: 'stop' });
    }
    await Promise.all(ends);
    await this.#threads.close();
  }

  #sendBytes(slot: number, bytes: Uint8Array<ArrayBuffer>): void {
    this.#send(slot, { kind: 'bytes', bytes }, [bytes.buffer]);
  }

  #send(slot: number, message: ToThread, transfer: readonly ArrayBuffer[] = []): void {
    this.#members[slot]?.thread?.tell(message, transfer);
  }

  async #spawn(slot: number): Promise<void> {
    const member = this.#members[slot];
    if (member === undefined) return;
    const number = this.#nextNumber++ % NUMBERS;
    const source = this.#renew(member.source);
    const decoder = { ...this.#options.decoder, ...this.#watchlist, number };
    const thread = this.#threads.start({ source, decoder }, this.#buildEvents(slot, member));
    member.thread = thread;
    // A replacement thread begins a new stream.
    if (member.portable !== null) this.#sendBytes(slot, member.portable.header.slice());
    let isOpen = false;
    void thread.ended.then((failure) => {
      member.thread = null;
      if (isOpen) this.#onEnd(slot, member, failure?.message ?? 'it ended');
    });
    await thread.opened;
    isOpen = true;
  }

  #buildEvents(slot: number, member: Member): ThreadEvents {
    return {
      onBatch: (batch) => this.#events.onBatch(slot, batch),
      onProgress: (progress) => this.#events.onProgress(slot, progress),
      onStats: (stats) => {
        member.stats = stats;
        this.#noteState(slot, member, stats.state);
        this.#events.onStats(slot, stats);
      },
      onReopened: () => {
        member.isReopening = false;
        this.#noteState(slot, member, 'up');
      },
      onPaused: (pause) => this.#events.onPaused(pause),
      onFailed: ({ message }) => {
        member.isReopening = false;
        this.#events.print(`${member.source.name}: ${message}`);
      },
    };
  }

  /** A fanout group belongs to the current instance of the interface. All rings of the interface must use the same group. */
  #renew(source: LiveSource): LiveSource {
    if (source.backend === 'cap' || source.ring.fanoutGroup === undefined) return source;
    return {
      ...source,
      ring: { ...source.ring, fanoutGroup: computeGroup(source.name, source.ring.fanoutGroup) },
    };
  }

  #noteState(slot: number, member: Member, state: LinkState): void {
    if (state === member.state) return;
    const before = member.state;
    member.state = state;
    const { name } = member.source;
    // Logged once per interface, not per ring.
    const isFirst = this.#members.findIndex((other) => other.source.name === name) === slot;
    if (!isFirst) return;
    this.#events.onLink(name, state === 'up');
    const words: Record<LinkState, string> = {
      up: before === 'noCarrier' ? 'has a carrier again' : 'is up again',
      noCarrier: 'has no carrier: no cable, or the other end is down; waiting',
      down: `is down; waiting ("ip link set ${name} up")`,
      gone: 'was removed; waiting until it is back',
    };
    this.#events.print(`${name} ${words[state]}`);
  }

  #onEnd(slot: number, member: Member, reason: string): void {
    this.#events.onGone(slot);
    if (this.#isStopping) return;
    this.#events.print(
      `the thread of ${member.source.name} failed (${reason}): its open flows are lost, a new one replaces it`,
    );
    this.#restart(slot);
  }

  #restart(slot: number): void {
    this.#spawn(slot).then(
      () => this.#events.onBack(slot),
      (error: unknown) => {
        if (this.#isStopping) return;
        this.#events.print(`it cannot be replaced yet: ${errorReason(error)}`);
        setTimeout(() => this.#restart(slot), RESTART_MS).unref();
      },
    );
  }

  #findInterfaces(): void {
    const gone = this.#members.filter((member) => member.state === 'gone' && !member.isReopening);
    if (gone.length === 0) return;
    const names = interfaceNames();
    const back = gone.filter((member) => names.includes(member.source.name));
    if (back.length === 0) return;
    for (const member of back) {
      const { source } = member;
      if (source.backend !== 'ring') continue;
      member.isReopening = true;
      const fanoutGroup =
        source.ring.fanoutGroup === undefined ? -1 : computeGroup(source.name, source.ring.fanoutGroup);
      this.#send(this.#members.indexOf(member), { kind: 'reopen', fanoutGroup });
    }
  }
}

function computeGroup(name: string, base: number): number {
  return (base + 64 * interfaceIndex(name)) & 0xffff;
}
