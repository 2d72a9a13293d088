// Finds the handshake at the start of a payload, after which slices of captures are truncated. A CONNECT request and
// its answer (RFC 9110 §9.3.6) are kept too, because no program reads the tunnel without them, but not their
// credentials. TLS records: RFC 8446 §5.1; DTLS records: RFC 9147 §4; QUIC long headers: RFC 9000 §17.2 and RFC 9369
// §3.2.

/** Payload of one packet, and its direction in the flow. */
export interface Segment {
  readonly protocol: 'tcp' | 'udp';
  /** Identifies the direction of a flow. The other one differs in the lowest bit. */
  readonly direction: number;
  /** TCP sequence number of the payload. */
  readonly sequence: number;
  readonly payload: Uint8Array;
}

interface Direction {
  /** Sequence number after the bytes seen. */
  next: number;
  /** Bytes of the last record that are still missing. */
  rest: number;
  /** The flow began with a CONNECT request. */
  readonly isTunnel: boolean;
}

const RECORD_HEADER_BYTES = 5;
/** Follows RFC 8446 §5.2: 2^14 bytes and the expansion by protection. */
const MAX_RECORD_BYTES = 16_384 + 256;
const CHANGE_CIPHER_SPEC = 20;
const HANDSHAKE = 22;
const QUIC_V2 = 0x6b3343cf;

/**
 * Follows records over the segments of each direction. It truncates lost and repeated segments, because nothing is
 * known after a gap.
 */
export class HandshakeBytes {
  readonly #directions = new Map<number, Direction>();

  /** Returns the number of bytes at the start of the payload that belong to a handshake. */
  findLength(segment: Segment): number {
    return segment.protocol === 'tcp' ? this.#ofTcp(segment) : countUdp(segment.payload);
  }

  #ofTcp({ direction, sequence, payload }: Segment): number {
    if (payload.length === 0) return 0;
    const before = this.#directions.get(direction);
    const isNext = before !== undefined && before.next === sequence;
    const next = (sequence + payload.length) >>> 0;
    const opening = before === undefined ? this.#openingBytes(direction, payload) : 0;
    const { kept, rest } =
      opening > 0 ? { kept: opening, rest: 0 } : countRecords(payload, isNext ? before.rest : 0);
    const isTunnel = before?.isTunnel ?? (opening > 0 && startsWith(payload, CONNECT));
    this.#directions.set(direction, { next, rest, isTunnel });
    return kept;
  }

  /**
   * Returns the bytes of a CONNECT request or its answer at the start of a flow: the header, or only its first line if
   * it contains credentials.
   */
  #openingBytes(direction: number, payload: Uint8Array): number {
    const isAnswer = this.#directions.get(direction ^ 1)?.isTunnel === true;
    if (!startsWith(payload, isAnswer ? ANSWER : CONNECT)) return 0;
    const text = new TextDecoder('latin1').decode(payload.subarray(0, MAX_OPENING_BYTES));
    const end = text.indexOf('\r\n\r\n');
    const header = end < 0 ? 0 : end + 4;
    return header > 0 && !CREDENTIALS.test(text.slice(0, header)) ? header : measureLine(text);
  }
}

/** Includes the line end; returns 0 without one. */
function measureLine(text: string): number {
  const end = text.indexOf('\r\n');
  return end < 0 ? 0 : end + 2;
}

const CONNECT = 'CONNECT ';
const ANSWER = 'HTTP/1.';
const MAX_OPENING_BYTES = 8192;
/** Matches credentials, also a cookie or a token under any name. Only fields that do not identify a user are kept. */
const CREDENTIALS =
  /\r\n(?!(?:host|proxy-connection|connection|user-agent|content-length|via|date|server):)[^\r]/i;

const startsWith = (payload: Uint8Array, text: string): boolean =>
  payload.length >= text.length && [...text].every((char, i) => payload[i] === char.charCodeAt(0));

/** Returns the handshake records from the start on, after `rest` bytes of the previous record. */
function countRecords(payload: Uint8Array, rest: number): { kept: number; rest: number } {
  let at = Math.min(rest, payload.length);
  while (at < payload.length) {
    const length = recordLength(payload, at);
    if (length === null) return { kept: at, rest: 0 };
    if (length > payload.length - at) return { kept: payload.length, rest: length - (payload.length - at) };
    at += length;
  }
  return { kept: at, rest: rest - Math.min(rest, at) };
}

/** Returns the length including the header; null if no handshake record begins here. */
function recordLength(payload: Uint8Array, at: number): number | null {
  if (payload.length - at < RECORD_HEADER_BYTES) return null;
  const [type = 0, major = 0, minor = 0, high = 0, low = 0] = payload.subarray(at, at + RECORD_HEADER_BYTES);
  const length = (high << 8) | low;
  const isHandshake = type >= CHANGE_CIPHER_SPEC && type <= HANDSHAKE && major === 3 && minor <= 4;
  return isHandshake && length > 0 && length <= MAX_RECORD_BYTES ? RECORD_HEADER_BYTES + length : null;
}

/** Keeps a datagram completely or not at all. */
function countUdp(payload: Uint8Array): number {
  return isQuicHandshake(payload) || isDtlsHandshake(payload) ? payload.length : 0;
}

/** True for a datagram that begins with an Initial or Handshake packet. */
function isQuicHandshake(payload: Uint8Array): boolean {
  const [first = 0, a = 0, b = 0, c = 0, d = 0] = payload;
  const version = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  if (first < 0xc0 || version === 0) return false;
  const type = (first >> 4) & 3;
  return version === QUIC_V2 ? type === 1 || type === 3 : type === 0 || type === 2;
}

function isDtlsHandshake(payload: Uint8Array): boolean {
  const [type = 0, major = 0, minor = 0] = payload;
  return type >= CHANGE_CIPHER_SPEC && type <= HANDSHAKE && major === 0xfe && minor >= 0xfc;
}
