// Rows of a document that wait in memory, packed by Node.

import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Packing } from '../report/document/uses-by-host.ts';

/** The quickest level: rows of hosts are much alike, and a twentieth is left of them. */
export const PACKING: Packing = {
  pack: (text) => deflateRawSync(text, { level: 1 }),
  unpack: (bytes) => inflateRawSync(bytes).toString(),
};
