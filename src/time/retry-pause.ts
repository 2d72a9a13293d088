// Computes the pause after a failed attempt: twice as long each time, up to a maximum.

const FIRST_MS = 1_000;

export class RetryPause {
  readonly #longestMs: number;
  #nextMs = FIRST_MS;

  constructor(longestMs: number) {
    this.#longestMs = longestMs;
  }

  get milliseconds(): number {
    return this.#nextMs;
  }

  lengthen(): void {
    this.#nextMs = Math.min(this.#longestMs, 2 * this.#nextMs);
  }

  reset(): void {
    this.#nextMs = FIRST_MS;
  }
}
