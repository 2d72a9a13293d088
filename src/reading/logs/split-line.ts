// Lines of text logs, split into fields in place: columns with a header, pairs of keys and values, CEF and LEEF.
// Sources: RFC 4180; W3C, "Extended Log File Format" (WD-logfile-960323); ArcSight, "Common Event Format" rev. 16 §"Header
// information" and §"Character encoding"; IBM, "Log Event Extended Format" version 2 §"LEEF event components", whose version 1
// some products write with "|" between attributes.

import { type FieldNames, type Fields, HASH_START, hashByte, WRITTEN } from './fields.ts';

const [QUOTE, BACKSLASH, SPACE, TAB, EQUALS, PIPE, COMMA] = [0x22, 0x5c, 0x20, 0x09, 0x3d, 0x7c, 0x2c];
const [COLON, SEMICOLON, OPEN] = [0x3a, 0x3b, 0x5b];
/** Headers of syslog in front of CEF and LEEF are shorter. */
const MAX_PREFIX = 512;
const HEADER_FIELDS = 6;

/** Finds the wanted fields of a line. Returns the reason why it is ignored, or null. */
export interface FieldLine {
  read(bytes: Buffer, start: number, end: number): string | null;
}

/** Values in the order of columns, which a header or a configuration names. A quoted value may hold the separator. */
export class ColumnLine implements FieldLine {
  readonly #fields: Fields;
  readonly #separator: number;
  readonly #hasMore: boolean;
  columns = new Int16Array(0);

  /** `hasMore`: versions of the product add columns at the end. */
  constructor(fields: Fields, separator: string, hasMore = false) {
    this.#fields = fields;
    this.#separator = separator.charCodeAt(0);
    this.#hasMore = hasMore;
  }

  read(bytes: Buffer, start: number, end: number): string | null {
    const fields = this.#fields;
    const { columns } = this;
    const separator = this.#separator;
    fields.clear(bytes);
    let column = 0;
    for (let at = start; at <= end; at++) {
      const from = at;
      while (at < end && bytes[at] === SPACE && separator !== SPACE) at++;
      if (at < end && bytes[at] === QUOTE) {
        // A quote inside is written twice: it ends a value and begins the next at once.
        for (at++; at < end && bytes[at] !== QUOTE; ) at++;
        if (at === end) return 'a quote without its end';
        if (bytes[at + 1] === QUOTE) at = behindQuotes(bytes, at, end);
      }
      let byte = bytes[at] ?? 0;
      while (at < end && byte !== separator) byte = bytes[++at] ?? 0;
      if (column >= columns.length) return this.#hasMore ? null : 'more columns than the header has';
      const field = columns[column++] ?? -1;
      if (field >= 0) setTrimmed(fields, field, from, at);
    }
    return column < columns.length && !this.#hasMore ? 'fewer columns than the header has' : null;
  }
}

/** Behind a value with quotes inside, at the first of which `from` is. */
function behindQuotes(bytes: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end && (bytes[at] !== QUOTE || bytes[at + 1] === QUOTE)) at += bytes[at] === QUOTE ? 2 : 1;
  return at;
}

/** Sets a value without its quotes; an empty one and "-" are absent. */
function setTrimmed(fields: Fields, field: number, from: number, to: number): void {
  const { bytes } = fields;
  let [start, end] = [from, to];
  while (start < end && bytes[start] === SPACE) start++;
  while (end > start && bytes[end - 1] === SPACE) end--;
  if (end - start >= 2 && bytes[start] === QUOTE && bytes[end - 1] === QUOTE) {
    start++;
    end--;
  }
  if (end === start || (end - start === 1 && bytes[start] === 0x2d)) return;
  fields.set(field, start, end, WRITTEN.plain);
}

/** Unquotes a cell of CSV, in which a quote is written twice. */
function setUnquoted(fields: Fields, field: number, from: number, to: number): void {
  let [start, end] = [from, to];
  while (start < end && fields.bytes[start] === QUOTE) start++;
  while (end > start && fields.bytes[end - 1] === QUOTE) end--;
  setTrimmed(fields, field, start, end);
}

/** How pairs of a line are written. */
export interface PairForm {
  readonly separator: number;
  /** Between key and value. */
  readonly mark: number;
}

export function parsePairForm(line: string): PairForm {
  if (/\[\w+:{1,2}"/.test(line)) return { separator: SEMICOLON, mark: COLON };
  const counts = [SPACE, COMMA, TAB, PIPE].map((separator) => ({
    separator,
    count: line.split(new RegExp(`[${String.fromCharCode(separator)}] ?"?[\\w-]+=`)).length,
  }));
  const { separator } = counts.reduce((most, one) => (one.count > most.count ? one : most));
  return { separator, mark: EQUALS };
}

/**
 * `key=value key="a value"`, apart from each other by one separator; text in front of the first key is of no use. Pairs with
 * ":" stand in brackets, because a time in front of them has it as well.
 */
export class PairLine implements FieldLine {
  readonly #names: FieldNames;
  readonly #fields: Fields;
  readonly #form: PairForm;

  constructor(names: FieldNames, fields: Fields, form: PairForm = { separator: SPACE, mark: EQUALS }) {
    this.#names = names;
    this.#fields = fields;
    this.#form = form;
  }

  read(bytes: Buffer, start: number, end: number): string | null {
    this.#fields.clear(bytes);
    const { separator, mark } = this.#form;
    let from = start;
    if (mark === COLON) while (from < end && bytes[from] !== OPEN) from++;
    return this.readPairs(bytes, mark === COLON ? from + 1 : from, end, separator)
      ? null
      : 'no pairs of keys and values';
  }

  /** True where there is a pair. */
  readPairs(bytes: Buffer, start: number, end: number, separator: number): boolean {
    const names = this.#names;
    const fields = this.#fields;
    let hasPair = false;
    /** The whole pair is, as a cell of CSV. */
    let isQuoted = false;
    const { mark } = this.#form;
    let hash = HASH_START;
    let at = start;
    while (at < end) {
      const byte = bytes[at] ?? 0;
      at++;
      if (byte !== mark) {
        // Letters of keys are behind all of these.
        if (byte > EQUALS && byte !== separator) hash = hashByte(hash, byte);
        else if (byte === separator || byte === SPACE || byte === TAB || byte === QUOTE) {
          hash = HASH_START;
          isQuoted = byte === QUOTE;
        } else hash = hashByte(hash, byte);
        continue;
      }
      hasPair = true;
      const field = names.place(hash, fields);
      hash = HASH_START;
      const from = at;
      if (isQuoted) {
        while (at < end && !(bytes[at] === QUOTE && (at + 1 === end || bytes[at + 1] === separator))) at++;
        if (field >= 0) setUnquoted(fields, field, from, at);
        isQuoted = false;
        continue;
      }
      if (bytes[at] === QUOTE && at < end) {
        for (at++; at < end; at++) {
          const value = bytes[at];
          if (value === QUOTE) break;
          if (value === BACKSLASH) at++;
        }
        at = Math.min(at + 1, end);
      } else {
        let value = bytes[at] ?? 0;
        while (at < end && value !== separator && value !== TAB) value = bytes[++at] ?? 0;
      }
      if (field >= 0) setTrimmed(fields, field, from, at);
    }
    return hasPair;
  }
}

/** "CEF:0|vendor|product|version|class|name|severity|key=value …" and "LEEF:2.0|vendor|product|version|event|delimiter|…". */
export class HeaderLine implements FieldLine {
  readonly #names: FieldNames;
  readonly #fields: Fields;
  readonly #pairs: PairLine;
  readonly #headers: readonly [eventClass: number, name: number];

  constructor(names: FieldNames, fields: Fields) {
    this.#names = names;
    this.#fields = fields;
    this.#pairs = new PairLine(names, fields);
    this.#headers = [names.find('header.class'), names.find('header.name')];
  }

  read(bytes: Buffer, start: number, end: number): string | null {
    const fields = this.#fields;
    fields.clear(bytes);
    const from = headerAt(bytes, start, end);
    if (from < 0) return 'neither CEF nor LEEF';
    const isLeef = bytes[from] === 0x4c;
    const wanted = isLeef ? HEADER_FIELDS - 1 : HEADER_FIELDS;
    const places: number[] = [from];
    let at = from;
    for (; at < end && places.length <= wanted + (isLeef ? 0 : 1); at++) {
      if (bytes[at] === BACKSLASH) at++;
      else if (bytes[at] === PIPE) places.push(at + 1);
    }
    if (places.length <= wanted) return 'a header that is cut';
    for (const [i, field] of this.#headers.entries()) {
      const [first, behind] = [places[4 + i], places[5 + i]];
      if (field >= 0 && first !== undefined && behind !== undefined && !(isLeef && i === 1))
        setTrimmed(fields, field, first, behind - 1);
    }
    const body = places.at(-1) ?? end;
    if (!isLeef) this.#readExtension(bytes, body, end);
    else {
      // Some products write version 2 without its delimiter.
      const behind = bytes[from + 5] === 0x32 ? delimiterEnd(bytes, body, end) : -1;
      const delimiter =
        behind >= 0
          ? parseDelimiter(bytes, body, behind)
          : hasByte(bytes, body, end, TAB) || !hasByte(bytes, body, end, PIPE)
            ? TAB
            : PIPE;
      this.#pairs.readPairs(bytes, behind >= 0 ? behind + 1 : body, end, delimiter);
    }
    return null;
  }

  /** A value goes on to the space in front of the next key. */
  #readExtension(bytes: Buffer, start: number, end: number): void {
    let field = -1;
    let from = start;
    let space = start - 1;
    for (let at = start; at < end; at++) {
      const byte = bytes[at];
      if (byte === BACKSLASH) at++;
      else if (byte === SPACE) space = at;
      else if (byte === EQUALS && space >= from - 1) {
        if (field >= 0 && space > from) setTrimmed(this.#fields, field, from, space);
        let hash = HASH_START;
        for (let i = space + 1; i < at; i++) hash = hashByte(hash, bytes[i] ?? 0);
        field = this.#names.place(hash, this.#fields);
        from = at + 1;
      }
    }
    if (field >= 0 && end > from) setTrimmed(this.#fields, field, from, end);
  }
}

function hasByte(bytes: Buffer, start: number, end: number, byte: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === byte) return true;
  return false;
}

function headerAt(bytes: Buffer, start: number, end: number): number {
  const last = Math.min(end - 5, start + MAX_PREFIX);
  for (let at = start; at <= last; at++) {
    const isCef =
      bytes[at] === 0x43 && bytes[at + 1] === 0x45 && bytes[at + 2] === 0x46 && bytes[at + 3] === 0x3a;
    if (isCef) return at;
    const isLeef =
      bytes[at] === 0x4c && bytes[at + 1] === 0x45 && bytes[at + 2] === 0x45 && bytes[at + 3] === 0x46;
    if (isLeef && bytes[at + 4] === 0x3a) return at;
  }
  return -1;
}

/** The "|" behind a delimiter, which is at most "0x09"; -1 where there is none. */
function delimiterEnd(bytes: Buffer, start: number, end: number): number {
  for (let at = start; at < Math.min(end, start + 5); at++) if (bytes[at] === PIPE) return at;
  return -1;
}

/** One character, or its number as "x09" or "0x09". */
function parseDelimiter(bytes: Buffer, start: number, end: number): number {
  const text = bytes.toString('latin1', start, Math.min(end, start + 8));
  const number = /^0?x([0-9a-f]{1,2})$/i.exec(text)?.[1];
  if (number !== undefined) return Number.parseInt(number, 16);
  return text === '' ? TAB : text.charCodeAt(0);
}

/** Finds the separator of the columns of a header; null for a line with fewer than `atLeast` columns. */
export function parseSeparator(line: string, atLeast: number): string | null {
  return [',', '\t', '|', ';', ' '].find((one) => line.split(one).length >= atLeast) ?? null;
}

/** Names in a header, without quotes; "#Fields:" of W3C is no name. */
export const namesIn = (header: string, separator: string): string[] =>
  header
    .replace(/^#fields:\s*/i, '')
    .split(separator)
    .map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
