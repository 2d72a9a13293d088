// Certificates, keys and credentials that lie in files.

import { WiretallyError } from '../model/errors.ts';
import { readBounded, refusalOf } from './read-bounded.ts';

const MAX_SECRET_BYTES = 64 << 10;

/** `where`: what named the file. Throws USAGE. */
export function readSecret(path: string, where: string): Buffer {
  try {
    return readBounded(path, MAX_SECRET_BYTES);
  } catch (cause) {
    throw new WiretallyError('USAGE', `${path}: cannot be read: ${refusalOf(cause)}`, { cause, where });
  }
}
