// Seals Initials of QUIC version 1 as real ends do (RFC 9001 §5.2 to 5.4).
import { createCipheriv, createHmac } from 'node:crypto';
import type { Random } from './random.ts';

const SALT_V1 = Buffer.from('38762cf7f55934b34d179ae6a4c80cadccbb7f0a', 'hex');
const TAG_BYTES = 16;
const SAMPLE_AT = 4;
const PACKET_NUMBER_BYTES = 2;
/** RFC 9000 §14.1: a client pads its Initial datagrams to at least this. */
const INITIAL_DATAGRAM_BYTES = 1200;

export interface PacketKeys {
  readonly key: Buffer;
  readonly iv: Buffer;
  readonly headerKey: Buffer;
}

export interface InitialKeys {
  /** The one that the client chose for its first packets. */
  readonly connectionId: Buffer;
  readonly client: PacketKeys;
  readonly server: PacketKeys;
}

export function makeInitialKeys(random: Random): InitialKeys {
  const connectionId = Buffer.alloc(8);
  random.fillFresh(connectionId, 0, 8);
  const initial = createHmac('sha256', SALT_V1).update(connectionId).digest();
  return { connectionId, client: packetKeys(initial, 'client in'), server: packetKeys(initial, 'server in') };
}

function packetKeys(initial: Buffer, label: string): PacketKeys {
  const secret = expandLabel(initial, label, 32);
  return {
    key: expandLabel(secret, 'quic key', 16),
    iv: expandLabel(secret, 'quic iv', 12),
    headerKey: expandLabel(secret, 'quic hp', 16),
  };
}

/** Bytes of a CRYPTO frame that fit one padded datagram. */
export const CRYPTO_ROOM_BYTES = INITIAL_DATAGRAM_BYTES - TAG_BYTES - 32;

/** One Initial packet that fills a datagram with one CRYPTO frame and PADDING. */
export function sealInitial(
  keys: InitialKeys,
  isUp: boolean,
  packetNumber: number,
  offset: number,
  data: Buffer,
): Buffer {
  const packet = Buffer.alloc(INITIAL_DATAGRAM_BYTES);
  const { key, iv, headerKey } = isUp ? keys.client : keys.server;
  const numberAt = writeHeader(packet, keys.connectionId, isUp, packetNumber);
  const bodyAt = numberAt + PACKET_NUMBER_BYTES;
  packet.writeUInt8(6, bodyAt);
  packet.writeUInt16BE(0x4000 | offset, bodyAt + 1);
  packet.writeUInt16BE(0x4000 | data.length, bodyAt + 3);
  data.copy(packet, bodyAt + 5);
  const nonce = Buffer.from(iv);
  nonce.writeUInt16BE(nonce.readUInt16BE(10) ^ packetNumber, 10);
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  cipher.setAAD(packet.subarray(0, bodyAt));
  cipher.update(packet.subarray(bodyAt, packet.length - TAG_BYTES)).copy(packet, bodyAt);
  cipher.final();
  cipher.getAuthTag().copy(packet, packet.length - TAG_BYTES);
  protectHeader(packet, numberAt, headerKey);
  return packet;
}

/** The client names the server by the connection id, the server itself; the other end has the empty id. */
function writeHeader(packet: Buffer, connectionId: Buffer, isUp: boolean, packetNumber: number): number {
  packet.writeUInt8(0xc0 | (PACKET_NUMBER_BYTES - 1), 0);
  packet.writeUInt32BE(1, 1);
  packet.writeUInt8(connectionId.length, isUp ? 5 : 6);
  connectionId.copy(packet, isUp ? 6 : 7);
  const lengthAt = 6 + connectionId.length + 2;
  const numberAt = lengthAt + 2;
  packet.writeUInt16BE(0x4000 | (packet.length - numberAt), lengthAt);
  packet.writeUInt16BE(packetNumber, numberAt);
  return numberAt;
}

function protectHeader(packet: Buffer, numberAt: number, headerKey: Buffer): void {
  const cipher = createCipheriv('aes-128-ecb', headerKey, null);
  cipher.setAutoPadding(false);
  const mask = cipher.update(packet.subarray(numberAt + SAMPLE_AT, numberAt + SAMPLE_AT + 16));
  packet.writeUInt8(packet.readUInt8(0) ^ (mask.readUInt8(0) & 0x0f), 0);
  packet.writeUInt16BE(packet.readUInt16BE(numberAt) ^ mask.readUInt16BE(1), numberAt);
}

/** RFC 8446 §7.1, for outputs of at most one hash. */
function expandLabel(secret: Buffer, label: string, length: number): Buffer {
  const text = `tls13 ${label}`;
  const info = Buffer.concat([Buffer.from([0, length, text.length]), Buffer.from(text), Buffer.from([0, 1])]);
  return createHmac('sha256', secret).update(info).digest().subarray(0, length);
}
