// Columns of logs without a header, as --log-columns names them: right ones are read, wrong ones are refused in words.

import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { wiretallyHere } from '../../../cli/in-process.ts';
import { temporaryFolder } from '../../../temporary.ts';

const folder = temporaryFolder('log-columns');
const write = (name: string, ...lines: readonly string[]): string => {
  const file = join(folder, name);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
};

const row = (second: number): string =>
  `"Fri Nov 20 06:22:${10 + second} 2026","bob@corp.example","10.0.0.5","ampcode.com/secret, page","Allowed","1100","9100","Research"`;
const ROWS = [0, 1, 2, 3].map(row);
const NAMES = 'time,login,cip,eurl,action,reqsize,respsize,dept';
const log = write('web.csv', ...ROWS);
const analyzed = async (file: string, columns: string, ...more: readonly string[]) =>
  await wiretallyHere(['analyze', file, '--log-columns', columns, ...more]);

describe('names in the order of the columns', () => {
  it.each([
    ['in one line', [NAMES]],
    ['one a line, with a comment', ['# NSS feed of the office', ...NAMES.split(',')]],
    [
      'in another case, quoted',
      [
        NAMES.split(',')
          .map((name) => `"${name.toUpperCase()}"`)
          .join(','),
      ],
    ],
    ['separated by semicolons', [NAMES.replaceAll(',', '; ')]],
    ['with their format', [`columns zscaler ${NAMES}`]],
    ['one of them empty', [NAMES.replace('login', '')]],
    ['as W3C has them', [`#Fields: ${NAMES.replaceAll(',', ' ')}`]],
    ['one a line with commas', [NAMES.replaceAll(',', ',\n')]],
    [
      'as a feed of Zscaler is configured',
      [
        NAMES.split(',')
          .map((name) => `"%${name.endsWith('size') ? 'd' : 's'}{${name}}"`)
          .join(','),
      ],
    ],
  ])('%s are read', async (name, lines) => {
    const { code, out } = await analyzed(log, write(`${name}.txt`, ...lines));
    expect([code, out]).toEqual([0, expect.stringMatching(/^10\.0\.0\.5 Amp +possible/m)]);
  });

  it('replace a header in words that nobody knows', async () => {
    const headed = write(
      'german.csv',
      'Zeit,Benutzer,Quelle,Ziel,Aktion,Gesendet,Empfangen,Abteilung',
      ...ROWS,
    );
    expect((await analyzed(headed, write('names.txt', NAMES))).code).toBe(0);
  });

  it('are found by their product where --input-format names it', async () => {
    const columns = write('both.txt', NAMES);
    expect((await analyzed(log, columns, '--input-format', 'zscaler')).code).toBe(0);
    const { code, err } = await analyzed(log, columns, '--input-format', 'netskope');
    expect([code, err]).toEqual([3, expect.stringContaining('are columns of netskope')]);
  });
});

it('a column of paths fits next to one of hosts', async () => {
  const names = 'date,time,c-ip,cs-host,cs-uri,sc-status,cs-bytes,sc-bytes';
  const rows = [0, 1, 2].map(
    (second) => `2026-11-20,06:22:2${second},10.0.0.5,ampcode.com,/api/secret?q=1,200,1100,9100`,
  );
  const { code, out } = await analyzed(write('paths.csv', ...rows), write('paths.txt', names));
  expect([code, out]).toEqual([0, expect.stringMatching(/^10\.0\.0\.5 Amp +/m)]);
  expect(out).not.toContain('secret');
});

describe('names that do not fit', () => {
  it.each([
    [
      'client and URL in turn',
      'time,login,eurl,cip,action,reqsize,respsize,dept',
      'no address in column 4, "cip"',
    ],
    [
      'action and size in turn',
      'time,login,cip,eurl,reqsize,action,respsize,dept',
      'no number in column 5, "reqsize"',
    ],
    [
      'user and URL in turn',
      'time,eurl,cip,login,action,reqsize,respsize,dept',
      'no host in column 2, "eurl"',
    ],
    ['a time in another place', 'login,time,cip,eurl,action,reqsize,respsize,dept', 'no time'],
    ['one too few', 'time,login,cip,eurl,action,reqsize,respsize', 'more columns than the header has'],
    ['one too many', `${NAMES},location`, 'fewer columns than the header has'],
  ])('%s', async (name, names, reason) => {
    const columns = write(`wrong-${name.replaceAll(' ', '-')}.txt`, names);
    const { code, out, err } = await analyzed(log, columns);
    const said = err.replaceAll(/\s+/g, ' ');
    expect([code, out]).toEqual([3, '']);
    expect(said).toContain(`web.csv:1: the columns of ${columns} do not fit: ${reason}`);
    expect(said).toContain('in the order of the columns of this log');
    expect(said).not.toMatch(/bob|secret page|ampcode/);
  });

  it.each([
    ['no names of a product', 'one,two,three'],
    ['nothing', ''],
  ])('%s', async (name, names) => {
    const { code, err } = await analyzed(log, write(`${name}.txt`, names));
    expect([code, err]).toEqual([3, expect.stringContaining('are columns of a known log')]);
  });

  it('a file that is not there', async () => {
    const { code, err } = await analyzed(log, join(folder, 'absent.txt'));
    expect([code, err]).toEqual([3, expect.stringContaining('absent.txt')]);
  });
});

describe('doctor', () => {
  it('says which columns it reads, what is missing, and how to add it', async () => {
    const { code, out } = await wiretallyHere(['doctor', log, '--log-columns', write('some.txt', NAMES)]);
    expect(code).toBe(0);
    const said = out.replaceAll(/\s+/g, ' ');
    expect(said).toContain('Zscaler NSS log, 1 file: hosts of requests and tunnels');
    expect(said).toContain('read: time, cip, login, eurl, action, reqsize, respsize');
    expect(said).toContain('missing: whether connections were inspected next: add ssldecrypted to the feed');
  });

  it('names the option for columns that it does not know', async () => {
    const { code, out } = await wiretallyHere(['doctor', log]);
    expect(code).toBe(3);
    const capture = join(
      import.meta.dirname,
      '../../../../captures/recordings/base-curl-api.anthropic.com.pcap.gz',
    );
    expect((await wiretallyHere(['doctor', log, capture])).code).toBe(4);
    expect(out.replaceAll(/\s+/g, ' ')).toContain('name the columns with --log-columns FILE');
  });
});

it.each([
  ['a feed with columns of its own', ROWS[0]],
  [
    'a flow log of AWS in another order',
    '3 eni-33333333333333333 123456789010 vpc-1 10.0.0.5 203.0.113.7 39812 80 6 ACCEPT OK',
  ],
])('doctor says that a log without names of its columns is not known: %s', async (name, line = '') => {
  const { out } = await wiretallyHere(['doctor', write(`${name}.log`, line)]);
  const said = out.replace(/\s+/g, ' ');
  expect(said).toContain('neither a capture nor a known log');
  expect(said).toContain('--log-columns FILE');
  expect(said).not.toContain('1 capture');
});

describe('an export without a column that identifies its product', () => {
  const lines = [
    '#Fields: date time cs-bytes sc-bytes c-ip s-ip cs-username sc-status cs-host cs-uri-port',
    '2026-11-20 06:22:42 1100 9100 10.0.0.5 203.0.113.7 "bob" 200 api.example 443',
  ];
  mkdirSync(join(folder, 'nearest'));
  const file = write('nearest/transactions.log', ...lines);

  it('without any header, the message names the separator and the option', async () => {
    const { err } = await wiretallyHere(['analyze', write('semicolons.csv', 'a;b;c;d;e', 'f;g;h;i;j')]);
    const said = err.replaceAll(/\s+/g, ' ');
    expect(said).toContain('5 columns separated by ";", and no known name of a column');
    expect(said).toContain('name the columns with --log-columns FILE');
  });

  it.each(['doctor', 'analyze'])(
    '%s names the nearest format and the columns that are missing',
    async (command) => {
      const { out, err } = await wiretallyHere([command, file]);
      const said = `${out}${err}`.replaceAll(/\s+/g, ' ');
      expect(said).toContain('neither a capture nor a known log; its columns are nearest to those of');
      expect(said).toContain('Netskope web transactions, without x-cs-');
      expect(said).toContain('docs/logs.md');
      expect(said).not.toMatch(/bob|api\.example/);
    },
  );

  it('is not left out of a folder without an error', async () => {
    const sample = join(import.meta.dirname, '../../../../captures/logs/fortigate/traffic.log');
    copyFileSync(sample, join(folder, 'nearest/traffic.log'));
    const other = write('nearest/notes.csv', 'name,owner,street,city', 'a,b,c,d');
    const { code, out } = await wiretallyHere(['analyze', join(folder, 'nearest'), '--format', 'json']);
    expect(code).toBe(4);
    const { incomplete, leftOut } = JSON.parse(out);
    expect(incomplete).toMatchObject([{ file, reason: 'unread' }]);
    expect(JSON.stringify(leftOut)).toContain(other);
  });
});
