// Gives the ClientHellos of a replay new randoms: the same random twice on one network is one connection seen twice.
import type { Frame } from './pcap.ts';
import { editStreams } from './tcp-streams.ts';
import { TYPE_HANDSHAKE, tlsRecords } from './tls-records.ts';

const CLIENT_HELLO = 1;
const RANDOM_AT = 6; // RFC 8446 §4.1.2: type, length, legacy version
const RANDOM_BYTES = 32;

/** Changes the frames in place. One mask for all: hellos that shared a random (after a retry) share the new one. */
export function renewHellos(frames: readonly Frame[], mask: Buffer): void {
  editStreams(frames, (stream) =>
    tlsRecords(stream).flatMap(({ type, bodyAt, bodyBytes }) => {
      const at = bodyAt + RANDOM_AT;
      const isHello =
        type === TYPE_HANDSHAKE && bodyBytes >= RANDOM_AT + RANDOM_BYTES && stream[bodyAt] === CLIENT_HELLO;
      if (!isHello || at + RANDOM_BYTES > stream.length) return [];
      const bytes = Buffer.from(stream.subarray(at, at + RANDOM_BYTES));
      for (const [index, byte] of mask.entries()) bytes.writeUInt8(bytes.readUInt8(index) ^ byte, index);
      return [{ at, bytes }];
    }),
  );
}
