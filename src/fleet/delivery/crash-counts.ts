// CrashCounts: records the messages in progress in a file that survives a crash. A message that crashes the process is
// redelivered; the file counts its crashes.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeError } from '../../files/durable-file.ts';
import { readBounded } from '../../files/read-bounded.ts';

/** Maximum number of remembered messages; the oldest are evicted. One is in progress at a time, and a kill leaves one entry. */
const MAX_MESSAGES = 64;
const MAX_BYTES = 16 << 10;
const CRASHES = z.array(z.tuple([z.string().max(64), z.number().int().min(1)])).max(MAX_MESSAGES);

export class CrashCounts {
  readonly #folder: string;
  readonly #path: string;
  /** Number of crashes per message, if this process crashed now. */
  readonly #crashes: Map<string, number>;

  /** `durable`: name of the collector. Collectors of several names may share the folder. */
  constructor(folder: string, durable: string) {
    this.#folder = folder;
    this.#path = join(folder, `.in-hand-${durable}.json`);
    this.#crashes = new Map(this.#read());
  }

  /**
   * Records that a message is in progress. Returns the number of crashes during it. The file is not forced to
   * disk, because a power failure is not caused by a message. Throws STORE_WRITE.
   */
  take(message: string): number {
    const crashes = this.#crashes.get(message) ?? 0;
    this.#crashes.delete(message);
    this.#crashes.set(message, crashes + 1);
    const [oldest] = this.#crashes.size > MAX_MESSAGES ? this.#crashes.keys() : [];
    if (oldest !== undefined) this.#crashes.delete(oldest);
    this.#write();
    return crashes;
  }

  /** Records that the process has finished the message. */
  release(message: string): void {
    this.#crashes.delete(message);
    this.#write();
  }

  #write(): void {
    try {
      if (this.#crashes.size === 0) rmSync(this.#path, { force: true });
      else {
        mkdirSync(this.#folder, { recursive: true, mode: 0o750 });
        writeFileSync(this.#path, JSON.stringify([...this.#crashes]), { mode: 0o640 });
      }
    } catch (cause) {
      throw writeError(this.#path, cause);
    }
  }

  #read(): z.infer<typeof CRASHES> {
    try {
      const crashes = CRASHES.safeParse(JSON.parse(readBounded(this.#path, MAX_BYTES).toString('utf8')));
      return crashes.success ? crashes.data : [];
    } catch {
      return []; // no message is in progress, or the file was truncated
    }
  }
}
