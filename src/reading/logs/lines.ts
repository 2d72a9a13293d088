// Splits the bytes of a log into lines. A line is passed as a part of a larger buffer and is not copied.

const NEWLINE = 0x0a;
const RETURN = 0x0d;
/** U+FEFF, with which some programs of Windows begin a UTF-8 file. */
const MARK = [0xef, 0xbb, 0xbf];
/** Longer lines are skipped and counted. A session of Arkime with all its packets has 200 KB. */
export const MAX_LINE_BYTES = 16 << 20;

export interface LineSplitterOptions {
  /** The first line is the first of the file. */
  readonly isFirst?: boolean;
  readonly maxBytes?: number;
  /** Byte that ends a line. */
  readonly ending?: number | undefined;
}

/** `tooLong`: the line is skipped. */
export interface LineVisitor {
  line(bytes: Buffer, start: number, end: number): void;
  /** Reads complete lines from `start` on. Returns the start of the first line that must be passed on. */
  take?(bytes: Buffer, start: number): number;
  tooLong(): void;
}

export class LineSplitter {
  readonly #visitor: LineVisitor;
  readonly #maxBytes: number;
  readonly #ending: number;
  /** The beginning of an incomplete line. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #isSkipping = false;
  #skippedBytes = 0;
  #isFirst: boolean;

  constructor(
    visitor: LineVisitor,
    { isFirst = true, maxBytes = MAX_LINE_BYTES, ending = NEWLINE }: LineSplitterOptions = {},
  ) {
    this.#visitor = visitor;
    this.#maxBytes = maxBytes;
    this.#ending = ending;
    this.#isFirst = isFirst;
  }

  push(chunk: Buffer): void {
    let start = 0;
    if (this.#heldBytes > 0 || this.#isSkipping) {
      const end = chunk.indexOf(this.#ending);
      if (end < 0) {
        this.#hold(Buffer.from(chunk)); // The caller reuses the buffer of a file.
        return;
      }
      this.#hold(chunk.subarray(0, end));
      this.#emitHeld(true);
      start = end + 1;
    }
    for (;;) {
      if (!this.#isFirst) start = this.#visitor.take?.(chunk, start) ?? start;
      const end = chunk.indexOf(this.#ending, start);
      if (end < 0) break;
      this.#emit(chunk, start, end);
      start = end + 1;
    }
    if (start < chunk.length) this.#hold(Buffer.from(chunk.subarray(start)));
  }

  /** Returns the bytes of an incomplete last line. */
  get unfinished(): number {
    return this.#heldBytes + this.#skippedBytes;
  }

  /** Passes on the last line if no newline ends it. */
  end(): void {
    if (this.#heldBytes > 0 || this.#isSkipping) this.#emitHeld(false);
  }

  #hold(part: Buffer): void {
    if (this.#heldBytes + part.length > this.#maxBytes) {
      this.#isSkipping = true;
      this.#skippedBytes += this.#heldBytes;
      this.#held = [];
      this.#heldBytes = 0;
    }
    if (this.#isSkipping) {
      this.#skippedBytes += part.length;
      return;
    }
    this.#held.push(part);
    this.#heldBytes += part.length;
  }

  #emitHeld(isEnded: boolean): void {
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    if (this.#isSkipping) {
      this.#isSkipping = false;
      this.#skippedBytes = 0;
      this.#visitor.tooLong();
      return;
    }
    const line = Buffer.concat(isEnded ? [...held, Buffer.of(this.#ending)] : held);
    const start = isEnded && !this.#isFirst ? (this.#visitor.take?.(line, 0) ?? 0) : 0;
    if (start < line.length) this.#emit(line, start, isEnded ? line.length - 1 : line.length);
  }

  #emit(bytes: Buffer, start: number, end: number): void {
    const from = this.#isFirst && isMarked(bytes, start, end) ? start + MARK.length : start;
    this.#isFirst = false;
    this.#visitor.line(bytes, from, end > from && bytes[end - 1] === RETURN ? end - 1 : end);
  }
}

const isMarked = (bytes: Buffer, start: number, end: number): boolean =>
  end - start >= MARK.length && MARK.every((byte, i) => bytes[start + i] === byte);
