// What SIGHUP means: a terminal that is gone, or a request to read catalogue and policy again.

import { isatty } from 'node:tty';

const STANDARD_STREAMS = [0, 1, 2];

/** The terminal that a program was started on, if any: closing its window sends SIGHUP, as people do who want a reload. */
export class StartTerminal {
  readonly #streams = STANDARD_STREAMS.filter(isatty);

  get isGone(): boolean {
    return this.#streams.length > 0 && !this.#streams.some(isatty);
  }
}
