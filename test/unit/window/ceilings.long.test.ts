// A reader of windows accepts everything that a writer writes and nothing larger, however small on the wire.

import { deflateRawSync } from 'node:zlib';
import protobuf from 'protobufjs/minimal.js';
import { describe, expect, it } from 'vitest';
import { MAX_OF_SENSOR_WINDOW, MAX_TEXT_BYTES, mostEntries } from '../../../src/model/ceilings.ts';
import type { Schema } from '../../../src/model/field.ts';
import { type HostTotals, type UsageRow, type UsageWindow, WINDOW_SCHEMA } from '../../../src/model/usage.ts';
import { unpackWindow } from '../../../src/store/packed-window.ts';
import { decodeWindows, encodeWindow } from '../../../src/window/codec.ts';
import { crc32 } from '../../../src/window/crc32.ts';
import { rollUpWindows } from '../../../src/window/merge-windows.ts';
import { EMPTY_STATS } from '../../../src/window/sums.ts';
import { BARE_HOST, BARE_ROW } from '../../bare-facts.ts';

const START = 1_783_900_800;
const HOSTS = 7;
const ROWS = 8;
const ASKED = 9;
const GAPS = 10;

/** A message as an attacker makes it: right checksum, any content. */
function framed(content: Uint8Array): Uint8Array {
  const end = protobuf.Writer.create()
    .uint32((15 << 3) | 5)
    .fixed32(crc32(content))
    .finish();
  const message = Buffer.concat([content, end]);
  return Buffer.concat([protobuf.Writer.create().uint32(message.length).finish(), message]);
}

interface Hostile {
  readonly texts?: readonly string[];
  readonly lengthSeconds?: number;
  readonly revision?: number;
  /** Bytes of one message, repeated N times. */
  readonly times?: number;
  readonly field?: number;
  readonly body?: Uint8Array;
}

function hostile({
  texts = ['a', '10.0.0.1'],
  lengthSeconds = 60,
  revision = 0,
  ...more
}: Hostile): Uint8Array {
  const { times = 0, field = HOSTS, body = new Uint8Array() } = more;
  const head = protobuf.Writer.create();
  for (const text of texts) head.uint32((1 << 3) | 2).string(text);
  head.uint32(2 << 3).uint32(1);
  head.uint32(3 << 3).uint32(START);
  if (revision > 0) head.uint32(4 << 3).uint64(revision);
  head.uint32(5 << 3).uint32(lengthSeconds);
  const one = protobuf.Writer.create()
    .uint32((field << 3) | 2)
    .bytes(body)
    .finish();
  return framed(Buffer.concat([head.finish(), ...Array.from({ length: times }, () => one)]));
}

/** Bytes of a message with one field, N times. */
function repeated(field: number, times: number, body: Uint8Array = new Uint8Array()): Uint8Array {
  const one = protobuf.Writer.create()
    .uint32((field << 3) | 2)
    .bytes(body)
    .finish();
  return Buffer.concat(Array.from({ length: times }, () => one));
}

const packedRefs = (count: number): Uint8Array => Buffer.alloc(count, 1);

const reasonOf = (bytes: Uint8Array): string | null => {
  const { windows, damage } = decodeWindows(bytes);
  expect(windows.length + damage.length).toBe(1);
  return damage[0]?.reason ?? null;
};

describe('a window that says more than any sensor writes', () => {
  it.each([
    ['hosts', HOSTS],
    ['rows', ROWS],
    ['queriedNames', ASKED],
  ])('is refused for its %s, before they are made', (name, field) => {
    const most = MAX_OF_SENSOR_WINDOW;
    expect(reasonOf(hostile({ field, times: most + 1 }))).toBe(`field ${name} has more than ${most} entries`);
  });

  it('has the room of the minutes that its length sums, and of no more than a quarter hour', () => {
    const reason = reasonOf(hostile({ lengthSeconds: 900, times: 15 * MAX_OF_SENSOR_WINDOW + 1 }));
    expect(reason).toBe(`field hosts has more than ${mostEntries(900)} entries`);
    const endless = hostile({ lengthSeconds: 4_000_000_000, times: 15 * MAX_OF_SENSOR_WINDOW + 1 });
    expect(reasonOf(endless)).toContain('field hosts has more than');
  });

  it('is refused for its texts, their length, its gaps and its revision', () => {
    const texts = Array.from({ length: 3 }, () => 'x'.repeat(MAX_TEXT_BYTES + 1));
    expect(reasonOf(hostile({ texts }))).toBe('a text of the window is too long');
    expect(reasonOf(hostile({ field: GAPS, times: 65_537 }))).toBe('field gaps has more than 65536 entries');
    expect(reasonOf(hostile({ revision: 2 ** 31 }))).toBe('the revision of the window is out of range');
    const many = framed(Buffer.alloc(2 * 4_194_305, Buffer.from([(1 << 3) | 2, 0])));
    expect(reasonOf(many)).toBe('field texts has more than 4194304 entries');
  });

  it.each([
    ['helloTimesUs', ROWS, 27, 32],
    ['servers', ROWS, 28, 8],
    ['serverPorts', ROWS, 29, 4],
    ['communityIds', ROWS, 30, 8],
    ['addresses', ASKED, 6, 8],
    ['names', HOSTS, 4, 256],
    ['vlans', HOSTS, 5, 256],
    ['addresses', HOSTS, 13, 256],
  ])('is refused for %s of message %i', (name, field, number, most) => {
    const body = repeated(number, 1, packedRefs(most + 1));
    expect(reasonOf(hostile({ field, times: 1, body }))).toBe(`field ${name} has more than ${most} entries`);
    // In pieces it is the same list.
    const pieces = repeated(number, most + 1, packedRefs(1));
    expect(reasonOf(hostile({ field, times: 1, body: pieces }))).toBe(
      `field ${name} has more than ${most} entries`,
    );
  });

  it.each([
    ['exchanges', ROWS, 31, new Uint8Array()],
    ['cells', ROWS, 32, new Uint8Array()],
    ['notVisible', HOSTS, 12, Buffer.from([1 << 3, 3])],
  ])('is refused for the messages %s', (name, field, number, part) => {
    const body = repeated(number, 2000, part);
    const texts = ['a', '10.0.0.1', 'tunnel'];
    expect(reasonOf(hostile({ texts, field, times: 1, body }))).toContain(`field ${name} has more than`);
  });

  it('is refused for what all its parts weigh, though none is too many', () => {
    const row = Buffer.concat([Buffer.from([1 << 3, 2, 2 << 3, 1, 3 << 3, 3]), repeated(31, 256)]);
    const bytes = hostile({ texts: ['a', '10.0.0.1', 'sni'], field: ROWS, times: 9000, body: row });
    expect(reasonOf(bytes)).toMatch(/too many parts|repeats/);
  });

  it('is refused when it repeats one host thousands of times', () => {
    const host = Buffer.from([1 << 3, 2]);
    expect(reasonOf(hostile({ times: 2000, body: host }))).toBeNull();
    expect(reasonOf(hostile({ times: 3000, body: host }))).toBe('the window repeats a host, row or name');
  });

  it('is refused for times days away, which a report would walk through minute by minute', () => {
    const zigzag = (number: number, distance: number): Uint8Array =>
      protobuf.Writer.create()
        .uint32(number << 3)
        .sint64(distance)
        .finish();
    const days = 8 * 86_400;
    const named = Buffer.from([1 << 3, 2, 3 << 3, 3]);
    const texts = ['a', '10.0.0.1', 'sni'];
    for (const [field, body] of [
      [HOSTS, zigzag(11, days * 1e6)],
      [ASKED, zigzag(4, -days * 1e6)],
      [ROWS, Buffer.concat([named, repeated(31, 1, zigzag(1, days * 1e3))])],
      [ROWS, Buffer.concat([named, repeated(27, 1, zigzag(0, days * 1e6).subarray(1))])],
    ] as const)
      expect(reasonOf(hostile({ texts, field, times: 1, body }))).toBe(
        'a time lies days outside of the window',
      );
    const gap = Buffer.concat([zigzag(2, 900 * 86_400 * 1e6), Buffer.from([3 << 3, 2])]);
    expect(reasonOf(hostile({ texts: ['a', 'notRunning'], field: GAPS, times: 1, body: gap }))).toBeNull();
  });

  it('is refused when counters have more names than decoders have', () => {
    const texts = Array.from({ length: 1100 }, (_, i) => `counter ${i}`);
    const counts = texts.map((_, i) =>
      repeated(
        9,
        1,
        protobuf.Writer.create()
          .uint32(1 << 3)
          .uint32(i + 1)
          .finish(),
      ),
    );
    const bytes = hostile({ texts, field: 6, times: 1, body: Buffer.concat(counts) });
    expect(reasonOf(bytes)).toBe('field malformed has more than 1024 entries');
  });
});

describe('a deflated window', () => {
  it('that holds a thousand times its bytes is refused before they are there', () => {
    const bomb = deflateRawSync(Buffer.alloc(40 << 20));
    expect(bomb.length).toBeLessThan(64 << 10);
    expect(() => unpackWindow(bomb)).toThrow('Cannot create a Buffer larger than');
  });

  it('is one window: what stands behind it is not read', () => {
    const one = hostile({});
    const { windows, damage } = unpackWindow(deflateRawSync(Buffer.concat([one, one])));
    expect({ windows, reasons: damage.map(({ reason }) => reason) }).toEqual({
      windows: [],
      reasons: ['trailing bytes after the window'],
    });
  });

  it('that ends anywhere within is refused, and never throws anything but what zlib says', () => {
    const packed = deflateRawSync(encodeWindow(wide('a', START, 3)));
    for (let end = 0; end < packed.length; end++)
      expect(() => unpackWindow(packed.subarray(0, end)), `${end} bytes`).toThrow(/unexpected end of file/);
    expect(unpackWindow(packed).damage).toEqual([]);
  });
});

const hostAt = (i: number): HostTotals => ({
  host: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`,
  ...BARE_HOST,
  flows: 1,
  packets: 2,
  bytesUp: 60,
  bytesDown: 40,
  firstUs: START * 1e6,
  lastUs: START * 1e6,
});

function wide(sensor: string, startSeconds: number, hosts: number): UsageWindow {
  const list = Array.from({ length: hosts }, (_, i) => hostAt(i));
  const key = { sensor, startSeconds, revision: 0, lengthSeconds: 60 };
  return { ...key, stats: EMPTY_STATS, hosts: list, rows: [], queriedNames: [] };
}

const ROW: UsageRow = {
  ...BARE_ROW,
  host: '10.0.0.1',
  name: 'api.anthropic.com',
  fingerprint: {
    transport: 'tcp',
    ja4: 't13d1714h1_5b57614c22b0_43ade6aba3df',
    ja3: '',
    alpn: [],
    ech: 'none',
  },
  packetsUp: 1,
  bytesUp: 60,
  firstUs: START * 1e6,
  lastUs: START * 1e6,
};

describe('what is written', () => {
  it('can be read at the ceilings of a sensor, and after minutes were summed', () => {
    const minute = wide('a', START, MAX_OF_SENSOR_WINDOW);
    expect(decodeWindows(encodeWindow(minute)).damage).toEqual([]);
    const other = [...wide('a', START + 60, 3 * MAX_OF_SENSOR_WINDOW).hosts].slice(2 * MAX_OF_SENSOR_WINDOW);
    const [sum] = rollUpWindows([minute, { ...minute, startSeconds: START + 60, hosts: other }], 900);
    if (sum === undefined) throw new Error('no sum was made');
    expect(sum.hosts).toHaveLength(2 * MAX_OF_SENSOR_WINDOW);
    expect(decodeWindows(encodeWindow(sum)).damage).toEqual([]);
  });

  it('is cut to what can be read where seconds of a flood are summed, and the sum says so', () => {
    const most = mostEntries(900);
    const seconds = Array.from({ length: 16 }, (_, second) => {
      const from = second * MAX_OF_SENSOR_WINDOW;
      const hosts = Array.from({ length: MAX_OF_SENSOR_WINDOW }, (_, i) => hostAt(from + i));
      return { ...wide('a', START + second, 0), lengthSeconds: 1, hosts };
    });
    const user = hostAt(16 * MAX_OF_SENSOR_WINDOW - 1).host;
    const rows = [{ ...ROW, host: user }];
    const [sum] = rollUpWindows([...seconds, { ...wide('a', START + 16, 0), lengthSeconds: 1, rows }], 900);
    if (sum === undefined) throw new Error('no sum was made');
    expect(sum.hosts).toHaveLength(most);
    expect(sum.hosts.some(({ host }) => host === user)).toBe(true);
    expect(sum.stats.overflow).toEqual({ hosts: MAX_OF_SENSOR_WINDOW });
  });

  it('can be read whatever a packet said: long names and lists of protocols are cut', () => {
    const alpn = Array.from({ length: 5000 }, (_, i) => `p${i}`);
    const fingerprint = ROW.fingerprint === null ? null : { ...ROW.fingerprint, alpn };
    const row = { ...ROW, name: 'ä'.repeat(60_000), fingerprint };
    const { windows, damage } = decodeWindows(encodeWindow({ ...wide('a', START, 1), rows: [row] }));
    expect(damage).toEqual([]);
    expect(windows[0]?.rows[0]?.name).toHaveLength(1024);
    expect(windows[0]?.rows[0]?.fingerprint?.alpn).toHaveLength(64);
  });

  it('has a ceiling for every list of every message', () => {
    const open = (schema: Schema): string[] =>
      schema.flatMap(({ name, kind, most, schema: inner }) => [
        ...(/^(numbers|times|texts|messages|counts)$/.test(kind) && most === undefined ? [name] : []),
        ...open(inner ?? []),
      ]);
    expect(open(WINDOW_SCHEMA)).toEqual(['hosts', 'rows', 'queriedNames', 'services', 'hellos', 'account']);
  });
});
