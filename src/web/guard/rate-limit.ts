// How often one visitor may ask.

import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { PageError } from '../page-error.ts';

/** A page is three requests; nobody reads a hundred pages in ten seconds. */
const REQUESTS = 300;
const SECONDS = 10;

export class RateLimit {
  readonly #limiter: RateLimiterMemory;

  constructor(points = REQUESTS, duration = SECONDS) {
    this.#limiter = new RateLimiterMemory({ points, duration });
  }

  /** Throws PageError 429. */
  async take(visitor: string): Promise<void> {
    try {
      await this.#limiter.consume(visitor);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      throw new PageError(429, 'too many requests', `wait ${Math.ceil(refusal.msBeforeNext / 1000)} s`);
    }
  }
}
