// `doctor PATH` reads its inputs to the end: a part that an analysis cannot read is a fault, in a folder as by itself.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { wiretallyHere } from '../../cli/in-process.ts';
import { temporaryFolder } from '../../temporary.ts';

const folder = temporaryFolder('doctor-inputs');
const PACKED = readFileSync('captures/recordings/base-node22-fetch.pcap.gz');
const CAPTURE = gunzipSync(PACKED);
const CALLS = gunzipSync(readFileSync('captures/recordings/claude-code-1.0.122-prompt.pcap.gz'));
const EVE = readFileSync('captures/logs/eve8-noflow/eve.json');
const SQUID =
  '1795000000.500  12500 192.0.2.10 TCP_TUNNEL/200 5321 CONNECT api.anthropic.com:443 - HIER_DIRECT/198.51.100.20 -\n';
const COLUMNS = 'a;b;c;d;e\nf;g;h;i;j\n';
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function write(path: string, content: string | Buffer): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

/** Splits a little-endian pcap into its records, each with its header of 16 bytes. */
function splitRecords(capture: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 24; at < capture.length; ) {
    const end = at + 16 + capture.readUInt32LE(at + 8);
    records.push(capture.subarray(at, end));
    at = end;
  }
  return records;
}

/** Cuts a record as a snap length does. */
function cutRecord(record: Buffer, bytes: number): Buffer {
  const short = Buffer.from(record.subarray(0, 16 + bytes));
  short.writeUInt32LE(short.length - 16, 8);
  return short;
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');

describe('doctor', () => {
  it.each([
    ['a capture cut in a record', 'cut.pcap', CAPTURE.subarray(0, -7), 4, 'the input ends inside a record'],
    ['a compressed capture that is cut', 'cut.pcap.gz', PACKED.subarray(0, -900), 4, 'gzip'],
    ['a compressed log that is cut', 'eve.json.gz', gzipSync(EVE).subarray(0, -99), 4, 'gzip'],
    ['damaged lines', 'access.log', `${SQUID.repeat(3)}1795000000.5 xx\n`, 4, '1 line was ignored'],
    ['a file of another kind', 'picture.pcap', PNG, 3, 'neither pcap nor pcapng'],
    ['columns without a header', 'web.csv', COLUMNS, 3, '5 columns separated by ";"'],
  ])('says the same of %s in a folder and by itself', async (name, file, content, code, expected) => {
    const [alone, path] = [write(`${name} alone/${file}`, content), write(`${name}/${file}`, content)];
    const byItself = await wiretallyHere(['doctor', alone]);
    expect(byItself.code).toBe(code);
    expect(oneLine(byItself.out)).toMatch(/BAD input /);
    expect(oneLine(byItself.out)).toContain(expected);
    write(`${name}/whole.pcap`, CAPTURE);
    const inFolder = await wiretallyHere(['doctor', dirname(path)]);
    expect(inFolder.code).toBe(4);
    const fault = (out: string): string => oneLine(out.slice(out.indexOf('BAD   input'))).slice(0, 999);
    expect(fault(inFolder.out).replaceAll(path, alone)).toContain(
      fault(byItself.out)
        .replace(/ note .*$/, '')
        .trim(),
    );
  });

  it.each([
    ['without a file', {}],
    ['with empty logs alone', { 'conn.log': '', 'eve.json': '' }],
    ['with other files alone', { 'notes.txt': 'some words' }],
  ])('and dump end with 3 for a folder %s', async (name, files) => {
    const place = join(folder, name);
    mkdirSync(place);
    for (const [file, content] of Object.entries(files)) writeFileSync(join(place, file), content);
    const { code, out } = await wiretallyHere(['doctor', place]);
    expect(code).toBe(3);
    expect(oneLine(out)).toContain('no capture and no known log');
    expect(await wiretallyHere(['dump', 'flows', place])).toMatchObject({ code: 3, out: '' });
  });

  it('ends with 3 for packets of a folder of logs', async () => {
    const place = dirname(write('logs alone/access.log', SQUID));
    const { code, err } = await wiretallyHere(['dump', 'flows', place]);
    expect(code).toBe(3);
    expect(err).toContain('logs alone: no capture');
    expect((await wiretallyHere(['doctor', place])).code).toBe(0);
  });

  it('counts the packets of whole captures, and ends with 0', async () => {
    write('whole/README.md', 'some words about these captures\nand some more words\n');
    const path = write('whole/a.pcap', CAPTURE);
    const { code, out } = await wiretallyHere(['doctor', dirname(path)]);
    expect(code).toBe(0);
    expect(oneLine(out)).toMatch(
      /ok captures 1 capture, [1-9]\d* packets; .* note input .*README.md: no known/,
    );
  });

  it('lists what a capture lacks', async () => {
    const all = splitRecords(CALLS);
    const fromServer = (record: Buffer | undefined): boolean => record?.readUInt16BE(16 + 34) === 443;
    const without = (isKept: (i: number) => boolean) =>
      Buffer.concat([CALLS.subarray(0, 24), ...all.filter((_, i) => isKept(i))]);
    const lossy = write(
      'lossy.pcap',
      without((i) => i % 3 !== 2),
    );
    const oneWay = write(
      'one-way.pcap',
      without((i) => !fromServer(all[i])),
    );
    const cutTo = (bytes: number) =>
      write(`${bytes}.pcap`, Buffer.concat([CALLS.subarray(0, 24), ...all.map((r) => cutRecord(r, bytes))]));
    const notesOf = async (file: string) => oneLine((await wiretallyHere(['doctor', file])).out);
    for (const file of [lossy, cutTo(96)])
      expect(await notesOf(file)).toMatch(/note captures [\d.]+ % of all bytes sent are missing/);
    expect(await notesOf(oneWay)).toMatch(
      /note captures \d+ % of bytes are of connections that were captured in one/,
    );
    expect(await notesOf(cutTo(40))).toMatch(
      /note captures [1-9][\d ]* packets \([\d.]+ %\) truncated by the snap length/,
    );
    expect(await notesOf(write('all.pcap', CALLS))).not.toContain('note captures');
  });
});
