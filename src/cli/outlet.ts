// Writes results to stdout: in large pieces, waiting for a slow reader, and quiet when the reader has gone.

const PIECE_LENGTH = 65_536;

let readerIsGone = false;
let watches = false;

/** True after EPIPE: nobody reads on, so nothing more needs to be made. */
export function isReaderGone(): boolean {
  return readerIsGone;
}

function watch(): void {
  if (watches) return;
  watches = true;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || error.code === 'EOF') readerIsGone = true;
    else throw error;
  });
}

/** Resolves when the text has been taken; at once when the reader is gone. */
export function writeOut(text: string): Promise<void> {
  watch();
  if (readerIsGone || text === '') return Promise.resolve();
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (!error || readerIsGone || (error as NodeJS.ErrnoException).code === 'EPIPE') resolve();
      else reject(error);
    });
  });
}

/** Collects lines and writes them in pieces. */
export class LineOutlet {
  #pending: string[] = [];
  #length = 0;

  /** True when enough is pending that `flush` should be awaited. */
  add(line: string): boolean {
    this.#pending.push(line);
    this.#length += line.length + 1;
    return this.#length >= PIECE_LENGTH;
  }

  async flush(): Promise<void> {
    if (this.#pending.length === 0) return;
    const text = `${this.#pending.join('\n')}\n`;
    this.#pending = [];
    this.#length = 0;
    await writeOut(text);
  }
}
