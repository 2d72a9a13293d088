// Bytes of records as text: names, hex and MACs.

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** One character per byte: names on the wire are bytes in no declared encoding. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  return part(bytes, start, end).toString('latin1');
}

export function hexText(bytes: Uint8Array, start: number, end: number): string {
  return part(bytes, start, end).toString('hex');
}

/** Decoded in one call: a concatenated string retains every intermediate string, and these texts are retained. */
function part(bytes: Uint8Array, start: number, end: number): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
}

/** Colon-separated lower-case hex; null for zeros. */
export function macText(bytes: Uint8Array, start: number): string | null {
  let isKnown = false;
  let text = '';
  for (let i = start; i < start + 6; i++) {
    isKnown ||= bytes[i] !== 0;
    text += i === start ? HEX[bytes[i] ?? 0] : `:${HEX[bytes[i] ?? 0]}`;
  }
  return isKnown ? text : null;
}
