// The API of pcap-parser 0.2.1 that the oracle uses; the package has no types.
declare module 'pcap-parser' {
  import type { EventEmitter } from 'node:events';
  import type { Readable } from 'node:stream';

  export interface GlobalHeader {
    readonly linkLayerType: number;
  }
  export interface CapturedPacket {
    readonly header: {
      readonly timestampSeconds: number;
      readonly timestampMicroseconds: number;
      readonly capturedLength: number;
      readonly originalLength: number;
    };
    readonly data: Buffer;
  }
  /** Emits 'globalHeader', then 'packet' for each record, 'end' or 'error'. */
  export function parse(input: string | Readable): EventEmitter;
}
