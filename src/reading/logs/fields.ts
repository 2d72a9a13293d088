// Finds the fields of one line in place: start and end of each wanted value. A line without a match allocates nothing.

import type { TimestampUs } from '../../time/units.ts';
import { hasColon, isAddress } from './host-in.ts';
import { decodeText, MAX_TEXT_BYTES, parseCount, parseTime } from './values.ts';

interface KnownName {
  readonly field: number;
  /** Position of the name among the names of the field. */
  readonly rank: number;
}

/** Notations of a value. */
export const WRITTEN = { absent: 0, plain: 1, escaped: 2, list: 3, object: 4 } as const;

/**
 * Wanted fields by number. A field has several names, because sensors can rename their columns. Names are compared
 * without case, and with ".", "$", "/", "-" and a space as "_", so that "id.orig_h", "id_orig_h" and {"id": {"orig_h"}}
 * are one field.
 */
export class FieldNames {
  readonly count: number;
  /** Normalized names by field. */
  readonly plain: readonly (readonly string[])[];
  readonly isRanked: boolean;
  readonly #known = new Map<string, KnownName>();

  /**
   * `names`: names of each field by its number, preferred ones first. `isRanked`: of several values in a line, that of
   * the preferred name counts; else the last one.
   */
  constructor(names: readonly (readonly string[])[], isRanked = false) {
    this.count = names.length;
    this.isRanked = isRanked;
    this.plain = names.map((list) => list.map(plainName));
    for (const [field, list] of this.plain.entries())
      for (const [rank, name] of list.entries())
        if (!this.#known.has(name)) this.#known.set(name, { field, rank });
  }

  /** Number of the field with this name; -1 for others. */
  find(name: string): number {
    return this.#known.get(plainName(name))?.field ?? -1;
  }

  /** Returns the fields of columns in order; -1 for others, and if another column has a preferred name of the field. */
  inColumns(names: readonly string[]): Int16Array<ArrayBuffer> {
    const entries = names.map((name) => this.#known.get(plainName(name)));
    const best = new Map<number, number>();
    for (const { field, rank } of entries.filter((name) => name !== undefined))
      best.set(field, Math.min(best.get(field) ?? rank, rank));
    return Int16Array.from(entries, (name) =>
      name !== undefined && best.get(name.field) === name.rank ? name.field : -1,
    );
  }
}

/** Returns the number of each field by its key in `names`, and the names for a reader. */
export function numberFields<Key extends string>(
  names: Readonly<Record<Key, readonly string[]>>,
): { readonly numbers: Readonly<Record<Key, number>>; readonly fields: FieldNames } {
  const keys = Object.keys(names) as Key[];
  return {
    numbers: Object.fromEntries(keys.map((key, i) => [key, i])) as Record<Key, number>,
    fields: new FieldNames(keys.map((key) => names[key])),
  };
}

/** Exports of logs write these for a name that a row does not have. The core has the same list (states_name). */
const NO_NAMES = ['', '-', '(empty)'] as const;

const HASH_START = 0x811c9dc5 | 0;
const FNV_PRIME = 0x01000193;

function plainName(name: string): string {
  return name.toLowerCase().replace(/[.$/ -]/g, '_');
}

/** "\\u0041" is one character, so an escaped text is longer. */
const MAX_ESCAPED_BYTES = 6 * MAX_TEXT_BYTES;

/** Field, encoding, and length of a value. */
const PACKED_HEAD = 6;
const SCRATCH = Buffer.alloc(4096);

/** Positions of the values of several lines, line after line. */
export class FieldPlaces {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly written: Uint8Array;

  constructor(count: number) {
    this.starts = new Int32Array(count);
    this.ends = new Int32Array(count);
    this.written = new Uint8Array(count);
  }
}

/** Values of one line. The object is reused for all lines. */
export class Fields {
  readonly #count: number;
  readonly #own: FieldPlaces;
  #places: FieldPlaces;
  /** Position of the first field. */
  #first = 0;
  bytes: Buffer = Buffer.alloc(0);
  /** Counts lines, so that a reader can check if its derived values belong to this one. */
  line = 0;

  constructor(count: number) {
    this.#count = count;
    this.#own = new FieldPlaces(count);
    this.#places = this.#own;
  }

  clear(bytes: Buffer): void {
    this.show(bytes, this.#own, 0);
    this.#own.written.fill(0);
  }

  /** Selects the values of one of several lines. */
  show(bytes: Buffer, places: FieldPlaces, line: number): void {
    this.bytes = bytes;
    this.line++;
    this.#places = places;
    this.#first = line * this.#count;
  }

  set(field: number, start: number, end: number, written: number): void {
    const at = this.#first + field;
    this.#places.starts[at] = start;
    this.#places.ends[at] = end;
    this.#places.written[at] = written;
  }

  written(field: number): number {
    return this.#places.written[this.#first + field] ?? WRITTEN.absent;
  }

  has(field: number): boolean {
    return this.written(field) !== WRITTEN.absent;
  }

  start(field: number): number {
    return this.#places.starts[this.#first + field] ?? 0;
  }

  end(field: number): number {
    return this.#places.ends[this.#first + field] ?? 0;
  }

  /** True if the value equals these ASCII bytes. */
  is(field: number, text: string): boolean {
    if (!this.has(field) || this.end(field) - this.start(field) !== text.length) return false;
    const start = this.start(field);
    for (let i = 0; i < text.length; i++) if (this.bytes[start + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  /** False for an address, which is no server name (RFC 6066 §3): it may stand for any name. */
  hasName(field: number): boolean {
    if (!this.has(field) || NO_NAMES.some((text) => this.is(field, text))) return false;
    const [start, end] = [this.start(field), this.end(field)];
    return !isAddress(this.bytes, start, end) && !hasColon(this.bytes, start, end);
  }

  /** Returns the FNV-1a hash of the bytes of a value; 0 for an absent one. */
  hash(field: number): number {
    if (!this.has(field)) return 0;
    const end = this.end(field);
    let hash = HASH_START;
    for (let at = this.start(field); at < end; at++)
      hash = Math.imul(hash ^ (this.bytes[at] ?? 0), FNV_PRIME);
    return hash;
  }

  /** Returns NaN for an absent or unreadable value. */
  time(field: number): TimestampUs {
    return this.has(field) ? parseTime(this.bytes, this.start(field), this.end(field)) : Number.NaN;
  }

  /** Returns null for an absent or unreadable value. */
  count(field: number): number | null {
    const value = this.has(field) ? parseCount(this.bytes, this.start(field), this.end(field)) : Number.NaN;
    return Number.isNaN(value) ? null : value;
  }

  /** Returns the text of a JSON value; null for an absent one. */
  text(field: number): string | null {
    const written = this.written(field);
    if (written === WRITTEN.absent) return null;
    if (written === WRITTEN.escaped) {
      if (this.end(field) - this.start(field) > MAX_ESCAPED_BYTES) return null;
      try {
        const raw = this.bytes.toString('utf8', this.start(field), this.end(field));
        const text: unknown = JSON.parse(`"${raw}"`);
        return typeof text === 'string' ? text : null;
      } catch {
        return null;
      }
    }
    return decodeText(this.bytes, this.start(field), this.end(field));
  }

  /** Returns all values as one text, from which `unpack` restores them. */
  pack(): string {
    let size = 0;
    const count = this.#count;
    for (let field = 0; field < count; field++)
      if (this.has(field)) size += PACKED_HEAD + this.end(field) - this.start(field);
    const packed = size > SCRATCH.length ? Buffer.alloc(size) : SCRATCH;
    let at = 0;
    for (let field = 0; field < count; field++) {
      if (!this.has(field)) continue;
      const [start, end] = [this.start(field), this.end(field)];
      packed[at] = field;
      packed[at + 1] = this.written(field);
      packed.writeUInt32LE(end - start, at + 2);
      this.bytes.copy(packed, at + PACKED_HEAD, start, end);
      at += PACKED_HEAD + end - start;
    }
    return packed.toString('latin1', 0, at);
  }

  unpack(packed: string): void {
    const bytes = Buffer.from(packed, 'latin1');
    this.clear(bytes);
    for (let at = 0; at < bytes.length; ) {
      const start = at + PACKED_HEAD;
      const end = start + bytes.readUInt32LE(at + 2);
      this.set(bytes[at] ?? 0, start, end, bytes[at + 1] ?? 0);
      at = end;
    }
  }

  /** Returns a JSON list or object; null for an absent or damaged one. */
  json(field: number): unknown {
    const text = this.has(field) ? this.bytes.toString('utf8', this.start(field), this.end(field)) : null;
    if (text === null) return null;
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  }

  /** Returns the texts of a JSON list, or of a single value. */
  texts(field: number): string[] {
    const written = this.written(field);
    if (written === WRITTEN.absent || written === WRITTEN.object) return [];
    if (written !== WRITTEN.list) return [this.text(field) ?? ''];
    const list = this.json(field);
    return Array.isArray(list) ? list.filter((item): item is string => typeof item === 'string') : [];
  }
}
