// Keyed pseudonyms on the command line: the key comes from a file, and looking names up again is logged.

import { createHmac } from 'node:crypto';
import { readGuarded, refusalOf } from '../../files/read-bounded.ts';
import { WiretallyError } from '../../model/errors.ts';
import { isPseudonym, MIN_KEY_BYTES, pseudonymOf } from '../../text/pseudonym.ts';
import { shellWord } from '../../text/shell-word.ts';

/** Ceiling of a key file: HMAC uses 64 bytes of it as they are, and a hash of more. */
const MAX_KEY_BYTES = 1 << 20;

/** Gives each host its pseudonym by HMAC-SHA-256 (RFC 2104), made once; what is one already stays. */
export function readPseudonyms(keyFile: string): (host: string) => string {
  const key = readKey(keyFile, 'option --pseudonymize');
  const known = new Map<string, string>();
  return (host) => {
    if (isPseudonym(host)) return host;
    let name = known.get(host);
    if (name === undefined) {
      name = pseudonymOf(createHmac('sha256', key).update(host).digest());
      known.set(host, name);
    }
    return name;
  };
}

/**
 * Pseudonyms of proxy users: "u-" and eight characters, different from those of a host with the same name. Not cached, because
 * a hostile log can contain any number of users.
 */
export function readUserPseudonyms(keyFile: string): (user: string) => string {
  const key = readKey(keyFile, 'option --users');
  return (user) => pseudonymOf(createHmac('sha256', key).update(`user ${user}`).digest(), 'u');
}

/** `where`: what named the file. */
function readKey(keyFile: string, where: string): Buffer {
  let key: Buffer;
  try {
    key = readGuarded(keyFile, MAX_KEY_BYTES);
  } catch (cause) {
    throw new WiretallyError('USAGE', `${keyFile}: the key cannot be read: ${refusalOf(cause)}`, {
      cause,
      where,
      next: makeKey(keyFile),
    });
  }
  if (key.length < MIN_KEY_BYTES) {
    throw new WiretallyError(
      'USAGE',
      `${keyFile}: a key needs at least ${MIN_KEY_BYTES} bytes, this one has ${key.length}`,
      {
        where,
        next: makeKey(keyFile),
      },
    );
  }
  return key;
}

const makeKey = (keyFile: string): string =>
  `"head -c ${MIN_KEY_BYTES} /dev/urandom > ${shellWord(keyFile)}" makes a key: keep it, a new one gives other names`;
