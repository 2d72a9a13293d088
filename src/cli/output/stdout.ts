// Writes results to stdout in large pieces, completes writing before the process ends, and ignores a closed pipe.

import { WiretallyError } from '../../model/errors.ts';
import { jsonText } from '../../text/json-text.ts';
import { joinParts } from '../../text/text-parts.ts';
import { visibleText } from '../../text/visible-text.ts';

const CHUNK_LENGTH = 65_536;
const ENDS_OF_WAIT = ['drain', 'error', 'close'] as const;

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EIO: 'device error',
  EFBIG: 'the file would be too large',
};

let readerIsGone = false;
let failure: Error | null = null;
let isWatching = false;

/** True after EPIPE or a failed write: no more output is needed. */
export function isReaderGone(): boolean {
  return readerIsGone || failure !== null;
}

function noteFailure(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE' || error.code === 'EOF') readerIsGone = true;
  else failure ??= error;
}

/**
 * Last protection if a caller forgot to escape a text: no control sequence that moves the cursor or rings the bell is
 * written. Colors (ECMA-48 §8.3.117, SGR) and line ends pass. Bytes come from the core alone, which makes lines safe
 * (hello_line.h).
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control signs are what this is about
const UNSAFE = /[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]|\r(?!\n)|\x1b(?!\[[0-9;]*m)/g;

/** Matches nearly all output, at half the cost of a search for unsafe characters. */
const PLAIN = /^[\x20-\x7e\n]*$/;

export const escapeUnsafe = (text: string): string =>
  PLAIN.test(text) ? text : text.replace(UNSAFE, visibleText);

/** A line, or bytes of complete lines that are already safe to display. */
export type Lines = string | Uint8Array;

/** Never fails: requireWritten reports errors once. */
function writeText(text: Lines, taken?: () => void): void {
  if (!isWatching) {
    isWatching = true;
    process.stdout.on('error', noteFailure);
  }
  if (isReaderGone()) {
    taken?.();
    return;
  }
  try {
    // The error listener also receives a failed write, and evaluates it.
    process.stdout.write(typeof text === 'string' ? escapeUnsafe(text) : text, taken);
  } catch (error) {
    // Writes to files are synchronous, and may throw instead.
    noteFailure(error instanceof Error ? error : new Error(String(error)));
    taken?.();
  }
}

/** Throws STORE_WRITE if output could not be written; a closed pipe is not an error. */
function requireWritten(): void {
  if (failure === null) return;
  const code = 'code' in failure ? String(failure.code) : '';
  throw new WiretallyError('STORE_WRITE', `stdout: cannot be written: ${REASONS[code] ?? failure.message}`, {
    cause: failure,
  });
}

/** Resolves when the text was written, or at once after the pipe was closed. Throws STORE_WRITE. */
export async function writeOut(text: string): Promise<void> {
  await new Promise<void>((resolve) => writeText(text, resolve));
  requireWritten();
}

/** Writes a document for programs. Throws STORE_WRITE. */
export const writeJson = (document: unknown): Promise<void> => writeOut(`${jsonText(document, 2)}\n`);

/** Writes lines with untrusted texts, which cannot add lines. Throws STORE_WRITE. */
export async function writeLines(lines: readonly string[]): Promise<void> {
  await writeOut(`${lines.map(visibleText).join('\n')}\n`);
}

/**
 * Writes a text that is made in pieces, and waits until each is written before it makes more. A piece never splits a line
 * end or a color sequence. Ends early after the pipe was closed. Throws STORE_WRITE.
 */
export async function writeChunks(chunks: Iterable<string>): Promise<void> {
  for (const part of joinParts(chunks, CHUNK_LENGTH)) {
    await writeOut(part);
    if (isReaderGone()) return;
  }
}

export class LineWriter {
  #pending: string[] = [];
  #length = 0;

  /** Returns false while bytes wait to be written, because they must not change. */
  add(lines: Lines): boolean {
    if (typeof lines !== 'string') {
      if (this.#length > 0) writeText(this.#take());
      writeText(lines);
      return process.stdout.writableLength === 0;
    }
    this.#pending.push(lines);
    this.#length += lines.length + 1;
    // Not awaited: a callback would retain the text, and thousands of lines are added in one turn.
    if (this.#length >= CHUNK_LENGTH) writeText(this.#take());
    return true;
  }

  /** Resolves when the output was written, or the pipe was closed; null if more can be written. */
  whenReady(): Promise<void> | null {
    const { stdout } = process;
    if (!stdout.writableNeedDrain || isReaderGone()) return null;
    return new Promise((resolve) => {
      const done = (): void => {
        for (const event of ENDS_OF_WAIT) stdout.off(event, done);
        resolve();
      };
      for (const event of ENDS_OF_WAIT) stdout.on(event, done);
    });
  }

  /** Writes the rest. Throws STORE_WRITE if a piece could not be written. */
  end(): Promise<void> {
    return writeOut(this.#take());
  }

  #take(): string {
    const text = this.#pending.length === 0 ? '' : `${this.#pending.join('\n')}\n`;
    this.#pending = [];
    this.#length = 0;
    return text;
  }
}
