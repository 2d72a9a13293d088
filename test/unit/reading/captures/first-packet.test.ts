import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { sha1 } from '../../../../src/reading/captures/capture-input.ts';
import { CaptureStart, findFirstPacket, orderByTime } from '../../../../src/reading/captures/first-packet.ts';

function pcap(magic: number, isLittle: boolean, seconds: number, fraction: number): Uint8Array {
  const bytes = new Uint8Array(40);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic, isLittle);
  view.setUint32(24, seconds, isLittle);
  view.setUint32(28, fraction, isLittle);
  return bytes;
}

/** One section with one interface and one enhanced packet. */
function pcapng(isLittle: boolean, options: readonly number[], high: number, low: number): Uint8Array {
  const idbLength = 20 + options.length;
  const bytes = new Uint8Array(28 + idbLength + 32);
  const view = new DataView(bytes.buffer);
  const put = (at: number, ...words: number[]): void => {
    for (const [i, word] of words.entries()) view.setUint32(at + 4 * i, word, isLittle);
  };
  put(0, 0x0a0d0d0a, 28, 0x1a2b3c4d);
  put(28, 1, idbLength);
  bytes.set(options, 28 + 16);
  const packet = 28 + idbLength;
  put(packet, 6, 32, 0, high, low);
  return bytes;
}

/** The same, with an interface whose name takes five bytes and is padded or not; its length leaves the padding out. */
function oddInterface(isLittle: boolean, isPadded: boolean): Uint8Array {
  const whole = pcapng(isLittle, [], HIGH, LOW);
  const option = isLittle ? [2, 0, 3, 0, 101, 109, 48] : [0, 2, 0, 3, 101, 109, 48];
  const length = 20 + option.length;
  const idb = new Uint8Array(isPadded ? Math.ceil(length / 4) * 4 : length);
  idb.set(whole.subarray(28, 44));
  idb.set(option, 16);
  const view = new DataView(idb.buffer);
  view.setUint32(4, length, isLittle);
  view.setUint32(idb.length - 4, length, isLittle);
  return new Uint8Array([...whole.subarray(0, 28), ...idb, ...whole.subarray(48)]);
}

const SECONDS = 1_783_900_800;
/** The time in microseconds as two words. */
const HIGH = Math.floor((SECONDS * 1e6) / 2 ** 32);
const LOW = (SECONDS * 1e6) % 2 ** 32;

describe('the time of the first packet', () => {
  const cases: { name: string; head: Uint8Array; expected: number | null }[] = [
    { name: 'pcap of microseconds', head: pcap(0xa1b2c3d4, true, SECONDS, 7), expected: SECONDS * 1e6 + 7 },
    { name: 'pcap, big-endian', head: pcap(0xa1b2c3d4, false, SECONDS, 7), expected: SECONDS * 1e6 + 7 },
    { name: 'pcap of nanoseconds', head: pcap(0xa1b23c4d, true, SECONDS, 7999), expected: SECONDS * 1e6 + 7 },
    { name: 'pcapng', head: pcapng(true, [], HIGH, LOW), expected: SECONDS * 1e6 },
    { name: 'pcapng, big-endian', head: pcapng(false, [], HIGH, LOW), expected: SECONDS * 1e6 },
    ...[true, false].flatMap((isLittle) =>
      [true, false].map((isPadded) => ({
        name: `pcapng with a block of 27 bytes, ${isPadded ? 'padded' : 'as it is'}, ${isLittle ? 'little' : 'big'}-endian`,
        head: oddInterface(isLittle, isPadded),
        expected: SECONDS * 1e6,
      })),
    ),
    {
      name: 'pcapng of nanoseconds',
      head: pcapng(true, [9, 0, 1, 0, 9, 0, 0, 0], 0, 2_500_000_000),
      expected: 2_500_000,
    },
    {
      name: 'pcapng with an offset',
      head: pcapng(true, [14, 0, 8, 0, 60, 0, 0, 0, 0, 0, 0, 0], 0, 5),
      expected: 60_000_005,
    },
    {
      name: 'pcapng of the year 10 000 000 000',
      head: pcapng(true, [9, 0, 1, 0, 0, 0, 0, 0], 2 ** 26, 0),
      expected: Math.floor(2 ** 62 / 1000),
    },
    {
      name: 'pcapng with a time before 1970',
      head: pcapng(true, [14, 0, 8, 0, 255, 255, 255, 255, 255, 255, 255, 255], 0, 5),
      expected: 0,
    },
    { name: 'pcap without a packet', head: pcap(0xa1b2c3d4, true, 1, 1).subarray(0, 24), expected: null },
    { name: 'something else', head: new Uint8Array(64).fill(37), expected: null },
  ];

  it.each(cases)('is found in $name', ({ head, expected }) => {
    expect(findFirstPacket(head)?.us ?? null).toBe(expected);
  });

  it('is never a crash, whatever prefix of a capture there is', () => {
    const heads = [
      gunzipSync(readFileSync('captures/recordings/base-bun1.4.4-https.pcap.gz')).subarray(0, 400),
      pcapng(true, [9, 0, 1, 0, 9, 0, 0, 0], 0, 1),
    ];
    for (const head of heads) {
      for (let length = 0; length <= head.length; length++) findFirstPacket(head.subarray(0, length));
    }
  });
});

describe('the beginning of a capture', () => {
  const whole = gunzipSync(readFileSync('captures/recordings/base-bun1.4.4-https.pcap.gz'));

  it('is the same whichever pieces it comes in, and while the capture grows', () => {
    const digests = [1, 7, 100, 65_536].map((step) => {
      const captureStart = new CaptureStart(sha1);
      for (let at = 0; at < 2000; at += step) captureStart.add(whole.subarray(at, Math.min(at + step, 2000)));
      return captureStart.digest;
    });
    expect(new Set(digests).size).toBe(1);
    expect(digests[0]).toMatch(/^[0-9a-f]{40}$/);
  });

  it('is not known while the first packet is not whole', () => {
    const captureStart = new CaptureStart(sha1);
    captureStart.add(whole.subarray(0, 60));
    expect(captureStart.digest).toBeNull();
  });
});

const input = (fileIndex: number, firstPacketUs: number | null) => ({ fileIndex, firstPacketUs });

describe('the order of captures', () => {
  it('is that of their first packets; what tells none stays behind the one named before it', () => {
    const ordered = orderByTime([input(0, 300), input(1, null), input(2, 100), input(3, 100)]);
    expect(ordered.map(({ fileIndex }) => fileIndex)).toEqual([2, 3, 0, 1]);
  });
});
