// Stores the state of followed logs on disk: positions and the records that windows are made of are in one line, so
// that a crash at any moment leaves both or neither.

import { createHash } from 'node:crypto';
import { closeSync, createReadStream, fsyncSync, openSync, truncateSync, writeFileSync } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceWith, writeError } from '../../files/durable-file.ts';
import { errorAt } from '../../model/errors.ts';
import { LineSplitter } from '../../reading/logs/lines.ts';
import type { TimestampUs } from '../../time/units.ts';
import type { FileState } from './file-table.ts';
import type { RecordBatch } from './held-records.ts';

const VERSION = 3;
const CHECK_LENGTH = 16;
/** A journal is rewritten when it is larger than twice its size after the last rewrite, plus this much. */
const MIN_GROWTH = 4 << 20;
/** Maximum size of a step: the records of some megabytes of a log take less. */
const MAX_STEP_BYTES = 480 << 20;

export interface JournalHead {
  readonly version: number;
  readonly windowSeconds: number;
}

export interface JournalStep {
  readonly product?: string;
  readonly files?: readonly FileState[];
  readonly forgotten?: readonly number[];
  readonly tables?: Readonly<Record<string, readonly (readonly [key: string, value: unknown])[]>>;
  readonly records?: RecordBatch;
  /** Number of malformed lines so far, by reason. */
  readonly malformed?: Readonly<Record<string, number>>;
  /** Windows before this time are final. */
  readonly finalUs?: TimestampUs;
  /** The next windows are delivered with this revision. */
  readonly revision?: number;
}

export class Journal {
  readonly path: string;
  readonly #head: JournalHead;
  #handle: number | null = null;
  /** Lines that are not on disk yet, in order. */
  #waiting: Buffer[] = [];
  #bytes = 0;
  #bytesWhenWritten = 0;

  constructor(folder: string, name: string, windowSeconds: number) {
    this.path = join(folder, name);
    this.#head = { version: VERSION, windowSeconds };
  }

  /** Calls `visit` with the steps of earlier runs, and removes a torn or damaged end. Throws USAGE, STORE_WRITE. */
  async open(visit: (step: JournalStep) => void): Promise<void> {
    let intact = 0;
    let isIntact = true;
    let hasHead = false;
    const splitter = new LineSplitter(
      {
        line: (bytes, start, end) => {
          isIntact &&= isWhole(bytes, start, end);
          if (!isIntact) return;
          intact += end - start + 1;
          const step: unknown = JSON.parse(bytes.toString('utf8', start + CHECK_LENGTH + 1, end));
          if (hasHead) visit(step as JournalStep);
          else this.#requireSame(step as JournalHead);
          hasHead = true;
        },
        tooLong: () => {
          isIntact = false;
        },
      },
      { maxBytes: MAX_STEP_BYTES },
    );
    const size = await stat(this.path).then(
      (stats) => stats.size,
      () => 0,
    );
    if (size > 0) for await (const chunk of createReadStream(this.path)) splitter.push(Buffer.from(chunk));
    try {
      if (intact < size) truncateSync(this.path, intact);
      this.#handle = openSync(this.path, 'a', 0o600);
    } catch (cause) {
      throw writeError(this.path, cause);
    }
    this.#bytes = intact;
    this.#bytesWhenWritten = intact;
    if (!hasHead) this.add(this.#head);
  }

  #requireSame({ version, windowSeconds }: JournalHead): void {
    if (version === VERSION && windowSeconds === this.#head.windowSeconds) return;
    const what =
      version === VERSION
        ? `holds windows of ${windowSeconds} s, and ${this.#head.windowSeconds} s were asked for`
        : 'was written by another version';
    throw errorAt('USAGE', this.path, what, {
      next:
        version === VERSION
          ? `pass --window ${windowSeconds}, or another folder with --state`
          : 'remove the file: existing logs are read again',
    });
  }

  /** Writes a step to disk before it returns. After an error the step waits for the next call. Throws STORE_WRITE. */
  add(step: JournalStep | JournalHead): void {
    if (this.#handle === null) throw new TypeError('the journal is not open');
    this.#waiting.push(buildLine(step));
    try {
      for (let line = this.#waiting[0]; line !== undefined; line = this.#waiting[0]) {
        writeFileSync(this.#handle, line);
        this.#bytes += line.length;
        this.#waiting.shift();
      }
      fsyncSync(this.#handle);
    } catch (cause) {
      // Removes a partial line, so that nothing is appended to it.
      truncateSync(this.path, this.#bytes);
      throw writeError(this.path, cause);
    }
  }

  get isLong(): boolean {
    return this.#bytes > 2 * this.#bytesWhenWritten + MIN_GROWTH;
  }

  /** Replaces all steps so far. Throws STORE_WRITE. */
  async rewrite(steps: Iterable<JournalStep>): Promise<void> {
    let bytes = 0;
    await replaceWith(this.path, async (draft) => {
      for (const step of [this.#head, ...steps]) {
        const line = buildLine(step);
        bytes += line.length;
        await writeFile(draft, line, { flag: 'a' });
      }
    });
    this.close();
    this.#waiting = [];
    this.#handle = openSync(this.path, 'a', 0o600);
    this.#bytes = bytes;
    this.#bytesWhenWritten = bytes;
  }

  close(): void {
    if (this.#handle !== null) closeSync(this.#handle);
    this.#handle = null;
  }
}

const computeChecksum = (text: string | Buffer): string =>
  createHash('sha1').update(text).digest('hex').slice(0, CHECK_LENGTH);

function buildLine(step: JournalStep | JournalHead): Buffer {
  const text = JSON.stringify(step);
  return Buffer.from(`${computeChecksum(text)} ${text}\n`);
}

function isWhole(bytes: Buffer, start: number, end: number): boolean {
  if (end - start <= CHECK_LENGTH) return false;
  return (
    bytes.toString('latin1', start, start + CHECK_LENGTH) ===
    computeChecksum(bytes.subarray(start + CHECK_LENGTH + 1, end))
  );
}
