// Sealed documents: a first line with kind and Ed25519 signature (RFC 8032), followed by JSON;
// the signature covers every byte. Nothing is parsed before the signature of a trusted key is verified.

import { createHash, type KeyObject, sign, verify } from 'node:crypto';

const HEAD = /^(wiretally-[a-z]{1,32}) (\d{1,4}) ([A-Za-z0-9+/]{86}==)\n/;
/** Size that contains every first line. */
export const SEAL_HEAD_BYTES = 160;

/** Name of a kind of document, and the version of its content: incremented for incompatible changes. */
export interface SealKind {
  readonly word: `wiretally-${string}`;
  readonly format: string;
  readonly mostBytes: number;
}

export class SealRefused extends Error {}

/** Signed bytes: a prefix prevents the reuse of signatures of other documents. */
function signedBytes({ word, format }: SealKind, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${word} ${format}\n`), body]);
}

/** Signs a document. The same content and key give the same bytes. */
export function seal(kind: SealKind, content: unknown, key: KeyObject): Buffer {
  const body = Buffer.from(`${JSON.stringify(content, null, 2)}\n`);
  const signature = sign(null, signedBytes(kind, body), key).toString('base64');
  return Buffer.concat([Buffer.from(`${kind.word} ${kind.format} ${signature}\n`), body]);
}

/** Returns the content as parsed JSON. Throws SealRefused. */
export function openSealed(kind: SealKind, bytes: Uint8Array, keys: readonly KeyObject[]): unknown {
  const { word, format, mostBytes } = kind;
  if (bytes.length > mostBytes) throw new SealRefused(`it is larger than ${mostBytes >> 20} MiB`);
  const [line, found, version, signature = ''] = HEAD.exec(byteHead(bytes)) ?? [];
  if (line === undefined || found !== word)
    throw new SealRefused(`it is cut, or no ${word.slice(10)} at all`);
  if (version !== format)
    throw new SealRefused(`it has format ${version} of a newer version: update this program`);
  const body = bytes.subarray(line.length);
  const signed = signedBytes(kind, body);
  if (!keys.some((key) => verify(null, signed, key, Buffer.from(signature, 'base64'))))
    throw new SealRefused(
      'no trusted key has signed it: it is forged, truncated, or signed with another key',
    );
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    throw contentRefused();
  }
}

/** Error for signed content that this version does not understand. */
export const contentRefused = (): SealRefused =>
  new SealRefused('it is signed, and its content is none that this version reads');

/** True for documents of the kind, complete or not. */
export function startsLike({ word }: SealKind, bytes: Uint8Array): boolean {
  return byteHead(bytes).startsWith(word);
}

const byteHead = (bytes: Uint8Array): string =>
  Buffer.from(bytes.subarray(0, SEAL_HEAD_BYTES)).toString('latin1');

export function sealSum(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
