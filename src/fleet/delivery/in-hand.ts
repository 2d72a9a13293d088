// InHand: records the messages in progress in a file that survives a crash. A message that crashes the process is
// redelivered; the file counts its crashes.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeError } from '../../files/durable-file.ts';
import { readBounded } from '../../files/read-bounded.ts';

/** Maximum number of remembered messages; the oldest are evicted. One is in progress at a time, and a kill leaves one entry. */
const MAX_MESSAGES = 64;
const MAX_BYTES = 16 << 10;
const ENDS = z.array(z.tuple([z.string().max(64), z.number().int().min(1)])).max(MAX_MESSAGES);

export class InHand {
  readonly #folder: string;
  readonly #path: string;
  /** How often a process ended with a message in hand, were this one to end now. */
  readonly #ends: Map<string, number>;

  /** `durable`: collectors of several names may set aside into one folder. */
  constructor(folder: string, durable: string) {
    this.#folder = folder;
    this.#path = join(folder, `.in-hand-${durable}.json`);
    this.#ends = new Map(this.#read());
  }

  /**
   * Notes that a message is taken in hand. Returns how often a process ended with it in hand. The disk need not have the
   * file: a power cut is no fault of a message. Throws STORE_WRITE.
   */
  take(message: string): number {
    const ends = this.#ends.get(message) ?? 0;
    this.#ends.delete(message);
    this.#ends.set(message, ends + 1);
    const [oldest] = this.#ends.size > MAX_MESSAGES ? this.#ends.keys() : [];
    if (oldest !== undefined) this.#ends.delete(oldest);
    this.#write();
    return ends;
  }

  /** The process outlived the message. */
  release(message: string): void {
    this.#ends.delete(message);
    this.#write();
  }

  #write(): void {
    try {
      if (this.#ends.size === 0) rmSync(this.#path, { force: true });
      else {
        mkdirSync(this.#folder, { recursive: true, mode: 0o750 });
        writeFileSync(this.#path, JSON.stringify([...this.#ends]), { mode: 0o640 });
      }
    } catch (cause) {
      throw writeError(this.#path, cause);
    }
  }

  #read(): z.infer<typeof ENDS> {
    try {
      const ends = ENDS.safeParse(JSON.parse(readBounded(this.#path, MAX_BYTES).toString('utf8')));
      return ends.success ? ends.data : [];
    } catch {
      return []; // none is in hand, or the file was cut
    }
  }
}
