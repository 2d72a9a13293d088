// ClientHello messages in the datagrams of one UDP 5-tuple: QUIC connections and DTLS handshakes.

import { attempt, ByteReader } from './byte-reader.ts';
import type { OraclePacket } from './packets.ts';
import { cryptoPieces, type InitialKeys, initialKeys, initialsOf, openInitial } from './quic.ts';

export interface FoundDatagramHello {
  readonly message: Uint8Array;
  readonly completedBy: OraclePacket;
  readonly segments: number;
  readonly isRetry: boolean;
}

/** Bytes by offset; of duplicates the first ones are retained. */
class Bytes {
  readonly #bytes: (number | undefined)[] = [];

  /** Whether it added a new byte. */
  add(offset: number, data: Uint8Array): boolean {
    let isNew = false;
    data.forEach((byte, i) => {
      if (this.#bytes[offset + i] !== undefined) return;
      this.#bytes[offset + i] = byte;
      isNew = true;
    });
    return isNew;
  }

  /** The bytes of [begin, end) when all are present. */
  slice(begin: number, end: number): Uint8Array | null {
    const part = this.#bytes.slice(begin, end);
    if (part.length < end - begin || part.includes(undefined)) return null;
    return Uint8Array.from(part, (byte) => byte ?? 0);
  }
}

interface Connection {
  readonly keys: InitialKeys;
  readonly versionSalt: string;
  readonly stream: Bytes;
  /** Where the next message begins. */
  begin: number;
  packets: number;
}

/** The hellos of all QUIC connections between two endpoints, in the order of the packets. */
export function quicHellos(packets: readonly OraclePacket[]): FoundDatagramHello[] {
  const connections: Connection[] = [];
  const hellos: FoundDatagramHello[] = [];
  const randoms = new Set<string>();
  for (const packet of packets) {
    for (const initial of initialsOf(packet.payload)) {
      const own = {
        keys: initialKeys(initial.version, initial.dcid, 'client'),
        versionSalt: initial.version.salt,
      };
      const known = [...connections].reverse().filter((one) => one.versionSalt === own.versionSalt);
      const fresh: Connection = { ...own, stream: new Bytes(), begin: 0, packets: 0 };
      for (const connection of [...known, fresh]) {
        const frames = openInitial(initial, connection.keys);
        if (frames === null) continue;
        if (connection === fresh) connections.push(fresh);
        const pieces = cryptoPieces(initial.version, frames);
        const news = pieces.map((piece) => connection.stream.add(piece.offset, piece.data));
        if (news.includes(true)) connection.packets += 1;
        const message = nextMessage(connection);
        if (message === null) break;
        const random = Buffer.from(message.subarray(6, 38)).toString('hex');
        const isRetry = connection.begin > 0;
        // After a Retry packet the same hello is sent with other keys: one hello.
        if (isRetry || !randoms.has(random)) {
          hellos.push({ message, completedBy: packet, segments: connection.packets, isRetry });
        }
        randoms.add(random);
        connection.begin += message.length;
        connection.packets = 0;
        break;
      }
    }
  }
  return hellos;
}

function nextMessage(connection: Connection): Uint8Array | null {
  const header = connection.stream.slice(connection.begin, connection.begin + 4);
  if (header === null || header[0] !== 1) return null;
  const length = new ByteReader(header.subarray(1)).number(3);
  return connection.stream.slice(connection.begin, connection.begin + 4 + length);
}

interface Fragment {
  readonly type: number;
  readonly length: number;
  readonly sequence: number;
  readonly offset: number;
  readonly data: Uint8Array;
}

const dtlsVersions = new Set([0xfeff, 0xfefd, 0x0100]);

/** RFC 6347 §4.1 and §4.2.2: handshake fragments in the clear. */
function fragmentsOf(datagram: Uint8Array): Fragment[] {
  const fragments: Fragment[] = [];
  const reader = new ByteReader(datagram);
  attempt(() => {
    while (reader.left > 0) {
      const type = reader.number(1);
      if (type < 20 || type > 25 || !dtlsVersions.has(reader.number(2))) return;
      const epoch = reader.number(2);
      reader.take(6);
      const record = new ByteReader(reader.vector(2));
      while (type === 22 && epoch === 0 && record.left > 0) {
        const [kind, length, sequence, offset] = [
          record.number(1),
          record.number(3),
          record.number(2),
          record.number(3),
        ];
        fragments.push({ type: kind, length, sequence, offset, data: record.vector(3) });
      }
    }
  });
  return fragments;
}

/** The ClientHellos that one side sent over DTLS. */
export function dtlsHellos(packets: readonly OraclePacket[]): FoundDatagramHello[] {
  const hellos: FoundDatagramHello[] = [];
  const open = new Map<string, { bytes: Bytes; from: Set<OraclePacket> }>();
  const seen = new Set<string>();
  for (const packet of packets) {
    for (const fragment of fragmentsOf(packet.payload)) {
      if (fragment.type !== 1) continue;
      const key = `${fragment.sequence}/${fragment.length}`;
      const assembly = open.get(key) ?? { bytes: new Bytes(), from: new Set() };
      open.set(key, assembly);
      if (assembly.bytes.add(fragment.offset, fragment.data)) assembly.from.add(packet);
      const body = assembly.bytes.slice(0, fragment.length);
      if (body === null) continue;
      open.delete(key);
      const header = [1, fragment.length >> 16, (fragment.length >> 8) & 255, fragment.length & 255];
      const message = Buffer.concat([Uint8Array.from(header), body]);
      const random = message.subarray(6, 38).toString('hex');
      if (seen.has(`${fragment.sequence}/${random}`)) continue;
      const isRetry = fragment.sequence > 0 && seen.size > 0;
      seen.add(`${fragment.sequence}/${random}`);
      hellos.push({ message, completedBy: packet, segments: assembly.from.size, isRetry });
    }
  }
  return hellos;
}
