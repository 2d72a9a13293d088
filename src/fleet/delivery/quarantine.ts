// Quarantine for messages that a store rejects. Messages are named by SHA-256, windows by sensor and instance.

import { createHash } from 'node:crypto';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { appendAsOnlyWriter, replaceFile, writeError } from '../../files/durable-file.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { encodeWindow } from '../../window/codec.ts';
import { formatToken } from './message.ts';

/** Size limit: senders must not fill the disk of the store. */
const MAX_BYTES = 1 << 30;

export class Quarantine {
  readonly folder: string;
  #bytes: number | null = null;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Stores data that are not a window, named by their hash. Null without space. Throws STORE_WRITE. */
  async storeMessage(body: Uint8Array): Promise<string | null> {
    if (!(await this.#reserve(body.length))) return null;
    const path = join(this.folder, `${createHash('sha256').update(body).digest('hex').slice(0, 32)}.message`);
    await replaceFile(path, body);
    return path;
  }

  /** Stores a valid window that the store rejects, as a .usage file. Null without space. Throws STORE_WRITE. */
  async storeWindow(window: UsageWindow, instance: string): Promise<string | null> {
    const bytes = encodeWindow(window);
    if (!(await this.#reserve(bytes.length))) return null;
    const path = join(this.folder, `${formatToken(window.sensor)}-${instance.slice(0, 8)}.usage`);
    await appendAsOnlyWriter(path, bytes);
    return path;
  }

  /** Counts the bytes towards the size limit. Returns false, and counts none, if they exceed it. */
  async #reserve(bytes: number): Promise<boolean> {
    await mkdir(this.folder, { recursive: true, mode: 0o750 }).catch((cause: unknown) => {
      throw writeError(this.folder, cause);
    });
    this.#bytes ??= await sumBytes(this.folder);
    if (this.#bytes + bytes > MAX_BYTES) return false;
    this.#bytes += bytes;
    return true;
  }
}

async function sumBytes(folder: string): Promise<number> {
  const names = await readdir(folder);
  const stats = await Promise.all(names.map((name) => stat(join(folder, name))));
  return stats.reduce((sum, { size }) => sum + size, 0);
}
