// The second reading of a ClientHello: RFC 8446 §4.1.2, RFC 6066 §3, RFC 7301 §3.1, RFC 6347 §4.2.1.

import { ByteReader, words } from './byte-reader.ts';

export type HelloTransport = 'tcp' | 'quic' | 'dtls';

export interface ParsedHello {
  readonly bytes: number;
  readonly legacyVersion: number;
  readonly random: string;
  readonly ciphers: readonly number[];
  readonly extensions: readonly { readonly type: number; readonly body: Uint8Array }[];
}

/** Reads one whole handshake message. Throws RangeError when it is no well-formed ClientHello. */
export function readClientHello(message: Uint8Array, transport: HelloTransport): ParsedHello {
  const outer = new ByteReader(message);
  if (outer.number(1) !== 1) throw new RangeError('not a ClientHello');
  const body = new ByteReader(outer.vector(3));
  if (outer.left > 0) throw new RangeError('bytes behind the message');
  const legacyVersion = body.number(2);
  const random = Buffer.from(body.take(32)).toString('hex');
  if (body.vector(1).length > 32) throw new RangeError('session id too long');
  if (transport === 'dtls') body.vector(1);
  const ciphers = words(body.vector(2));
  body.vector(1);
  const extensions: { type: number; body: Uint8Array }[] = [];
  if (body.left > 0) {
    const list = new ByteReader(body.vector(2));
    while (list.left > 0) extensions.push({ type: list.number(2), body: list.vector(2) });
    if (body.left > 0) throw new RangeError('bytes behind the extensions');
  }
  const hello = { bytes: message.length, legacyVersion, random, ciphers, extensions };
  // Their lists must be readable, or the hello is not well formed.
  serverName(hello);
  alpnProtocols(hello);
  supportedVersions(hello);
  groups(hello);
  pointFormats(hello);
  signatureAlgorithms(hello);
  return hello;
}

function bodyOf(hello: ParsedHello, type: number): Uint8Array | null {
  return hello.extensions.find((extension) => extension.type === type)?.body ?? null;
}

/** The content of a vector that fills the whole extension. */
function onlyVector(body: Uint8Array | null, lengthBytes: number): Uint8Array {
  if (body === null) return new Uint8Array();
  const reader = new ByteReader(body);
  const content = reader.vector(lengthBytes);
  if (reader.left > 0) throw new RangeError('bytes behind a list');
  return content;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

export function hasExtension(hello: ParsedHello, type: number): boolean {
  return bodyOf(hello, type) !== null;
}

/** Lower case; null without a name. */
export function serverName(hello: ParsedHello): string | null {
  const body = bodyOf(hello, 0);
  if (body === null || body.length === 0) return null;
  const list = new ByteReader(onlyVector(body, 2));
  let name: string | null = null;
  while (list.left > 0) {
    const kind = list.number(1);
    const value = list.vector(2);
    if (kind === 0) name ??= text(value).toLowerCase();
  }
  return name === '' ? null : name;
}

export function alpnProtocols(hello: ParsedHello): string[] {
  const body = bodyOf(hello, 16);
  if (body === null || body.length === 0) return [];
  const list = new ByteReader(onlyVector(body, 2));
  const protocols: string[] = [];
  while (list.left > 0) protocols.push(text(list.vector(1)));
  return protocols;
}

export function supportedVersions(hello: ParsedHello): number[] {
  return words(onlyVector(bodyOf(hello, 43), 1));
}

export function groups(hello: ParsedHello): number[] {
  return words(onlyVector(bodyOf(hello, 10), 2));
}

export function pointFormats(hello: ParsedHello): number[] {
  return [...onlyVector(bodyOf(hello, 11), 1)];
}

export function signatureAlgorithms(hello: ParsedHello): number[] {
  return words(onlyVector(bodyOf(hello, 13), 2));
}
