// ClientHello messages in the bytes of one side of a TCP connection, ordered by sequence number.

import type { OraclePacket } from './packets.ts';

export interface FoundHello {
  readonly message: Uint8Array;
  readonly tsUs: number;
  /** Number of its packets. */
  readonly segments: number;
}

interface Piece {
  readonly begin: number;
  readonly bytes: Uint8Array;
  readonly packet: OraclePacket;
}

/** Pieces without holes between them. */
interface Run {
  readonly pieces: readonly Piece[];
  readonly bytes: Uint8Array;
  readonly begin: number;
}

const halfRange = 2 ** 31;

/** Offsets that do not wrap; of duplicate bytes the first ones. */
function placePieces(packets: readonly OraclePacket[]): Piece[] {
  const pieces: Piece[] = [];
  let near = packets[0]?.sequence ?? 0;
  for (const packet of packets) {
    if (packet.payload.length === 0) continue;
    const step = ((packet.sequence - near) % 2 ** 32) + 2 ** 32;
    const offset = step % 2 ** 32;
    near += offset < halfRange ? offset : offset - 2 ** 32;
    let parts: Piece[] = [{ begin: near, bytes: packet.payload, packet }];
    for (const known of pieces) parts = parts.flatMap((part) => outside(part, known));
    pieces.push(...parts);
  }
  return pieces.sort((a, b) => a.begin - b.begin);
}

/** The parts of a piece that another one does not cover. */
function outside(piece: Piece, known: Piece): Piece[] {
  const end = piece.begin + piece.bytes.length;
  const knownEnd = known.begin + known.bytes.length;
  if (end <= known.begin || piece.begin >= knownEnd) return [piece];
  const cut = (begin: number, until: number): Piece => ({
    ...piece,
    begin,
    bytes: piece.bytes.subarray(begin - piece.begin, until - piece.begin),
  });
  return [cut(piece.begin, known.begin), cut(knownEnd, end)].filter(
    (part) => part.bytes.length > 0 && part.begin < end,
  );
}

function runsOf(pieces: readonly Piece[]): Run[] {
  const groups: Piece[][] = [];
  let end = Number.NaN;
  for (const piece of pieces) {
    if (piece.begin !== end) groups.push([]);
    groups.at(-1)?.push(piece);
    end = piece.begin + piece.bytes.length;
  }
  return groups.map((group) => ({
    pieces: group,
    bytes: Buffer.concat(group.map((piece) => piece.bytes)),
    begin: group[0]?.begin ?? 0,
  }));
}

/** RFC 8446 §5.1: the handshake message that begins in the record at `at`, and the offset behind its last record. */
function messageAt(bytes: Uint8Array, at: number): { message: Uint8Array; end: number } | null {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const parts: Uint8Array[] = [];
  let have = 0;
  let need = 4;
  while (have < need) {
    if (at + 5 > view.length || view[at] !== 22 || view[at + 1] !== 3 || (view[at + 2] ?? 9) > 4) return null;
    const length = view.readUInt16BE(at + 3);
    if (length === 0 || length > 16384 + 2048 || at + 5 + length > view.length) return null;
    parts.push(view.subarray(at + 5, at + 5 + length));
    have += length;
    at += 5 + length;
    const joined = Buffer.concat(parts);
    if (joined[0] !== 1) return null;
    if (have >= 4) need = 4 + joined.readUIntBE(1, 3);
    if (need > 65536) return null;
  }
  return { message: Buffer.concat(parts).subarray(0, need), end: at };
}

/** Every ClientHello in a run: where a packet begins with one, or after the records of the previous one. */
function hellosOf(run: Run): FoundHello[] {
  const hellos: FoundHello[] = [];
  const starts = run.pieces.map((piece) => piece.begin - run.begin);
  let after = 0;
  while (starts.length > 0) {
    const at = starts.shift() ?? 0;
    if (at < after) continue;
    const found = messageAt(run.bytes, at);
    if (found === null) continue;
    const end = run.begin + found.end;
    const carriers = run.pieces.filter((p) => p.begin < end && p.begin + p.bytes.length > run.begin + at);
    const tsUs = Math.max(...carriers.map((piece) => piece.packet.tsUs));
    hellos.push({
      message: found.message,
      tsUs,
      segments: new Set(carriers.map((piece) => piece.packet)).size,
    });
    after = found.end;
    // RFC 8446 §D.4: a ChangeCipherSpec may be between the two hellos of one packet.
    const isChange = run.bytes[after] === 20 && run.bytes[after + 4] === 1;
    starts.unshift(isChange ? after + 6 : after);
  }
  return hellos;
}

/** All ClientHellos that one side sent in one connection. */
export function tcpHellos(packets: readonly OraclePacket[]): FoundHello[] {
  return runsOf(placePieces(packets)).flatMap(hellosOf);
}
