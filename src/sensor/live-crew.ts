// LiveCrew: the threads of all rings. Starts them, replaces one that dies, and reopens rings whose interface came back.

import { Worker } from 'node:worker_threads';
import { openPortable, type PortableSource } from '../capture/portable.ts';
import { interfaceIndex, interfaceNames } from '../capture/ring.ts';
import { ERROR_CODES, WiretallyError } from '../model/errors.ts';
import type { DecoderOptions, LinkState } from '../native/addon.ts';
import type {
  FromWorker,
  LiveInterest,
  LiveSource,
  LiveTask,
  Progress,
  ToWorker,
  WorkerStats,
} from './live-messages.ts';

/** Batches of one thread: one being filled, the others on their way or waiting for the order of the capture. */
const BUFFERS = 8;
const BUFFER_BYTES = 1 << 20;
/** Flow numbers keep 8 bits for their decoder. */
const NUMBERS = 256;
/** A thread that dies again at once is started at this pace. */
const RESTART_MS = 1000;
const REOPEN_MS = 500;

export interface CrewBatch extends Progress {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly length: number;
  release(): void;
}

export interface CrewEvents {
  onBatch(slot: number, batch: CrewBatch): void;
  onClock(slot: number, progress: Progress): void;
  onStats(slot: number, stats: WorkerStats): void;
  /** The thread of the slot is no more: it ended as told, or died. */
  onGone(slot: number): void;
  onBack(slot: number): void;
  /** An interface has gone down, or come back. */
  onLink(name: string, isUp: boolean): void;
  /** For the log of the operator. */
  say(text: string): void;
}

export interface CrewOptions {
  /** One thread for each. */
  readonly sources: readonly LiveSource[];
  readonly decoder: DecoderOptions;
  readonly windowSeconds: number;
}

interface Member {
  readonly source: LiveSource;
  thread: Worker | null;
  /** Null before it is open, and for rings, which their threads open. */
  portable: PortableSource | null;
  state: LinkState;
  stats: WorkerStats | null;
  isReopening: boolean;
  ended: () => void;
}

export class LiveCrew {
  readonly #options: CrewOptions;
  readonly #events: CrewEvents;
  readonly #members: Member[];
  #interest: LiveInterest = {};
  #nextNumber = 0;
  #isStopping = false;
  #reopener: NodeJS.Timeout | null = null;

  constructor(options: CrewOptions, events: CrewEvents) {
    this.#options = options;
    this.#events = events;
    this.#members = options.sources.map((source) => ({
      source,
      thread: null,
      portable: null,
      state: 'up',
      stats: null,
      isReopening: false,
      ended: () => undefined,
    }));
  }

  /** Resolves when all rings are open; rejects with the first that cannot be. */
  async start(): Promise<void> {
    try {
      // One after the other: each joins the group that the one before has made.
      for (const [slot, member] of this.#members.entries()) {
        const { source } = member;
        if (source.backend === 'cap') {
          const onPiece = (bytes: Uint8Array<ArrayBuffer>): void => this.#givePiece(slot, bytes);
          member.portable = await openPortable(source.name, source.filter, onPiece);
        }
        await this.#spawn(slot);
      }
    } catch (error) {
      await this.#terminate();
      throw error;
    }
    this.#reopener = setInterval(() => this.#lookForInterfaces(), REOPEN_MS);
  }

  statsOf(slot: number): WorkerStats | null {
    return this.#members[slot]?.stats ?? null;
  }

  isAlive(slot: number): boolean {
    return this.#isStopping || this.#members[slot]?.thread != null;
  }

  /** Ends a thread as a fault of its own would; it is replaced. */
  fail(slot: number): void {
    this.#tell(slot, { kind: 'fail' });
  }

  /** Other names matter from now on, in threads that will take over too. */
  setInterest(interest: LiveInterest): void {
    this.#interest = interest;
    for (const slot of this.#members.keys()) this.#tell(slot, { kind: 'interest', interest });
  }

  /** Stops listening; resolves when everything received has been given. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#reopener !== null) clearInterval(this.#reopener);
    const ends = this.#members.map((member) =>
      member.thread === null
        ? Promise.resolve()
        : new Promise<void>((resolve) => {
            member.ended = resolve;
          }),
    );
    for (const [slot, member] of this.#members.entries()) {
      member.portable?.close();
      this.#tell(slot, { kind: 'stop' });
    }
    await Promise.all(ends);
  }

  async #terminate(): Promise<void> {
    this.#isStopping = true;
    for (const member of this.#members) member.portable?.close();
    await Promise.all(this.#members.map((member) => member.thread?.terminate()));
  }

  #givePiece(slot: number, bytes: Uint8Array<ArrayBuffer>): void {
    this.#tell(slot, { kind: 'piece', bytes }, [bytes.buffer]);
  }

  #tell(slot: number, message: ToWorker, transfer: readonly ArrayBuffer[] = []): void {
    this.#members[slot]?.thread?.postMessage(message, [...transfer]);
  }

  #spawn(slot: number): Promise<void> {
    const member = this.#members[slot];
    if (member === undefined) return Promise.resolve();
    const buffers = Array.from({ length: BUFFERS }, () => new ArrayBuffer(BUFFER_BYTES));
    const number = this.#nextNumber++ % NUMBERS;
    const task: LiveTask = {
      source: this.#renewed(member.source),
      decoder: { ...this.#options.decoder, ...this.#interest, number },
      windowSeconds: this.#options.windowSeconds,
      buffers,
    };
    // The compiled file has the extension of this one.
    const file = new URL(import.meta.url.replace(/live-crew(\.[a-z]+)$/, 'live-worker$1'));
    const thread = new Worker(file, { workerData: task, transferList: buffers, name: member.source.name });
    member.thread = thread;
    // A thread that takes over begins a new stream.
    if (member.portable !== null) this.#givePiece(slot, member.portable.header.slice());
    return new Promise((resolve, reject) => {
      let isOpen = false;
      let reason = 'it ended';
      thread.on('message', (message: FromWorker) => {
        if (message.kind === 'opened') {
          isOpen = true;
          resolve();
        } else if (message.kind === 'failed' && !isOpen) {
          reject(failureOf(message));
        } else if (message.kind === 'failed') {
          reason = message.message;
          member.isReopening = false;
          this.#events.say(`${member.source.name}: ${message.message}`);
        } else this.#hear(slot, member, thread, message);
      });
      thread.on('error', (error) => {
        reason = error.message;
        reject(error);
      });
      thread.on('exit', () => this.#onExit(slot, member, isOpen, reason));
    });
  }

  /** The group belongs to the interface as it is now: all its rings must find the same one, whenever they are opened. */
  #renewed(source: LiveSource): LiveSource {
    if (source.backend === 'cap' || source.ring.fanoutGroup === undefined) return source;
    return {
      ...source,
      ring: { ...source.ring, fanoutGroup: groupOf(source.name, source.ring.fanoutGroup) },
    };
  }

  #hear(slot: number, member: Member, thread: Worker, message: FromWorker): void {
    switch (message.kind) {
      case 'batch': {
        const { buffer } = message;
        this.#events.onBatch(slot, {
          ...message,
          bytes: new Uint8Array(buffer),
          release: () => thread.postMessage({ kind: 'buffer', buffer } satisfies ToWorker, [buffer]),
        });
        break;
      }
      case 'clock':
        this.#events.onClock(slot, message);
        break;
      case 'stats':
        member.stats = message;
        this.#noteState(slot, member, message.state);
        this.#events.onStats(slot, message);
        break;
      case 'reopened':
        member.isReopening = false;
        this.#noteState(slot, member, 'up');
        break;
    }
  }

  #noteState(slot: number, member: Member, state: LinkState): void {
    if (state === member.state) return;
    const before = member.state;
    member.state = state;
    const { name } = member.source;
    // Said once for an interface, however many rings it has.
    const isFirst = this.#members.findIndex((other) => other.source.name === name) === slot;
    if (!isFirst) return;
    this.#events.onLink(name, state === 'up');
    const words: Record<LinkState, string> = {
      up: before === 'noCarrier' ? 'has carrier again' : 'is up again',
      noCarrier: 'has no carrier: nothing is plugged in, or the other end is down; waiting',
      down: `is down; waiting ("ip link set ${name} up")`,
      gone: 'has been removed; waiting for it to come back',
    };
    this.#events.say(`${name} ${words[state]}`);
  }

  #onExit(slot: number, member: Member, wasOpen: boolean, reason: string): void {
    member.thread = null;
    member.ended();
    if (!wasOpen) return;
    this.#events.onGone(slot);
    if (this.#isStopping) return;
    this.#events.say(
      `the thread of ${member.source.name} has died (${reason}): its open flows are lost, a new one takes over`,
    );
    this.#restart(slot);
  }

  #restart(slot: number): void {
    this.#spawn(slot).then(
      () => this.#events.onBack(slot),
      (error: unknown) => {
        if (this.#isStopping) return;
        this.#events.say(`it cannot be replaced yet: ${error instanceof Error ? error.message : error}`);
        setTimeout(() => this.#restart(slot), RESTART_MS).unref();
      },
    );
  }

  #lookForInterfaces(): void {
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
        source.ring.fanoutGroup === undefined ? -1 : groupOf(source.name, source.ring.fanoutGroup);
      this.#tell(this.#members.indexOf(member), { kind: 'reopen', fanoutGroup });
    }
  }
}

function groupOf(name: string, base: number): number {
  return (base + 64 * interfaceIndex(name)) & 0xffff;
}

function failureOf(message: {
  readonly code: string;
  readonly message: string;
  readonly next: string | null;
}): WiretallyError {
  const code = ERROR_CODES.find((known) => known === message.code) ?? 'INTERNAL';
  return new WiretallyError(code, message.message, message.next === null ? {} : { next: message.next });
}
