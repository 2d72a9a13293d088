// Lines of hellos that the core writes are those of the second reading, for records of any content.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readHandshakes } from '../../../src/index.ts';
import { loadAddon } from '../../../src/native/addon.ts';
import { RecordContext } from '../../../src/native/record-context.ts';
import { HELLO, HELLO_FLAGS, RECORD } from '../../../src/native/record-layout.ts';
import { readHelloLines } from '../../../src/reading/captures/analyze-captures.ts';
import { HELLO_LINES, recordEmitter } from '../../../src/reading/captures/line-sorter.ts';
import { jsonString } from '../../../src/text/json-text.ts';
import { visibleText } from '../../../src/text/visible-text.ts';
import { helloLine } from '../../oracle/hello-line.ts';

const FILES = ['a.pcap', 'näme "quoted"\n\u202e.pcap'];

/** Random bytes with lengths that fit; texts that native code pads with zeros end in one. */
function recordOf(random: Uint8Array, lengths: readonly number[], ns: bigint): Uint8Array<ArrayBuffer> {
  const [sni = 0, alpn = 0, versions = 0, ja3 = 0, tunnel = 0, vlans = 0] = lengths;
  const tail = sni + alpn + 2 * versions + ja3 + tunnel + 2 * vlans;
  const bytes = new Uint8Array(HELLO.size + tail);
  for (let i = 0; i < bytes.length; i++) bytes[i] = random[i % random.length] ?? 0;
  const view = new DataView(bytes.buffer);
  view.setUint32(RECORD.length, bytes.length, true);
  view.setBigInt64(HELLO.tsNs, ns, true);
  view.setUint32(HELLO.fileIndex, (random[0] ?? 0) % 3, true);
  view.setUint8(HELLO.ipVersion, (random[1] ?? 0) % 2 === 0 ? 4 : 6);
  view.setUint8(HELLO.ech, (random[2] ?? 0) % 4);
  view.setUint16(RECORD.flags, (random[3] ?? 0) % 2 === 0 ? 0 : HELLO_FLAGS.retry, true);
  if ((random[4] ?? 0) % 2 === 0) bytes.fill(0, HELLO.destinationAddress + 2, HELLO.destinationAddress + 12);
  const fields = [HELLO.sniLength, HELLO.alpnLength, HELLO.versionsLength, HELLO.ja3Length];
  for (const [i, length] of [sni, alpn, 2 * versions, ja3].entries())
    view.setUint16(fields[i] ?? 0, length, true);
  view.setUint16(HELLO.tunnelLength, tunnel, true);
  view.setUint16(HELLO.vlanLength, 2 * vlans, true);
  // Padded texts are ASCII: the core makes them.
  for (const at of [HELLO.ja4, HELLO.family])
    for (let i = at; i < at + 40; i++) bytes[i] = (bytes[i] ?? 0) & 0x7f;
  return bytes;
}

function native(bytes: Uint8Array, places: readonly number[]): string {
  const lines = new (loadAddon().NativeHelloLines)(FILES.map(jsonString));
  const text = new Uint8Array(lines.make(bytes, Uint32Array.from(places)));
  lines.copy(text);
  return new TextDecoder().decode(text);
}

function secondReading(bytes: Uint8Array<ArrayBuffer>): string {
  const lines: string[] = [];
  const context = new RecordContext();
  context.open(bytes);
  recordEmitter(HELLO_LINES, (hello) => lines.push(helloLine({ file: FILES[hello.fileIndex] ?? '', hello })))(
    context,
    Uint32Array.of(0),
  );
  return `${lines.join('\n')}\n`;
}

/** Microseconds that numbers of JavaScript hold: until 2255. Native code is exact for all 64 bits. */
const anyTime = fc.bigInt({ min: -(2n ** 53n - 1n) * 1000n, max: (2n ** 53n - 1n) * 1000n });
const nearLeapDays = fc
  .tuple(fc.integer({ min: 1700, max: 2254 }), fc.integer({ min: -90_000_000, max: 90_000_000 }))
  .map(([year, ms]) => BigInt(Date.UTC(year, 2, 1) + ms) * 1_000_000n);

describe('lines of hellos', () => {
  test('are those of the second reading', () => {
    const length = fc.integer({ min: 0, max: 40 });
    const ranges = [length, length, length, length, length, fc.integer({ min: 0, max: 8 })] as const;
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 64, maxLength: 400 }),
        fc.tuple(...ranges),
        fc.oneof(anyTime, nearLeapDays),
        (random, lengths, ns) => {
          const bytes = recordOf(random, lengths, ns);
          expect(native(bytes, [0])).toBe(secondReading(bytes));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('have bytes of no text as hexadecimal escapes, and nothing that moves a cursor', () => {
    const random = Uint8Array.from({ length: 256 }, (_, i) => i);
    const bytes = recordOf(random, [256, 0, 0, 0, 0, 0], 0n);
    bytes.set(random, HELLO.size);
    const line = native(bytes, [0]);
    expect(line).toBe(secondReading(bytes));
    const expected = Array.from(random, (byte) =>
      byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`,
    );
    expect(JSON.parse(line).sni).toBe(expected.join(''));
    expect(visibleText(line.slice(0, -1))).toBe(line.slice(0, -1));
  });

  test('leave out what is no whole record', () => {
    const bytes = recordOf(new Uint8Array(64).fill(1), [8, 0, 0, 0, 0, 0], 0n);
    expect(native(bytes.subarray(0, bytes.length - 1), [0])).toBe('');
    expect(native(bytes, [0, 4, bytes.length, 2 ** 31])).toBe(native(bytes, [0]));
  });

  test.each(['demo', 'recordings/base-chromium-quic-claude.ai', 'recordings/claude-code-2.1.328-ipv6'])(
    'of a capture are those of the library: %s',
    async (name) => {
      const file = `captures/${name}.pcap.gz`;
      const lines: string[] = [];
      await readHandshakes([file], { workers: 1 }, (line) => lines.push(`${helloLine(line)}\n`));
      // Every second time the bytes are still needed, and must not change.
      const written: Uint8Array[] = [];
      await readHelloLines([file], { workers: 1 }, (bytes) => {
        const isTaken = written.length % 2 === 1;
        written.push(isTaken ? bytes.slice() : bytes);
        return isTaken;
      });
      expect(lines.length).toBeGreaterThan(0);
      expect(Buffer.concat(written).toString()).toBe(lines.join(''));
    },
  );
});
