// Runs the decoding threads of interfaces. Each is a task of Piscina that receives empty buffers and posts batches
// through a port.

import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { programBeside } from '../../files/program-files.ts';
import type { ThreadBatch } from './record-order.ts';
import { buildError, buildFailure } from './thread-failure.ts';
import type {
  DecodeTask,
  FromThread,
  Pause,
  Progress,
  ThreadFailure,
  ThreadInput,
  ThreadStats,
  ToThread,
} from './thread-messages.ts';

// Piscina tries require() before import(). Node ends the whole process when a thread is terminated while require() links
// an ES module (`v8::Module::IsGraphAsync must be used on an instantiated module`); import() has no such moment.
const NO_REQUIRE_OF_MODULES = ['--no-experimental-require-module'];

export interface ThreadOptions {
  readonly windowSeconds: number;
  /** Buffers of one thread: one being filled, the others in transit or waiting for the order of the capture. */
  readonly buffers: number;
  readonly bufferBytes: number;
}

export interface ThreadEvents {
  onBatch(batch: ThreadBatch): void;
  onProgress(progress: Progress): void;
  onStats?(stats: ThreadStats): void;
  onReopened?(): void;
  onPaused?(pause: Pause): void;
  /** Called with warnings after the input was opened. */
  onFailed?(failure: ThreadFailure): void;
}

export interface DecodeThread {
  /** Rejects if its input cannot be opened. */
  readonly opened: Promise<void>;
  /** Resolves at the end of the thread, with its error or null. Never rejects. */
  readonly ended: Promise<ThreadFailure | null>;
  tell(message: ToThread, transfer?: readonly ArrayBuffer[]): void;
}

export class WorkerThreads {
  readonly #pool: Piscina<DecodeTask, void>;
  readonly #options: ThreadOptions;

  /** Starts `count` threads and replaces crashed ones. */
  constructor(count: number, options: ThreadOptions) {
    this.#options = options;
    this.#pool = new Piscina<DecodeTask, void>({
      filename: programBeside(import.meta.url, 'decode-worker').href,
      name: 'decode',
      minThreads: count,
      maxThreads: count,
      concurrentTasksPerWorker: 1,
      execArgv: [...process.execArgv, ...NO_REQUIRE_OF_MODULES],
    });
    this.#pool.on('error', () => undefined); // Errors of a thread are reported by its task.
  }

  start(input: ThreadInput, events: ThreadEvents): DecodeThread {
    const { windowSeconds, buffers: count, bufferBytes } = this.#options;
    const { port1, port2 } = new MessageChannel();
    const outcome = new ReadOutcome(port1, events);
    const buffers = Array.from({ length: count }, () => new ArrayBuffer(bufferBytes));
    const task: DecodeTask = { input, windowSeconds, buffers, port: port2 };
    const run = this.#pool.run(task, { transferList: [port2, ...buffers] });
    return {
      opened: outcome.opened,
      ended: awaitEnd(run, outcome).finally(() => port1.close()),
      tell: (message, transfer = []) => port1.postMessage(message, [...transfer]),
    };
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}

async function awaitEnd(run: Promise<void>, outcome: ReadOutcome): Promise<ThreadFailure | null> {
  try {
    await run;
    // The end of a task arrives on another channel than its messages, and may be earlier.
    return await outcome.ended;
  } catch (error) {
    const failure = buildFailure(error);
    outcome.fail(failure);
    return failure;
  }
}

/** Results that one thread has posted. */
class ReadOutcome {
  readonly opened: Promise<void>;
  readonly ended: Promise<ThreadFailure | null>;
  readonly #port: MessagePort;
  readonly #events: ThreadEvents;
  #isOpen = false;
  #onOpened: (error: Error | null) => void = () => undefined;
  #onEnded: (failure: ThreadFailure | null) => void = () => undefined;

  constructor(port: MessagePort, events: ThreadEvents) {
    this.#port = port;
    this.#events = events;
    this.opened = new Promise((resolve, reject) => {
      this.#onOpened = (error) => (error === null ? resolve() : reject(error));
    });
    this.opened.catch(() => undefined); // The rejection is handled where the promise is awaited.
    this.ended = new Promise((resolve) => {
      this.#onEnded = resolve;
    });
    port.on('message', (message: FromThread) => this.hear(message));
  }

  hear(message: FromThread): void {
    switch (message.kind) {
      case 'opened':
        this.#isOpen = true;
        this.#onOpened(null);
        break;
      case 'batch':
        this.#events.onBatch(this.#buildBatch(message));
        break;
      case 'progress':
        this.#events.onProgress(message);
        break;
      case 'stats':
        this.#events.onStats?.(message);
        break;
      case 'reopened':
        this.#events.onReopened?.();
        break;
      case 'paused':
        this.#events.onPaused?.(message);
        break;
      case 'failed':
        if (this.#isOpen) this.#events.onFailed?.(message);
        else this.fail(message);
        break;
      case 'ended':
        this.#onEnded(message.failure);
        break;
    }
  }

  /** Rejects the opening, because the thread has ended. */
  fail(failure: ThreadFailure): void {
    this.#onOpened(buildError(failure));
  }

  #buildBatch(message: Extract<FromThread, { readonly kind: 'batch' }>): ThreadBatch {
    const { buffer, length, clockUs, settledUs } = message;
    return {
      bytes: new Uint8Array(buffer),
      length,
      clockUs,
      settledUs,
      release: () => this.#port.postMessage({ kind: 'buffer', buffer } satisfies ToThread, [buffer]),
    };
  }
}
