// Writes event_layout.h and src/native/record-layout.ts: offsets, flags and numbers of the records of the border, as
// native-bindings/src/base/event.h declares them. --check: ends with 1 where one of both is not what would be written.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { borderDigest } from '../native-bindings/border-digest.mjs';

const base = new URL('../native-bindings/src/base/', import.meta.url);

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

/** Only the collector of the core reads these records. */
const OF_CORE = new Set(['AccountRecord', 'HeardRecord', 'QuicPeersRecord', 'DnsNeedRecord']);

/** Fields of each struct with their offsets. */
const structs = (source) =>
  [...source.matchAll(/^struct (\w+) \{\n([^}]*)\};/gm)].map(([, record, body]) => ({
    record,
    fields: [...body.matchAll(/^ +\w+ (\w+)(?:\[\w+\])?; *\/\/ +(\d+)/gm)].map(([, field, offset]) => [
      field,
      offset,
    ]),
  }));

/** A macro with a line for each of some words, in columns as clang-format aligns them. */
function macro(name, words) {
  const lines = [`#define ${name}(X)`, ...words.map((word) => `  X(${word})`)];
  const width = Math.max(...lines.slice(0, -1).map((line) => line.length));
  return lines.map((line, i) => (i === lines.length - 1 ? line : `${line.padEnd(width)} \\`)).join('\n');
}

function layoutHeader(source) {
  const records = structs(source);
  const offsets = records.flatMap(({ record, fields }) =>
    fields
      .filter(([field]) => field === 'header' || isRead(field))
      .map(([field, offset]) => `${record}, ${field}, ${offset}`),
  );
  return `// Offsets of every field of event.h, as data: the compiler checks them against the structs, and the addon exports them to a
// test. Generated from event.h by tools/record-layout.mjs, which \`npm run build:ts\` runs.
#pragma once

#include <cstddef>

#include "event.h"

namespace wiretally {

// X(struct, field, offset)
${macro('WIRETALLY_FIELDS', offsets)}

// X(struct)
${macro(
  'WIRETALLY_RECORDS',
  records.map(({ record }) => record),
)}

#define WIRETALLY_ASSERT_OFFSET(record, field, offset) static_assert(offsetof(record, field) == (offset));
WIRETALLY_FIELDS(WIRETALLY_ASSERT_OFFSET)
#undef WIRETALLY_ASSERT_OFFSET

}  // namespace wiretally
`;
}

function recordLayout(source) {
  const header = source.replace(/\/\/.*/g, '');
  const shared = structs(source).filter(({ record }) => !OF_CORE.has(record));
  const tables = shared.map(({ record, fields }) => {
    const size = only(header, new RegExp(`static_assert\\(sizeof\\(${record}\\) == (\\d+)\\)`));
    const read = fields.filter(([field]) => isRead(field)).map(([field, offset]) => [camel(field), offset]);
    return table(constant(record.replace(/(?:Record|Header)$/, '')), record, [...read, ['size', size]]);
  });
  const flags = [...header.matchAll(/enum ((\w+)Flags) : /g)]
    .filter(([, name]) => name !== IN_WINDOWS)
    .map(([, name, prefix]) => table(constant(name), name, members(header, name, prefix)));
  return [
    '// Offsets, flags and numbers of the records that native code writes: generated from native-bindings/src/base/event.h by\n// tools/record-layout.mjs, which `npm run build:ts` runs.\n',
    `export const BATCH_MAGIC = ${only(header, /kBatchMagic = (\w+)/).toLowerCase()};\nexport const LAYOUT_VERSION = ${only(header, /kLayoutVersion = (\w+)/)};\n/** See native-bindings/border-digest.mjs. */\nexport const BORDER = ${borderDigest()};\n`,
    table('RECORD_TYPE', 'RecordType', members(header, 'RecordType', '')),
    table('SERVICE_SIGN', 'ServiceSign', members(header, 'ServiceSign', '')),
    ...tables,
    ...flags,
  ].join('\n');
}

const source = readFileSync(new URL('event.h', base), 'utf8');

/** The second has a digest of the first. */
for (const [target, text] of [
  [new URL('event_layout.h', base), layoutHeader],
  [new URL('../src/native/record-layout.ts', import.meta.url), recordLayout],
]) {
  const wanted = text(source);
  if (readFileSync(target, 'utf8') === wanted) continue;
  if (process.argv[2] === '--check') {
    console.error(`${fileURLToPath(target)} is not what event.h declares; run node tools/record-layout.mjs`);
    process.exitCode = 1;
  } else writeFileSync(target, wanted);
}
