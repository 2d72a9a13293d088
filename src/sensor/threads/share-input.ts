// ShareInput: a share of the flows of files, decoded in parallel with the thread that opens them.

import { loadAddon, type NativeDecoder } from '../../native/addon.ts';
import type { DecodeInput } from './decode-input.ts';
import { FlushClock } from './flush-clock.ts';
import type { Progress, ThreadInput } from './messages.ts';

export class ShareInput implements DecodeInput {
  readonly decoder: NativeDecoder;
  readonly pollMs = 20;
  readonly #flushClock: FlushClock;

  constructor({ shared, index }: Extract<ThreadInput, { readonly kind: 'share' }>, windowSeconds: number) {
    this.decoder = loadAddon().attachDecoder(shared, index);
    this.#flushClock = new FlushClock(windowSeconds);
  }

  hear(): void {}

  progressAt(packetUs: number): Progress {
    return { clockUs: packetUs, settledUs: this.#flushClock.tick(packetUs, this.decoder) };
  }

  /** Its poll waits for inputs, and gives nothing only when all is out. */
  async idle(): Promise<boolean> {
    return false;
  }

  tell(): void {}
}
