// Identifies the client of a request: a name by its token, by the header of a trusted proxy, or by a client certificate.

import type { Context } from 'hono';
import { PageError } from '../page-error.ts';
import { clientGroup } from './clients.ts';
import type { Credentials } from './credentials.ts';
import { GuessLimit } from './rate-limit.ts';

export interface WebEnv {
  /** `visitor`: name of the user; null without access control. `policy`: content security policy of a page with its own. */
  Variables: { visitor: string | null; client: string; policy?: string };
}

/** A proxy that authenticates users. Only the proxy knows its token, and no access token of a user can replace it. */
export interface TrustedProxy {
  /** Header with the authenticated user, in lower case. */
  readonly header: string;
  /** Token of the proxy. The name that belongs to the token is ignored. */
  readonly token: Credentials;
}

export interface AccessRules {
  /** Access tokens; null without any. */
  readonly credentials: Credentials | null;
  /** The trusted proxy; null without one. */
  readonly proxy: TrustedProxy | null;
  /** Returns the name in the client certificate; null if none is required. */
  readonly certificateName: ((context: Context) => string | null) | null;
  readonly addressOf: (context: Context) => string;
  /** Called with each address that sent the token of the proxy. */
  readonly onProxy: (address: string) => void;
}

export interface Visitor {
  /** Requests with the same value are counted together. */
  readonly countedAs: string;
  /** User name; null if unknown. */
  readonly name: string | null;
}

const NAME = /^[\w.@-]{1,64}$/;
const FORWARDED_FOR = 'x-forwarded-for';

export class Visitors {
  readonly #rules: AccessRules;
  readonly #guesses = new GuessLimit();

  constructor(rules: AccessRules) {
    this.#rules = rules;
  }

  /** True without access control. */
  get allowsAnyClient(): boolean {
    const { credentials, proxy, certificateName } = this.#rules;
    return credentials === null && proxy === null && certificateName === null;
  }

  /** Identifies the client. Throws PageError 429 after too many wrong tokens. */
  async recognize(c: Context): Promise<Visitor> {
    const { credentials, proxy, certificateName, addressOf, onProxy } = this.#rules;
    const address = addressOf(c);
    const client = clientGroup(address) ?? address;
    const header = c.req.header('authorization') ?? '';
    const isProxy = proxy !== null && proxy.token.findUser(header) !== null;
    const byToken = isProxy ? null : (credentials?.findUser(header) ?? null);
    // A request without credentials does not count as a guess.
    if (header !== '' && (credentials !== null || proxy !== null))
      await this.#guesses.count(client, isProxy || byToken !== null);
    if (isProxy) {
      onProxy(address);
      return readProxyUser(c, proxy, client);
    }
    const isByCertificate = credentials === null && certificateName !== null;
    const name = isByCertificate ? certificateName(c) : byToken;
    return { countedAs: client, name: name !== null && NAME.test(name) ? name : null };
  }

  refusal(c: Context): PageError {
    const { credentials, proxy, certificateName } = this.#rules;
    if (proxy !== null && proxy.token.findUser(c.req.header('authorization') ?? '') !== null)
      return new PageError(
        401,
        `the proxy did not name the user: ${proxy.header} is empty`,
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
    return new PageError(
      401,
      'only the trusted proxy may connect to this server',
      'connect through the proxy',
    );
  }
}

/**
 * Identifies a user of the proxy by the address that the proxy saw and by the user name: users may share an address, and a
 * user may have several addresses.
 */
function readProxyUser(c: Context, { header }: TrustedProxy, proxy: string): Visitor {
  // A header that was sent twice is joined by a comma, and is not a name.
  const given = c.req.header(header) ?? '';
  const name = NAME.test(given) ? given : null;
  // The proxy appends the peer address; any client can send the entries before it.
  const seen = c.req.header(FORWARDED_FOR)?.split(',').at(-1)?.trim() ?? '';
  return { countedAs: `by proxy: ${clientGroup(seen) ?? proxy} ${name ?? ''}`, name };
}
