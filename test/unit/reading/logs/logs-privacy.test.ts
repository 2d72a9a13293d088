// What logs hold of people does not leave their readers: users, paths of URLs and names that are no tool's, in any output.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadCatalogue } from '../../../../src/files/catalogue-files.ts';
import { ask } from '../../../../src/query/ask.ts';
import { openSource } from '../../../../src/query/source.ts';
import { formatNamed, LOG_FORMATS } from '../../../../src/reading/logs/formats.ts';
import { renderReport } from '../../../../src/report/render.ts';
import { encodeWindows } from '../../../../src/window/codec.ts';
import { LOG_SAMPLES } from '../../../fuzz/parsers/logs.ts';
import { temporaryFolder } from '../../../temporary.ts';
import { readAll } from './read-lines.ts';
import { WHOLE } from './whole-question.ts';

const SAMPLES = join(import.meta.dirname, '../../../../captures/logs');
const folder = temporaryFolder('logs-privacy');
const catalogue = await loadCatalogue();

const NAME = /\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|ai|dev|io|net|org|test|example)\b/gi;
const PRIVATE = 'private-name.example';
const USER = 'alice.miller';
const PATH = 'secret/path';
/** Users, devices, files, paths and queries in the samples of gateways. */
const PLANTED = [
  'bob@',
  'corp\\bob',
  'BOB',
  'carol',
  'Miller',
  'LAPTOP-35',
  'laptop-35',
  'bob-dev-vm',
  'secret.txt',
  'LAPTOP-7',
  'bob (bob)',
];
const PLANTED_PATHS = [
  'api/secret',
  'thread=1',
  'page?q=1',
  'api/internal',
  'no-ai',
  'monitor-all',
  'Traffic to WAN',
];

const otherNames = (text: string): string[] =>
  [...new Set(text.match(NAME))].filter((name) => !catalogue.isListed(name.toLowerCase()));

/** The log, and its rows again with names, users and paths that must not be kept. */
function withPrivateRows(text: string): string {
  const changed = text
    .replaceAll(NAME, (name) => (catalogue.isListed(name.toLowerCase()) ? PRIVATE : name))
    .replaceAll(/\(\d+\)[a-z0-9]+\(\d+\)com\(0\)/g, '(12)private-name(7)example(0)')
    .replaceAll(':443 - ', `:443/${PATH} ${USER} `)
    .replaceAll('"url":"', `"username":"${USER}","url":"http://x.example/${PATH}?q=`)
    .replaceAll(/"uid":"C/g, `"user_name":"${USER}","uid":"D`)
    .replaceAll(/"flow_id":(\d{6})/g, `"username":"${USER}","flow_id":999999`);
  return `${text}${text.startsWith('#') ? changed.replaceAll('\tC', '\tD') : changed}`;
}

/** The log as a collector exports it: a header, and each line as a cell next to cells that the collector adds. */
const asTable = (text: string): string => {
  const rows = text
    .trimEnd()
    .split(/\r?\n/)
    .map(
      (line) => `2026-11-20T06:22:42Z,${USER},"/var/log/${PATH}","${line.replaceAll('"', '""')}",${PRIVATE}`,
    );
  return `${['time,owner,source,message,sender', ...rows].join('\n')}\n`;
};

const GATEWAYS = LOG_FORMATS.filter(
  // A log of a DNS server has columns too, for its dates; the texts of its rows are names of queries.
  ({ id, countKnown }) => countKnown !== undefined && id !== 'windows-dns',
).map(({ id }) => id);
/** Its rows have no texts but its own words. */
const WITHOUT_TEXTS = ['aws-flow'];

it('samples of each gateway have texts to plant', () => {
  const planted = LOG_SAMPLES.filter(({ logs }) =>
    [...PLANTED, ...PLANTED_PATHS].some((text) =>
      logs.some(({ bytes }) => Buffer.from(bytes).includes(text)),
    ),
  ).map(({ format }) => format.id);
  expect(GATEWAYS.filter((id) => !planted.includes(id))).toEqual(WITHOUT_TEXTS);
});

const SAMPLES_IN = readdirSync(SAMPLES).flatMap((name) => [
  { name, form: 'lines', write: (text: string) => text },
  { name, form: 'a column of a table', write: asTable },
]);

it.each(SAMPLES_IN)('$name as $form', async ({ name, form, write }) => {
  const copy = join(folder, `${name} ${form}`);
  mkdirSync(copy);
  const others = new Set([PRIVATE, 'private-name', USER, PATH]);
  for (const file of readdirSync(join(SAMPLES, name))) {
    const text = readFileSync(join(SAMPLES, name, file), 'utf8');
    const isLog = !file.endsWith('.part');
    writeFileSync(join(copy, file), isLog ? write(withPrivateRows(text)) : text);
    if (isLog) for (const other of otherNames(text)) others.add(other);
    for (const planted of [...PLANTED, ...PLANTED_PATHS]) if (text.includes(planted)) others.add(planted);
  }
  const source = await openSource([copy]);
  const { windows, notes } = await source.read();
  expect(windows.length).toBeGreaterThan(0);
  const document = await ask(source, WHOLE);
  const outputs = new Map([
    ['windows', JSON.stringify(windows)],
    ['store', Buffer.from(encodeWindows(windows)).toString('latin1')],
    ['notes', notes.join('\n')],
  ]);
  for (const format of ['terminal', 'json', 'ndjson', 'csv', 'md', 'html'] as const)
    outputs.set(format, await renderReport(document, format));
  for (const [output, text] of outputs)
    for (const other of others) expect(text.includes(other), `${other} in ${output}`).toBe(false);
});

/** Files of gateways, one log each. */
const GATEWAY_FILES = readdirSync(SAMPLES).flatMap((name) =>
  readdirSync(join(SAMPLES, name)).flatMap((file) => {
    const lines = readFileSync(join(SAMPLES, name, file), 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    const read = readAll(lines);
    const format = GATEWAYS.find((id) => id === read.format);
    return format === undefined ? [] : [{ path: `${name}/${file}`, format, lines }];
  }),
);

it.each(GATEWAY_FILES)(
  'a text in any place of a row of $path does not leave its reader',
  ({ format, lines }) => {
    const changed = lines.flatMap((line) =>
      Array.from(line.matchAll(/[\w.@-]+/g), ({ 0: word, index }) =>
        [line.slice(0, index), 'Planted.Text', line.slice(index + word.length)].join(''),
      ),
    );
    expect(changed.length).toBeGreaterThan(10 * lines.length);
    const { users: _, ...read } = readAll([...lines, ...changed], { format });
    expect(read.results.length).toBe(lines.length + changed.length);
    expect(JSON.stringify(read)).not.toMatch(/planted/i);
    const sample = { file: 'a.log', lines: changed, modifiedUs: 0 };
    expect(JSON.stringify(formatNamed(format)?.review([sample], []))).not.toMatch(/planted/i);
  },
);
