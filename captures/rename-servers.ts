// Renames servers of a recording: in DNS queries and in the server names of ClientHellos, with all dependent
// lengths. Encrypted data cannot be renamed: QUIC is unchanged.
import { repairChecksums, viewIpFrame } from './ip-frame.ts';
import type { Frame } from './pcap.ts';
import { type Splice, splice, spliceStreams, withPayload } from './splice-streams.ts';
import { TYPE_HANDSHAKE, tlsRecords } from './tls-records.ts';

const PORT_DNS = 53;
const DNS_HEADER_BYTES = 12;
const CLIENT_HELLO = 1;
const RECORD_HEADER_BYTES = 5;
const EXTENSION_SERVER_NAME = 0;
const RANDOM_END = 38; // RFC 8446 §4.1.2: type, length, legacy version, random

/** New frames; names that `rename` returns unchanged are kept. */
export function renameServers(frames: readonly Frame[], rename: (name: string) => string): Frame[] {
  const withDns = frames.map((frame) => renameInDns(frame, rename));
  return spliceStreams(withDns, (stream) => helloSplices(stream, rename));
}

function renameInDns(frame: Frame, rename: (name: string) => string): Frame {
  const view = viewIpFrame(frame.bytes);
  if (view === null || view.protocol !== 'udp' || view.endAt > frame.bytes.length) return frame;
  const ports = [0, 2].map((at) => frame.bytes.readUInt16BE(view.transportAt + at));
  if (!ports.includes(PORT_DNS)) return frame;
  const message = frame.bytes.subarray(view.payloadAt, view.endAt);
  const { name, end } = questionName(message);
  const wanted = rename(name);
  if (wanted === name) return frame;
  // Names in answers point to the question, whose offset is constant.
  const renamed = Buffer.concat([
    message.subarray(0, DNS_HEADER_BYTES),
    dnsName(wanted),
    message.subarray(end),
  ]);
  const bytes = withPayload(view, renamed);
  const changed = viewIpFrame(bytes);
  if (changed !== null) repairChecksums(changed);
  return { timeUs: frame.timeUs, wireLength: bytes.length, bytes };
}

function questionName(message: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = DNS_HEADER_BYTES;
  for (let length = message.readUInt8(at); length !== 0; length = message.readUInt8(at)) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

export function dnsName(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`));
  return Buffer.concat([...labels, Buffer.alloc(1)]);
}

/** The record of a ClientHello with another server name. */
export function renameHello(record: Buffer, rename: (name: string) => string): Buffer {
  const body = record.subarray(RECORD_HEADER_BYTES);
  return splice(record, nameSplices(body, RECORD_HEADER_BYTES, rename));
}

function helloSplices(stream: Buffer, rename: (name: string) => string): Splice[] {
  return tlsRecords(stream).flatMap(({ type, bodyAt, bodyBytes }) => {
    const isHello = type === TYPE_HANDSHAKE && stream[bodyAt] === CLIENT_HELLO;
    if (!isHello || bodyAt + bodyBytes > stream.length) return [];
    return nameSplices(stream.subarray(bodyAt, bodyAt + bodyBytes), bodyAt, rename);
  });
}

/** Of one whole hello: its lengths (record, message, extensions, list) and the name itself (RFC 6066 §3). */
function nameSplices(hello: Buffer, bodyAt: number, rename: (name: string) => string): Splice[] {
  let at = RANDOM_END;
  at += 1 + hello.readUInt8(at);
  at += 2 + hello.readUInt16BE(at);
  at += 1 + hello.readUInt8(at);
  const extensionsAt = at;
  at += 2;
  while (at + 4 <= hello.length) {
    const length = hello.readUInt16BE(at + 2);
    if (hello.readUInt16BE(at) === EXTENSION_SERVER_NAME) {
      const name = hello.toString('latin1', at + 9, at + 4 + length);
      const wanted = rename(name);
      if (wanted === name) return [];
      const more = wanted.length - name.length;
      const grown = (place: number, bytes: number): Splice => {
        const field = Buffer.alloc(bytes);
        field.writeUIntBE(hello.readUIntBE(place, bytes) + more, 0, bytes);
        return { at: bodyAt + place, remove: bytes, bytes: field };
      };
      const recordLength = Buffer.alloc(2);
      recordLength.writeUInt16BE(hello.length + more);
      return [
        { at: bodyAt - 2, remove: 2, bytes: recordLength },
        grown(1, 3),
        grown(extensionsAt, 2),
        grown(at + 2, 2),
        grown(at + 4, 2),
        grown(at + 7, 2),
        { at: bodyAt + at + 9, remove: name.length, bytes: Buffer.from(wanted) },
      ];
    }
    at += 4 + length;
  }
  return [];
}
