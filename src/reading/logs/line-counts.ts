// Counts the lines of one log: rows, and ignored lines by reason.

import type { LineVisitor } from './lines.ts';
import { findNotice, shortText, writersOf } from './loss-notices.ts';
import { OPEN_QUOTE } from './quoted-lines.ts';
import { type LateFault, type LineReader, type LineResult, NO_ROW } from './records.ts';

/** Above this share of ignored lines, a log was not understood. */
const MAX_IGNORED_SHARE = 0.01;
const NEWLINE = 0x0a;

/** Rows whose programs are remembered. */
const MAX_WRITERS = 1000;
/** Maximum programs and processes that are remembered. */
const MAX_OTHERS = 4096;
const LOST = 'a syslog server lost messages';

interface FirstIgnored {
  readonly line: number;
  readonly reason: string;
}

export interface LogCounts {
  readonly lines: number;
  readonly rows: number;
  readonly ignored: number;
}

export const isIgnored = ({ rows, ignored }: LogCounts): boolean =>
  ignored > MAX_IGNORED_SHARE * (rows + ignored);

export class LineCounts implements LogCounts {
  lines: number;
  rows: number;
  ignored: number;
  readonly reasons = new Map<string, number>();
  #first: FirstIgnored | null = null;
  /** Lost messages that may be those of another program, by their program or process. */
  readonly #lostFrom = new Map<string, { readonly first: FirstIgnored; count: number }>();
  /** Programs of the first rows and their processes, and those of lines that are not rows. */
  readonly #writers = new Set<string>();
  readonly #others = new Set<string>();

  /** `before`: counts of the part of the log that was read earlier. */
  constructor(before: LogCounts = { lines: 0, rows: 0, ignored: 0 }) {
    this.lines = before.lines;
    this.rows = before.rows;
    this.ignored = before.ignored;
  }

  /** The first ignored line. */
  get first(): FirstIgnored | null {
    const firsts = [...this.#lostFrom.values()].map(({ first }) => first);
    return [...firsts, ...(this.#first === null ? [] : [this.#first])].reduce<FirstIgnored | null>(
      (earliest, first) => (earliest === null || first.line < earliest.line ? first : earliest),
      null,
    );
  }

  add(result: LineResult): void {
    this.lines++;
    if (result === null) this.rows++;
    if (result === null || result === NO_ROW) return;
    this.#ignore(result, 1);
  }

  /** Counts rows as ignored lines that were counted as rows before. */
  addLate({ reason, line, count }: LateFault): void {
    this.rows -= count;
    this.#addIgnored(reason, count);
    if (this.#first === null || line < this.#first.line) this.#first = { line, reason };
  }

  #ignore(reason: string, count: number): void {
    this.#addIgnored(reason, count);
    this.#first ??= { line: this.lines, reason };
  }

  #addIgnored(reason: string, count: number): void {
    this.ignored += count;
    const sum = (this.reasons.get(reason) ?? 0) + count;
    if (sum === 0) this.reasons.delete(reason);
    else this.reasons.set(reason, sum);
  }

  /** Counts the result of a line that is no row: a notice of a syslog server is no damage, or tells of lost messages. */
  #addOther(result: Exclude<LineResult, null>, bytes: Buffer, start: number, end: number): void {
    const text = shortText(bytes, start, end);
    const notice = text === null ? null : findNotice(text);
    this.add(notice === null && !isBulkAction(bytes, start, end) ? result : NO_ROW);
    if (notice !== null) this.#addLost(notice.lost, notice.from);
    else if (text !== null) this.#addWriters(writersOf(text));
  }

  /** Messages of a program that has other lines than rows in this log are not missing in it. */
  #addLost(lost: number, from: string | null): void {
    if (lost === 0 || (from !== null && this.#isOfOther(from))) return;
    if (from === null) {
      this.#ignore(LOST, lost);
      return;
    }
    this.#addIgnored(LOST, lost);
    const known = this.#lostFrom.get(from);
    if (known === undefined)
      this.#lostFrom.set(from, { first: { line: this.lines, reason: LOST }, count: lost });
    else known.count += lost;
  }

  #isOfOther(writer: string): boolean {
    return this.#writers.size > 0 && !this.#writers.has(writer) && this.#others.has(writer);
  }

  /** Adds the program of a line that is no row. */
  #addWriters(writers: readonly string[]): void {
    const [program = ''] = writers;
    if (writers.length === 0 || this.#writers.has(program) || this.#others.size > MAX_OTHERS) return;
    for (const writer of writers) {
      this.#others.add(writer);
      const lost = this.#lostFrom.get(writer);
      if (lost === undefined || !this.#isOfOther(writer)) continue;
      this.#addIgnored(LOST, -lost.count);
      this.#lostFrom.delete(writer);
    }
  }

  /**
   * Counts the rows that a crash of the sensor replaced with zero bytes, as long as the row after them. At the
   * beginning of a file, these bytes stand for rows in another file, because the log was emptied while it was written.
   * Returns the start of the line.
   */
  #skipZeros(bytes: Buffer, start: number, end: number): number {
    let from = start;
    while (from < end && bytes[from] === 0) from++;
    if (this.lines > 0)
      this.#ignore('zero bytes in place of rows', Math.ceil((from - start) / (end - from + 1)));
    return from;
  }

  /** Passes lines to their reader and counts the results; for a document, those of its entries. */
  visitor(reader: LineReader): LineVisitor {
    const hasOthers = reader.others !== undefined;
    const isDocument = reader.end !== undefined || reader.ending !== undefined;
    const read = (bytes: Buffer, first: number, end: number, mayContinue: boolean): boolean => {
      const start = bytes[first] === 0 ? this.#skipZeros(bytes, first, end) : first;
      const result = reader.line(bytes, start, end, mayContinue);
      if (mayContinue && result === OPEN_QUOTE && start === first) return false;
      if (hasOthers) for (const other of reader.others?.() ?? []) this.add(other);
      if (result === null) {
        if (this.rows < MAX_WRITERS)
          for (const writer of writersOf(shortText(bytes, start, end) ?? '')) this.#writers.add(writer);
        this.add(result);
      } else if (result !== NO_ROW || !isDocument) this.#addOther(result, bytes, start, end);
      return true;
    };
    return {
      ...(reader.take === undefined
        ? {}
        : {
            take: (bytes: Buffer, start: number): number => {
              const taken = reader.take?.(bytes, start) ?? null;
              if (taken === null) return start;
              this.lines += taken.lines;
              this.rows += taken.lines;
              return taken.end;
            },
          }),
      line: (bytes, start, end) => {
        read(bytes, start, end, false);
        // The lines of a record.
        for (let at = bytes.indexOf(NEWLINE, start); at >= 0 && at < end; at = bytes.indexOf(NEWLINE, at + 1))
          this.lines++;
      },
      tryLine: (bytes, start, end) => read(bytes, start, end, true),
      tooLong: () => this.add('line too long'),
    };
  }
}

/** Maximum length of an action. Its metadata are names of an index and a document, and numbers. */
const MAX_ACTION = 2048;
const BULK_ACTION = /^\{"(?:index|create|update|delete)":\{(?:"\w{1,32}":(?:"[^"\\]*"|\w{1,20}),?)*\}\}$/;

/** True for the line before each document in a file for the bulk API of Elasticsearch and OpenSearch. */
function isBulkAction(bytes: Buffer, start: number, end: number): boolean {
  return (
    end - start <= MAX_ACTION && BULK_ACTION.test(bytes.toString('latin1', start, end).replace(/\s/g, ''))
  );
}
