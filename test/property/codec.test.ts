// Windows survive their wire form, and damage to it is found, named and stepped over.

import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { CHECKSUM_FIELD, type Field, type Schema, STRINGS_FIELD } from '../../src/model/field.ts';
import { type UsageWindow, WINDOW_SCHEMA } from '../../src/model/usage.ts';
import { decodeWindows, encodeWindow, encodeWindows } from '../../src/window/codec.ts';
import { anyWindow, anyWindows } from './arbitrary-windows.ts';

describe('the codec', () => {
  it('decodes what it encoded', () => {
    fc.assert(
      fc.property(anyWindows, (windows) => {
        expect(decodeWindows(encodeWindows(windows))).toEqual({ windows, damage: [] });
      }),
    );
  });

  it('reads the whole windows before a cut and names the offset of the rest', () => {
    fc.assert(
      fc.property(anyWindows, fc.nat(), (windows, at) => {
        const ends = endsOf(windows);
        const bytes = encodeWindows(windows);
        const cut = at % (bytes.length + 1);
        const decoded = decodeWindows(bytes.subarray(0, cut));
        const whole = ends.filter((end) => end <= cut);
        expect(decoded.windows).toEqual(windows.slice(0, whole.length));
        const begin = whole.at(-1) ?? 0;
        const expected = begin === cut ? [] : [{ offset: begin, length: cut - begin }];
        expect(decoded.damage.map(({ offset, length }) => ({ offset, length }))).toEqual(expected);
      }),
    );
  });

  it('loses the one window that a flipped byte hits, and no other', () => {
    const some = fc.tuple(anyWindow, anyWindow, anyWindow);
    fc.assert(
      fc.property(some, fc.nat(), fc.integer({ min: 1, max: 255 }), (windows, at, mask) => {
        const bytes = encodeWindows(windows);
        const position = at % bytes.length;
        bytes[position] = (bytes[position] ?? 0) ^ mask;
        const hit = endsOf(windows).findIndex((end) => position < end);
        const decoded = decodeWindows(bytes);
        expect(decoded.windows).toEqual(windows.filter((_, i) => i !== hit));
        expect(decoded.damage.length).toBeGreaterThan(0);
        expect(decoded.damage[0]?.offset).toBe(hit === 0 ? 0 : endsOf(windows)[hit - 1]);
      }),
    );
  });

  it('loses no window behind a byte that belongs to none', () => {
    fc.assert(
      fc.property(anyWindow, anyWindow, (first, second) => {
        const [before, behind] = [encodeWindow(first), encodeWindow(second)];
        const decoded = decodeWindows(Uint8Array.of(...before, 0, ...behind));
        expect(decoded.windows).toEqual([first, second]);
        expect(decoded.damage).toMatchObject([{ offset: before.length, length: 1, windowsBefore: 1 }]);
      }),
    );
  });

  it('ends on any bytes, and accounts for each of them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const { windows, damage } = decodeWindows(bytes);
        expect(windows).toEqual([]);
        expect(damage.reduce((sum, part) => sum + part.length, 0)).toBe(bytes.length);
      }),
    );
  });
});

function endsOf(windows: readonly UsageWindow[]): number[] {
  let end = 0;
  return windows.map((window) => {
    end += encodeWindow(window).length;
    return end;
  });
}

describe('docs/usage.proto', () => {
  it('says what the tables of the codec say', async () => {
    await expect(protoText()).toMatchFileSnapshot('../../docs/usage.proto');
  });

  it('is how the bytes can be read by any protobuf reader', () => {
    const { root } = protobuf.parse(protoText(), { keepCase: true });
    fc.assert(
      fc.property(anyWindow, (window) => {
        const bytes = encodeWindow(window);
        const message = root.lookupType('wiretally.UsageWindow').decodeDelimited(bytes).toJSON();
        expect(Number(message.start_seconds)).toBe(window.startSeconds);
        expect((message.rows ?? []).length).toBe(window.rows.length);
      }),
      { numRuns: 20 },
    );
  });
});

const PROTO_HEAD = `// The wire form of usage windows; usage-window.md says what each field means and how it merges. Made of the tables in
// src/model/usage.ts: npx vitest run test/property/codec.test.ts -u
// A .usage file is a sequence of UsageWindow messages, each after its length as a varint.
// Fields are only ever added; a reader skips those that it does not know.
// Times (*_us) are microseconds after the start of the window.
syntax = "proto3";

package wiretally;
`;

const TEXTS = [
  '  // Texts of this window. Fields that end in _ref hold the index plus one; 0 (absent) is null, or the empty text.',
  `  repeated string strings = ${STRINGS_FIELD};`,
];
const CHECKSUM = [
  "  // CRC-32 (ISO 3309) of the message's bytes before this field.",
  `  fixed32 crc32 = ${CHECKSUM_FIELD};`,
];

function protoText(): string {
  const names = new Map<Schema, string>([[WINDOW_SCHEMA, 'UsageWindow']]);
  const messages: string[] = [];
  for (const [schema, name] of names) {
    for (const field of schema)
      if (field.schema !== undefined && !names.has(field.schema))
        names.set(field.schema, field.kind === 'counts' ? 'Count' : capital(singular(field.name)));
    const fields = schema
      .toSorted((a, b) => a.number - b.number)
      .map((field) => `  ${protoType(field, names)} ${protoName(field)} = ${field.number};`);
    const lines = schema === WINDOW_SCHEMA ? [...TEXTS, ...fields, ...CHECKSUM] : fields;
    messages.push(`message ${name} {\n${lines.join('\n')}\n}\n`);
  }
  return [PROTO_HEAD, ...messages].join('\n');
}

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
const singular = (name: string): string => name.replace(/(?<=ss)es$|s$/, '');

function protoName({ name, kind }: Field): string {
  const snake = (camel: string): string => camel.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  if (kind === 'texts') return `${snake(singular(name))}_refs`;
  return WIRE_FORM[kind] === 'uint32' ? `${snake(name)}_ref` : snake(name);
}

function protoType({ kind, schema }: Field, names: ReadonlyMap<Schema, string>): string {
  if (schema === undefined) return WIRE_FORM[kind];
  return `${kind === 'message' ? '' : 'repeated '}${names.get(schema)}`;
}

const WIRE_FORM: Record<Field['kind'], string> = {
  number: 'uint64',
  signed: 'sint64',
  time: 'sint64',
  bool: 'bool',
  text: 'uint32',
  textOrNull: 'uint32',
  word: 'uint32',
  wordOrNull: 'uint32',
  numbers: 'repeated uint64',
  times: 'repeated sint64',
  texts: 'repeated uint32',
  message: '',
  messages: '',
  counts: '',
};
