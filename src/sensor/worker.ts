// The Piscina entry: one decoding thread beside the main one. It polls its share of the flows and passes batches on.

import type { MessagePort } from 'node:worker_threads';
import { loadAddon } from '../native/addon.ts';
import { batchClockUs, FlushClock } from './flush-clock.ts';

/** One poll lasts about this long at most. */
const POLL_MS = 20;

export interface WorkerTask {
  /** Number of the decoder to attach to, and of this worker in it. */
  readonly shared: number;
  readonly index: number;
  readonly windowSeconds: number;
  /** Empty batches to begin with. Each comes back through the port when it has been read. */
  readonly buffers: readonly ArrayBuffer[];
  readonly port: MessagePort;
}

/** A full batch; the buffer is handed over. */
export interface BatchMessage {
  readonly buffer: ArrayBuffer;
  readonly length: number;
  /** Everything before this time has been given by this worker. */
  readonly settledUs: number;
}

/** Stands for the batch that does not come any more. */
export const END = 'end';

/** The task. Resolves when all flows of this worker are out. */
export async function decodeShare(task: WorkerTask): Promise<void> {
  const { port } = task;
  const free = [...task.buffers];
  let wake: () => void = () => undefined;
  port.on('message', (buffer: ArrayBuffer) => {
    free.push(buffer);
    wake();
  });
  const decoder = loadAddon().attachDecoder(task.shared, task.index);
  const flushClock = new FlushClock(task.windowSeconds);
  try {
    for (;;) {
      let buffer = free.pop();
      while (buffer === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        buffer = free.pop();
      }
      const bytes = new Uint8Array(buffer);
      const length = decoder.poll(bytes, POLL_MS);
      if (length === 0) break;
      const message: BatchMessage = {
        buffer,
        length,
        settledUs: flushClock.tick(batchClockUs(bytes), decoder),
      };
      port.postMessage(message, [buffer]);
    }
    port.postMessage(END);
  } finally {
    decoder.close();
    port.removeAllListeners();
    port.unref();
  }
}
