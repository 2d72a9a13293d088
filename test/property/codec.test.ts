// Windows survive their wire form, and damage to it is found, named and stepped over.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import type { UsageWindow } from '../../src/model/usage.ts';
import { decodeWindows, encodeWindow, encodeWindows } from '../../src/window/codec.ts';
import { type Field, type Schema, WINDOW_SCHEMA } from '../../src/window/wire-schema.ts';
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

describe('usage.proto', () => {
  const root = protobuf.parse(readFileSync('src/window/usage.proto', 'utf8'), { keepCase: true }).root;

  it('says what the tables of the codec say', () => {
    const described = describeMessage(root.lookupType('wiretally.UsageWindow'));
    const { strings: _, crc32: __, ...rest } = described;
    expect(rest).toEqual(describeSchema(WINDOW_SCHEMA));
  });

  it('is how the bytes can be read by any protobuf reader', () => {
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

type Described = { [name: string]: string | Described };

/** Field names as the tables have them, with number, wire form and nested messages. */
function describeMessage(type: protobuf.Type): Described {
  const described: Described = {};
  for (const field of type.fieldsArray) {
    field.resolve();
    const name = camelCase(field.name);
    described[name] =
      `${field.id} ${field.repeated ? 'repeated ' : ''}${field.resolvedType ? 'message' : field.type}`;
    if (field.resolvedType instanceof protobuf.Type)
      described[`${name}{}`] = describeMessage(field.resolvedType);
  }
  return described;
}

function camelCase(name: string): string {
  const bare = name.replace(/_ref$/, '').replace(/_refs$/, 's');
  const camel = bare.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  return { addresss: 'addresses', alpns: 'alpn' }[camel] ?? camel;
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
  message: 'message',
  messages: 'repeated message',
  counts: 'repeated message',
};

function describeSchema(schema: Schema): Described {
  const described: Described = {};
  for (const field of schema) {
    const fingerprint = ['revision', 'lengthSeconds'].includes(field.name) ? 'uint32' : WIRE_FORM[field.kind];
    described[field.name] = `${field.number} ${fingerprint}`;
    if (field.schema !== undefined) described[`${field.name}{}`] = describeSchema(field.schema);
  }
  return described;
}
