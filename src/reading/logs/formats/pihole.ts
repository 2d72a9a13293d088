// Reads queries from the long-term database of Pi-hole FTL, exported by sqlite3 as one JSON object per line.

import { jsonQueryLog } from '../dns-row.ts';
import { numberFields } from '../fields.ts';
import { type LogFormat, OF_QUESTIONS } from '../records.ts';

const { numbers: F, fields: FIELDS } = numberFields({
  time: ['timestamp'],
  name: ['domain'],
  type: ['type'],
  client: ['client'],
  status: ['status'],
  reply: ['reply', 'reply_type'],
});

/** Numbers of types and states: docs.pi-hole.net/database/query-database. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['1', 'A'],
  ['2', 'AAAA'],
  ['15', 'SVCB'],
  ['16', 'HTTPS'],
]);
/** States of blocked queries: lists, upstream resolvers that block, and special domains. */
const BLOCKED = new Set(['1', '4', '5', '6', '7', '8', '9', '10', '11', '15', '16', '18']);
/** NXDOMAIN, SERVFAIL and REFUSED. */
const RCODES: ReadonlyMap<string, number> = new Map([
  ['2', 3],
  ['7', 2],
  ['8', 5],
]);
const PARTS = [/"timestamp"\s*:/, /"domain"\s*:/, /"client"\s*:/, /"status"\s*:\s*\d/];

export const PIHOLE: LogFormat = {
  id: 'pihole',
  title: 'Pi-hole FTL queries',
  recognizes: ({ lines }) =>
    lines.some((line) => line.startsWith('{') && PARTS.every((part) => part.test(line))),
  reader: (records) =>
    jsonQueryLog(
      records,
      FIELDS,
      F,
      (fields) => ({
        addresses: [],
        rcode: RCODES.get(fields.text(F.reply) ?? '') ?? 0,
        isBlocked: BLOCKED.has(fields.text(F.status) ?? ''),
      }),
      (type) => TYPES.get(type) ?? '',
    ),
  ...OF_QUESTIONS,
};
