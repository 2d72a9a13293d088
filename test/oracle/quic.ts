// ClientHellos in QUIC Initials, with node:crypto: RFC 9000 §17.2, RFC 9001 §5, RFC 9369 §3, and the drafts before them.

import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { attempt, ByteReader } from './byte-reader.ts';

interface Version {
  readonly salt: string;
  readonly labels: string;
  /** Packet type bits of an Initial. */
  readonly initialBits: number;
  readonly cryptoFrame: number;
}

const v1 = '38762cf7f55934b34d179ae6a4c80cadccbb7f0a';
const draft29 = 'afbfec289993d24c9e9786f19c6111e04390a899';
const draft23 = 'c3eef712c72ebb5a11a7d2432bb46365bef9f502';
const draft22 = '7fbcdb0e7c66bbe9193a96cd21519ebd7a02644a';

/** Parameters of a version number; null when its Initials cannot be decrypted. */
export function quicVersion(version: number): Version | null {
  const ietf = (salt: string): Version => ({ salt, labels: 'quic', initialBits: 0, cryptoFrame: 6 });
  const google = (salt: string): Version => ({ ...ietf(salt), cryptoFrame: 8 });
  if (version === 1) return ietf(v1);
  if (version === 0x6b3343cf) {
    return { ...ietf('0dede3def700a6db819381be6e269dcbf9bd2ed9'), labels: 'quicv2', initialBits: 1 };
  }
  if (version === 0xfaceb001) return ietf(draft22);
  if (version === 0xfaceb002 || version === 0xfaceb00e) return ietf(draft23);
  if (version === 0x54303530) return google('7ff579e5acd072915580304c43a2367c60488310');
  if (version === 0x54303531) return google('7a4edef4e7ccee5fa4506c19124fc8ccda6e033d');
  const draft = version - 0xff000000;
  if (draft === 33 || draft === 34) return ietf(v1);
  if (draft >= 29 && draft <= 32) return ietf(draft29);
  if (draft >= 23 && draft <= 28) return ietf(draft23);
  return draft === 22 ? ietf(draft22) : null;
}

function hmac(key: Uint8Array, data: Uint8Array): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

/** RFC 8446 §7.1 with an empty context, for at most 32 bytes. */
function expandLabel(secret: Uint8Array, label: string, length: number): Buffer {
  const full = Buffer.from(`tls13 ${label}`, 'latin1');
  const info = Buffer.concat([Buffer.from([0, length, full.length]), full, Buffer.from([0, 1])]);
  return hmac(secret, info).subarray(0, length);
}

export interface InitialKeys {
  readonly key: Buffer;
  readonly iv: Buffer;
  readonly hp: Buffer;
}

export function initialKeys(version: Version, dcid: Uint8Array, side: 'client' | 'server'): InitialKeys {
  const initial = hmac(Buffer.from(version.salt, 'hex'), dcid);
  const secret = expandLabel(initial, `${side} in`, 32);
  return {
    key: expandLabel(secret, `${version.labels} key`, 16),
    iv: expandLabel(secret, `${version.labels} iv`, 12),
    hp: expandLabel(secret, `${version.labels} hp`, 16),
  };
}

function varint(reader: ByteReader): number {
  const first = reader.number(1);
  let value = first & 0x3f;
  for (let more = 2 ** (first >> 6) - 1; more > 0; more -= 1) value = value * 256 + reader.number(1);
  return value;
}

export interface Initial {
  readonly version: Version;
  readonly dcid: Uint8Array;
  readonly packet: Uint8Array;
  readonly numberOffset: number;
}

/** The Initials of one datagram, still sealed; packets of other types are stepped over. */
export function initialsOf(datagram: Uint8Array): Initial[] {
  const initials: Initial[] = [];
  let rest = datagram;
  while (rest.length > 0 && ((rest[0] ?? 0) & 0x80) !== 0) {
    const reader = new ByteReader(rest);
    const found = attempt(() => {
      const bits = (reader.number(1) >> 4) & 3;
      const version = quicVersion(reader.number(4));
      const dcid = reader.vector(1);
      reader.vector(1);
      if (version === null || dcid.length > 20) return null;
      const kind = (bits - version.initialBits + 4) & 3;
      if (kind === 3) return null;
      if (kind === 0) reader.take(varint(reader));
      const length = varint(reader);
      const numberOffset = reader.offset;
      reader.take(length);
      return { isInitial: kind === 0, version, dcid, packet: rest.subarray(0, reader.offset), numberOffset };
    });
    if (found === null) break;
    if (found.isInitial) initials.push(found);
    rest = rest.subarray(found.packet.length);
  }
  return initials;
}

/** The frames of an Initial; null when it does not authenticate. Packet numbers are taken to be below 2^32. */
export function openInitial(initial: Initial, keys: InitialKeys): Uint8Array | null {
  const packet = Buffer.from(initial.packet);
  const sample = packet.subarray(initial.numberOffset + 4, initial.numberOffset + 20);
  if (sample.length < 16) return null;
  const mask = createCipheriv('aes-128-ecb', keys.hp, null).update(sample);
  packet[0] = (packet[0] ?? 0) ^ ((mask[0] ?? 0) & 15);
  const numberBytes = (packet[0] & 3) + 1;
  const nonce = Buffer.from(keys.iv);
  for (let i = 0; i < numberBytes; i += 1) {
    const at = initial.numberOffset + i;
    packet[at] = (packet[at] ?? 0) ^ (mask[i + 1] ?? 0);
    const place = 12 - numberBytes + i;
    nonce[place] = (nonce[place] ?? 0) ^ packet[at];
  }
  const headerBytes = initial.numberOffset + numberBytes;
  if (packet.length < headerBytes + 16) return null;
  const decipher = createDecipheriv('aes-128-gcm', keys.key, nonce);
  decipher.setAAD(packet.subarray(0, headerBytes));
  decipher.setAuthTag(packet.subarray(-16));
  const plain = decipher.update(packet.subarray(headerBytes, -16));
  try {
    decipher.final();
    return plain;
  } catch {
    return null; // the tag does not match: other keys
  }
}

export interface CryptoPiece {
  readonly offset: number;
  readonly data: Uint8Array;
}

/** The CRYPTO frames of an Initial, up to an invalid frame. */
export function cryptoPieces(version: Version, frames: Uint8Array): CryptoPiece[] {
  const pieces: CryptoPiece[] = [];
  const reader = new ByteReader(frames);
  attempt(() => {
    while (reader.left > 0) {
      const type = reader.number(1);
      if (type === version.cryptoFrame) {
        const offset = varint(reader);
        pieces.push({ offset, data: reader.take(varint(reader)) });
      } else if (!skipFrame(version, type, reader)) {
        break;
      }
    }
  });
  return pieces;
}

function skipFrame(version: Version, type: number, reader: ByteReader): boolean {
  if (type === 0) return true;
  if (version.cryptoFrame === 8) return type === 7;
  if (type === 1) return true;
  if (type === 2 || type === 3) {
    varint(reader);
    varint(reader);
    const ranges = varint(reader);
    const more = 1 + 2 * ranges + (type === 3 ? 3 : 0);
    for (let i = 0; i < more; i += 1) varint(reader);
    return true;
  }
  if (type !== 0x1c) return false;
  varint(reader);
  varint(reader);
  reader.take(varint(reader));
  return true;
}
