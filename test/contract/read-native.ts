// Reads a whole capture with the native core, one decoder and one batch buffer.

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type DecoderOptions, loadAddon } from '../../src/native/addon.ts';
import { RecordReader, type RecordVisitor } from '../record-reader.ts';

const addon = loadAddon();

/** The capture's bytes, unpacked when its name ends in .gz. */
export function bytesOf(file: string): Uint8Array {
  const raw = readFileSync(file);
  return file.endsWith('.gz') ? gunzipSync(raw) : raw;
}

/** Passes every record of the requested kinds. */
export function readNative(file: string, wanted: Partial<DecoderOptions>, visitor: RecordVisitor): void {
  const decoder = addon.createDecoder({
    windowSeconds: 0,
    emitHellos: false,
    emitFlows: false,
    dns: 'none',
    emitObservations: false,
    emitExchanges: false,
    ...wanted,
  });
  const reader = new RecordReader(addon.counterNames());
  const batch = new Uint8Array(1 << 20);
  const drain = (): void => {
    for (let bytes = decoder.poll(batch, 1000); bytes > 0; bytes = decoder.poll(batch, 1000)) {
      reader.read(batch, bytes, visitor);
    }
  };
  decoder.openStream(0);
  decoder.push(bytesOf(file), true);
  drain();
  decoder.finish();
  drain();
  decoder.close();
}
