// Threads that decode beside the main one: started by Piscina, fed with empty buffers, heard through ports.

import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { WiretallyError } from '../model/errors.ts';
import { type BatchMessage, END, type WorkerTask } from './worker.ts';

/** Buffers of each thread: one being filled, one on its way, two waiting for the order of the capture. */
const BUFFERS = 4;

export interface HelperBatch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly length: number;
  readonly settledUs: number;
  /** Gives the buffer back to the thread. */
  release(): void;
}

export interface HelperEvents {
  /** `worker` counts from 1: 0 is the main thread. */
  onBatch(worker: number, batch: HelperBatch): void;
  /** All batches of the worker have come. */
  onEnd(worker: number): void;
}

export interface Helpers {
  /** Resolves when all threads have ended; rejects with the first failure. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

export interface HelperOptions {
  readonly shared: number;
  readonly count: number;
  readonly windowSeconds: number;
  readonly batchBytes: number;
}

export function startHelpers(options: HelperOptions, events: HelperEvents): Helpers {
  const pool = new Piscina<WorkerTask, void>({
    // The compiled file has the extension of this one.
    filename: new URL(import.meta.url.replace(/pool(\.[a-z]+)$/, 'worker$1')).href,
    name: 'decodeShare',
    minThreads: options.count,
    maxThreads: options.count,
    concurrentTasksPerWorker: 1,
  });
  const tasks = Array.from({ length: options.count }, (_, i) => runOne(pool, i + 1, options, events));
  const ended = Promise.all(tasks).then(
    () => undefined,
    (cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new WiretallyError('INTERNAL', `a decoding thread failed: ${reason}`, { cause });
    },
  );
  ended.catch(() => undefined); // told to whoever awaits it; until then it is not unhandled
  return { ended, close: () => pool.destroy() };
}

async function runOne(
  pool: Piscina<WorkerTask, void>,
  index: number,
  options: HelperOptions,
  events: HelperEvents,
): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const given = listen(port1, index, events);
  const buffers = Array.from({ length: BUFFERS }, () => new ArrayBuffer(options.batchBytes));
  const task: WorkerTask = {
    shared: options.shared,
    index,
    windowSeconds: options.windowSeconds,
    buffers,
    port: port2,
  };
  try {
    await pool.run(task, { transferList: [port2, ...buffers] });
    // The word of the task's end takes another way than its batches, and may be faster.
    await given;
  } finally {
    port1.close();
  }
  events.onEnd(index);
}

/** Resolves when the thread has said that no batch comes any more. */
function listen(port: MessagePort, index: number, events: HelperEvents): Promise<void> {
  return new Promise((resolve) => {
    port.on('message', (message: BatchMessage | typeof END) => {
      if (message === END) {
        resolve();
        return;
      }
      const { buffer, length, settledUs } = message;
      events.onBatch(index, {
        bytes: new Uint8Array(buffer),
        length,
        settledUs,
        release: () => port.postMessage(buffer, [buffer]),
      });
    });
  });
}
