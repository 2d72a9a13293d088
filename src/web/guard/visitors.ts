// Identifies the client of a request: a name by its token, by the header of a trusted proxy, or by a client certificate.

import type { Context } from 'hono';
import { PageError } from '../page-error.ts';
import { clientGroup } from './clients.ts';
import type { Credentials } from './credentials.ts';
import { GuessLimit } from './rate-limit.ts';

export interface WebEnv {
  /** The visitor's name; null where anybody may look. The content security policy of a page that has its own. */
  Variables: { visitor: string | null; client: string; policy?: string };
}

/** A proxy that has asked who the visitor is. It alone has the token; no visitor's token makes a request one of its own. */
export interface TrustedProxy {
  /** Header with the authenticated user, in lower case. */
  readonly header: string;
  /** Its own token, under a name that is not used. */
  readonly token: Credentials;
}

export interface WaysIn {
  /** Null: visitors have no tokens. */
  readonly credentials: Credentials | null;
  /** Null: none is believed. */
  readonly proxy: TrustedProxy | null;
  /** The name in the certificate that the visitor showed; null where none is asked for. */
  readonly certificateName: ((context: Context) => string | null) | null;
  readonly addressOf: (context: Context) => string;
  /** Hears of an address that showed the token of the proxy. */
  readonly onProxy: (address: string) => void;
}

export interface Asking {
  /** Identifies clients whose requests are counted together. */
  readonly countedAs: string;
  /** Null where it is not known. */
  readonly name: string | null;
}

const NAME = /^[\w.@-]{1,64}$/;
const FORWARDED_FOR = 'x-forwarded-for';

export class Visitors {
  readonly #ways: WaysIn;
  readonly #guesses = new GuessLimit();

  constructor(ways: WaysIn) {
    this.#ways = ways;
  }

  /** Anybody may look. */
  get takesAnybody(): boolean {
    const { credentials, proxy, certificateName } = this.#ways;
    return credentials === null && proxy === null && certificateName === null;
  }

  /** Throws PageError 429 where too many wrong tokens came from. */
  async recognize(c: Context): Promise<Asking> {
    const { credentials, proxy, certificateName, addressOf, onProxy } = this.#ways;
    const address = addressOf(c);
    const client = clientGroup(address) ?? address;
    const header = c.req.header('authorization') ?? '';
    const isProxy = proxy !== null && proxy.token.visitor(header) !== null;
    const byToken = isProxy ? null : (credentials?.visitor(header) ?? null);
    // Who has not said anything yet has not guessed.
    if (header !== '' && (credentials !== null || proxy !== null))
      await this.#guesses.count(client, isProxy || byToken !== null);
    if (isProxy) {
      onProxy(address);
      return behindProxy(c, proxy, client);
    }
    const isByCertificate = credentials === null && certificateName !== null;
    const name = isByCertificate ? certificateName(c) : byToken;
    return { countedAs: client, name: name !== null && NAME.test(name) ? name : null };
  }

  refusal(c: Context): PageError {
    const { credentials, proxy, certificateName } = this.#ways;
    if (proxy !== null && proxy.token.visitor(c.req.header('authorization') ?? '') !== null)
      return new PageError(
        401,
        `the proxy did not say who asks: ${proxy.header} has no name`,
        'the proxy must set it on every request',
      );
    if (credentials !== null) {
      c.header('WWW-Authenticate', 'Basic realm="Wiretally", charset="UTF-8"');
      return new PageError(
        401,
        'a name and a token are required',
        'the administrator of this server issues them',
      );
    }
    if (certificateName !== null)
      return new PageError(401, 'the certificate has no name', 'its common name must be a plain name');
    return new PageError(401, 'only the proxy before this server may ask', 'ask it instead');
  }
}

/**
 * A visitor is the address that the proxy saw and the name that it found: colleagues may share the one, and one may have
 * several of the other.
 */
function behindProxy(c: Context, { header }: TrustedProxy, proxy: string): Asking {
  // One that was sent twice comes joined by a comma, and is no name.
  const given = c.req.header(header) ?? '';
  const name = NAME.test(given) ? given : null;
  // The proxy appends the peer address; any client can send the entries before it.
  const seen = c.req.header(FORWARDED_FOR)?.split(',').at(-1)?.trim() ?? '';
  return { countedAs: `by proxy: ${clientGroup(seen) ?? proxy} ${name ?? ''}`, name };
}
