// FormTokens: a form is good for the visitor and the host that it was made for, and for an hour. Another page cannot make one.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const KEY_BYTES = 32;
const GOOD_FOR_MS = 3_600_000;

export class FormTokens {
  readonly #key = randomBytes(KEY_BYTES);

  make(visitor: string, host: string, nowMs = Date.now()): string {
    const end = (nowMs + GOOD_FOR_MS).toString(36);
    return `${end}.${this.#seal(visitor, host, end)}`;
  }

  isGood(token: string, visitor: string, host: string, nowMs = Date.now()): boolean {
    const [, end, seal] = /^([0-9a-z]{1,12})\.([\w-]{43})$/.exec(token) ?? [];
    if (end === undefined || seal === undefined || Number.parseInt(end, 36) < nowMs) return false;
    return timingSafeEqual(Buffer.from(seal), Buffer.from(this.#seal(visitor, host, end)));
  }

  #seal(visitor: string, host: string, end: string): string {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([visitor, host, end]))
      .digest('base64url');
  }
}
