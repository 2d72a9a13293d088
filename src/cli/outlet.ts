// Writes results to stdout: in large pieces, to the end before the process ends, and quiet when the reader has gone.

const PIECE_LENGTH = 65_536;

let readerIsGone = false;
let isWatching = false;

/** True after EPIPE: nobody reads on, so nothing more needs to be made. */
export function isReaderGone(): boolean {
  return readerIsGone;
}

function watch(): void {
  if (isWatching) return;
  isWatching = true;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || error.code === 'EOF') readerIsGone = true;
    else throw error;
  });
}

/** Resolves when the text has been taken; at once when the reader is gone. */
export function writeOut(text: string): Promise<void> {
  watch();
  if (readerIsGone) return Promise.resolve();
  return new Promise((resolve) => {
    // A failed write comes to the error listener as well, which decides what it means.
    process.stdout.write(text, () => resolve());
  });
}

/** Collects lines and writes them in pieces. Writes to files, pipes and terminals are synchronous on POSIX. */
export class LineOutlet {
  #pending: string[] = [];
  #length = 0;

  add(line: string): void {
    this.#pending.push(line);
    this.#length += line.length + 1;
    if (this.#length >= PIECE_LENGTH) void this.#write();
  }

  end(): Promise<void> {
    return this.#write();
  }

  #write(): Promise<void> {
    const text = this.#pending.length === 0 ? '' : `${this.#pending.join('\n')}\n`;
    this.#pending = [];
    this.#length = 0;
    return writeOut(text);
  }
}
