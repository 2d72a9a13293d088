// Writes src/native/record-layout.ts: offsets, flags and numbers of the records of the border, as src/base/event.h and
// event_layout.h declare them. The compiler compares those two with each other. --print: to the standard output.

import { readFileSync, writeFileSync } from 'node:fs';
import { borderDigest } from '../native-bindings/border-digest.mjs';

const base = new URL('../native-bindings/src/base/', import.meta.url);
const target = new URL('../src/native/record-layout.ts', import.meta.url);

const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
const constant = (name) => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
const lowerFirst = (name) => name.charAt(0).toLowerCase() + name.slice(1);

/** One group of a match; throws where the header has no such declaration. */
function only(header, pattern) {
  const found = pattern.exec(header)?.[1];
  if (found === undefined) throw new Error(`event.h: no ${pattern.source}`);
  return found;
}

function table(name, about, fields) {
  const lines = fields.map(([field, value]) => `  ${field}: ${value},\n`).join('');
  return `/** ${about} */\nexport const ${name} = {\n${lines}} as const;\n`;
}

/** Members of an enum by name, without their prefix. */
function members(header, name, prefix) {
  const body = only(header, new RegExp(`enum (?:class )?${name} : \\w+ \\{([^}]*)\\}`));
  return [...body.matchAll(/k(\w+) = (\d+)(?: << (\d+))?/g)].map(([, member, value, shift = '0']) => [
    lowerFirst(member.slice(prefix.length)),
    Number(value) << Number(shift),
  ]);
}

/** Windows have them too: src/model/usage.ts declares them, and a test compares both. */
const IN_WINDOWS = 'ExchangeFlags';

/** Padding has no name on the other side, and the header of a record is RECORD. */
const isRead = (field) => field !== 'header' && !field.startsWith('reserved');

function recordLayout() {
  const header = readFileSync(new URL('event.h', base), 'utf8').replace(/\/\/.*/g, '');
  const layout = readFileSync(new URL('event_layout.h', base), 'utf8');
  const records = new Map();
  for (const [, record, field, offset] of layout.matchAll(/^ {2}X\((\w+), (\w+), (\d+)\)/gm)) {
    const fields = records.get(record) ?? [];
    if (isRead(field)) fields.push([camel(field), Number(offset)]);
    records.set(record, fields);
  }
  const tables = [...records].map(([record, fields]) => {
    const size = only(header, new RegExp(`static_assert\\(sizeof\\(${record}\\) == (\\d+)\\)`));
    return table(constant(record.replace(/(?:Record|Header)$/, '')), record, [...fields, ['size', size]]);
  });
  const flags = [...header.matchAll(/enum ((\w+)Flags) : /g)]
    .filter(([, name]) => name !== IN_WINDOWS)
    .map(([, name, prefix]) => table(constant(name), name, members(header, name, prefix)));
  return [
    '// Offsets, flags and numbers of the records that native code writes: generated from native-bindings/src/base/event.h and\n// event_layout.h by tools/record-layout.mjs, which `npm run build:ts` runs.\n',
    `export const BATCH_MAGIC = ${only(header, /kBatchMagic = (\w+)/).toLowerCase()};\nexport const LAYOUT_VERSION = ${only(header, /kLayoutVersion = (\w+)/)};\n/** See native-bindings/border-digest.mjs. */\nexport const BORDER = ${borderDigest()};\n`,
    table('RECORD_TYPE', 'RecordType', members(header, 'RecordType', '')),
    table('SERVICE_SIGN', 'ServiceSign', members(header, 'ServiceSign', '')),
    ...tables,
    ...flags,
  ].join('\n');
}

const text = recordLayout();
if (process.argv[2] === '--print') process.stdout.write(text);
else if (readFileSync(target, 'utf8') !== text) writeFileSync(target, text);
