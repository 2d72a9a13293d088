// Limits the requests and the wrong tokens of one client.

import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { PageError } from '../page-error.ts';

/** Maximum requests per client in ten seconds: a page takes three, and no user loads a hundred pages in that time. */
const REQUESTS = 300;
const SECONDS = 10;

/** Maximum number of wrong tokens of one client. */
const GUESSES = 10;
const GUESS_SECONDS = 60;

export class RateLimit {
  readonly #limiter: RateLimiterMemory;

  constructor(points = REQUESTS, duration = SECONDS) {
    this.#limiter = new RateLimiterMemory({ points, duration });
  }

  /** Throws PageError 429. */
  async take(client: string, points = 1): Promise<void> {
    await waitWithin(this.#limiter.consume(client, points), 'too many requests');
  }
}

/** Limits wrong tokens. After too many, correct ones are refused too, so that an attacker cannot detect a correct guess. */
export class GuessLimit {
  readonly #limiter = new RateLimiterMemory({ points: GUESSES, duration: GUESS_SECONDS });

  /** Throws PageError 429. */
  async count(client: string, isRight: boolean): Promise<void> {
    // Counts before any await, so that concurrent requests are counted one after the other.
    const taken = this.#limiter.consume(client);
    if (isRight) void this.#limiter.reward(client);
    await waitWithin(taken, 'too many wrong tokens came from this address');
  }
}

async function waitWithin(taken: Promise<unknown>, words: string): Promise<void> {
  try {
    await taken;
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    throw new PageError(429, words, `wait ${Math.ceil(refusal.msBeforeNext / 1000)} s`);
  }
}
