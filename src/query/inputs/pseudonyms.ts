// Makes keyed pseudonyms for the command line. The key comes from a file, and each reidentification is logged.

import { createHmac } from 'node:crypto';
import { causeRefusal, readGuarded } from '../../files/read-bounded.ts';
import { WiretallyError } from '../../model/errors.ts';
import { formatPseudonym, isPseudonym, MIN_KEY_BYTES } from '../../text/pseudonym.ts';

/** HMAC-SHA-256 uses 64 bytes as they are, and a hash of more (RFC 2104, section 2): a longer file was made for something else. */
const MAX_KEY_BYTES = 1024;

/** For error messages: the option that named the key file, and what to do. */
interface KeyAdvice {
  readonly where: string;
  readonly next: string;
}

// Never overwrites the given file: it may be in use for something else.
const makeKey = `"head -c ${MIN_KEY_BYTES} /dev/urandom > office.key" makes a key: keep it, a new one gives other names`;

const PSEUDONYMIZE: KeyAdvice = { where: 'option --pseudonymize', next: makeKey };

/** Gives each host a pseudonym by HMAC-SHA-256 (RFC 2104), computed once. Existing pseudonyms stay. */
export function readPseudonyms(keyFile: string, advice = PSEUDONYMIZE): (host: string) => string {
  const key = readKey(keyFile, advice);
  const pseudonyms = new Map<string, string>();
  return (host) => {
    if (isPseudonym(host)) return host;
    let name = pseudonyms.get(host);
    if (name === undefined) {
      name = formatPseudonym(createHmac('sha256', key).update(host).digest());
      pseudonyms.set(host, name);
    }
    return name;
  };
}

/**
 * Pseudonyms of proxy users: "u-" and eight characters, different from those of a host with the same name. Not cached, because
 * a hostile log can contain any number of users.
 */
export function readUserPseudonyms(keyFile: string): (user: string) => string {
  const key = readKey(keyFile, { where: 'option --users', next: makeKey });
  return (user) => formatPseudonym(createHmac('sha256', key).update(`user ${user}`).digest(), 'u');
}

/** Throws USAGE. */
function readKey(keyFile: string, advice: KeyAdvice): Buffer {
  const refuse = (fault: string, cause?: unknown): WiretallyError =>
    new WiretallyError('USAGE', `${keyFile}: ${fault}`, { cause, ...advice });
  let key: Buffer;
  try {
    key = readGuarded(keyFile, MAX_KEY_BYTES);
  } catch (cause) {
    throw refuse(`the key cannot be read: ${causeRefusal(cause)}`, cause);
  }
  if (key.length < MIN_KEY_BYTES)
    throw refuse(`a key needs at least ${MIN_KEY_BYTES} bytes, this one has ${key.length}`);
  // A key may be written in hexadecimal or Base64 digits.
  const text = key.toString('latin1');
  if (/^[\t\n\r -~]+$/.test(text) && !/^[A-Za-z0-9+/_=\r\n-]+$/.test(text))
    throw refuse('this is a text, not a key');
  return key;
}
