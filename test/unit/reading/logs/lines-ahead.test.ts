// Lines that the core reads ahead have the fields that each has alone.

import { expect, it } from 'vitest';
import { Fields, numberFields } from '../../../../src/reading/logs/fields.ts';
import { CellLine, ColumnLine, JsonLine } from '../../../../src/reading/logs/split-line.ts';

const { numbers: F, fields: NAMES } = numberFields({ name: ['name'], host: ['host'] });

/** Places of the lines of a text, without their endings. */
function placesIn(bytes: Buffer): [start: number, end: number][] {
  const places: [number, number][] = [];
  for (let start = 0, at = bytes.indexOf(10); at >= 0; start = at + 1, at = bytes.indexOf(10, start))
    places.push([start, at > start && bytes[at - 1] === 13 ? at - 1 : at]);
  return places;
}

const row = (i: number): string =>
  [
    '{"name":"n%","host":"h%"}',
    '{"host":"h%"}',
    '',
    '{"name":"n%"',
    '{"name":"\\u0041"}\r',
    '{"name":"n%"} x',
  ][i % 6]?.replaceAll('%', `${i}`) ?? '';

it.each([1, 2, 3, 7])('reads every %i. line of a buffer as it reads the line alone', (step) => {
  const bytes = Buffer.from(Array.from({ length: 3000 }, (_, i) => `${row(i)}\n`).join(''));
  const [fields, alone] = [new Fields(NAMES.count), new Fields(NAMES.count)];
  const json = new JsonLine(NAMES, fields);
  for (const [start, end] of placesIn(bytes).filter((_, i) => i % step === 0)) {
    const fault = json.read(bytes, start, end);
    const line = Buffer.from(bytes.subarray(start, end));
    expect(new JsonLine(NAMES, alone).read(line, 0, line.length)).toBe(fault);
    for (const field of Object.values(F)) expect(fields.text(field)).toBe(alone.text(field));
  }
});

it('reads a line twice, a line of another buffer, and lines of two forms in turn', () => {
  const bytes = Buffer.from('{"name":"a"}\n{"name":"b"}\n{"name":"c"}\n'.repeat(9));
  const other = Buffer.from('{"name":"x"}\n{"name":"y"}\n{"name":"z"}\n'.repeat(9));
  const fields = new Fields(NAMES.count);
  const [json, columns] = [new JsonLine(NAMES, fields), new ColumnLine(NAMES, fields, ':', true)];
  columns.columns = Int16Array.of(-1, F.host);
  for (const [i, [start, end]] of placesIn(bytes).entries()) {
    for (const [text, name] of [
      [bytes, 'abc'[i % 3]],
      [bytes, 'abc'[i % 3]],
      [other, 'xyz'[i % 3]],
    ] as const) {
      json.read(text, start, end);
      expect(fields.text(F.name)).toBe(name);
      columns.read(text, start, end);
      expect(fields.text(F.host)).toBe(`"${name}"}`);
    }
  }
});

it('reads lines behind a header with its columns', () => {
  const bytes = Buffer.from('a,b\n'.repeat(900));
  const fields = new Fields(NAMES.count);
  const [columns, cells] = [new ColumnLine(NAMES, fields, ','), new CellLine(NAMES, fields)];
  cells.separator = ',';
  for (const [i, [start, end]] of placesIn(bytes).entries()) {
    if (i % 100 === 0) {
      columns.columns = Int16Array.of(F.name, i % 200 === 0 ? F.host : -1);
      cells.columns = Int16Array.of(F.host, F.name);
      cells.unset = Buffer.from(i % 200 === 0 ? 'a' : '-');
      cells.forget();
    }
    const isFirst = i % 200 < 100;
    expect(columns.read(bytes, start, end)).toBeNull();
    expect([fields.text(F.name), fields.text(F.host)]).toEqual(['a', isFirst ? 'b' : null]);
    expect(cells.read(bytes, start, end)).toBeNull();
    expect([fields.text(F.name), fields.text(F.host)]).toEqual(['b', isFirst ? null : 'a']);
  }
});

class CountedLine extends JsonLine {
  scanned = 0;

  protected override scan(...part: Parameters<JsonLine['scan']>): number {
    const count = super.scan(...part);
    this.scanned += count;
    return count;
  }
}

it.each([
  [1, 1.1],
  [2, 2.1],
  [12, 1.5],
  [100, 1.5],
])('reads few lines in vain where every %i. line is wanted', (step, most) => {
  const bytes = Buffer.from('{"name":"a"}\n'.repeat(60_000));
  const json = new CountedLine(NAMES, new Fields(NAMES.count));
  const wanted = placesIn(bytes).filter((_, i) => i % step === 0);
  for (const [start, end] of wanted) json.read(bytes, start, end);
  expect(json.scanned / wanted.length).toBeLessThan(most);
});
