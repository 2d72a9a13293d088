// Streams generated frames to a classic pcap file: Ethernet, IPv4, TCP or UDP. Checksums of TCP and UDP stay zero; no
// measured reader checks them, and they would take most of the generator's time.
import { closeSync, openSync, renameSync, writeSync } from 'node:fs';
import type { Frame } from '../captures/pcap.ts';

export interface Endpoints {
  readonly client: number;
  readonly server: number;
  readonly clientPort: number;
  readonly serverPort: number;
}

export const TCP_SYN = 0x02;
export const TCP_RST = 0x04;
export const TCP_ACK = 0x10;
export const TCP_PSH_ACK = 0x18;
export const TCP_FIN_ACK = 0x11;

const CHUNK_BYTES = 4 << 20;
const TCP_FRAME_HEADERS = 54;
const UDP_FRAME_HEADERS = 42;

export class CaptureWriter {
  readonly #path: string;
  readonly #file: number;
  readonly #chunk = Buffer.alloc(CHUNK_BYTES);
  #at = 24;
  #timeUs: number;
  #identification = 0;
  readonly #recorded: readonly Frame[];
  #recordedWritten = 0;
  packets = 0;

  /** `recorded`: frames in the order of their times, each of which is written when its time has come. */
  constructor(path: string, startSeconds: number, recorded: readonly Frame[] = []) {
    this.#path = path;
    this.#recorded = recorded;
    this.#file = openSync(`${path}.part`, 'w');
    this.#timeUs = startSeconds * 1e6;
    this.#chunk.writeUInt32LE(0xa1b2c3d4, 0);
    this.#chunk.writeUInt16LE(2, 4);
    this.#chunk.writeUInt16LE(4, 6);
    this.#chunk.writeUInt32LE(262_144, 16);
    this.#chunk.writeUInt32LE(1, 20);
  }

  advance(microseconds: number): void {
    this.#timeUs += microseconds;
  }

  /** Begins a TCP frame; the caller fills `payloadBytes` at the offset that is returned in `buffer`. */
  tcp(
    ends: Endpoints,
    isUp: boolean,
    flags: number,
    sequence: number,
    acknowledged: number,
    payloadBytes: number,
  ): number {
    const at = this.#begin(TCP_FRAME_HEADERS + payloadBytes);
    this.#headers(at, ends, isUp, 6, 20 + payloadBytes);
    const chunk = this.#chunk;
    chunk.writeUInt32BE(sequence >>> 0, at + 38);
    chunk.writeUInt32BE(acknowledged >>> 0, at + 42);
    chunk.writeUInt16BE(0x5000 | flags, at + 46);
    chunk.writeUInt16BE(0xfaf0, at + 48);
    chunk.writeUInt32BE(0, at + 50);
    return at + TCP_FRAME_HEADERS;
  }

  udp(ends: Endpoints, isUp: boolean, payloadBytes: number): number {
    const at = this.#begin(UDP_FRAME_HEADERS + payloadBytes);
    this.#headers(at, ends, isUp, 17, 8 + payloadBytes);
    this.#chunk.writeUInt16BE(8 + payloadBytes, at + 38);
    this.#chunk.writeUInt16BE(0, at + 40);
    return at + UDP_FRAME_HEADERS;
  }

  /** Adds a recorded frame. */
  frame(bytes: Uint8Array): void {
    this.#chunk.set(bytes, this.#begin(bytes.length));
  }

  get buffer(): Buffer {
    return this.#chunk;
  }

  close(): void {
    if (this.#recordedWritten < this.#recorded.length) {
      throw new Error(`${this.#path}: ends before all recorded frames are written`);
    }
    this.#flush();
    closeSync(this.#file);
    renameSync(`${this.#path}.part`, this.#path);
  }

  #begin(frameBytes: number): number {
    for (
      let next = this.#recorded[this.#recordedWritten];
      next !== undefined && next.timeUs <= this.#timeUs;
    ) {
      this.#chunk.set(next.bytes, this.#beginAt(next.timeUs, next.bytes.length));
      next = this.#recorded[++this.#recordedWritten];
    }
    return this.#beginAt(this.#timeUs, frameBytes);
  }

  #beginAt(timeUs: number, frameBytes: number): number {
    if (this.#at + 16 + frameBytes > CHUNK_BYTES) this.#flush();
    const chunk = this.#chunk;
    // The format has 32 bits for seconds: longer captures wrap around.
    chunk.writeUInt32LE(Math.floor(timeUs / 1e6) % 2 ** 32, this.#at);
    chunk.writeUInt32LE(timeUs % 1e6, this.#at + 4);
    chunk.writeUInt32LE(frameBytes, this.#at + 8);
    chunk.writeUInt32LE(frameBytes, this.#at + 12);
    const frame = this.#at + 16;
    this.#at = frame + frameBytes;
    this.packets++;
    return frame;
  }

  #headers(at: number, ends: Endpoints, isUp: boolean, protocol: number, ipPayloadBytes: number): void {
    const chunk = this.#chunk;
    chunk.writeUInt32BE(0x02574c00, at + (isUp ? 6 : 0));
    chunk.writeUInt16BE(ends.client & 0xffff, at + (isUp ? 10 : 4));
    chunk.writeUInt32BE(0x02574cff, at + (isUp ? 0 : 6));
    chunk.writeUInt16BE(1, at + (isUp ? 4 : 10));
    chunk.writeUInt16BE(0x0800, at + 12);
    chunk.writeUInt16BE(0x4500, at + 14);
    chunk.writeUInt16BE(20 + ipPayloadBytes, at + 16);
    this.#identification = (this.#identification + 1) & 0xffff;
    chunk.writeUInt16BE(this.#identification, at + 18);
    chunk.writeUInt16BE(0x4000, at + 20);
    chunk.writeUInt16BE(0x4000 | protocol, at + 22);
    chunk.writeUInt16BE(0, at + 24);
    chunk.writeUInt32BE(isUp ? ends.client : ends.server, at + 26);
    chunk.writeUInt32BE(isUp ? ends.server : ends.client, at + 30);
    chunk.writeUInt16BE(isUp ? ends.clientPort : ends.serverPort, at + 34);
    chunk.writeUInt16BE(isUp ? ends.serverPort : ends.clientPort, at + 36);
  }

  #flush(): void {
    writeSync(this.#file, this.#chunk, 0, this.#at);
    this.#at = 0;
  }
}
