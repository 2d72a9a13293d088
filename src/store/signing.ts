// Ed25519 (RFC 8032): PEM keys and signatures.

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readKeyText } from '../files/read-secret.ts';
import { usageError } from '../model/errors.ts';

const MAKE_KEY = '"openssl genpkey -algorithm ed25519 -out key.pem" creates one';

/** `option`: the option that names the file. Throws USAGE. */
export function readPrivateKey(file: string, option: string): KeyObject {
  return parsePrivateKey(readPrivateText(file, option), file);
}

/** PEM text of a private key. `option`: the option that names the file. Throws USAGE. */
export function readPrivateText(file: string, option: string): string {
  const pem = readKeyText(file, option, MAKE_KEY);
  parsePrivateKey(pem, file);
  return pem;
}

/** `name`: file name for the error message. Throws USAGE. */
export function parsePrivateKey(pem: string, name: string): KeyObject {
  const key = readPem(pem, 'PRIVATE KEY', createPrivateKey);
  if (key !== null) return key;
  throw usageError(`${name}: must be an Ed25519 private key in PEM, ${describeFound(pem)}`, MAKE_KEY);
}

/** PEM text of a public key. `option`: the option that names the file. Throws USAGE. */
export function readPublicText(file: string, option: string): string {
  const pem = readKeyText(file, option);
  readPublicKey(pem, file);
  return pem;
}

/** `where`: the file of the key. Throws USAGE. */
export function readPublicKey(pem: string, where: string): KeyObject {
  // A private key would also work, but must not be stored where signatures are only verified.
  const key = readPem(pem, 'PUBLIC KEY', createPublicKey);
  if (key !== null) return key;
  throw usageError(
    `${where}: must be an Ed25519 public key in PEM, ${describeFound(pem)}`,
    '"openssl pkey -in key.pem -pubout" prints the public key of a private key',
  );
}

/** Returns null instead of throwing, because messages of OpenSSL name its internal functions. */
function readPem(pem: string, label: string, create: (pem: string) => KeyObject): KeyObject | null {
  if (findPemLabel(pem) !== label) return null;
  try {
    const key = create(pem);
    return key.asymmetricKeyType === 'ed25519' ? key : null;
  } catch {
    return null;
  }
}

/** RFC 7468, section 2. */
const findPemLabel = (pem: string): string | undefined => /^-----BEGIN ([A-Z0-9 ]+)-----/m.exec(pem)?.[1];

function describeFound(pem: string): string {
  const label = findPemLabel(pem);
  if (label === undefined) return 'and this file has no PEM';
  return `and this file has ${label.endsWith(' KEY') ? 'another key or a damaged one' : 'other content'} (${label})`;
}

/** Keys whose signed configurations are accepted: files with one public key each. Throws USAGE. */
export function readTrusted(files: readonly string[]): KeyObject[] {
  return files.map((file) => readPublicKey(readKeyText(file, file), file));
}
