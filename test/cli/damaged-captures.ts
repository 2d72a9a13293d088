// Captures that are cut, damaged or made to fill memory, in every form that a capture is stored in.

import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';

export interface DamagedCapture {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const ZSTD = readFileSync('test/unit/reading/captures/base-bun1.4.4-https.pcap.zst');
const GZIP = readFileSync('captures/recordings/claude-code-2.1.328-prompt.pcap.gz');
const PLAIN = gunzipSync(GZIP);

/** A frame of run-length blocks (RFC 8878 §3.1.1.2): each of 4 bytes represents 128 KiB. */
function zstdOf(blocks: number, windowDescriptor: number): Uint8Array {
  const word = (131_072 << 3) | (1 << 1);
  const block = (last: number): number[] => [(word & 255) | last, (word >> 8) & 255, word >> 16, 0];
  const bodies = Array.from({ length: blocks }, (_, i) => block(Number(i === blocks - 1)));
  return Uint8Array.from([[0x28, 0xb5, 0x2f, 0xfd, 0x00, windowDescriptor], ...bodies].flat());
}

function withWord(at: number, value: number): Uint8Array {
  const copy = Buffer.from(PLAIN);
  copy.writeUInt32LE(value, at);
  return copy;
}

function damagedForms(ending: string, whole: Buffer): DamagedCapture[] {
  const { length } = whole;
  const flipped = (at: number): Buffer => {
    const copy = Buffer.from(whole);
    copy.writeUInt8(copy.readUInt8(at) ^ 255, at);
    return copy;
  };
  const cuts = [4, 10, 18, 1000, length >> 1, length - 8, length - 1];
  const flips = [4, 5, 10, 20, 1000, length >> 1, length - 6, length - 1];
  const made: [string, Uint8Array][] = [
    ...cuts.map((to): [string, Uint8Array] => [`cut at ${to}`, whole.subarray(0, to)]),
    ...flips.map((at): [string, Uint8Array] => [`byte ${at} inverted`, flipped(at)]),
    ['twice', Buffer.concat([whole, whole])],
    ['words behind it', Buffer.concat([whole, Buffer.from('words at the end')])],
    ['padded with zeros', Buffer.concat([whole, Buffer.alloc(512)])],
    ['zeros and the same again', Buffer.concat([whole, Buffer.alloc(3), whole])],
  ];
  return made.map(([name, bytes]) => ({ name: `${name}.pcap.${ending}`, bytes }));
}

/** As bgzip, and logrotate in append mode, write: members of a fixed number of bytes. */
function members(bytes: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < PLAIN.length; at += bytes) parts.push(gzipSync(PLAIN.subarray(at, at + bytes)));
  return Buffer.concat([...parts, gzipSync(new Uint8Array(0))]);
}

export function damagedCaptures(): DamagedCapture[] {
  const skippable = Uint8Array.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]);
  return [
    ...damagedForms('gz', GZIP),
    ...damagedForms('zst', ZSTD),
    { name: 'members.pcap.gz', bytes: members(60_000) },
    { name: 'members, cut.pcap.gz', bytes: members(60_000).subarray(0, -30) },
    { name: 'an empty member.gz', bytes: gzipSync(new Uint8Array(0)) },
    { name: 'a skippable frame before.zst', bytes: Buffer.concat([skippable, ZSTD]) },
    { name: 'nothing but a skippable frame.zst', bytes: skippable },
    { name: 'zeros of 200 MiB.gz', bytes: gzipSync(new Uint8Array(200 << 20)) },
    {
      name: 'zeros of 200 MiB behind packets.gz',
      bytes: gzipSync(Buffer.concat([PLAIN, new Uint8Array(200 << 20)])),
    },
    { name: 'zeros of 200 MiB.zst', bytes: zstdOf(1600, 0x38) },
    { name: 'a window of 128 MiB.zst', bytes: zstdOf(10, 0x88) },
    { name: 'a window of 2 GiB.zst', bytes: zstdOf(10, 0xa8) },
    { name: 'the largest window.zst', bytes: zstdOf(10, 0xff) },
    { name: 'no bytes.pcap', bytes: new Uint8Array(0) },
    { name: 'one byte.pcap', bytes: PLAIN.subarray(0, 1) },
    { name: 'words.pcap', bytes: new TextEncoder().encode('no packets here at all, only words') },
    { name: 'half a header.pcap', bytes: PLAIN.subarray(0, 23) },
    { name: 'a header.pcap', bytes: PLAIN.subarray(0, 24) },
    { name: 'cut in a record.pcap', bytes: PLAIN.subarray(0, 5000) },
    { name: 'a record of 2 GB.pcap', bytes: withWord(32, 0x7fff_ffff) },
    { name: 'a record that is longer than the wire.pcap', bytes: withWord(36, 0) },
    { name: 'link type 147.pcap', bytes: withWord(20, 147) },
    { name: 'the year 2106.pcap', bytes: withWord(24, 0xffff_ffff) },
  ];
}
