// Fields of lines of JSON, compared with those that JSON.parse finds, for any content and any damage.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FieldNames, Fields, numberFields } from '../../../../src/reading/logs/fields.ts';
import { JsonLine } from '../../../../src/reading/logs/split-line.ts';

const { numbers, fields: NAMES } = numberFields({
  name: ['tls.sni', 'server_name'],
  address: ['src_ip'],
  deep: ['a.b.c'],
});
const FIELDS = Object.values(numbers);
const PLAIN = NAMES.plain.flatMap((names, field) => names.map((name) => ({ name, field })));

const fields = new Fields(NAMES.count);
const json = new JsonLine(NAMES, fields);

const plainKey = (key: string): string =>
  key.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replace(/[.$/ -]/g, '_');

/** The last value of each field that is not empty; an empty one where there is no other. */
function fieldsOf(value: object, path: string, found: Map<number, unknown>): Map<number, unknown> {
  for (const [key, inner] of Object.entries(value)) {
    const name = path + plainKey(key);
    const isObject = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
    if (isObject && PLAIN.some((known) => known.name.startsWith(`${name}_`)))
      fieldsOf(inner, `${name}_`, found);
    const field = PLAIN.find((known) => known.name === name)?.field;
    if (field !== undefined && inner !== null && (inner !== '' || !found.has(field))) found.set(field, inner);
  }
  return found;
}

function readFields(bytes: Buffer): { readonly fault: string | null; readonly found: Map<number, unknown> } {
  const fault = json.read(bytes, 0, bytes.length);
  const found = new Map<number, unknown>();
  for (const field of FIELDS) {
    if (!fields.has(field)) continue;
    const text = bytes.toString('utf8', fields.start(field), fields.end(field));
    const isText = bytes[fields.start(field) - 1] === 0x22;
    found.set(field, JSON.parse(isText ? `"${text}"` : text));
  }
  return { fault, found };
}

/** Keys of objects that JSON.parse replaces by a later one, which the reader may not. */
function hasTwice(line: string, whole: unknown): boolean {
  let keys = 0;
  const count = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if (!Array.isArray(value)) keys += Object.keys(value).length;
    for (const inner of Object.values(value)) count(inner);
  };
  count(whole);
  return line.replace(/"(?:[^"\\]|\\.)*"/g, '').split(':').length - 1 !== keys;
}

const keys = fc.oneof(
  fc.constantFrom(
    'tls',
    'sni',
    'TLS',
    'server_name',
    'tls.sni',
    'src_ip',
    'src-ip',
    'Src IP',
    'a',
    'b',
    'c',
    'b/c',
  ),
  fc.string({ unit: 'binary', maxLength: 8 }).filter((key) => !/^(?:\d+|__proto__)$/.test(key)),
);
const { value: values } = fc.letrec<{ value: unknown; object: object }>((tie) => ({
  object: fc.dictionary(keys, tie('value'), { maxKeys: 5 }),
  value: fc.oneof(
    { depthSize: 'medium' },
    fc.string({ unit: 'binary', maxLength: 24 }),
    fc.constantFrom('', null, true, 0, 1.5, '"', '\\', '}', 'a'.repeat(40)),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
}));

/** Some letters of strings as escapes, and space between values. */
const write = (value: unknown, isEscaped: boolean, indent: number): string => {
  const text = JSON.stringify(value, null, indent);
  return isEscaped
    ? text.replace(/(?<=[a-z])[a-z](?=[a-z]*")/g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`)
    : text;
};

it('finds what JSON.parse finds', () => {
  fc.assert(
    fc.property(
      fc.dictionary(keys, values, { maxKeys: 6 }),
      fc.boolean(),
      fc.nat(2),
      (value, isEscaped, indent) => {
        // true, null and false hold no letters to escape.
        const line = write(value, isEscaped && !/true|false|null/.test(JSON.stringify(value)), indent);
        expect(readFields(Buffer.from(line))).toEqual({
          fault: null,
          found: fieldsOf(JSON.parse(line), '', new Map()),
        });
      },
    ),
    { numRuns: 2000 },
  );
});

it('reads a damaged line as JSON.parse does, or finds no place beyond it', () => {
  let whole = 0;
  const damages = fc.array(
    fc.record({
      at: fc.nat(),
      gone: fc.nat(3),
      byte: fc.constantFrom(0x22, 0x5c, 0x7b, 0x7d, 0x2c, 0, 0xc3, 0x61),
    }),
    { minLength: 1, maxLength: 3 },
  );
  fc.assert(
    fc.property(fc.dictionary(keys, values, { maxKeys: 4 }), damages, (value, places) => {
      let bytes = Buffer.from(JSON.stringify(value));
      for (const { at, gone, byte } of places) {
        const place = at % (bytes.length + 1);
        bytes = Buffer.concat([bytes.subarray(0, place), Buffer.of(byte), bytes.subarray(place + gone)]);
      }
      const line = bytes.toString('utf8');
      let parsed: unknown;
      try {
        parsed = JSON.parse(line);
      } catch {
        json.read(bytes, 0, bytes.length);
        for (const field of FIELDS.filter((one) => fields.has(one))) {
          expect(fields.start(field)).toBeLessThanOrEqual(fields.end(field));
          expect(fields.end(field)).toBeLessThanOrEqual(bytes.length);
        }
        return;
      }
      if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return;
      if (hasTwice(line, parsed)) return;
      whole++;
      expect(readFields(bytes)).toEqual({ fault: null, found: fieldsOf(parsed, '', new Map()) });
    }),
    { numRuns: 3000 },
  );
  expect(whole).toBeGreaterThan(50);
});

it('skips to the end of a line of 10 MB in one pass', () => {
  const line = Buffer.from(`{"x":"${'\\"'.repeat(5 << 20)}","src_ip":"b"}`);
  expect(json.read(line, 0, line.length)).toBe(null);
  expect(fields.text(numbers.address)).toBe('b');
  expect(json.read(line, 0, line.length - 1)).toBe('cut');
});

it('the preferred of several names counts where it has a text', () => {
  const ranked = new FieldNames([['first', 'second']], true);
  const one = new Fields(ranked.count);
  const line = new JsonLine(ranked, one);
  const textOf = (row: object): string | null => {
    const bytes = Buffer.from(JSON.stringify(row));
    expect(line.read(bytes, 0, bytes.length)).toBeNull();
    return one.text(0);
  };
  for (const nothing of ['', '-', null]) {
    expect(textOf({ first: nothing, second: 'b' })).toBe('b');
    expect(textOf({ second: 'b', first: nothing })).toBe('b');
  }
  expect(textOf({ second: 'b', first: 'a' })).toBe('a');
  expect(textOf({ first: '-' })).toBeNull();
});
