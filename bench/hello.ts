// ClientHellos for made traffic: the form of a real hello, taken from a recording, with a new name, random and key.
// RFC 8446 §4.1.2.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { tlsRecords } from '../captures/tls-records.ts';
import type { Random } from './random.ts';

interface Extension {
  readonly type: number;
  readonly data: Buffer;
}

export interface HelloTemplate {
  /** From the handshake header up to the compression methods. */
  readonly prefix: Buffer;
  readonly extensions: readonly Extension[];
  /** The server's first records in answer. */
  readonly answer: Buffer;
}

const EXTENSION_SERVER_NAME = 0;
const EXTENSION_ALPN = 16;
const EXTENSION_KEY_SHARE = 51;
const EXTENSION_QUIC_PARAMETERS = 57;
const GROUP_X25519MLKEM768 = 0x11ec;
const HANDSHAKE_HEADER_BYTES = 4;
const RANDOM_AT = 6;
const SESSION_ID_AT = 38;
const X25519_BYTES = 32;

/** The first hello of a recording under captures/recordings, and the first answer of the server. */
export function helloTemplate(recording: string): HelloTemplate {
  const { up, down } = firstTlsStreams(gunzipSync(readFileSync(`captures/recordings/${recording}.pcap.gz`)));
  const message = up.subarray(5, 9 + up.readUIntBE(6, 3));
  const ciphersAt = SESSION_ID_AT + 1 + message.readUInt8(SESSION_ID_AT);
  const compressionAt = ciphersAt + 2 + message.readUInt16BE(ciphersAt);
  const extensionsAt = compressionAt + 1 + message.readUInt8(compressionAt);
  const extensions: Extension[] = [];
  for (let at = extensionsAt + 2; at + 4 <= message.length; ) {
    const length = message.readUInt16BE(at + 2);
    extensions.push({ type: message.readUInt16BE(at), data: message.subarray(at + 4, at + 4 + length) });
    at += 4 + length;
  }
  return { prefix: message.subarray(0, extensionsAt), extensions, answer: wholeRecords(down, 1448) };
}

/** The records of `stream` that end within `maxBytes`: what follows them in a made flow begins with a record's header. */
function wholeRecords(stream: Buffer, maxBytes: number): Buffer {
  const ends = tlsRecords(stream).map(({ bodyAt, bodyBytes }) => bodyAt + bodyBytes);
  return stream.subarray(0, ends.findLast((end) => end <= maxBytes) ?? 0);
}

/** A handshake message of the template's form. */
export function makeHello(template: HelloTemplate, name: string, random: Random): Buffer {
  const extensions = template.extensions.map(({ type, data }) =>
    extension(type, type === EXTENSION_SERVER_NAME ? serverName(name) : data),
  );
  const body = Buffer.concat(extensions);
  const hello = Buffer.concat([template.prefix, Buffer.from([body.length >> 8, body.length & 255]), body]);
  hello.writeUIntBE(hello.length - HANDSHAKE_HEADER_BYTES, 1, 3);
  random.fillFresh(hello, RANDOM_AT, RANDOM_AT + 32);
  random.fillFresh(hello, SESSION_ID_AT + 1, SESSION_ID_AT + 1 + hello.readUInt8(SESSION_ID_AT));
  const keysEnd = endOfKeys(template.prefix.length + 2, extensions);
  random.fillFresh(hello, keysEnd - X25519_BYTES, keysEnd);
  return hello;
}

/** The last key share of every template is an X25519 key. */
function endOfKeys(extensionsAt: number, extensions: readonly Buffer[]): number {
  let at = extensionsAt;
  for (const bytes of extensions) {
    at += bytes.length;
    if (bytes.readUInt16BE(0) === EXTENSION_KEY_SHARE) return at;
  }
  throw new Error('the template has no key share');
}

/** The same program's hello over QUIC (RFC 9001 §8): ALPN h3, transport parameters; optionally with a classical key only. */
export function quicTemplate(template: HelloTemplate, hasPostQuantumKey: boolean): HelloTemplate {
  const extensions = template.extensions.map(({ type, data }) => {
    if (type === EXTENSION_ALPN) return { type, data: Buffer.from([0, 3, 2, 0x68, 0x33]) };
    if (type === EXTENSION_KEY_SHARE && !hasPostQuantumKey)
      return { type, data: withoutPostQuantumKey(data) };
    return { type, data };
  });
  const parameters = Buffer.from(
    '01048000753004048010000005048001000006048001000007048001000008024064',
    'hex',
  );
  const prefix = Buffer.concat([
    template.prefix.subarray(0, SESSION_ID_AT),
    Buffer.from([0]),
    template.prefix.subarray(SESSION_ID_AT + 1 + template.prefix.readUInt8(SESSION_ID_AT)),
  ]);
  return {
    prefix,
    extensions: [...extensions, { type: EXTENSION_QUIC_PARAMETERS, data: parameters }],
    answer: template.answer,
  };
}

/** In TLS records of at most 16 KiB: here always one (RFC 8446 §5.1). */
export function inRecord(hello: Buffer): Buffer {
  return Buffer.concat([Buffer.from([22, 3, 1, hello.length >> 8, hello.length & 255]), hello]);
}

function extension(type: number, data: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(data.length, 2);
  return Buffer.concat([header, data]);
}

/** RFC 6066 §3. */
function serverName(name: string): Buffer {
  const data = Buffer.alloc(5 + name.length);
  data.writeUInt16BE(3 + name.length, 0);
  data.writeUInt16BE(name.length, 3);
  data.write(name, 5, 'latin1');
  return data;
}

function withoutPostQuantumKey(data: Buffer): Buffer {
  const kept: Buffer[] = [];
  for (let at = 2; at + 4 <= data.length; ) {
    const end = at + 4 + data.readUInt16BE(at + 2);
    if (data.readUInt16BE(at) !== GROUP_X25519MLKEM768) kept.push(data.subarray(at, end));
    at = end;
  }
  const shares = Buffer.concat(kept);
  return Buffer.concat([Buffer.from([shares.length >> 8, shares.length & 255]), shares]);
}

/** The streams of the first TLS connection of a pcap of Ethernet and IPv4 in which nothing was lost. */
function firstTlsStreams(pcap: Buffer): { up: Buffer; down: Buffer } {
  const up: Buffer[] = [];
  const down: Buffer[] = [];
  let port = 0;
  for (let at = 24; at + 16 <= pcap.length; at += 16 + pcap.readUInt32LE(at + 8)) {
    const frame = pcap.subarray(at + 16, at + 16 + pcap.readUInt32LE(at + 8));
    if (frame.readUInt16BE(12) !== 0x0800 || frame.readUInt8(23) !== 6) continue;
    const payload = frame.subarray(34 + (frame.readUInt8(46) >> 4) * 4, 14 + frame.readUInt16BE(16));
    if (port === 0 && frame.readUInt16BE(36) === 443 && payload[0] === 22) port = frame.readUInt16BE(34);
    if (payload.length === 0 || port === 0) continue;
    if (frame.readUInt16BE(34) === port) up.push(payload);
    if (frame.readUInt16BE(36) === port) down.push(payload);
  }
  return { up: Buffer.concat(up), down: Buffer.concat(down) };
}
