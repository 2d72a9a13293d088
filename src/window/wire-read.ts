// Decodes protobuf messages by the declaration of src/model/usage.ts; bytes are untrusted.

import protobuf from 'protobufjs/minimal.js';
import {
  MAX_DISTANCE_US,
  MAX_REPEATED,
  MAX_REVISION,
  MAX_TEXT_BYTES,
  MAX_TEXTS,
  MAX_WEIGHT,
  MESSAGE_WEIGHT,
  mostEntries,
} from '../model/ceilings.ts';
import {
  CHECKSUM_FIELD,
  emptyValue,
  emptyValues,
  type Field,
  NO_ENTRIES,
  type Schema,
  STRINGS_FIELD,
  type MessageValues as Values,
} from '../model/field.ts';
import { type UsageWindow, WINDOW_SCHEMA } from '../model/usage.ts';
import { LATEST_SECONDS, QUARTER_SECONDS, US } from '../time/units.ts';
import { crc32 } from './crc32.ts';

/** Tag and value of the checksum at the end of a message. */
export const CHECKSUM_BYTES = 5;
export const CHECKSUM_TAG = (CHECKSUM_FIELD << 3) | 5;

/** The bytes are not a window. `message` is the reason, as reports show it. */
export class WireError extends Error {}

export function hasChecksum(message: Uint8Array): boolean {
  const at = message.length - CHECKSUM_BYTES;
  if (at < 0 || message[at] !== CHECKSUM_TAG) return false;
  const stored = new DataView(message.buffer, message.byteOffset + at + 1, 4).getUint32(0, true);
  return stored === crc32(message.subarray(0, at));
}

/** True for hosts whose facts are needed. Other facts are skipped, which is much faster than decoding. */
export type WantsHost = (host: string) => boolean;

/** Decodes one message with a verified checksum. Throws WireError. */
export function readWindow(message: Uint8Array, wants: WantsHost | null = null): UsageWindow {
  const content = message.subarray(0, message.length - CHECKSUM_BYTES);
  try {
    const reader = new WindowReader(content, wants);
    return reader.window();
  } catch (error) {
    if (error instanceof WireError) throw error;
    throw new WireError('the window is not well formed', { cause: error });
  }
}

class WindowReader {
  readonly #texts: string[] = [];
  readonly #in: protobuf.Reader;
  readonly #wants: WantsHost | null;
  readonly #entries = new Set<string>();
  #repeated = 0;
  #startUs = 0;
  #weight = 0;

  constructor(content: Uint8Array, wants: WantsHost | null) {
    this.#in = protobuf.Reader.create(content);
    this.#wants = wants;
  }

  window(): UsageWindow {
    this.#refuseTooMany();
    this.#readTexts();
    const values = this.#message(WINDOW_SCHEMA, this.#in.len);
    const { startSeconds, lengthSeconds, revision } = values;
    if (typeof revision !== 'number' || revision > MAX_REVISION)
      throw new WireError('the revision of the window is out of range');
    if (typeof lengthSeconds !== 'number' || lengthSeconds < 1 || QUARTER_SECONDS % lengthSeconds !== 0) {
      throw new WireError('the length of the window does not divide 900 s');
    }
    if (typeof startSeconds !== 'number' || startSeconds % lengthSeconds !== 0) {
      throw new WireError('the start of the window is not aligned to its length');
    }
    if (startSeconds < 0 || startSeconds + lengthSeconds > LATEST_SECONDS) {
      throw new WireError('the window begins in no year of four digits');
    }
    if (values.stats === null) values.stats = this.#empty(WINDOW_SCHEMA.find((f) => f.name === 'stats'));
    // Every field was read by its kind, so the object has the shape of the tables. A test compares the tables with the type.
    return values as unknown as UsageWindow;
  }

  #empty(field: Field | undefined): Values {
    return emptyValues(field?.schema ?? []);
  }

  /** Counts the elements of a message before allocation: an empty host takes two bytes on the wire. */
  #refuseTooMany(): void {
    const reader = this.#in;
    const counts = new Map<number, number>();
    let lengthSeconds = 0;
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      const number = tag >>> 3;
      const count = (counts.get(number) ?? 0) + 1;
      counts.set(number, count);
      if (number === STRINGS_FIELD && count > MAX_TEXTS) throw tooMany('texts', MAX_TEXTS);
      if (tag === LENGTH_FIELD << 3) lengthSeconds = this.#varint();
      else reader.skipType(tag & 7);
    }
    reader.pos = 0;
    for (const { number, name, kind, most = mostEntries(lengthSeconds) } of WINDOW_SCHEMA)
      if (kind === 'messages' && (counts.get(number) ?? 0) > most) throw tooMany(name, most);
  }

  /** Adds the estimated memory of a part of the window. */
  #weigh(weight: number): void {
    this.#weight += weight;
    if (this.#weight > MAX_WEIGHT) throw new WireError('the window has too many parts');
  }

  /** Reads texts and the start in a separate pass: they usually come first, but any order is valid. */
  #readTexts(): void {
    const reader = this.#in;
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag === ((STRINGS_FIELD << 3) | 2)) this.#texts.push(this.#text());
      else if (tag === 3 << 3) this.#startUs = this.#varint() * US;
      else reader.skipType(tag & 7);
    }
    reader.pos = 0;
  }

  #text(): string {
    const reader = this.#in;
    const begin = reader.pos;
    if (reader.uint32() > MAX_TEXT_BYTES) throw new WireError('a text of the window is too long');
    reader.pos = begin;
    return reader.string();
  }

  #message(schema: Schema, end: number): Values {
    const reader = this.#in;
    this.#weigh(MESSAGE_WEIGHT);
    if (end > reader.len) throw new WireError('a part of the window is longer than the window');
    const values = emptyValues(schema);
    while (reader.pos < end) {
      const tag = reader.uint32();
      const field = findField(schema, tag >>> 3);
      if (field === undefined) reader.skipType(tag & 7);
      else this.#field(field, tag & 7, values);
    }
    if (reader.pos !== end) throw new WireError('a part of the window ends inside a field');
    this.#finishWords(schema, values);
    trimLists(schema, values);
    for (const field of schema) if (field.kind === 'time') this.#finishTime(field, values);
    return values;
  }

  #field(field: Field, wireType: number, values: Values): void {
    const isDelimited = field.kind.endsWith('s') || field.kind === 'message';
    if (wireType !== (isDelimited ? 2 : 0))
      throw new WireError(`field ${field.name} has the wrong wire type`);
    if (!isDelimited) {
      values[field.name] = this.#scalar(field);
      return;
    }
    const reader = this.#in;
    const length = reader.uint32();
    const end = reader.pos + length;
    if (field.isOptional) values[field.name] ??= emptyValue(field);
    const current = values[field.name];
    if (field.kind === 'message') values[field.name] = this.#message(field.schema ?? [], end);
    else if (field.kind === 'counts') this.#count(field, this.#message(field.schema ?? [], end), current);
    else if (field.kind === 'messages' && this.#isOfOtherHost(field, end)) reader.pos = end;
    else this.#addTo(openList(field, values), field, end);
  }

  #addTo(list: unknown[], field: Field, end: number): void {
    if (field.kind !== 'messages') {
      this.#packed(field, end, list);
      return;
    }
    requireFewer(list.length, field);
    const values = this.#message(field.schema ?? [], end);
    if (field.most === undefined && list.length >= MAX_REPEATED) this.#refuseRepeated(field, values);
    list.push(values);
  }

  /** Refuses too many repetitions, which take few bytes on the wire and gigabytes in memory. */
  #refuseRepeated({ number }: Field, { host, name, fingerprint }: Values): void {
    const form = typeof fingerprint === 'object' && fingerprint !== null ? Object.values(fingerprint) : [];
    const before = this.#entries.size;
    this.#entries.add([number, host, name, ...form].join(' '));
    if (this.#entries.size > before || ++this.#repeated <= MAX_REPEATED) return;
    throw new WireError('the window repeats a host, row or name');
  }

  /** Skips facts by their first field: this version writes the host first. With another order, facts are decoded completely. */
  #isOfOtherHost(field: Field, end: number): boolean {
    const first = field.schema?.[0];
    if (this.#wants === null || first?.name !== 'host' || end > this.#in.len) return false;
    const begin = this.#in.pos;
    const isHost = begin < end && this.#in.uint32() >>> 3 === first.number;
    const isOther = isHost && !this.#wants(this.#textAt(this.#in.uint32()));
    this.#in.pos = begin;
    return isOther;
  }

  #count(field: Field, entry: Values, counts: unknown): void {
    if (typeof counts !== 'object' || counts === null) return;
    const name = String(entry.name);
    if (!Object.hasOwn(counts, name)) requireFewer(Object.keys(counts).length, field);
    Object.defineProperty(counts, name, {
      value: entry.count,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }

  #packed(field: Field, end: number, list: unknown[]): void {
    const reader = this.#in;
    if (end > reader.len) throw new WireError(`list ${field.name} is longer than the window`);
    while (reader.pos < end) {
      requireFewer(list.length, field);
      this.#weigh(1);
      if (field.kind === 'texts') list.push(this.#textAt(reader.uint32()));
      else if (field.kind === 'times') list.push(this.#timeAt(this.#signed(), field));
      else list.push(this.#varint());
    }
    if (reader.pos !== end) throw new WireError(`list ${field.name} ends inside a number`);
  }

  #scalar(field: Field): unknown {
    switch (field.kind) {
      case 'bool':
        return this.#in.bool();
      case 'number':
        return this.#varint();
      case 'signed': // milliseconds
        return this.#milliseconds();
      case 'time':
        return this.#signed();
      default:
        return this.#textAt(this.#in.uint32());
    }
  }

  #finishTime(field: Field, values: Values): void {
    values[field.name] = this.#timeAt(Number(values[field.name]), field);
  }

  #milliseconds(): number {
    const distance = this.#signed();
    if (Math.abs(distance) * 1000 > MAX_DISTANCE_US) throw new WireError(FAR_TIME);
    return distance;
  }

  #timeAt(distanceUs: number, { farthestUs = MAX_DISTANCE_US }: Field): number {
    if (Math.abs(distanceUs) > farthestUs) throw new WireError(FAR_TIME);
    return this.#startUs + distanceUs;
  }

  #finishWords(schema: Schema, values: Values): void {
    for (const field of schema) {
      if (field.words === undefined) continue;
      const word = values[field.name];
      if (word === null || (typeof word === 'string' && field.words.includes(word))) continue;
      if (field.otherWord === undefined) {
        throw new WireError(`field ${field.name} contains a word that this version does not know`);
      }
      values[field.name] = field.otherWord;
    }
  }

  #textAt(reference: number): string {
    const text = this.#texts[reference - 1];
    if (text === undefined) throw new WireError('a text is missing from the table of texts');
    return text;
  }

  /** Reads a uint64 as a number. Values above 2^53 are invalid. */
  #varint(): number {
    const { buf } = this.#in;
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i++) {
      const byte = this.#in.pos < this.#in.len ? (buf[this.#in.pos++] ?? 0) : -1;
      if (byte < 0) throw new WireError('the window ends inside a number');
      value += (byte & 127) * scale;
      if (byte < 128) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      scale *= 128;
    }
    throw new WireError('a number is out of range');
  }

  #signed(): number {
    const zigzag = this.#varint();
    return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
  }
}

const LENGTH_FIELD = WINDOW_SCHEMA.find(({ name }) => name === 'lengthSeconds')?.number ?? 0;

const tooMany = (name: string, most: number): WireError =>
  new WireError(`field ${name} has more than ${most} entries`);

const FAR_TIME = 'a time lies days outside of the window';

/** Checks the maximum length of a list. Lists of the window itself were counted before. */
function requireFewer(count: number, { name, most = Number.POSITIVE_INFINITY }: Field): void {
  if (count >= most) throw tooMany(name, most);
}

/** Returns the list of a field, and creates it for the first entry. */
function openList(field: Field, values: Values): unknown[] {
  const current = values[field.name];
  const isShared = current === NO_ENTRIES;
  if (!Array.isArray(current)) throw new WireError(`field ${field.name} is not a list`);
  if (!isShared) return current;
  const own: unknown[] = [];
  values[field.name] = own;
  return own;
}

/** Shorter lists are copied to their exact size: the first push allocates 16 entries, most of the memory of a large window. */
const ROOM_OF_FIRST = 17;

function trimLists(schema: Schema, values: Values): void {
  for (const { name } of schema) {
    const list = values[name];
    if (Array.isArray(list) && list.length > 0 && list.length < ROOM_OF_FIRST) values[name] = list.slice();
  }
}

const FIELDS_BY_NUMBER = new WeakMap<Schema, readonly (Field | undefined)[]>();

function findField(schema: Schema, number: number): Field | undefined {
  let table = FIELDS_BY_NUMBER.get(schema);
  if (table === undefined) {
    const byNumber: (Field | undefined)[] = [];
    for (const field of schema) byNumber[field.number] = field;
    table = byNumber;
    FIELDS_BY_NUMBER.set(schema, table);
  }
  return table[number];
}
