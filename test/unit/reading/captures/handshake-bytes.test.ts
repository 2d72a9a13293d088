// What of a payload is a handshake.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HandshakeBytes } from '../../../../src/reading/captures/handshake-bytes.ts';

const bytes = (...parts: (number | readonly number[])[]): Uint8Array => Uint8Array.from(parts.flat());
const body = (length: number): number[] => Array.from({ length }, () => 0xaa);
const record = (type: number, length: number): number[] => [
  type,
  3,
  3,
  length >> 8,
  length & 255,
  ...body(length),
];
const text = (of: string): Uint8Array => new TextEncoder().encode(of);
const tcp = (payload: Uint8Array, sequence = 100, direction = 0) =>
  ({ protocol: 'tcp', direction, sequence, payload }) as const;
const quic = (first: number, version: number): Uint8Array =>
  bytes(first, [version >>> 24, (version >> 16) & 255, (version >> 8) & 255, version & 255], body(40));

describe('the handshake of a payload', () => {
  it.each<[string, Uint8Array, number]>([
    ['of nothing is empty', bytes(), 0],
    ['is a ClientHello', bytes(record(22, 10)), 15],
    ['is several records', bytes(record(22, 10), record(20, 1), record(21, 2)), 28],
    ['ends before application data', bytes(record(22, 10), record(23, 30)), 15],
    ['is not application data', bytes(record(23, 30)), 0],
    ['is not clear text', text('POST / HTTP/1.1\r\nHost: a\r\n\r\nbody'), 0],
    ['is a CONNECT request', text('CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\nmore'), 39],
    ['is the first line of one that is cut', text('CONNECT a:443 HTTP/1.1\r\nHost: a'), 24],
    ['is nothing of one without an end', text('CONNECT a:443'), 0],
    ['has no credentials', text('CONNECT a:443 HTTP/1.1\r\nProxy-Authorization: x\r\n\r\n'), 24],
    ['has no token', text('CONNECT a:443 HTTP/1.1\r\nHost: a\r\nX-Token: x\r\n\r\n'), 24],
    ['is no answer alone', text('HTTP/1.1 200 OK\r\n\r\n'), 0],
    ['has a version of TLS', bytes([22, 2, 0, 0, 4], body(4)), 0],
    ['has no later version', bytes([22, 3, 5, 0, 4], body(4)), 0],
    ['has no empty record', bytes([22, 3, 3, 0, 0], body(4)), 0],
    ['has no record that is too long', bytes([22, 3, 3, 0x41, 0x01], body(4)), 0],
    ['has the longest record, as far as it is there', bytes([22, 3, 3, 0x41, 0x00], body(4)), 9],
    ['is no part of a record header', bytes([22, 3, 3, 0]), 0],
  ])('%s', (_, payload, length) => expect(new HandshakeBytes().findLength(tcp(payload))).toBe(length));

  it.each<[string, Uint8Array, boolean]>([
    ['a QUIC Initial', quic(0xc3, 1), true],
    ['a QUIC Handshake packet', quic(0xe3, 1), true],
    ['no 0-RTT', quic(0xd3, 1), false],
    ['no Retry', quic(0xf3, 1), false],
    ['a QUIC v2 Initial', quic(0xd3, 0x6b3343cf), true],
    ['a QUIC v2 Handshake packet', quic(0xf3, 0x6b3343cf), true],
    ['no QUIC v2 0-RTT', quic(0xe3, 0x6b3343cf), false],
    ['no version negotiation', quic(0xc3, 0), false],
    ['no short header', quic(0x43, 1), false],
    ['a DTLS handshake', bytes([22, 0xfe, 0xfd], body(20)), true],
    ['no DTLS application data', bytes([23, 0xfe, 0xfd], body(20)), false],
    ['nothing', bytes(), false],
  ])('of UDP is %s', (_, payload, isKept) => {
    const segment = { protocol: 'udp', direction: 0, sequence: 0, payload } as const;
    expect(new HandshakeBytes().findLength(segment)).toBe(isKept ? payload.length : 0);
  });

  it('is the answer of a proxy too, and the handshake behind it', () => {
    const handshake = new HandshakeBytes();
    const asked = text('CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n');
    const answer = text('HTTP/1.1 200 Connection established\r\n\r\n');
    expect(handshake.findLength(tcp(asked, 100, 1))).toBe(asked.length);
    expect(handshake.findLength(tcp(answer, 900, 0))).toBe(answer.length);
    expect(handshake.findLength(tcp(bytes(record(22, 10)), 100 + asked.length, 1))).toBe(15);
    expect(handshake.findLength(tcp(bytes(record(22, 9), record(23, 9)), 900 + answer.length, 0))).toBe(14);
    // Behind the start, nothing in clear text is kept.
    expect(handshake.findLength(tcp(asked, 900, 1))).toBe(0);
  });

  it('continues in the next segment, up to its end', () => {
    const handshake = new HandshakeBytes();
    const all = bytes(record(22, 100), record(23, 50));
    expect(handshake.findLength(tcp(all.subarray(0, 60), 0xffff_fff0))).toBe(60);
    // Of the other direction, in between.
    expect(handshake.findLength(tcp(bytes(record(23, 9)), 7, 1))).toBe(0);
    expect(handshake.findLength(tcp(all.subarray(60), 0xffff_fff0 + 60 - 2 ** 32))).toBe(45);
  });

  it('does not continue behind a lost segment, or in a repeated one', () => {
    const handshake = new HandshakeBytes();
    const all = bytes(record(22, 100));
    expect(handshake.findLength(tcp(all.subarray(0, 60)))).toBe(60);
    expect(handshake.findLength(tcp(all.subarray(60), 200))).toBe(0);
    expect(handshake.findLength(tcp(all.subarray(60), 160))).toBe(0);
  });

  it('is found again where a record begins', () => {
    const handshake = new HandshakeBytes();
    expect(handshake.findLength(tcp(bytes(body(50))))).toBe(0);
    expect(handshake.findLength(tcp(bytes(record(22, 10)), 900))).toBe(15);
  });

  it('is never application data, however a stream is cut into segments', () => {
    const stream = bytes(record(22, 30), record(22, 7), record(23, 40), record(23, 25));
    const handshakeBytes = 35 + 12;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 30 }), (sizes) => {
        const handshake = new HandshakeBytes();
        let at = 0;
        for (const size of [...sizes, stream.length]) {
          const payload = stream.subarray(at, at + size);
          const kept = handshake.findLength(tcp(payload, 100 + at));
          expect(at + kept).toBeLessThanOrEqual(Math.max(at, handshakeBytes));
          at += payload.length;
        }
      }),
    );
  });
});
