// One JSON object of a line: finds the wanted fields in a single pass over its bytes, at any depth.

import { type FieldNames, type Fields, HASH_START, hashByte, WRITTEN } from './fields.ts';

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];
/** Documents of sensors have at most six levels; deeper ones exhaust the stack of a careless reader. */
const MAX_DEPTH = 32;

export type JsonFault = 'no JSON object' | 'cut' | 'nested too deeply';

export class JsonLine {
  readonly #names: FieldNames;
  readonly #fields: Fields;
  #bytes: Buffer = Buffer.alloc(0);
  #end = 0;
  #fault: JsonFault | null = null;
  readonly #keys = new KeyOrder();

  constructor(names: FieldNames, fields: Fields) {
    this.#names = names;
    this.#fields = fields;
  }

  /** Null when bytes[start, end) is one object; the fields then hold it. */
  read(bytes: Buffer, start: number, end: number): JsonFault | null {
    this.#fields.clear(bytes);
    this.#bytes = bytes;
    this.#end = end;
    this.#fault = null;
    this.#keys.begin();
    const at = this.#space(start);
    if (bytes[at] !== OPEN || at >= end) return 'no JSON object';
    const behind = this.#object(at + 1, HASH_START, 1);
    if (behind < 0) return this.#fault ?? 'cut';
    return this.#space(behind) === end ? null : 'no JSON object';
  }

  #space(from: number): number {
    let at = from;
    while (at < this.#end && (this.#bytes[at] ?? 0) <= 0x20) at++;
    return at;
  }

  #fail(fault: JsonFault): -1 {
    this.#fault ??= fault;
    return -1;
  }

  /** Behind the "{"; `path`: hash of the keys above, with a "." behind each. Returns the place behind the "}". */
  #object(from: number, path: number, depth: number): number {
    if (depth > MAX_DEPTH) return this.#fail('nested too deeply');
    const bytes = this.#bytes;
    let at = this.#space(from);
    if (bytes[at] === CLOSE && at < this.#end) return at + 1;
    for (;;) {
      if (at >= this.#end) return this.#fail('cut');
      if (bytes[at] !== QUOTE) return this.#fail('no JSON object');
      at++;
      let hash = 0;
      const known = this.#keys.guess(bytes, at, this.#end, path);
      if (known > 0) {
        hash = this.#keys.hash(known);
        at += this.#keys.length(known);
      } else {
        const keyAt = at;
        let isEscaped = false;
        hash = path;
        for (; at < this.#end && bytes[at] !== QUOTE; at++) {
          if (bytes[at] === BACKSLASH) {
            isEscaped = true;
            at++;
          }
          hash = hashByte(hash, bytes[at] ?? 0);
        }
        if (isEscaped) hash = hashEscaped(bytes.toString('utf8', keyAt, at), path);
        else this.#keys.learn(bytes, keyAt, at, path, hash);
      }
      at = this.#space(at + 1);
      if (at >= this.#end) return this.#fail('cut');
      if (bytes[at] !== COLON) return this.#fail('no JSON object');
      at = this.#value(this.#space(at + 1), hash, depth);
      if (at < 0) return -1;
      at = this.#space(at);
      if (at >= this.#end) return this.#fail('cut');
      if (bytes[at] === CLOSE) return at + 1;
      if (bytes[at] !== COMMA) return this.#fail('no JSON object');
      at = this.#space(at + 1);
    }
  }

  #value(from: number, hash: number, depth: number): number {
    const bytes = this.#bytes;
    const first = bytes[from];
    if (from >= this.#end) return this.#fail('cut');
    if (first === QUOTE) {
      let isEscaped = false;
      let at = from + 1;
      for (; at < this.#end && bytes[at] !== QUOTE; at++) {
        if (bytes[at] !== BACKSLASH) continue;
        isEscaped = true;
        at++;
      }
      if (at >= this.#end) return this.#fail('cut');
      this.#found(hash, from + 1, at, isEscaped ? WRITTEN.escaped : WRITTEN.plain);
      return at + 1;
    }
    if (first === OPEN) {
      const path = hashByte(hash, 0x2e);
      const behind = this.#names.isPath(path)
        ? this.#object(from + 1, path, depth + 1)
        : this.#list(from, depth);
      if (behind >= 0) this.#found(hash, from, behind, WRITTEN.object);
      return behind;
    }
    if (first === OPEN_LIST) {
      const behind = this.#list(from, 0);
      if (behind >= 0) this.#found(hash, from, behind, WRITTEN.list);
      return behind;
    }
    let at = from;
    while (at < this.#end && isLiteral(bytes[at] ?? 0)) at++;
    if (at === from) return this.#fail('no JSON object');
    const isNull = at - from === 4 && first === 0x6e;
    if (!isNull) this.#found(hash, from, at, WRITTEN.plain);
    return at;
  }

  /** Lists, and objects without a wanted field, are not entered: what is wanted of them is read from their text. */
  #list(from: number, depthAbove: number): number {
    const bytes = this.#bytes;
    let depth = 0;
    for (let at = from; at < this.#end; at++) {
      const byte = bytes[at];
      if (byte === QUOTE) {
        for (at++; at < this.#end && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
      } else if (byte === OPEN_LIST || byte === OPEN) {
        if (++depth + depthAbove > MAX_DEPTH) return this.#fail('nested too deeply');
      } else if ((byte === CLOSE_LIST || byte === CLOSE) && --depth === 0) return at + 1;
    }
    return this.#fail('cut');
  }

  #found(hash: number, start: number, end: number, written: number): void {
    const fields = this.#fields;
    const field = this.#names.place(hash, fields);
    // An empty value takes no other's place.
    if (field >= 0 && (end > start || !fields.has(field))) fields.set(field, start, end, written);
  }
}

const isLiteral = (byte: number): boolean =>
  byte > 0x20 && byte !== COMMA && byte !== CLOSE && byte !== CLOSE_LIST && byte !== COLON && byte !== QUOTE;

/** Keys that are known, and the longest one. */
const [MAX_KEYS, MAX_KEY] = [512, 64];

/**
 * Keys of earlier lines, each with the two that last followed it: a program writes the keys of its objects in few orders. To
 * compare a key with the one that is expected takes a third of the time that its hash takes.
 */
class KeyOrder {
  #count = 0;
  /** Number of the last key of this line; 0: none, or one that is not known. */
  #last = 0;
  readonly #byHash = new Map<number, number>();
  readonly #bytes = new Uint8Array((MAX_KEYS + 1) * MAX_KEY);
  readonly #lengths = new Int32Array(MAX_KEYS + 1);
  readonly #paths = new Int32Array(MAX_KEYS + 1);
  readonly #hashes = new Int32Array(MAX_KEYS + 1);
  readonly #next = new Int32Array(MAX_KEYS + 1);
  readonly #other = new Int32Array(MAX_KEYS + 1);

  /** Begins a line. */
  begin(): void {
    this.#last = 0;
  }

  /** Number of the key that begins at `at`, below `path`; 0 for one that was not expected. */
  guess(bytes: Buffer, at: number, end: number, path: number): number {
    const next = this.#next[this.#last] ?? 0;
    if (this.#is(next, bytes, at, end, path)) {
      this.#last = next;
      return next;
    }
    const other = this.#other[this.#last] ?? 0;
    if (!this.#is(other, bytes, at, end, path)) return 0;
    this.#last = other;
    return other;
  }

  #is(key: number, bytes: Buffer, at: number, end: number, path: number): boolean {
    const length = this.#lengths[key] ?? 0;
    if (key === 0 || this.#paths[key] !== path || at + length >= end || bytes[at + length] !== QUOTE)
      return false;
    const known = this.#bytes;
    const from = key * MAX_KEY;
    for (let i = 0; i < length; i++) if (known[from + i] !== bytes[at + i]) return false;
    return true;
  }

  length(key: number): number {
    return this.#lengths[key] ?? 0;
  }

  /** Returns the hash of the key behind its path. */
  hash(key: number): number {
    return this.#hashes[key] ?? 0;
  }

  /** A key without escapes, in bytes[start, end). */
  learn(bytes: Buffer, start: number, end: number, path: number, hash: number): void {
    const before = this.#last;
    let key = this.#byHash.get(hash) ?? 0;
    this.#last = 0;
    if (end - start > MAX_KEY || (key === 0 && this.#count === MAX_KEYS)) return;
    if (key === 0) {
      key = ++this.#count;
      this.#byHash.set(hash, key);
    }
    // One key may be written in two ways; the last one is expected.
    this.#bytes.set(bytes.subarray(start, end), key * MAX_KEY);
    this.#lengths[key] = end - start;
    this.#paths[key] = path;
    this.#hashes[key] = hash;
    this.#last = key;
    this.#other[before] = this.#next[before] ?? 0;
    this.#next[before] = key;
  }
}

/** A key with escapes, which stands for the same key without them; any other hash for none that JSON allows. */
function hashEscaped(key: string, path: number): number {
  try {
    const text: unknown = JSON.parse(`"${key}"`);
    return Buffer.from(String(text)).reduce((hash, byte) => hashByte(hash, byte), path);
  } catch {
    return path;
  }
}
