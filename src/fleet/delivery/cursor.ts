// Cursor: position of one destination in a spool, in a small file next to the windows that is written after acknowledgements.

import { createHash } from 'node:crypto';
import { readdirSync, type Stats } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../../files/durable-file.ts';
import { hasCode } from '../../files/error-code.ts';
import { readBounded, readHead } from '../../files/read-bounded.ts';
import { errorAt, type WiretallyError } from '../../model/errors.ts';

const MAX_CURSOR_BYTES = 4 << 20;
const HEAD_BYTES = 256;
const CURSOR_NAME = /^\.ship-[0-9a-f]{16}\.json$/;

const GAP = z.strictObject({
  sensor: z.string(),
  startSeconds: z.number(),
  revision: z.number(),
  lengthSeconds: z.number(),
  untilSeconds: z.number(),
});
/** A span that was deleted before it was delivered. */
export type LostWindows = z.infer<typeof GAP>;

const CURSOR = z.strictObject({
  /** The destination, without a password. */
  to: z.string(),
  /** Acknowledged bytes and identity of each file, by name. */
  files: z.record(z.string(), z.strictObject({ bytes: z.number(), inode: z.number(), head: z.string() })),
  /** Losses not yet reported to the destination. */
  givenUp: z.array(GAP),
});
export type CursorState = z.infer<typeof CURSOR>;

export class Cursor {
  readonly path: string;
  readonly to: string;
  files: CursorState['files'];
  givenUp: LostWindows[];

  private constructor(path: string, state: CursorState) {
    this.path = path;
    this.to = state.to;
    this.files = state.files;
    this.givenUp = state.givenUp;
  }

  /** Opens the cursor of a destination at its last position, or at the beginning. Throws STORE_DAMAGED. */
  static of(folder: string, to: string): Cursor {
    const name = `.ship-${createHash('sha256').update(to).digest('hex').slice(0, 16)}.json`;
    return Cursor.#read(join(folder, name)) ?? new Cursor(join(folder, name), { to, files: {}, givenUp: [] });
  }

  static all(folder: string): Cursor[] {
    return readdirSync(folder)
      .filter((name) => CURSOR_NAME.test(name))
      .flatMap((name) => Cursor.#read(join(folder, name)) ?? []);
  }

  static #read(path: string): Cursor | null {
    let text: string;
    try {
      text = readBounded(path, MAX_CURSOR_BYTES).toString('utf8');
    } catch (cause) {
      if (hasCode(cause, 'ENOENT')) return null;
      throw damagedCursor(path, cause);
    }
    try {
      return new Cursor(path, CURSOR.parse(JSON.parse(text)));
    } catch (cause) {
      throw damagedCursor(path, cause);
    }
  }

  /** Acknowledged bytes of a file; 0 for a rewritten one. */
  countBytes(path: string, { ino, size }: Pick<Stats, 'ino' | 'size'>): number {
    const position = this.files[basename(path)];
    if (position?.inode !== ino || position.bytes > size) return 0;
    // Inode numbers are reused, so a grown file must still have the same beginning.
    return position.bytes === size || formatHead(path, position.bytes) === position.head ? position.bytes : 0;
  }

  note(path: string, { ino }: Pick<Stats, 'ino'>, bytes: number): void {
    this.files[basename(path)] = { bytes, inode: ino, head: formatHead(path, bytes) };
  }

  async save(): Promise<void> {
    const { to, files, givenUp } = this;
    await replaceFile(this.path, Buffer.from(`${JSON.stringify({ to, files, givenUp })}\n`));
  }
}

function formatHead(path: string, bytes: number): string {
  const head = readHead(path, Math.min(bytes, HEAD_BYTES));
  return createHash('sha256').update(head).digest('hex').slice(0, 16);
}

function damagedCursor(path: string, cause: unknown): WiretallyError {
  return errorAt('STORE_DAMAGED', path, 'does not contain the position of its destination', {
    cause,
    next: 'remove it: all windows are sent again, and duplicates are ignored',
  });
}
