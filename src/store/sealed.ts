// Sealed documents: a first line with what it is and an Ed25519 signature (RFC 8032), and JSON behind it, every byte of
// which the signature covers. Nothing of it is looked at before a trusted key has signed all of it.

import { createHash, type KeyObject, sign, verify } from 'node:crypto';

const HEAD = /^(wiretally-[a-z]{1,32}) (\d{1,4}) ([A-Za-z0-9+/]{86}==)\n/;
/** Longer than any first line. */
export const SEAL_HEAD_BYTES = 160;

/** What a kind of document is called, and the version of its content: raised when a reader of today could not read it. */
export interface SealKind {
  readonly word: `wiretally-${string}`;
  readonly format: string;
  readonly mostBytes: number;
}

/** Why a document is none that may be believed, in words. */
export class SealRefused extends Error {}

/** What the signature is made over: bytes that were signed as something else pass for nothing here. */
function signedBytes({ word, format }: SealKind, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${word} ${format}\n`), body]);
}

/** Same content and key, same bytes. */
export function seal(kind: SealKind, content: unknown, key: KeyObject): Buffer {
  const body = Buffer.from(`${JSON.stringify(content, null, 2)}\n`);
  const signature = sign(null, signedBytes(kind, body), key).toString('base64');
  return Buffer.concat([Buffer.from(`${kind.word} ${kind.format} ${signature}\n`), body]);
}

/** The content, as JSON has it. Throws SealRefused. */
export function openSealed(kind: SealKind, bytes: Uint8Array, keys: readonly KeyObject[]): unknown {
  const { word, format, mostBytes } = kind;
  if (bytes.length > mostBytes) throw new SealRefused(`it is larger than ${mostBytes >> 20} MiB`);
  const [line, found, version, signature = ''] = HEAD.exec(headOf(bytes)) ?? [];
  if (line === undefined || found !== word)
    throw new SealRefused(`it is cut, or no ${word.slice(10)} at all`);
  if (version !== format)
    throw new SealRefused(
      `it is of format ${version}, which only a newer program reads: bring this one up to date`,
    );
  const body = bytes.subarray(line.length);
  const signed = signedBytes(kind, body);
  if (!keys.some((key) => verify(null, signed, key, Buffer.from(signature, 'base64'))))
    throw new SealRefused('no trusted key has signed it: it is forged, cut, or signed by somebody else');
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    throw contentRefused();
  }
}

/** Signed, and yet it may be what another version wrote. */
export const contentRefused = (): SealRefused =>
  new SealRefused('it is signed, and its content is none that this version reads');

/** True for what was meant to be one of the kind, whole or not. */
export function startsLike({ word }: SealKind, bytes: Uint8Array): boolean {
  return headOf(bytes).startsWith(word);
}

const headOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.subarray(0, SEAL_HEAD_BYTES)).toString('latin1');

export function sealSum(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
