// Who asks: a name by its token, by the word of a proxy that stands before this server, or by a client certificate.

import type { Context } from 'hono';
import { PageError } from '../page-error.ts';
import type { Credentials } from './credentials.ts';
import { RateLimit } from './rate-limit.ts';

/** What the routes know of a request beside itself. */
export interface WebEnv {
  /** The visitor's name; null where anybody may look. */
  Variables: { visitor: string | null };
}

export interface WaysIn {
  /** Null: no token is asked for. */
  readonly credentials: Credentials | null;
  /** The header by which a proxy says whom it let in; null without one. */
  readonly proxyHeader: string | null;
  /** The name in the certificate that the visitor showed; null where none is asked for. */
  readonly certificateName: ((context: Context) => string | null) | null;
  /** Where a request comes from. */
  readonly addressOf: (context: Context) => string;
}

/** Wrong tokens from one address. */
const GUESSES = 10;
const GUESS_SECONDS = 60;
const NAME = /^[\w.@-]{1,64}$/;

export class Visitors {
  readonly #ways: WaysIn;
  readonly #guesses = new RateLimit(GUESSES, GUESS_SECONDS);

  constructor(ways: WaysIn) {
    this.#ways = ways;
  }

  /** Whose requests are counted together: behind a proxy all have one address. */
  countedAs(c: Context): string {
    return this.#toldByProxy(c) ?? this.#ways.addressOf(c);
  }

  /** The name of who asks; null where anybody may. Throws PageError 401. */
  async admit(c: Context): Promise<string | null> {
    const { credentials, proxyHeader, certificateName } = this.#ways;
    const byToken = credentials === null ? null : await this.#byToken(c, credentials);
    if (proxyHeader !== null) {
      const name = this.#toldByProxy(c);
      if (name === null)
        throw new PageError(
          401,
          `the proxy did not say who asks: ${proxyHeader} has no name`,
          'the proxy must set it on every request',
        );
      return name;
    }
    if (byToken !== null || certificateName === null) return byToken;
    const name = certificateName(c);
    if (name === null || !NAME.test(name))
      throw new PageError(401, 'the certificate names nobody', 'its common name must be a plain name');
    return name;
  }

  #toldByProxy(c: Context): string | null {
    const { proxyHeader } = this.#ways;
    const name = proxyHeader === null ? null : (c.req.header(proxyHeader) ?? null);
    // One that was sent twice comes joined by a comma, and is no name.
    return name !== null && NAME.test(name) ? name : null;
  }

  async #byToken(c: Context, credentials: Credentials): Promise<string> {
    const header = c.req.header('authorization') ?? '';
    const name = credentials.visitor(header);
    if (name !== null) return name;
    c.header('WWW-Authenticate', 'Basic realm="Wiretally", charset="UTF-8"');
    // Who has not said anything yet has not guessed.
    if (header !== '') await this.#guesses.take(this.#ways.addressOf(c));
    throw new PageError(401, 'that takes a name and a token', 'whoever runs this server has them');
  }
}
