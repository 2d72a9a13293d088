// Collects frames of variants into one pcap and finds the hellos in it with the native decoder.
import type { HelloRecord } from '../../../src/model/flow.ts';
import { loadAddon } from '../../../src/native/addon.ts';
import { RecordReader } from '../../record-reader.ts';

const BATCH_BYTES = 1 << 20;
const POLL_MS = 1000;
const PUSH_BYTES = 1 << 20;

/** A pcap in memory; frames are a microsecond apart. */
export class VariantCapture {
  readonly #parts: Buffer[] = [];
  readonly #snaplen: number;
  #time = 0;

  constructor(linkType: number, snaplen = 65_535) {
    this.#snaplen = snaplen;
    const header = Buffer.alloc(24);
    header.writeUInt32LE(0xa1b2c3d4, 0);
    header.writeUInt16LE(2, 4);
    header.writeUInt16LE(4, 6);
    header.writeUInt32LE(snaplen, 16);
    header.writeUInt32LE(linkType, 20);
    this.#parts.push(header);
  }

  add(frame: Buffer): void {
    const captured = frame.subarray(0, this.#snaplen);
    const header = Buffer.alloc(16);
    this.#time++;
    header.writeUInt32LE(1_783_472_400 + Math.floor(this.#time / 1e6), 0);
    header.writeUInt32LE(this.#time % 1e6, 4);
    header.writeUInt32LE(captured.length, 8);
    header.writeUInt32LE(frame.length, 12);
    this.#parts.push(header, captured);
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** All hellos of a capture by "address port" of the side that sent them. */
export function findHellos(pcap: Buffer): Map<string, HelloRecord[]> {
  const addon = loadAddon();
  const reader = new RecordReader(addon.counterNames());
  const found = new Map<string, HelloRecord[]>();
  const onHello = (hello: HelloRecord) => {
    const key = `${hello.source} ${hello.sourcePort}`;
    const list = found.get(key) ?? [];
    found.set(key, list);
    list.push(hello);
  };
  const decoder = addon.createDecoder({
    windowSeconds: 0,
    emitHellos: true,
    emitFlows: false,
    dns: 'none',
    emitObservations: false,
    emitExchanges: false,
  });
  const batch = new Uint8Array(BATCH_BYTES);
  const drain = () => {
    for (let length = decoder.poll(batch, POLL_MS); length > 0; length = decoder.poll(batch, POLL_MS))
      reader.read(batch, length, { onHello });
  };
  try {
    decoder.openStream(0);
    for (let at = 0; at < pcap.length; at += PUSH_BYTES) {
      decoder.push(pcap.subarray(at, at + PUSH_BYTES), at + PUSH_BYTES >= pcap.length);
      drain();
    }
    decoder.finish();
    drain();
  } finally {
    decoder.close();
  }
  return found;
}
