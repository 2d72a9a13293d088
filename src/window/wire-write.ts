// Encodes protobuf messages by the declaration of src/model/usage.ts.

import protobuf from 'protobufjs/minimal.js';
import { MAX_TEXT_LENGTH } from '../model/ceilings.ts';
import { CHECKSUM_FIELD, type Field, type Schema, STRINGS_FIELD } from '../model/field.ts';
import { type UsageWindow, WINDOW_SCHEMA } from '../model/usage.ts';
import { US } from '../time/units.ts';
import { crc32 } from './crc32.ts';
import { isList } from './is-list.ts';

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

type Values = Readonly<Record<string, unknown>>;

/** Encodes one window as a protobuf message, without its length. */
export function writeWindow(window: UsageWindow): Uint8Array {
  const writer = new WindowWriter(window.startSeconds * US);
  return writer.write(window as unknown as Values);
}

class WindowWriter {
  readonly #startUs: number;
  readonly #texts = new Map<string, number>();
  readonly #out = protobuf.Writer.create();

  constructor(startUs: number) {
    this.#startUs = startUs;
  }

  write(window: Values): Uint8Array {
    this.#message(WINDOW_SCHEMA, window);
    const body = this.#out.finish();
    // All texts are known only now, so they are encoded last and placed first.
    const texts = protobuf.Writer.create();
    for (const text of this.#texts.keys()) texts.uint32(tag(STRINGS_FIELD, LENGTH_DELIMITED)).string(text);
    const head = texts.finish();
    const content = new Uint8Array(head.length + body.length);
    content.set(head);
    content.set(body, head.length);
    const checksum = protobuf.Writer.create()
      .uint32(tag(CHECKSUM_FIELD, FIXED_32))
      .fixed32(crc32(content))
      .finish();
    const whole = new Uint8Array(content.length + checksum.length);
    whole.set(content);
    whole.set(checksum, content.length);
    return whole;
  }

  #message(schema: Schema, values: Values): void {
    for (const field of sortFields(schema)) this.#field(field, values[field.name]);
  }

  #field(field: Field, value: unknown): void {
    if (value === null || value === undefined) return;
    if (isList(value)) this.#list(field, Array.isArray(value) ? value : [...value]);
    else if (typeof value === 'number') this.#number(field, value);
    else if (typeof value === 'string') this.#text(field, value);
    else if (typeof value === 'boolean') {
      if (value) this.#out.uint32(tag(field.number, VARINT)).bool(true);
    } else if (field.kind === 'counts') {
      for (const [name, count] of Object.entries(value)) this.#nested(field, { name, count });
    } else this.#nested(field, value as Values);
  }

  #nested(field: Field, values: Values): void {
    this.#out.uint32(tag(field.number, LENGTH_DELIMITED)).fork();
    this.#message(field.schema ?? [], values);
    this.#out.ldelim();
  }

  /** Cuts lists to the limits that readers enforce, so that every written window is readable. */
  #list(field: Field, whole: readonly unknown[]): void {
    if (whole.length === 0) return;
    const { most = whole.length } = field;
    const list = whole.length > most ? whole.slice(0, most) : whole;
    if (field.kind === 'messages') {
      for (const item of list) this.#nested(field, item as Values);
      return;
    }
    this.#out.uint32(tag(field.number, LENGTH_DELIMITED)).fork();
    for (const item of list) {
      if (field.kind === 'texts') this.#out.uint32(this.#reference(String(item)));
      else if (field.kind === 'times') this.#out.sint64(Number(item) - this.#startUs);
      else this.#out.uint64(Number(item));
    }
    this.#out.ldelim();
  }

  #number(field: Field, value: number): void {
    const stored = field.kind === 'time' ? value - this.#startUs : value;
    if (stored === 0) return;
    this.#out.uint32(tag(field.number, VARINT));
    if (field.kind === 'number') this.#out.uint64(stored);
    else this.#out.sint64(stored);
  }

  #text(field: Field, value: string): void {
    if (value === '' && field.kind === 'text') return;
    this.#out.uint32(tag(field.number, VARINT)).uint32(this.#reference(value));
  }

  #reference(whole: string): number {
    const text = whole.length > MAX_TEXT_LENGTH ? `${whole.slice(0, MAX_TEXT_LENGTH - 1)}…` : whole;
    const existing = this.#texts.get(text);
    if (existing !== undefined) return existing;
    const reference = this.#texts.size + 1;
    this.#texts.set(text, reference);
    return reference;
  }
}

const IN_ORDER = new WeakMap<Schema, readonly Field[]>();

/** Sorts fields by their number. */
function sortFields(schema: Schema): readonly Field[] {
  const sorted = IN_ORDER.get(schema) ?? schema.toSorted((a, b) => a.number - b.number);
  IN_ORDER.set(schema, sorted);
  return sorted;
}

function tag(number: number, wireType: number): number {
  return (number << 3) | wireType;
}
