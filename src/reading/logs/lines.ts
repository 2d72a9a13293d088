// Splits the bytes of a log into lines. A line is passed as a part of a larger buffer and is not copied. The lines of one
// record of CSV are passed together.

import { recordState } from './quoted-lines.ts';

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
  /** Reads a line like `line`. False: its record may continue in the next line, and it was not read. */
  tryLine?(bytes: Buffer, start: number, end: number): boolean;
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
  /** The lines of a record that may continue, with their newlines. */
  #record: Buffer[] = [];

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
      if (this.#mayTake) start = this.#visitor.take?.(chunk, start) ?? start;
      const end = chunk.indexOf(this.#ending, start);
      if (end < 0) break;
      this.#emit(chunk, start, end);
      start = end + 1;
    }
    if (start < chunk.length) this.#hold(Buffer.from(chunk.subarray(start)));
  }

  get #mayTake(): boolean {
    return !this.#isFirst && this.#record.length === 0;
  }

  /** Returns the bytes of an incomplete last line, and of the lines before it in its record. */
  get unfinished(): number {
    return this.#record.reduce((sum, { length }) => sum + length, this.#heldBytes + this.#skippedBytes);
  }

  /** Passes on the last line if no newline ends it, and a record without its end. */
  end(): void {
    if (this.#heldBytes > 0 || this.#isSkipping) this.#emitHeld(false);
    while (this.#record.length > 0) this.#splitRecord();
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
      while (this.#record.length > 0) this.#splitRecord();
      this.#visitor.tooLong();
      return;
    }
    const line = Buffer.concat(isEnded ? [...held, Buffer.of(this.#ending)] : held);
    const start = isEnded && this.#mayTake ? (this.#visitor.take?.(line, 0) ?? 0) : 0;
    if (start < line.length) this.#emit(line, start, isEnded ? line.length - 1 : line.length);
  }

  #emit(bytes: Buffer, start: number, end: number): void {
    const from = this.#isFirst && isMarked(bytes, start, end) ? start + MARK.length : start;
    this.#isFirst = false;
    if (this.#record.length > 0) this.#extend(bytes, from, end);
    else if (this.#visitor.tryLine?.(bytes, from, withoutReturn(bytes, from, end)) === false)
      this.#record = [lineOf(bytes, from, end)];
    else if (this.#visitor.tryLine === undefined)
      this.#visitor.line(bytes, from, withoutReturn(bytes, from, end));
  }

  /** Adds a line to the record before it, and reads the record if it is whole. */
  #extend(bytes: Buffer, start: number, end: number): void {
    this.#record.push(lineOf(bytes, start, end));
    const record = Buffer.concat(this.#record);
    const last = withoutReturn(record, 0, record.length - 1);
    const state = recordState(record.toString('latin1', 0, last));
    if (state === 'broken') this.#splitRecord();
    if (state !== 'whole') return;
    this.#record = [];
    this.#visitor.line(record, 0, last);
  }

  /** Passes on the lines of a record that has no end, each by itself. */
  #splitRecord(): void {
    const [first = Buffer.alloc(0), ...others] = this.#record;
    this.#record = [];
    this.#visitor.line(first, 0, withoutReturn(first, 0, first.length - 1));
    for (const line of others) this.#emit(line, 0, line.length - 1);
  }
}

const withoutReturn = (bytes: Buffer, start: number, end: number): number =>
  end > start && bytes[end - 1] === RETURN ? end - 1 : end;

/** Copies a line, with a newline behind it. */
const lineOf = (bytes: Buffer, start: number, end: number): Buffer =>
  Buffer.concat([bytes.subarray(start, end), Buffer.of(NEWLINE)]);

const isMarked = (bytes: Buffer, start: number, end: number): boolean =>
  end - start >= MARK.length && MARK.every((byte, i) => bytes[start + i] === byte);
