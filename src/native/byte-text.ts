// Converts bytes of records to text: names, hex and MACs.

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Maximum characters per call. Each is an argument, and arguments are on the stack. */
const MAX_AT_ONCE = 8192;
const DIGITS = new Uint8Array(Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0)));

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Converts a name on the wire, which has no declared encoding. Well-formed UTF-8 is unchanged. Of other bytes, those
 * beyond ASCII are escaped as "\xNN", as in Zeek and tshark.
 */
export function readableText(bytes: Uint8Array, start: number, end: number): string {
  for (let i = start; i < end; i++) if ((bytes[i] ?? 0) > 0x7f) return decodeUtf8(bytes.subarray(start, end));
  return decodeAscii(bytes, start, end);
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    return Array.from(bytes, (byte) => (byte > 0x7f ? `\\x${HEX[byte]}` : String.fromCharCode(byte))).join(
      '',
    );
  }
}

/**
 * Decodes ASCII in one call if possible, because a concatenated string retains every intermediate string, and these
 * texts are retained.
 */
function decodeAscii(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at += MAX_AT_ONCE)
    text += Reflect.apply(String.fromCharCode, null, listCodes(bytes, at, Math.min(end, at + MAX_AT_ONCE)));
  return text;
}

/** Returns a plain list, because as arguments it is twice as fast as a view of the bytes. */
function listCodes(bytes: Uint8Array, start: number, end: number): readonly number[] {
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
  return decodeAscii(digits, 0, digits.length);
}

/** Returns colon-separated lower-case hex; null for zeros. */
export function macText(bytes: Uint8Array, start: number): string | null {
  let isNonZero = false;
  let text = '';
  for (let i = start; i < start + 6; i++) {
    isNonZero ||= bytes[i] !== 0;
    text += i === start ? HEX[bytes[i] ?? 0] : `:${HEX[bytes[i] ?? 0]}`;
  }
  return isNonZero ? text : null;
}
