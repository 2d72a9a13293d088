// Reads values from the bytes of a log line in place: texts, numbers and times.

import { ByteCache } from '../../native/byte-cache.ts';
import { ip6Text, parseAddress } from '../../net/address.ts';
import { fnv1a } from '../../text/fnv1a.ts';
import { isDateTime } from '../../time/calendar.ts';
import { type TimestampUs, US } from '../../time/units.ts';

const [DOT, ZERO, NINE, MINUS, PLUS, COLON, BACKSLASH] = [0x2e, 0x30, 0x39, 0x2d, 0x2b, 0x3a, 0x5c];
const [T, SPACE, Z] = [0x54, 0x20, 0x5a];
/** Longer values are truncated. RFC 1035 limits a name to 255 bytes, and no other relevant value is longer. */
export const MAX_TEXT_BYTES = 4096;
/**
 * Above these values, a number without a fraction counts milliseconds, microseconds or nanoseconds: in seconds, it
 * would be a year after 5000.
 */
const [MIN_MS, MIN_US, MIN_NS] = [1e11, 1e14, 1e17];
/** The latest time of a record: the year 2255. */
export const LATEST_US = 2 ** 53;

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= NINE;

/** Decodes bytes[start, end) as ASCII, or else as UTF-8. */
export function decodeText(bytes: Buffer, start: number, end: number): string {
  const stop = Math.min(end, start + MAX_TEXT_BYTES);
  for (let i = start; i < stop; i++) if ((bytes[i] ?? 0) > 0x7e) return bytes.toString('utf8', start, stop);
  return bytes.toString('latin1', start, stop);
}

/** Parses a decimal number without exponent; NaN for other text. */
export function parseNumber(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  const isNegative = bytes[at] === MINUS;
  if (isNegative) at++;
  if (at >= end) return Number.NaN;
  let value = 0;
  let scale = 0;
  for (; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === DOT && scale === 0) scale = 1;
    else if (!isDigit(byte)) return parseExponent(bytes, start, end);
    else {
      value = value * 10 + byte - ZERO;
      if (scale > 0) scale *= 10;
    }
  }
  const number = scale > 1 ? value / scale : value;
  return isNegative ? -number : number;
}

/** Parses "1.795155743302660e+09", as some JSON writers print large numbers. */
function parseExponent(bytes: Uint8Array, start: number, end: number): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.min(end - start, 32)).toString(
    'latin1',
  );
  return /^-?\d+(?:\.\d+)?e[+-]?\d{1,2}$/i.test(text) ? Number(text) : Number.NaN;
}

/** Larger counts of one row are damage: 35 TB. Sums of smaller ones stay exact. */
const MAX_COUNT = 2 ** 45;

/** Parses a whole number of packets, bytes or seconds; NaN for other text. */
export function parseCount(bytes: Uint8Array, start: number, end: number): number {
  const number = parseNumber(bytes, start, end);
  return number >= 0 && number <= MAX_COUNT ? Math.floor(number) : Number.NaN;
}

/** Parses decimal seconds to exact microseconds; NaN for other text. */
export function secondsToUs(bytes: Uint8Array, start: number, end: number): number {
  let seconds = 0;
  let at = start;
  for (; at < end && isDigit(bytes[at] ?? 0); at++) seconds = seconds * 10 + (bytes[at] ?? 0) - ZERO;
  if (at === start) return Number.NaN;
  if (at === end) return seconds * US;
  if (bytes[at] !== DOT) return parseExponent(bytes, start, end) * US;
  let micros = 0;
  let digits = 0;
  for (at++; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (!isDigit(byte)) return parseExponent(bytes, start, end) * US;
    if (digits === 6) continue;
    micros = micros * 10 + byte - ZERO;
    digits++;
  }
  for (; digits < 6; digits++) micros *= 10;
  return seconds * US + micros;
}

/**
 * Parses a time: seconds, milliseconds, microseconds or nanoseconds since 1970, or ISO 8601, in UTC without an offset.
 * NaN for other text.
 */
export function parseTime(bytes: Uint8Array, start: number, end: number): TimestampUs {
  if (end - start >= 19 && bytes[start + 4] === MINUS) return parseIsoTime(bytes, start, end);
  const us = secondsToUs(bytes, start, end);
  const number = us / US;
  if (number < MIN_MS) return us;
  if (number < MIN_US) return Math.round(number * 1000);
  return Math.round(number < MIN_NS ? number : number / 1000);
}

const MINUTE_LENGTH = 16;
const MINUTE_SLOTS = 64;
/** Caches texts of minutes with their values, because consecutive rows are within few minutes. */
const minuteTexts = new Uint8Array(MINUTE_SLOTS * MINUTE_LENGTH);
const minuteValues = new Float64Array(MINUTE_SLOTS).fill(Number.NaN);

const twoAt = (bytes: Uint8Array, at: number): number => {
  const a = (bytes[at] ?? 0) - ZERO;
  const b = (bytes[at + 1] ?? 0) - ZERO;
  return a >= 0 && a <= 9 && b >= 0 && b <= 9 ? a * 10 + b : Number.NaN;
};

/** Parses the minute of "2026-11-16T08:00"; NaN for other text. */
function parseMinuteUs(bytes: Uint8Array, start: number): TimestampUs {
  // The slot depends on tens and units of the minute.
  const slot = ((bytes[start + 14] ?? 0) * 10 + (bytes[start + 15] ?? 0)) % MINUTE_SLOTS;
  const textAt = slot * MINUTE_LENGTH;
  let same = 0;
  while (same < MINUTE_LENGTH && minuteTexts[textAt + same] === bytes[start + same]) same++;
  if (same === MINUTE_LENGTH) return minuteValues[slot] ?? Number.NaN;
  const between = bytes[start + 10];
  const isShaped =
    bytes[start + 4] === MINUS &&
    bytes[start + 7] === MINUS &&
    (between === T || between === SPACE) &&
    bytes[start + 13] === COLON;
  const [century = 0, years = 0, month = 0, day = 0, hour = 0, minute = 0] = [0, 2, 5, 8, 11, 14].map((at) =>
    twoAt(bytes, start + at),
  );
  const year = century * 100 + years;
  const us =
    isShaped && isDateTime(year, month, day, hour, minute, 0)
      ? Date.UTC(year, month - 1, day, hour, minute) * 1000
      : Number.NaN;
  for (let i = 0; i < MINUTE_LENGTH; i++) minuteTexts[textAt + i] = bytes[start + i] ?? 0;
  minuteValues[slot] = us;
  return us;
}

/**
 * Parses "2026-11-16T08:00:00.123456Z", "…+0100", "…+01:00", a space instead of T, comma or dot, any number of digits.
 */
function parseIsoTime(bytes: Uint8Array, start: number, end: number): TimestampUs {
  const minuteUs = parseMinuteUs(bytes, start);
  if (Number.isNaN(minuteUs) || bytes[start + 16] !== COLON) return Number.NaN;
  const seconds = twoAt(bytes, start + 17);
  if (Number.isNaN(seconds) || seconds > 60) return Number.NaN;
  let at = start + 19;
  let micros = 0;
  if (bytes[at] === DOT || bytes[at] === 0x2c) {
    let scale = 100_000;
    for (at++; at < end && isDigit(bytes[at] ?? 0); at++) {
      micros += ((bytes[at] ?? 0) - ZERO) * scale;
      scale = Math.floor(scale / 10);
    }
  }
  const offset = at === end || bytes[at] === Z ? 0 : parseOffsetUs(bytes, at, end);
  return minuteUs + seconds * US + micros - offset;
}

function parseOffsetUs(bytes: Uint8Array, at: number, end: number): number {
  const sign = bytes[at] === MINUS ? -1 : bytes[at] === PLUS ? 1 : Number.NaN;
  const minutesAt = bytes[at + 3] === COLON ? at + 4 : at + 3;
  const minutes = minutesAt < end ? twoAt(bytes, minutesAt) : 0;
  return sign * (twoAt(bytes, at + 1) * 3600 + minutes * 60) * US;
}

/** Decodes hexadecimal escapes of Zeek's text logs, which stand for bytes of UTF-8. */
export function unescapeHex(bytes: Buffer, start: number, end: number): string {
  // indexOf has no end parameter and would search the whole chunk.
  let at = start;
  while (at < end && bytes[at] !== BACKSLASH) at++;
  if (at === end) return decodeText(bytes, start, end);
  const raw = bytes.toString('latin1', start, Math.min(end, start + MAX_TEXT_BYTES));
  const plain = raw.replace(/\\x([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(plain.replaceAll('\\\\', '\\'), 'latin1').toString('utf8');
}

const MAPPED = '::ffff:';

/** Returns an address in its canonical form, the IPv4 address of a mapped one; null for other text. */
export function parseLoggedAddress(text: string): string | null {
  const bytes = parseAddress(text);
  if (bytes === null) return null;
  // An IPv4 address has only one form.
  const address = bytes.length === 4 ? text : ip6Text(bytes, 0);
  const isMapped = address.startsWith(MAPPED) && address.includes('.');
  return isMapped ? address.slice(MAPPED.length) : address;
}

/** Returns a MAC in the form of packets; null for other text. */
export function parseMac(text: string | null | undefined): string | null {
  if (text === null || text === undefined || !/^[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}$/i.test(text)) return null;
  return text.toLowerCase().replaceAll('-', ':');
}

/** Returns the name that a host announces; null if it is not valid. */
export function parseHostName(text: string | null): string | null {
  return text === null || text === '' || text.length > 255 || /[\p{Cc}\ufffd]/u.test(text) ? null : text;
}

/** Returns a name in the catalogue's form: lower case, without the trailing dot. Null if it is not valid. */
export function parseName(text: string): string | null {
  // Columns of fixed width, and separators followed by a space, leave spaces around a name.
  const written = text.trim();
  const name = (written.endsWith('.') ? written.slice(0, -1) : written).toLowerCase();
  if (name === '' || name.length > 255 || !name.includes('.') || /[^\x21-\x7e]/.test(name)) return null;
  return name;
}

/**
 * Slots for the servers of a network's day, a power of two. Returning the same text object makes lookups by address
 * fast.
 */
const ADDRESS_SLOTS = 1 << 16;

/** Caches addresses that repeat in rows. IPv4 addresses are found by their number, because each has one form. */
export class AddressCache {
  // Without slots until the first address, as in ByteCache.
  #numbers = new Int32Array(0);
  #texts: string[] = [];
  readonly #others = new ByteCache(
    (bytes, start, end) => parseLoggedAddress(decodeBytes(bytes, start, end)) ?? '',
    ADDRESS_SLOTS,
  );

  /** Returns the canonical form of bytes[start, end); empty if it is not an address. */
  get(bytes: Uint8Array, start: number, end: number): string {
    const number = parseIp4(bytes, start, end);
    if (Number.isNaN(number)) return this.#others.get(bytes, start, end);
    const slot = Math.imul(number ^ (number >>> 15), 0x9e3779b1) >>> 16;
    const known = this.#texts[slot] ?? '';
    if (this.#numbers[slot] === number && known !== '') return known;
    const text = decodeBytes(bytes, start, end);
    if (this.#texts.length === 0) {
      this.#numbers = new Int32Array(ADDRESS_SLOTS);
      this.#texts = new Array<string>(ADDRESS_SLOTS).fill('');
    }
    this.#numbers[slot] = number;
    this.#texts[slot] = text;
    return text;
  }

  /** Returns a hash that is equal for all forms of the address. */
  hash(bytes: Uint8Array, start: number, end: number): number {
    const number = parseIp4(bytes, start, end);
    return Number.isNaN(number) ? hashAddress(this.#others.get(bytes, start, end)) : number;
  }
}

/** Hashes the canonical form of an address, with the result of `AddressCache.hash` for its bytes. */
export function hashAddress(text: string): number {
  const bytes = Buffer.from(text, 'latin1');
  const number = parseIp4(bytes, 0, bytes.length);
  return Number.isNaN(number) ? fnv1a(text) : number;
}

/** Parses an IPv4 address as a signed number; NaN for other text. */
function parseIp4(bytes: Uint8Array, start: number, end: number): number {
  let number = 0;
  let part = 0;
  let digits = 0;
  let dots = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (isDigit(byte) && (part > 0 || digits === 0)) {
      part = part * 10 + byte - ZERO;
      digits++;
      if (part > 255) return Number.NaN;
    } else if (byte === DOT && digits > 0) {
      number = (number << 8) | part;
      part = 0;
      digits = 0;
      dots++;
    } else return Number.NaN;
  }
  return dots === 3 && digits > 0 ? (number << 8) | part : Number.NaN;
}

const TRANSPORTS: ReadonlyMap<string, 'tcp' | 'udp'> = new Map([
  ['tcp', 'tcp'],
  ['t', 'tcp'],
  ['u', 'udp'],
  ['6', 'tcp'],
  ['udp', 'udp'],
  ['17', 'udp'],
  ['quic', 'udp'],
]);

/**
 * Returns the protocol. Numbers stand for protocols that the system of the sensor has no name for: "006". Null for
 * other protocols and text.
 */
export const transportCache = (): ByteCache<'tcp' | 'udp' | null> =>
  new ByteCache((bytes, start, end) => {
    const word = decodeBytes(bytes, start, end).toLowerCase();
    return TRANSPORTS.get(word.replace(/^0+/, '')) ?? null;
  });

/** Caches words that repeat in rows: protocols. */
export const wordCache = (): ByteCache<string> =>
  new ByteCache((bytes, start, end) => decodeBytes(bytes, start, end));

/** Caches if a text that repeats in rows matches. */
export const matchCache = (pattern: RegExp): ByteCache<boolean> =>
  new ByteCache((bytes, start, end) => pattern.test(decodeBytes(bytes, start, end)));

export const decodeBytes = (
  { buffer, byteOffset, byteLength }: Uint8Array,
  start: number,
  end: number,
): string => decodeText(Buffer.from(buffer, byteOffset, byteLength), start, end);
