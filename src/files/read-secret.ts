// Reads certificates, keys and credentials from files.

import { WiretallyError } from '../model/errors.ts';
import { omitUndefined } from '../model/omit-undefined.ts';
import { causeRefusal, readGuarded } from './read-bounded.ts';

/** A PEM file with a chain of certificates has a few KiB for each of them. */
const MAX_SECRET_BYTES = 64 << 10;

/** Reads a key as PEM. `where`: the option that contains the file name; `next`: how to get a key. Throws USAGE. */
export function readKeyText(path: string, where: string, next?: string): string {
  return readSecret(path, where, next).toString('utf8');
}

/** Reads a secret as bytes. `where`: the option that contains the file name; `next`: how to get a secret. Throws USAGE. */
export function readSecret(path: string, where: string, next?: string): Buffer {
  try {
    return readGuarded(path, MAX_SECRET_BYTES);
  } catch (cause) {
    throw new WiretallyError('USAGE', `${path}: cannot be read: ${causeRefusal(cause)}`, {
      cause,
      where,
      ...omitUndefined({ next }),
    });
  }
}

const MAX_PASSWORD_BYTES = 4096;

/** Reads a password file without the line end that an editor adds. `where`: the option that contains the file name. Throws USAGE. */
export function readPassword(file: string, where: string): string {
  try {
    return readGuarded(file, MAX_PASSWORD_BYTES)
      .toString('utf8')
      .replace(/\r?\n$/, '');
  } catch (cause) {
    throw new WiretallyError('USAGE', `${file}: the password cannot be read: ${causeRefusal(cause)}`, {
      cause,
      where,
    });
  }
}
