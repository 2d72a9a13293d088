// Limits how often one client may ask, and how often it may be wrong.

import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { PageError } from '../page-error.ts';

/** A page is three requests; no reader loads a hundred pages in ten seconds. */
const REQUESTS = 300;
const SECONDS = 10;

/** Wrong tokens from one client. */
const GUESSES = 10;
const GUESS_SECONDS = 60;

export class RateLimit {
  readonly #limiter: RateLimiterMemory;

  constructor(points = REQUESTS, duration = SECONDS) {
    this.#limiter = new RateLimiterMemory({ points, duration });
  }

  /** Throws PageError 429. */
  async take(client: string, points = 1): Promise<void> {
    await within(this.#limiter.consume(client, points), 'too many requests');
  }
}

/** Wrong tokens. Once there were too many, right ones are refused too: else who guesses would learn which is right. */
export class GuessLimit {
  readonly #limiter = new RateLimiterMemory({ points: GUESSES, duration: GUESS_SECONDS });

  /** Throws PageError 429. */
  async count(client: string, isRight: boolean): Promise<void> {
    // Both count before anything is awaited, so that requests which come at once are counted one after the other.
    const taken = this.#limiter.consume(client);
    if (isRight) void this.#limiter.reward(client);
    await within(taken, 'too many wrong tokens came from this address');
  }
}

async function within(taken: Promise<unknown>, words: string): Promise<void> {
  try {
    await taken;
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    throw new PageError(429, words, `wait ${Math.ceil(refusal.msBeforeNext / 1000)} s`);
  }
}
