// Ed25519 (RFC 8032): PEM keys and signatures.

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readKeyText } from '../files/read-secret.ts';
import { WiretallyError } from '../model/errors.ts';

/** Throws USAGE. */
export function readPrivateKey(pem: string): KeyObject {
  const key = readPem(pem, 'PRIVATE KEY', createPrivateKey);
  if (key !== null) return key;
  throw new WiretallyError(
    'USAGE',
    `the signing key must be an Ed25519 private key in PEM, ${describeFound(pem)}`,
    {
      next: '"openssl genpkey -algorithm ed25519 -out key.pem" makes one',
    },
  );
}

/** Throws USAGE. `where`: the option of the key. */
export function readPublicKey(pem: string, where: string): KeyObject {
  // A private key would do as well, and has no business where signatures are only checked.
  const key = readPem(pem, 'PUBLIC KEY', createPublicKey);
  if (key !== null) return key;
  throw new WiretallyError('USAGE', `${where}: must be an Ed25519 public key in PEM, ${describeFound(pem)}`, {
    next: '"openssl pkey -in key.pem -pubout" prints the one that belongs to a private key',
  });
}

/** Null for any other text: what OpenSSL says of it names its own functions. */
function readPem(pem: string, label: string, create: (pem: string) => KeyObject): KeyObject | null {
  if (labelOf(pem) !== label) return null;
  try {
    const key = create(pem);
    return key.asymmetricKeyType === 'ed25519' ? key : null;
  } catch {
    return null;
  }
}

/** RFC 7468, section 2. */
const labelOf = (pem: string): string | undefined => /^-----BEGIN ([A-Z0-9 ]+)-----/m.exec(pem)?.[1];

function describeFound(pem: string): string {
  const label = labelOf(pem);
  return label === undefined ? 'and this file has no PEM' : `and this file has: ${label}`;
}

/** Keys whose signed configurations are accepted: files with one public key each. Throws USAGE. */
export function readTrusted(files: readonly string[]): KeyObject[] {
  return files.map((file) => readPublicKey(readKeyText(file, file), file));
}
