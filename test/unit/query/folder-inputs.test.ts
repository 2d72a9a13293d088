// A folder stands for its captures and logs, in folders below it too. What may hold traffic and was not read is an error; other
// files are counted.

import { cpSync, linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../../src/model/report.ts';
import { listCaptures, sortInputs } from '../../../src/query/inputs/log-files.ts';
import { wiretallyHere } from '../../cli/in-process.ts';
import { temporaryFolder } from '../../temporary.ts';

const folder = temporaryFolder('inputs');
const CAPTURE = gunzipSync(readFileSync('captures/recordings/base-node22-fetch.pcap.gz'));
const TOOL = 'captures/recordings/claude-code-2.1.328-prompt.pcap.gz';
const LOG =
  '1795000000.500  12500 192.0.2.10 TCP_TUNNEL/200 5321 CONNECT api.anthropic.com:443 - HIER_DIRECT/198.51.100.20 -\n';

function write(path: string, content: string | Buffer): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

const read = async (name: string) => {
  const { captures, logs, errors, leftOut } = await sortInputs([join(folder, name)]);
  const short = (file: string | null): string => file?.slice(join(folder, name).length + 1) ?? '';
  return {
    captures: captures.map(short),
    logs: logs.map(({ input }) => short(input.name)),
    errors: errors.map(({ where }) => short(where)),
    leftOut: leftOut.map(short),
  };
};

const NOTHING = { captures: [], logs: [], errors: [], leftOut: [] };
const FOREIGN = Buffer.from('snoop\0\0\0\0\0\0\x02\0\0\0\x04', 'latin1');
const ZIP = (member: string): Buffer =>
  Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(26), Buffer.from(member)]);
const TAR = Buffer.concat([Buffer.from('b.pcap'), Buffer.alloc(251), Buffer.from('ustar\0')]);
const RAR = Buffer.from('Rar!\x1a\x07\x01\0');
const XZ = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4]);

describe('a folder', () => {
  it.each([
    [
      'captures next to logs',
      { 'a.pcap': CAPTURE, 'access.log': LOG },
      { captures: ['a.pcap'], logs: ['access.log'] },
    ],
    [
      'folders below a capture',
      { 'a.pcap': CAPTURE, 'day2/b.pcap': CAPTURE.subarray(0, -1), 'logs/squid/access.log': LOG },
      { captures: ['a.pcap', 'day2/b.pcap'], logs: ['logs/squid/access.log'] },
    ],
    [
      'a capture of any name',
      { 'a.pcap': CAPTURE, 'b.dump': CAPTURE.subarray(0, -1) },
      { captures: ['a.pcap', 'b.dump'] },
    ],
    [
      'captures that are none',
      { 'a.pcap': CAPTURE, 'b.pcap': '', 'c.cap': 'x' },
      { captures: ['a.pcap', 'b.pcap', 'c.cap'] },
    ],
    [
      'a capture of another program',
      { 'a.pcap': CAPTURE, 'b.snoop': FOREIGN },
      { captures: ['a.pcap', 'b.snoop'] },
    ],
    [
      'other compression',
      { 'a.pcap': CAPTURE, 'b.pcap.xz': XZ },
      { captures: ['a.pcap'], errors: ['b.pcap.xz'] },
    ],
    [
      'archives',
      { 'a.pcap': CAPTURE, 'b.zip': ZIP('b.pcap'), 'b.tar': TAR, 'b.tgz': gzipSync(TAR), 'b.rar': RAR },
      { captures: ['a.pcap'], errors: ['b.rar', 'b.tar', 'b.tgz', 'b.zip'] },
    ],
    [
      'archives that are documents or programs',
      { 'a.pcap': CAPTURE, 'b.docx': ZIP('[Content_Types].xml'), 'b.jar': ZIP('META-INF/') },
      { captures: ['a.pcap'], leftOut: ['b.docx', 'b.jar'] },
    ],
    [
      'captures without a magic number',
      { 'a.pcap': CAPTURE, 'b.etl': Buffer.alloc(99, 7), 'b.erf': Buffer.alloc(98, 7) },
      { captures: ['a.pcap', 'b.erf', 'b.etl'] },
    ],
    [
      'empty files',
      { 'a.pcap': CAPTURE, 'conn.log': '', 'b.log.gz': '', 'c.log.gz': gzipSync('') },
      { captures: ['a.pcap', 'b.log.gz'], leftOut: ['c.log.gz'] },
    ],
    [
      'a hidden capture',
      { 'a.pcap': CAPTURE, '.b.pcap.Xy': CAPTURE },
      { captures: ['a.pcap'], errors: ['.b.pcap.Xy'] },
    ],
    [
      'records',
      { 'a.pcap': CAPTURE, 'kept/a.usage': 'x' },
      { captures: ['a.pcap'], errors: ['kept/a.usage'] },
    ],
    ['a copy', { 'a.pcap': CAPTURE, 'older/a.pcap': CAPTURE }, { captures: ['a.pcap'] }],
    [
      'other files',
      {
        'a.pcap': CAPTURE,
        'README.md': '# Captures\n',
        SHA256SUMS: 'x',
        'policy.yaml': 'version: 1\n',
        '.keep': '',
        one: '\n',
      },
      { captures: ['a.pcap'], leftOut: ['README.md', 'SHA256SUMS', 'one', 'policy.yaml'] },
    ],
  ] as const)('with %s', async (name, files, expected) => {
    for (const [path, content] of Object.entries(files)) write(`${name}/${path}`, content);
    expect(await read(name)).toEqual({ ...NOTHING, ...expected });
  });

  it('with links in a circle and to files is read once', async () => {
    write('links/logs/access.log', LOG);
    const file = write('links/a.pcap', CAPTURE);
    symlinkSync(join(folder, 'links'), join(folder, 'links/logs/up'));
    symlinkSync(file, join(folder, 'links/a-latest.pcap'));
    linkSync(file, join(folder, 'links/logs/b.pcap'));
    symlinkSync('nowhere', join(folder, 'links/gone'));
    symlinkSync('itself', join(folder, 'links/itself'));
    expect(await read('links')).toEqual({
      captures: ['a.pcap'],
      logs: ['logs/access.log'],
      errors: ['itself'],
      leftOut: ['gone'],
    });
  });

  it('too deep is named', async () => {
    write('deep/a.pcap', CAPTURE);
    write(`deep/${'d/'.repeat(13)}b.pcap`, CAPTURE);
    const { captures, errors } = await read('deep');
    expect({ captures, errors: errors.length }).toEqual({ captures: ['a.pcap'], errors: 1 });
  });

  it('stands for its captures where packets are read', async () => {
    const { captures, notes } = await listCaptures([join(folder, 'folders below a capture')]);
    expect(captures).toHaveLength(2);
    expect(notes.join('\n')).toContain('access.log: no known capture; left out');
  });
});

describe('the verdict', () => {
  const policy = ['--policy', 'captures/demo-policy.yaml', '--format', 'json'];
  const report = async (place: string): Promise<{ document: ReportDocument; code: number | null }> => {
    const { out, code } = await wiretallyHere(['analyze', place, ...policy]);
    return { document: JSON.parse(out) as ReportDocument, code };
  };

  it('covers a folder below a capture', async () => {
    const place = dirname(write('below/a.pcap', CAPTURE));
    mkdirSync(join(place, 'day2'));
    cpSync(TOOL, join(place, 'day2/b.pcap.gz'));
    const { document } = await report(place);
    expect(document.captures).toHaveLength(2);
    expect(document.tools.map(({ tool }) => tool)).toContain('claude-code');
  });

  it.each([
    ['a README', 'README.md', '# x\n', { leftOut: true, incomplete: false, code: 0 }],
    ['a capture in a foreign format', 'b.snoop', FOREIGN, { leftOut: false, incomplete: true, code: 4 }],
  ])('with %s', async (name, file, content, expected) => {
    write(`${name}/a.pcap`, CAPTURE);
    const { document, code } = await report(dirname(write(`${name}/${file}`, content)));
    const { leftOut, incomplete } = document;
    expect({ leftOut: leftOut !== undefined, incomplete: incomplete !== undefined, code }).toEqual(expected);
  });

  it('of records is not about a capture in their folder', async () => {
    const place = join(folder, 'kept');
    await wiretallyHere(['analyze', TOOL, '--write', `${place}/`]);
    write('kept/b.pcap', CAPTURE);
    const { document, code } = await report(place);
    expect({ incomplete: document.incomplete, code }).toEqual({
      incomplete: [{ file: join(place, 'b.pcap'), reason: 'unread', lastPacket: null }],
      code: 4,
    });
  });
});
