// Runs in every thread that decodes an interface: polls it and posts batches while there are empty ones. If the main
// thread is late they run out and this thread waits; the ring fills meanwhile and counts drops.

import { setImmediate } from 'node:timers/promises';
import { readBatchClockUs } from '../../native/event-batch.ts';
import { BATCH } from '../../native/record-layout.ts';
import { BEAT_MS, LiveInput } from './live-input.ts';
import { buildFailure } from './thread-failure.ts';
import type { DecodeTask, Post, ToThread } from './thread-messages.ts';

/** Runs the task of the thread. Resolves after it has posted all batches or the error. */
export async function decode({ input, windowSeconds, buffers, port }: DecodeTask): Promise<void> {
  const post: Post = (message, transfer = []) => port.postMessage(message, [...transfer]);
  try {
    const loop = new DecodeLoop(new LiveInput(input, windowSeconds, post), buffers, post);
    port.on('message', (message: ToThread) => loop.hear(message));
    post({ kind: 'opened' });
    await loop.run();
    post({ kind: 'ended', failure: null });
  } catch (error) {
    const failure = buildFailure(error);
    post({ kind: 'failed', ...failure });
    post({ kind: 'ended', failure });
  } finally {
    port.removeAllListeners();
    port.unref();
  }
}

class DecodeLoop {
  readonly #input: LiveInput;
  readonly #post: Post;
  readonly #free: ArrayBuffer[];
  #wake: () => void = () => undefined;

  constructor(input: LiveInput, buffers: readonly ArrayBuffer[], post: Post) {
    this.#input = input;
    this.#post = post;
    this.#free = [...buffers];
  }

  hear(message: ToThread): void {
    if (message.kind !== 'buffer') this.#input.hear(message);
    else {
      this.#free.push(message.buffer);
      this.#wake();
    }
  }

  async run(): Promise<void> {
    const input = this.#input;
    const beats = setInterval(() => input.beat(), BEAT_MS);
    try {
      for (let isLast = false; !isLast; ) {
        const buffer = await this.#takeBuffer();
        const bytes = new Uint8Array(buffer);
        const length = input.decoder.poll(bytes, input.pollMs);
        if (length > BATCH.size) this.#pass(buffer, bytes, length);
        else {
          this.#free.push(buffer);
          if (length === 0) isLast = !(await input.idle());
          else this.#post({ kind: 'progress', ...input.progressAt(readBatchClockUs(bytes)) });
        }
        input.postStats(isLast);
        await setImmediate(); // This lets the thread receive messages.
      }
    } finally {
      clearInterval(beats);
      input.decoder.close();
    }
  }

  #pass(buffer: ArrayBuffer, bytes: Uint8Array<ArrayBuffer>, length: number): void {
    const progress = this.#input.progressAt(readBatchClockUs(bytes));
    this.#post({ kind: 'batch', buffer, length, ...progress }, [buffer]);
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
}
