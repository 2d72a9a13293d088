// Ed25519 (RFC 8032): PEM keys and signatures.

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readKeyText } from '../files/read-secret.ts';
import { WiretallyError } from '../model/errors.ts';

/** Throws USAGE. */
export function readPrivateKey(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (cause) {
    throw new WiretallyError('USAGE', `the signing key cannot be read: ${messageOf(cause)}`, { cause });
  }
  throw new WiretallyError(
    'USAGE',
    'the signing key must be an Ed25519 private key in PEM; "openssl genpkey -algorithm ed25519" makes one',
  );
}

/** Throws USAGE. `where`: the option of the key. */
export function readPublicKey(pem: string, where: string): KeyObject {
  try {
    // A private key would do as well, and has no business where signatures are only checked.
    if (!pem.includes('PRIVATE KEY')) {
      const key = createPublicKey(pem);
      if (key.asymmetricKeyType === 'ed25519') return key;
    }
  } catch (cause) {
    throw new WiretallyError('USAGE', `${where}: the public key cannot be read: ${messageOf(cause)}`, {
      cause,
    });
  }
  throw new WiretallyError('USAGE', `${where}: is no Ed25519 public key in PEM`, {
    next: '"openssl pkey -in key.pem -pubout" prints the one that belongs to a private key',
  });
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Keys whose signed configurations are accepted: files with one public key each. Throws USAGE. */
export function readTrusted(files: readonly string[]): KeyObject[] {
  return files.map((file) => readPublicKey(readKeyText(file, file), file));
}
