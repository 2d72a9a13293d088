// Records of CSV that extend over several lines, because a quoted cell contains the end of a line.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recognize } from '../../../../src/reading/logs/formats.ts';
import { buildSample } from '../../../../src/reading/logs/inputs.ts';
import { LineCounts } from '../../../../src/reading/logs/line-counts.ts';
import { LineSplitter } from '../../../../src/reading/logs/lines.ts';
import { joinRecords, recordState } from '../../../../src/reading/logs/quoted-lines.ts';
import { AT_US, keeping, NAME } from './read-lines.ts';

const LOGS = join(import.meta.dirname, '../../../../captures/logs');
const rowsOf = (file: string): string[] =>
  readFileSync(join(LOGS, file), 'utf8')
    .replaceAll('ampcode.com', NAME)
    .replaceAll(/^.*? PA-220 /gm, '')
    .split('\n')
    .filter((line) => line !== '');

/** What a file of this text gives, read in pieces of some bytes. */
function read(text: string, piece = text.length) {
  const sample = buildSample('a.csv', Buffer.from(text), AT_US);
  const { records, flows, totals } = keeping();
  const format = recognize(sample, []);
  const reader = format?.reader(records, { zone: 'UTC', definitions: [], isWhole: true });
  const counts = new LineCounts();
  if (reader !== undefined) {
    const splitter = new LineSplitter(counts.visitor(reader.open(sample)));
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += piece)
      splitter.push(Buffer.from(bytes.subarray(at, at + piece)));
    splitter.end();
    reader.finish();
  }
  return { format: format?.id, counts, flows, totals };
}

const LINES = 'a "b""\r\nc, d;\ne';
const QUOTED = `"${LINES.replaceAll('"', '""')}"`;
const ZSCALER = ['10.0.0.5', '10.0.0.6'].map(
  (client) =>
    `"Fri Nov 20 06:22:42 2026","bob","HTTPS","${NAME}/secret","Allowed","Amp","AI","1100","9100","0","3000","Business","IT","AI","None","None","0","None","None","HQ","Sales","${client}","203.0.113.7","POST","200","tool/1.2 (x)","None","FwFilter","Rule","Other","None","NA","NA","N/A"`,
);
const CASES: readonly (readonly [string, readonly string[], (row: string) => string])[] = [
  ['PAN-OS, the first cell', rowsOf('paloalto/threat.log'), (row) => row.replace(/^1/, QUOTED)],
  ['PAN-OS, the user', rowsOf('paloalto/threat.log'), (row) => row.replace(/corp\\\w+/, QUOTED)],
  ['PAN-OS, a late cell', rowsOf('paloalto/threat.log'), (row) => row.replace('N/A', QUOTED)],
  [
    'Umbrella, the second cell',
    rowsOf('umbrella/proxylogs.csv'),
    (row) => row.replace(/,"[^"]*"/, `,${QUOTED}`),
  ],
  ['Zscaler, the user', ZSCALER, (row) => row.replace('bob', 'b\no,b')],
  ['Zscaler, the agent', ZSCALER, (row) => row.replace('(x)', '(\r\nx)')],
  [
    'Splunk, a column before the message',
    ['_time,host,_raw', ...rowsOf('paloalto/threat.log').map((row) => `,gw,"${row.replaceAll('"', '""')}"`)],
    (row) => row.replace(',gw,', `,${QUOTED},`),
  ],
];

describe('a record over several lines', () => {
  it.each(CASES)('%s is one row', (_, rows, change) => {
    const plain = read(`${rows.join('\n')}\n`);
    expect(plain.counts.rows).toBeGreaterThan(0);
    const changed = rows.map(change);
    const text = `${changed.join('\n')}\n`;
    for (const piece of [text.length, 61, 1]) {
      const { counts, flows, totals, format } = read(text, piece);
      expect(format).toBe(plain.format);
      expect(counts).toMatchObject({ rows: plain.counts.rows, ignored: plain.counts.ignored });
      expect(counts.lines).toBe(text.split('\n').length - 1);
      expect({ flows, totals }).toEqual({ flows: plain.flows, totals: plain.totals });
    }
  });
});

describe('a quote without its end', () => {
  const rows = rowsOf('paloalto/threat.log');
  it.each([
    ['in the middle', [0, 1, 0, 1], 3],
    ['at the end of the file', [0, 1, 1, 0], 3],
  ])('%s costs its own row alone', (_, order, whole) => {
    const [broken = '', ...others] = order.map((i) => rows[i] ?? '');
    const cut = broken.replace(/corp\\\w+.*/, '"corp');
    const lines = _ === 'in the middle' ? [...others.slice(0, 1), cut, ...others.slice(1)] : [...others, cut];
    const { counts } = read(`${lines.join('\n')}\n`);
    expect([counts.rows, counts.ignored]).toEqual([whole, 1]);
  });
});

it.each([
  ['a,"b', 'open'],
  ['a,"b""', 'open'],
  ['a,"b\nc",d', 'whole'],
  ['a,"b\nc"d,e', 'broken'],
  ['a "b,c', 'whole'],
  [`a,"${'b\n'.repeat(20)}`, 'broken'],
])('the state of %j is %s', (text, state) => {
  expect(recordState(text)).toBe(state);
});

it('lines of a beginning are joined where they make a record', () => {
  expect(joinRecords(['a,"b', 'c",d', 'x,"y', 'z'])).toEqual(['a,"b\nc",d', 'x,"y', 'z']);
});
