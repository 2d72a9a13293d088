// Blanks the content of TLS in recordings: the bodies of application-data records become zeros, and everything that a
// traffic analyser reads (headers, handshakes, record lengths, times) is unchanged. The bodies are encrypted anyway, and
// zeros compress to a tenth of the size.
import type { Frame } from './pcap.ts';
import { editStreams } from './tcp-streams.ts';
import { TYPE_APPLICATION_DATA, tlsRecords } from './tls-records.ts';

/** Changes the frames in place. */
export function blankApplicationData(frames: readonly Frame[]): void {
  editStreams(frames, (stream) =>
    tlsRecords(stream)
      .filter(({ type }) => type === TYPE_APPLICATION_DATA)
      .map(({ bodyAt, bodyBytes }) => ({ at: bodyAt, bytes: Buffer.alloc(bodyBytes) })),
  );
}
