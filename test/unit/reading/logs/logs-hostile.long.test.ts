// Logs that are cut, damaged or written to exhaust: what is read of them, what is said, and what is retained. Costs are counted
// in rows and entries, not in time; test/fuzz/parsers counts the steps of changed samples.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openSource } from '../../../../src/query/source.ts';
import {
  checkReading,
  LOG_SAMPLES,
  type LogsRead,
  type MemoryLog,
  readLogs,
} from '../../../fuzz/parsers/logs.ts';
import { temporaryFolder } from '../../../temporary.ts';

const folder = temporaryFolder('logs-hostile');

const log = (name: string, text: string | Buffer): MemoryLog => ({ name, bytes: Buffer.from(text) });
const flowsOf = ({ windows }: Pick<LogsRead, 'windows'>): number =>
  windows.flatMap(({ rows }) => rows).reduce((sum, { flows }) => sum + flows, 0);
const messages = ({ errors }: Pick<LogsRead, 'errors'>): string[] => errors.map(({ message }) => message);

const COLUMNS = 'ts uid id.orig_h id.orig_p id.resp_h id.resp_p version server_name established';
const header = (fields = COLUMNS): string =>
  `#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tssl\n#fields\t${fields.replaceAll(' ', '\t')}\n`;
const ssl = (n: number, ts = '1795155000.0', name = 'ampcode.com'): string =>
  `${[ts, `C${n}`, '10.0.0.5', 1024 + (n % 60_000), '198.51.100.9', '443', 'TLSv13', name, 'T'].join('\t')}\n`;
const tls = (n: number, sni = 'ampcode.com'): string =>
  `{"timestamp":"2026-11-20T06:22:23.311046+0000","flow_id":${n},"event_type":"tls","src_ip":"10.0.0.5","src_port":${1024 + (n % 60_000)},"dest_ip":"198.51.100.9","dest_port":443,"proto":"TCP","tls":{"sni":"${sni}","version":"TLS 1.3"}}\n`;

/** Of each file, evenly: some within a line, a field, and a sign. */
const CUTS = 67;

describe('prefixes of a sample', () => {
  it.each(LOG_SAMPLES)('$name: is read as far as it goes', async ({ format, logs, definitions }) => {
    const whole = flowsAndQuestions(await readLogs(logs, { format: format.id, definitions }));
    for (const [i, cut] of logs.entries()) {
      const step = Math.ceil(cut.bytes.length / CUTS);
      for (let length = 0; length < cut.bytes.length; length += step) {
        const prefix = logs.with(i, { name: cut.name, bytes: cut.bytes.subarray(0, length) });
        const read = await readLogs(prefix, { format: format.id, definitions });
        checkReading(read, prefix);
        expect(flowsAndQuestions(read), `${cut.name} cut at ${length}`).toBeLessThanOrEqual(whole);
      }
    }
  });
});

/** What windows hold of connections and questions. */
function flowsAndQuestions(read: LogsRead): number {
  return read.windows
    .flatMap(({ rows, hosts }) => [...rows, ...hosts])
    .reduce((sum, { flows }) => sum + flows, 0);
}

describe('a log that is written to exhaust', () => {
  it('costs lines of 10 MB once, and keeps nothing of them', async () => {
    const long = 'x'.repeat(10 << 20);
    const bombs = [
      `{"event_type":"tls","flow_id":"${long}","timestamp":"2026-11-20T06:22:23Z","src_ip":"10.0.0.5","dest_ip":"198.51.100.9","tls":{"sni":"ampcode.com"}}\n`,
      `{"event_type":"tls","timestamp":"2026-11-20T06:22:23Z","src_ip":"${long}","dest_ip":"198.51.100.9","tls":{"sni":"ampcode.com"}}\n`,
      `{"event_type":"dhcp","timestamp":"2026-11-20T06:22:23Z","dhcp":{"dhcp_type":"ack","assigned_ip":"10.0.0.5","hostname":"${long}"}}\n`,
      `{"event_type":"dns","timestamp":"2026-11-20T06:22:23Z","dns":{"rrname":"${'\\u0041'.repeat(1 << 20)}"}}\n`,
    ];
    const read = await readLogs([log('eve.json', bombs.join('') + tls(1))]);
    expect(read.captures[0]?.log?.ignored).toEqual({ 'no address': 1 });
    expect(JSON.stringify(read).length).toBeLessThan(100_000);
  });

  it.each([
    ['bind', `client 10.0.0.5#1 (a): query: ${'client 1#1 ('.repeat(800_000)}`],
    ['bind', `${'client 1#1 (a): query '.repeat(400_000)}`],
    [
      'windows-dns',
      `11/20/2026 6:22:23 AM 0E2C PACKET  000002 UDP Rcv 10.0.0.5 0001   Q [${'A'.repeat(9_000_000)}`,
    ],
    ['dnsmasq', `Nov 20 06:22:23 dnsmasq[1]: ${'reply '.repeat(1_500_000)}`],
    ['unbound', `[1795155743] unbound[1:0] info: ${'a '.repeat(4_000_000)}`],
  ])('%s: searches no line of 10 MB', async (format, line) => {
    const read = await readLogs([log('dns.log', `${line}\n`)], { format });
    expect(read.captures[0]?.log?.ignored).toEqual({ 'line too long': 1 });
  });

  it('reads documents of Arkime that are nested too deeply, and the sessions behind them', async () => {
    const session = new TextDecoder().decode(
      LOG_SAMPLES.find(({ name }) => name === 'arkime')?.logs[0]?.bytes,
    );
    const [first = '', ...others] = session.split('\n').filter((line) => line.startsWith('{"_index"'));
    const bomb = `{"firstPacket":1,"lastPacket":2,"x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    const text = `{"data":[${[bomb, '7', first, ...others].join(',\n')}]}`;
    const read = await readLogs([log('sessions.json', text)], { format: 'arkime' });
    const whole = await readLogs([log('sessions.json', [first, ...others].join('\n'))], { format: 'arkime' });
    expect(flowsOf(read)).toBe(flowsOf(whole));
    expect(read.captures[0]?.log?.ignored).toEqual({ 'nested too deeply': 1, 'no JSON object': 1 });
  });

  it('says that an answer of Arkime is cut', async () => {
    const read = await readLogs([log('sessions.json', '{"data":[{"firstPacket":1,\n"lastPacket":2},')], {
      format: 'arkime',
    });
    expect(messages(read)).toEqual(['sessions.json:1: no JSON document; 1 line was ignored']);
  });

  it('keeps a bounded number of connections that never end, loses none of them, and says so', async () => {
    const count = 262_144 + 1000;
    const lines = Array.from({ length: count }, (_, n) =>
      ssl(n, `${1795155000 + Math.floor(n / 50_000) * 5}.0`),
    );
    const zeek = await readLogs([log('ssl.log', header() + lines.join(''))]);
    expect(flowsOf(zeek)).toBe(count);
    expect(zeek.notes.join('\n')).toContain(
      'more than 262144 connections to listed names were open at once; bytes of 1000 of them are unknown',
    );
    expect(zeek.notes.join('\n')).toContain('1000 of them were not compared');
  });

  it('bounds the windows that times all over the centuries open', async () => {
    const lines = Array.from({ length: 140_000 }, (_, n) =>
      ssl(n, `${1_000_000 + n * 900}.0`, 'other.example'),
    );
    const dns = lines.map((line) => line.replace('other.example', 'ampcode.com'));
    const read = await readLogs([log('ssl.log', header() + dns.join(''))]);
    expect(read.windows.length).toBe(131_072);
    expect(read.notes.join('\n')).toContain(`${140_000 - 131_072} rows are left out`);
  }, 240_000);

  it('compares a bounded number of connections to one name at one time', async () => {
    const count = 60_000;
    const text = Array.from({ length: count }, (_, n) => tls(n)).join('');
    const read = await readLogs([log('eve.json', text)]);
    expect(flowsOf(read)).toBe(count);
  });

  it('keeps nothing of a million names that are not listed', async () => {
    const text = Array.from({ length: 200_000 }, (_, n) => tls(n, `n${n}.example.test`)).join('');
    const read = await readLogs([log('eve.json', text)]);
    expect(read.windows.flatMap(({ rows }) => rows)).toEqual([]);
    expect(JSON.stringify(read)).not.toContain('example.test');
  });
});

describe('a damaged log', () => {
  const read = async (name: string, content: string | Buffer) => {
    const file = join(folder, name);
    writeFileSync(file, content);
    const { errors, ...others } = await (await openSource([file])).read();
    return { ...others, errors: errors.map(({ message }) => message.replace(`${folder}/`, '')) };
  };

  it('of a wrong kind is refused with its reason, and forced to a format it is counted line by line', async () => {
    const { errors } = await read('notes.txt', 'some\nnotes\n');
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain('notes.txt');
    const forced = await readLogs([log('notes.txt', 'some\nnotes\n')], { format: 'suricata' });
    expect(messages(forced)).toEqual(['notes.txt:1: no JSON object; 2 lines were ignored']);
  });

  it('without its #fields is counted, until a header comes', async () => {
    const [, , , , path = ''] = header().split('\n');
    const { errors, ...part } = await read(
      'nofields.log',
      `#separator \\x09\n${path}\n${ssl(1)}${ssl(2)}${header()}${ssl(3)}`,
    );
    expect(errors).toEqual(['nofields.log:3: no #fields line; 2 lines were ignored']);
    expect(flowsOf(part)).toBe(1);
  });

  it('whose columns change without a header loses those rows alone', async () => {
    const more = ssl(2).replace('\n', '\textra\n');
    const { errors, ...part } = await read('columns.log', header() + ssl(1) + more + ssl(3));
    expect(errors).toEqual(['columns.log:8: more columns than the header has; 1 line was ignored']);
    expect(flowsOf(part)).toBe(2);
  });

  it('of two versions of an exporter is read in both forms', async () => {
    const old =
      '{"timestamp":"2026-11-20T06:22:20.000000+0000","event_type":"dns","src_ip":"10.0.0.5","src_port":4000,"dest_ip":"10.0.0.1","dest_port":53,"proto":"UDP","dns":{"type":"query","rrname":"ampcode.com","rrtype":"A"}}';
    const now =
      '{"timestamp":"2026-11-20T06:22:21.000000+0000","event_type":"dns","src_ip":"10.0.0.6","src_port":4000,"dest_ip":"10.0.0.1","dest_port":53,"proto":"UDP","dns":{"version":3,"type":"request","queries":[{"rrname":"ampcode.com","rrtype":"A"}]}}';
    const { errors, windows } = await read('versions.json', `${old}\n${now}\n`);
    expect(errors).toEqual([]);
    expect(windows.flatMap(({ queriedNames }) => queriedNames).map(({ host }) => host)).toEqual([
      '10.0.0.5',
      '10.0.0.6',
    ]);
  });

  it('whose time goes back is the same as one in order', async () => {
    const rows = Array.from({ length: 20 }, (_, n) => ssl(n, `${1795155000 + ((n * 7919) % 20) * 300}.0`));
    const sorted = rows.toSorted();
    const [mixed, ordered] = [
      await read('back.log', header() + rows.join('')),
      await readLogs([log('a', header() + sorted.join(''))]),
    ];
    const known = ({ windows }: Pick<LogsRead, 'windows'>) =>
      windows.map(({ startSeconds, rows: list }) => ({ startSeconds, list }));
    expect(mixed.errors).toEqual([]);
    expect(known(mixed)).toEqual(known(ordered));
  });

  it('of two sensors of one network counts a connection once', async () => {
    const twin = ssl(1, '1795155000.004').replace('C1', 'D9');
    const two = await readLogs([log('a/ssl.log', header() + ssl(1)), log('b/ssl.log', header() + twin)]);
    expect(flowsOf(two)).toBe(1);
    expect(two.notes.join('\n')).toContain('two sensors logged count once; copies left out: 1');
    const later = ssl(1, '1795155090.0').replace('C1', 'D9');
    const again = await readLogs([log('a/ssl.log', header() + ssl(1)), log('b/ssl.log', header() + later)]);
    expect(flowsOf(again)).toBe(2);
  });

  it.each([
    ['CRLF', (text: string) => Buffer.from(text.replaceAll('\n', '\r\n'))],
    ['a byte order mark', (text: string) => Buffer.from(`\ufeff${text}`)],
  ])('with %s is read whole', async (_name, change) => {
    const { errors, ...marked } = await read('marked.log', change(header() + ssl(1) + ssl(2)));
    expect(errors).toEqual([]);
    expect(flowsOf(marked)).toBe(2);
    const { errors: faults, ...json } = await read('marked.json', change(tls(1) + tls(2)));
    expect(faults).toEqual([]);
    expect(flowsOf(json)).toBe(2);
  });

  it('with blocks of NUL bytes or invalid UTF-8 loses those rows alone', async () => {
    const bad = Buffer.from(ssl(2, '1795155000.0', 'amp\xff\xfecode.com'), 'latin1');
    const { errors, ...part } = await read(
      'nul.log',
      Buffer.concat([
        Buffer.from(header() + ssl(1)),
        Buffer.alloc(4096),
        Buffer.from(ssl(3)),
        bad,
        Buffer.from(ssl(4)),
      ]),
    );
    // 60 rows of the length of the others would fit into the block.
    expect(errors).toEqual(['nul.log:7: zero bytes in place of rows; 61 lines were ignored']);
    expect(flowsOf(part)).toBe(3);
  });

  it('that is compressed and cut in the middle is read until there', async () => {
    const rows = Array.from({ length: 20_000 }, (_, n) => ssl(n)).join('');
    const packed = gzipSync(`${header()}broken\n${rows}`);
    const { errors, captures, ...part } = await read('cut.log.gz', packed.subarray(0, packed.length / 2));
    expect(errors).toHaveLength(2);
    expect(errors[0]).toMatch(/^cut\.log\.gz/);
    expect(errors[1]).toBe('cut.log.gz:7: fewer columns than the header has; 1 line was ignored');
    expect(captures[0]?.truncated).toBe(true);
    expect(flowsOf(part)).toBeGreaterThan(5000);
  });

  it('with a flow of a year keeps all its windows when they are written', async () => {
    const conn =
      '{"ts":1795155000,"uid":"C1","id.orig_h":"10.0.0.5","id.orig_p":4000,"id.resp_h":"198.51.100.9","id.resp_p":22,"proto":"tcp","duration":31536000,"orig_bytes":10,"resp_bytes":10,"conn_state":"SF"}\n';
    const logs = [log('conn.log', conn)];
    const year = await readLogs(logs, { format: 'zeek' });
    checkReading(year, logs);
    expect(year.windows).toHaveLength(1);
  });
});
