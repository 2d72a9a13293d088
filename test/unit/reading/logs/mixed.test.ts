// Files in which several products, versions or headers follow each other: each line is read by its product, or counted as ignored.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../../../src/model/report.ts';
import { wiretallyHere } from '../../../cli/in-process.ts';
import { temporaryFolder } from '../../../temporary.ts';
import { AT_US, NAME, readAll } from './read-lines.ts';

const LOGS = join(import.meta.dirname, '../../../../captures/logs');
const folder = temporaryFolder('mixed');

const linesOf = (file: string): string[] =>
  readFileSync(join(LOGS, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '');
/** Lines of both in turn, as a syslog server gets them. */
const inTurn = (a: readonly string[], b: readonly string[]): string[] =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, i) => [a[i], b[i]])
    .flat()
    .filter((line) => line !== undefined);

interface Analyzed {
  readonly code: number | null;
  readonly rows: readonly string[];
  readonly inputs: readonly (readonly [kind: string, rows: number, ignored: object])[];
}

async function analyzed(name: string, lines: readonly string[]): Promise<Analyzed> {
  const file = join(folder, `${name}.log`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  const { code, out } = await wiretallyHere(['analyze', file, '--format', 'json']);
  const { hosts, inputs = [] } = JSON.parse(out) as ReportDocument;
  const rows = hosts.flatMap(({ host, tools }) =>
    tools.map(({ tool, flows, bytesUp }) => `${host} ${tool} ${flows} ${bytesUp}`),
  );
  return { code, rows, inputs: inputs.map(({ kind, rows: read, ignored }) => [kind, read, ignored]) };
}

const PRODUCTS = {
  fortigate: ['fortigate/traffic.log'],
  sophos: ['sophos/firewall.log'],
  checkpoint: ['checkpoint/firewall.log'],
  paloalto: ['paloalto/threat.log', 'paloalto/traffic.log'],
  strata: ['strata/cef.log'],
} as const;
type Product = keyof typeof PRODUCTS;
/** With hosts of its own, so that the rows of two products are no copies. */
const own = (product: Product, net: string): string[] =>
  PRODUCTS[product].flatMap(linesOf).map((line) => line.replaceAll('10.77.0.', `10.${net}.0.`));

describe('two products through one syslog', () => {
  const names = Object.keys(PRODUCTS) as Product[];
  const pairs = names.flatMap((a) => names.filter((b) => a !== b).map((b) => [a, b] as const));
  it.each(pairs)('%s and %s are read as each of them alone', async (a, b) => {
    const [first, second] = [own(a, '1'), own(b, '2')];
    const alone = [await analyzed(`${a}-1`, first), await analyzed(`${b}-2`, second)];
    const both = await analyzed(`${a}-${b}`, inTurn(first, second));
    expect(alone.every(({ rows }) => rows.length > 0)).toBe(true);
    expect([...both.rows].sort()).toEqual(alone.flatMap(({ rows }) => rows).sort());
    expect([...both.inputs].sort()).toEqual(alone.flatMap(({ inputs }) => inputs).sort());
    expect(both.code).toBe(0);
  });

  it.each(names)('%s: lines of a product that comes late are counted', (product) => {
    for (const other of names.filter((name) => name !== product)) {
      const [first, second] = [own(product, '1'), own(other, '2')];
      const many = Array.from({ length: 60 }, () => first).flat();
      const { format, results, flows } = readAll([...many, ...second], { format: product });
      expect([format, results.slice(many.length).filter((result) => result === null)]).toEqual([product, []]);
      const ignored = results.slice(many.length).filter((result) => result !== 'no row');
      expect(ignored.length, `${other} in ${product}`).toBe(second.length);
      expect(JSON.stringify(flows)).not.toContain('10.2.0.');
    }
  });
});

describe('one product in several forms', () => {
  const quoted = (...values: readonly string[]): string => values.map((value) => `"${value}"`).join(',');
  const first = 'time,login,cip,eurl,action,reqsize,respsize';
  const row = quoted(
    'Fri Nov 20 06:22:42 2026',
    'bob',
    '10.0.0.5',
    `${NAME}/secret`,
    'Allowed',
    '1100',
    '9100',
  );
  const second = 'TIME,dept,respsize,reqsize,EURL,cintip,action,custom_1,';
  const changed = quoted(
    'Fri Nov 20 06:22:43 2026',
    'Research',
    '9100',
    '1100',
    `https://${NAME}:443/secret`,
    '10.0.0.6',
    'Allowed',
    '',
    '',
  );

  it('columns that change, and headers that come again, are those of their rows', () => {
    const { results, flows } = readAll([
      first,
      row,
      first,
      row,
      second,
      changed,
      second,
      changed,
      first,
      row,
    ]);
    expect(results).toEqual(['no row', null, 'no row', null, 'no row', null, 'no row', null, 'no row', null]);
    expect(flows.map(({ client, payloadUp, payloadDown }) => [client, payloadUp, payloadDown])).toEqual(
      [5, 5, 6, 6, 5].map((host) => [`10.0.0.${host}`, 1100, 9100]),
    );
  });

  it('rows of another number of columns than the header has are ignored', () => {
    const { results, flows } = readAll([first, row, `${row},"new"`, row.slice(0, row.lastIndexOf(','))]);
    expect(results).toEqual([
      'no row',
      null,
      'more columns than the header has',
      'fewer columns than the header has',
    ]);
    expect(flows).toHaveLength(1);
  });

  it('versions of a format are read side by side', () => {
    const old = `"2026-11-20 06:22:42","bob","10.0.0.5","192.0.2.1","203.0.113.7","text/html","ALLOWED","https://${NAME}/","","","200","1100","9100"`;
    const later = `${old},"500","","AI","","","","","","Networks","","bob","Networks","GET","","","file.txt","1","2","","","",""`;
    const { results, flows } = readAll([old, later, old]);
    expect([results, flows.map(({ lastUs }) => lastUs)]).toEqual([
      [null, null, null],
      [AT_US, AT_US, AT_US],
    ]);
  });
});
