// Bytes of records as text: names, hex and MACs.

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Of one call: each is an argument, and arguments lie on the stack. */
const MOST_AT_ONCE = 8192;
const DIGITS = new Uint8Array(Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0)));

/**
 * One character per byte: names on the wire are bytes in no declared encoding. Decoded in one call as far as one takes it:
 * a concatenated string retains every intermediate string, and these texts are retained.
 */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at += MOST_AT_ONCE)
    text += Reflect.apply(String.fromCharCode, null, codesOf(bytes, at, Math.min(end, at + MOST_AT_ONCE)));
  return text;
}

/** A plain list: as arguments, it takes half the time of a view of the bytes. */
function codesOf(bytes: Uint8Array, start: number, end: number): readonly number[] {
  const codes = new Array<number>(end - start);
  for (let i = start; i < end; i++) codes[i - start] = bytes[i] ?? 0;
  return codes;
}

export function hexText(bytes: Uint8Array, start: number, end: number): string {
  const digits = new Uint8Array(2 * (end - start));
  for (let i = 0; i < digits.length; i++) {
    const byte = bytes[start + (i >> 1)] ?? 0;
    digits[i] = DIGITS[i % 2 === 0 ? byte >> 4 : byte & 15] ?? 0;
  }
  return latin1(digits, 0, digits.length);
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
