// Access tokens: names with tokens, sent by the login dialog of a browser (Basic) or by programs (Bearer). There is no
// cookie and no session that another website could use.

import { createHash, timingSafeEqual } from 'node:crypto';

const MIN_TOKEN = 32;
const MAX_VISITORS = 1_000;
const LINE = /^(?<name>[\w.@-]{1,64})\s+(?<token>[\x21-\x7e]{1,512})$/;

export class Credentials {
  readonly #sums: ReadonlyMap<string, Buffer>;

  private constructor(sums: ReadonlyMap<string, Buffer>) {
    this.#sums = sums;
  }

  /** Parses lines of "name token"; "#" begins a comment. Throws Error with line and fault. */
  static parse(text: string): Credentials {
    const sums = new Map<string, Buffer>();
    text.split(/\r?\n/).forEach((line, i) => {
      if (line.trim() === '' || line.startsWith('#')) return;
      const { name, token } = LINE.exec(line.trim())?.groups ?? {};
      // The message does not repeat the line, because it contains a secret.
      if (name === undefined || token === undefined) throw new Error(`line ${i + 1} is not "name token"`);
      if (token.length < MIN_TOKEN)
        throw new Error(
          `line ${i + 1}: a token needs at least ${MIN_TOKEN} characters, this one has ${token.length}`,
        );
      if (sums.has(name)) throw new Error(`line ${i + 1}: ${name} is repeated`);
      sums.set(name, hashToken(token));
    });
    if (sums.size === 0) throw new Error('it contains no name');
    if (sums.size > MAX_VISITORS) throw new Error(`it contains more than ${MAX_VISITORS} names`);
    return new Credentials(sums);
  }

  get names(): ReadonlySet<string> {
    return new Set(this.#sums.keys());
  }

  /** Returns the user name for an Authorization header, or null. Compares every token, in constant time. */
  findUser(header: string): string | null {
    const [, scheme = '', word = ''] = /^(Basic|Bearer) +(\S+)$/i.exec(header) ?? [];
    if (scheme.toLowerCase() === 'bearer') return this.#findName(word, null);
    const plain = Buffer.from(word, 'base64').toString('utf8');
    const colon = plain.indexOf(':');
    return colon < 0 ? null : this.#findName(plain.slice(colon + 1), plain.slice(0, colon));
  }

  #findName(token: string, userName: string | null): string | null {
    const sum = hashToken(token);
    let found: string | null = null;
    for (const [name, checksum] of this.#sums) if (timingSafeEqual(sum, checksum)) found = name;
    return userName === null || userName === found ? found : null;
  }
}

const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest();
