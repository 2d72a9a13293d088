// Fields of a line of JSON by their keys, however these are written.

import { expect, it } from 'vitest';
import { Fields, numberFields } from '../../../../src/reading/logs/fields.ts';
import { JsonLine } from '../../../../src/reading/logs/split-line.ts';

const { numbers, fields: NAMES } = numberFields({ name: ['tls.sni'], other: ['src_ip'] });
const read = (line: string): { fault: string | null; name: string | null; other: string | null } => {
  const fields = new Fields(NAMES.count);
  const fault = new JsonLine(NAMES, fields).read(Buffer.from(line), 0, Buffer.byteLength(line));
  return { fault, name: fields.text(numbers.name), other: fields.text(numbers.other) };
};

it.each([
  ['plain', '{"tls":{"sni":"a"},"src_ip":"b"}', 'a', 'b'],
  ['escaped', '{"t\\u006cs":{"\\u0073ni":"a"},"src\\u005Fip":"b"}', 'a', 'b'],
  ['escaped below a plain one', '{"tls":{"s\\u006ei":"a"}}', 'a', null],
  ['an escaped quote', '{"tls\\"":{"sni":"a"}}', null, null],
  ['an escape that is none', '{"t\\ls":{"sni":"a"},"src_ip":"b"}', null, 'b'],
  ['an escape that is cut', '{"src_ip":"b","\\u00":{"sni":"a"}}', null, 'b'],
])('keys: %s', (_, line, name, other) => {
  expect(read(line)).toEqual({ fault: null, name, other });
});

it('has no prefix with a field that the whole has not', () => {
  const whole = '{"t\\u006cs":{"\\u0073ni":"a"},"src\\u005Fip":"b"}';
  for (let end = 0; end < whole.length; end++) {
    const { fault, name, other } = read(whole.slice(0, end));
    expect(fault).not.toBe(null);
    expect([name, other].every((text) => text === null || 'ab'.includes(text))).toBe(true);
  }
});
