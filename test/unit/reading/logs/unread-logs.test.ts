// Logs that are not understood, or not read, are part of the answer: of the report, its formats, the verdict, a bundle, a
// store and the exit code. Lines that a format has no use for are read.

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../../../src/model/report.ts';
import { openSource, type SourceRead } from '../../../../src/query/source.ts';
import { wiretallyHere } from '../../../cli/in-process.ts';
import { temporaryFolder } from '../../../temporary.ts';

const folder = temporaryFolder('unread');

function write(path: string, content: string | Buffer): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

const lines = (count: number, line: (i: number) => string): string =>
  `${Array.from({ length: count }, (_, i) => line(i)).join('\n')}\n`;

const EPOCH = 1_795_000_000;
const unbound = (i: number): string =>
  `[${EPOCH + i * 60}] unbound[12:0] info: 192.0.2.10 www.example.org. A IN`;
const newUnbound = (): string =>
  '<30>1 2026-11-18T11:06:40+00:00 fw unbound 67 - [meta sequenceId="5"] [67:3] query: 192.0.2.10 api.anthropic.com. A IN over dot';
const dnsmasq =
  (said: string) =>
  (i: number): string =>
    `Nov 18 11:${String(i % 60).padStart(2, '0')}:40 gw ${said}`;
const squid =
  (request: string) =>
  (i: number): string =>
    `${EPOCH + i}.500  12500 192.0.2.10 ${request}`;
const TUNNEL = 'TCP_TUNNEL/200 5321 CONNECT api.anthropic.com:443 - HIER_DIRECT/198.51.100.20 -';
const OTHER = 'TCP_TUNNEL/200 5321 CONNECT api.anthropic.com:443';
const eve =
  (type: string, more: object = {}) =>
  (i: number): string =>
    JSON.stringify({
      timestamp: `2026-11-18T11:${String(i % 60).padStart(2, '0')}:40.030000+0000`,
      ...{ flow_id: 1000 + i, event_type: type, src_ip: '192.0.2.10', src_port: 40_000 + i },
      ...{ dest_ip: '198.51.100.20', dest_port: 443, proto: 'TCP', ...more },
    });
const tls = eve('tls', { tls: { sni: 'api.anthropic.com', version: 'TLS 1.3' } });
const alert = eve('alert', { tls: { sni: 'api.anthropic.com' } });
const CONN = [
  '#separator \\x09',
  '#path\tconn',
  '#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state',
  '1795000000.010000\tC1a\t192.0.2.10\t40001\t198.51.100.20\t443\ttcp\tssl\t12.5\t3335\t3138\tSF',
  '',
].join('\n');

const read = async (path: string): Promise<SourceRead> => await (await openSource([path])).read();

/** What an analysis says of its inputs: reasons, codes of errors. */
async function said(path: string): Promise<{ incomplete: string[]; codes: string[]; counts: unknown }> {
  const { incomplete, errors, captures } = await read(path);
  return {
    incomplete: incomplete.map(({ reason }) => reason),
    codes: errors.map(({ code }) => code),
    counts: captures.map(({ log }) => [log?.lines, log?.rows, Object.values(log?.ignored ?? {})]),
  };
}

describe('lines that are rows, or of no use, are read', () => {
  it.each([
    ['questions for other names', lines(200, unbound), [[200, 200, []]]],
    [
      'words of the resolver between them',
      lines(200, (i) => (i % 2 ? unbound(i) : `[${EPOCH}] unbound[1:0] notice: x`)),
      [[200, 100, []]],
    ],
    [
      'syslog of other programs',
      lines(200, (i) => dnsmasq(i % 4 ? 'sshd[1]: x' : 'dnsmasq[1]: query[A] a.example from 192.0.2.10')(i)),
      [[200, 50, []]],
    ],
    [
      'a type without a name',
      lines(3, dnsmasq('dnsmasq[1]: query[type=65] api.anthropic.com from 192.0.2.10')),
      [[3, 3, []]],
    ],
    [
      'extended errors',
      lines(2, (i) =>
        dnsmasq(
          i
            ? 'dnsmasq[1]: reply api.anthropic.com is NXDOMAIN (EDE: blocked)'
            : 'dnsmasq[1]: query[A] api.anthropic.com from 192.0.2.10',
        )(i),
      ),
      [[2, 1, []]],
    ],
    [
      'another name of unbound',
      `[${EPOCH}] resolver1[12:0] info: 192.0.2.10 api.anthropic.com. A IN\n`,
      [[1, 1, []]],
    ],
    ['alerts among names', lines(200, (i) => (i % 10 ? alert(i) : tls(i))), [[200, 20, []]]],
    [
      'requests without TLS',
      lines(40, squid('TCP_MISS/200 5 GET http://www.example.org/ - HIER_DIRECT/198.51.100.20 -')),
      [[40, 40, []]],
    ],
    ['comments', CONN, [[4, 1, []]]],
    [
      'one line in two hundred that is damaged',
      lines(200, (i) => (i === 7 ? '{"timestamp"' : tls(i))),
      [[200, 199, [1]]],
    ],
  ])('%s', async (name, text, counts) => {
    const found = await said(write(`read/${name.replaceAll(' ', '-')}.log`, text));
    expect(found).toMatchObject({ incomplete: [], counts });
  });
});

describe('a log that was not understood', () => {
  it.each([
    ['unbound in a new form', lines(20, newUnbound), 'ignored'],
    ['unbound, three of two hundred', lines(200, (i) => (i % 70 ? unbound(i) : newUnbound())), 'ignored'],
    ['unbound without questions', lines(20, (i) => `[${EPOCH + i}] unbound[1:0] notice: init`), 'noRow'],
    [
      'dnsmasq in a new form',
      lines(20, dnsmasq('dnsmasq[1]: 45 192.0.2.10/53 DOT query[A] a.example from 192.0.2.10')),
      'ignored',
    ],
    [
      'few questions among many other lines',
      lines(400, (i) =>
        dnsmasq(i ? 'sshd[1]: x' : 'dnsmasq[1]: 4 192.0.2.1/5 DOT query[A] a.example from 192.0.2.1')(i),
      ),
      'ignored',
    ],
    ['clients by name', lines(20, dnsmasq('dnsmasq[1]: query[A] a.example from laptop.lan')), 'ignored'],
    ['dnsmasq without questions', lines(20, dnsmasq('dnsmasq[1]: using nameserver 9.9.9.9#53')), 'noRow'],
    ['Squid, half in another form', lines(20, (i) => squid(i % 2 ? OTHER : TUNNEL)(i)), 'ignored'],
    ['EVE of alerts', lines(20, alert), 'noRow'],
    [
      'EVE of leases',
      lines(20, eve('dhcp', { dhcp: { dhcp_type: 'ack', assigned_ip: '192.0.2.10' } })),
      'noRow',
    ],
    ['EVE with lines that are cut', lines(60, (i) => (i % 20 ? tls(i) : tls(i).slice(0, 40))), 'ignored'],
    ['a header of Zeek alone', CONN.slice(0, CONN.lastIndexOf('179')), 'noRow'],
    [
      'a log of Zeek without connections',
      '#separator \\x09\n#path\tweird\n#fields\tts\tuid\tname\n1795000000.0\tC1\tbad\n',
      'noRow',
    ],
  ])('%s', async (name, text, reason) => {
    const found = await said(write(`ignored/${name.replaceAll(' ', '-')}.log`, text));
    expect(found).toMatchObject({ incomplete: [reason], codes: ['INPUT_DAMAGED'] });
  });

  it('is none where another log of its product has the rows', async () => {
    write('alerts/alerts.json', lines(20, alert));
    write('alerts/eve.json', lines(20, tls));
    expect((await said(join(folder, 'alerts'))).incomplete).toEqual([]);
  });
});

it('names a file whose name is not UTF-8, in a folder next to a log', async () => {
  const log = write('names/eve.json', lines(20, tls));
  copyFileSync(log, Buffer.from(join(dirname(log), 'b\xfcro.json'), 'latin1'));
  const { errors, inputsRead } = await read(dirname(log));
  expect(errors).toMatchObject([{ code: 'INPUT_UNREADABLE', message: expect.stringMatching(/not UTF-8/) }]);
  expect(inputsRead).toBe(1);
});

describe('a form that is not read', () => {
  const text = lines(30, tls);
  const objects = text.trim().split('\n');
  it.each([
    ['UTF-16', Buffer.from(`\ufeff${text}`, 'utf16le'), 'iconv -f UTF-16 -t UTF-8 '],
    [
      'UTF-16 in the other order',
      Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
      'iconv -f UTF-16 -t UTF-8 ',
    ],
    ['UTF-16 without a mark', Buffer.from(text, 'utf16le'), 'iconv -f UTF-16LE -t UTF-8 '],
    ['a JSON list of lines', `[\n${objects.join(',\n')}\n]`, "jq -c '.[]' "],
    [
      'indented JSON',
      objects.map((line) => JSON.stringify(JSON.parse(line), null, 2)).join('\n'),
      'jq -c . ',
    ],
    ['a prefix', objects.map((line) => `ids > ${line}\n`).join(''), "sed 's/^[^{]*//' "],
    [
      'a Zeek log without its header',
      CONN.slice(CONN.lastIndexOf('179')),
      "{ grep '^#' LOG_WITH_HEADER; cat ",
    ],
    ['a list in an object', `{"Records":[${objects.join(',\n')}]}`, "jq -c '.Records[]' "],
    [
      'a long list in an object, indented',
      JSON.stringify({ ok: 1, result: Array.from({ length: 400 }, (_, i) => JSON.parse(tls(i))) }, null, 2),
      "jq -c '.result[]' ",
    ],
    [
      'a list in two objects',
      JSON.stringify({ took: 3, hits: { total: 2, hits: objects.map((line) => JSON.parse(line)) } }, null, 2),
      "jq -c '.hits.hits[]' ",
    ],
    ['a list without brackets', objects.map((line) => `${line},\n`).join(''), "sed 's/}[[:space:]]*,"],
    ['a packed list', gzipSync(`[\n${objects.join(',\n')}\n]`), 'gunzip -c '],
  ])('%s is named, with its command, alone and beside a log', async (name, content, command) => {
    const place = `forms/${name.replaceAll(' ', '-')}`;
    const file = write(`${place}/a.log`, content);
    for (const path of [file, dirname(file)]) {
      const { errors, inputsRead } = await read(path);
      expect(errors).toMatchObject([{ code: 'INPUT_UNREADABLE', where: file }]);
      expect(errors[0]?.next).toContain(command);
      expect(inputsRead).toBe(0);
    }
    write(`${place}/b.log`, text);
    const { errors, incomplete } = await read(dirname(file));
    expect(errors).toHaveLength(1);
    expect(incomplete).toMatchObject([{ file, reason: 'unread' }]);
  });

  it('is not seen in a first line that was cut', async () => {
    const cut = `${objects[0]?.slice(0, 90)}\n${text.repeat(10)}`;
    expect(await said(write('forms/cut.log', cut))).toMatchObject({ counts: [[301, 300, [1]]] });
  });

  it('is none where the list is in one line', async () => {
    const whole = write(
      'forms/records.json',
      `${JSON.stringify({ Records: objects.map((line) => JSON.parse(line)) })}\n`,
    );
    expect((await said(whole)).counts).toEqual([[30, 30, []]]);
  });

  it('has a command that works', () => {
    const file = write('forms/works.json', `[${objects.join(',')}]`);
    const { stdout } = spawnSync('jq', ['-c', '.[]', file], { encoding: 'utf8' });
    expect(stdout).toBe(text);
  });

  it('is not seen in files of other programs', async () => {
    write('others/app.json', '[{"a":1},{"a":2}]');
    write('others/notes.txt', 'hello\n');
    const { errors } = await read(join(folder, 'others'));
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringContaining('no capture and no known log among 2 files'),
    ]);
    write('others/eve.json', text);
    expect((await read(join(folder, 'others'))).errors).toEqual([]);
  });
});

describe('a compression or an archive that is not read', () => {
  it.each([
    ['bzip2', 'BZh91AY&SY', 'bzip2 -dc '],
    ['xz', '\u00fd7zXZ\0\0', 'xz -dc '],
    ['lz4', '\u0004"M\u0018d', 'lz4 -dc '],
    ['lzma', ']\0\0\u0080\0', 'xz -dc '],
    ['compress', '\u001f\u009d\u0090', 'uncompress -c '],
    ['zip', 'PK\u0003\u0004\u0014\0', 'to a folder'],
    ['7z', "7z\u00bc\u00af'\u001c", 'to a folder'],
  ])('%s is reported with its command, also next to a log', async (kind, head, command) => {
    const file = write(`packed-${kind}/eve.json.bin`, Buffer.from(`${head}${'x'.repeat(400)}`, 'latin1'));
    const { errors } = await read(file);
    expect(errors).toMatchObject([{ code: 'INPUT_UNREADABLE', where: file }]);
    expect(errors[0]?.message).toContain(`${kind} data, which are not unpacked`);
    expect(errors[0]?.next).toContain(command);
    expect((await wiretallyHere(['analyze', file])).code).toBe(3);
    write(`packed-${kind}/eve.json`, lines(20, tls));
    expect((await read(dirname(file))).incomplete).toMatchObject([{ file, reason: 'unread' }]);
  });
});

describe('a packed log that is cut', () => {
  const text = `${tls(0)}\n`;
  const gzip = gzipSync(text);
  const zstd = spawnSync('zstd', ['-q', '-c'], { input: text }).stdout;

  it.each(['gz', 'zst'])('as %s is damage at any byte, alone, and in a folder beside a log', async (end) => {
    const packed = end === 'gz' ? gzip : zstd;
    write(`beside-${end}/other.log`, lines(3, unbound));
    // Every byte of the header, of the first and last blocks and of the checksum; each is a whole analysis.
    const isEdge = (length: number): boolean => length <= 32 || packed.length - length <= 32;
    for (let length = 1; length < packed.length; length++) {
      if (!isEdge(length) && length % 7 !== 0) continue;
      const cut = packed.subarray(0, length);
      const beside = dirname(write(`beside-${end}/eve.json.${end}`, cut));
      expect((await read(beside)).errors, `${length} bytes`).not.toEqual([]);
      if (length % 3 !== 1) continue;
      const alone = write(`alone-${end}/eve.json.${end}`, cut);
      for (const path of [alone, dirname(alone)])
        expect((await read(path)).errors, `${path} of ${length} bytes`).not.toEqual([]);
    }
  });
});

describe('the answer', () => {
  const policy = write(
    'policy.yaml',
    [
      'version: 1\nname: t\ntimezone: UTC',
      'groups: { all: { cidr: [192.0.2.0/24] } }',
      'rules:',
      '  - { id: NO-COPILOT, rev: 1, title: No Copilot, match: { tools: [github-copilot] }, scope: { groups: [all] }, action: deny, effective: 2026-01-01, severity: high }',
      '  - { id: NO-CURSOR, rev: 1, title: No Cursor, match: { tools: [cursor] }, scope: { groups: [all] }, action: deny, effective: 2026-01-01, severity: low }',
      '',
    ].join('\n'),
  );
  const good = write('answer/good.log', lines(20, squid(TUNNEL)));
  const bad = write(
    'answer/access.log',
    lines(20, (i) => squid(i % 2 ? OTHER : TUNNEL)(i)),
  );
  const reasonsIn = ({ summary }: ReportDocument) =>
    summary?.rules.map(({ verdict, reasons }) => [verdict, reasons.map(({ reason }) => reason)]);
  const analyzed = async (...words: readonly string[]): Promise<ReportDocument> =>
    JSON.parse((await wiretallyHere(['analyze', ...words, '--policy', policy, '--format', 'json'])).out);

  it('is compliant without it', async () => {
    expect(reasonsIn(await analyzed(good))?.map(([verdict]) => verdict)).toEqual(['compliant', 'compliant']);
  });

  it('has the counts, and no verdict', async () => {
    const document = await analyzed(bad);
    expect(document.inputs).toEqual([
      {
        ...{ path: bad, kind: 'squid', content: 'squid', lines: 20, read: 10, rows: 10 },
        ...{ ignored: { 'not in the format "squid"': 10 }, firstIgnored: 2 },
      },
    ]);
    expect(document.incomplete).toMatchObject([{ file: bad, reason: 'ignored' }]);
    for (const [verdict, reasons] of reasonsIn(document) ?? []) {
      expect(verdict).toBe('inconclusive');
      expect(reasons).toContain('ignored');
    }
  });

  it.each(['terminal', 'html', 'md', 'sarif'])('says so as %s, with exit code 4', async (format) => {
    const { code, out } = await wiretallyHere(['analyze', bad, '--format', format]);
    expect(code).toBe(4);
    expect(out.replaceAll(/\s+/g, ' ')).toContain('10 of 20 lines were ignored');
  });

  it.each(['de', 'zh'])('says so in %s', async (language) => {
    const { out } = await wiretallyHere(['analyze', bad, '--format', 'html', '--language', language]);
    expect(out).toContain(
      { de: '10 von 20 Zeilen wurden übergangen', zh: '20 行中有 10 行被忽略' }[language],
    );
  });

  let windows = '';
  beforeAll(async () => {
    windows = join(folder, 'kept.usage');
    await wiretallyHere(['analyze', bad, '--write', windows]);
    await wiretallyHere(['analyze', bad, '--store', join(folder, 'kept.duckdb'), '--format', 'json']);
  });

  it.each(['kept.usage', 'kept.duckdb'])('is known of windows in %s', async (name) => {
    for (const span of [[], ['--since', '2026-11-18T11:00', '--until', '2026-11-18T12:00']])
      for (const [verdict, reasons] of reasonsIn(await analyzed(join(folder, name), ...span)) ?? []) {
        expect(verdict).toBe('inconclusive');
        expect(reasons).toContain('ignored');
      }
  });

  it('is known of another log of the same reading that has windows', async () => {
    write('pair/access.log', readFileSync(good));
    write('pair/u.log', lines(20, newUnbound));
    await wiretallyHere(['analyze', join(folder, 'pair'), '--write', join(folder, 'pair.usage')]);
    const [first] = reasonsIn(await analyzed(join(folder, 'pair.usage'))) ?? [];
    expect(first?.[0]).toBe('inconclusive');
  });

  it('stands in a bundle, and is verified', async () => {
    const bundle = join(folder, 'bundle');
    await wiretallyHere(['analyze', bad, '--policy', policy, '--bundle', bundle]);
    const { code, out } = await wiretallyHere(['verify', bundle, '--unsigned']);
    expect(code).toBe(4);
    expect(out).toContain('INCOMPLETE');
    expect(out).toContain('lines were ignored');
    expect(out).toContain('evaluated again: the same verdict and findings');
  });

  it('gives no statement of non-use', async () => {
    const span = ['--since', '2026-11-18T11:06', '--until', '2026-11-18T11:07'];
    const { code, out } = await wiretallyHere(['attest', bad, '--tool', 'cursor', ...span]);
    expect(code).toBe(4);
    expect(out.replaceAll(/\s+/g, ' ')).toContain('a log was not understood');
  });

  it.each([
    ['a folder in which nothing is read', 'others-alone', 'hello\n', 3],
    ['a log without a row', 'alerts-alone', lines(9, alert), 4],
    ['a log in another form', 'list-alone', `[\n${lines(9, tls).trim().replaceAll('\n', ',\n')}\n]`, 3],
  ])('%s has its exit code', async (_, name, content, code) => {
    const file = write(`${name}/a.log`, content);
    expect((await wiretallyHere(['analyze', dirname(file)])).code).toBe(code);
  });
});

it.each([
  ['clear-text HTTP alone', ['GET http://www.example.org/page'], 'clear-text HTTP'],
  ['HTTP and tunnels', ['GET http://www.example.org/page', 'CONNECT www.example.org:443'], null],
  [
    'registered domains alone',
    ['a', 'b', 'c', 'd', 'e'].map((name) => `CONNECT ${name}.com:443`),
    'registered domain',
  ],
  ['stars', ['a', 'b', 'c', 'd', 'e'].map((name) => `CONNECT *.${name}.com:443`), 'registered domain'],
  ['one whole name', ['a', 'b', 'c', 'd', 'www.e'].map((name) => `CONNECT ${name}.com:443`), null],
  ['few names', ['CONNECT a.com:443', 'CONNECT b.com:443'], null],
])('says where no row can show a tool: %s', async (name, requests, reason) => {
  const line = (i: number): string =>
    `${1_795_000_000 + i}.500 50 10.20.1.5 TCP_MISS/200 5321 ${requests[i % requests.length]} - HIER_DIRECT/198.51.100.20 -`;
  const { notes, windows } = await read(write(`blind-${name.replaceAll(' ', '-')}.log`, lines(40, line)));
  expect(notes.filter((note) => reason !== null && note.includes(reason))).toHaveLength(
    reason === null ? 0 : 1,
  );
  const ignored = windows.flatMap(({ gaps = [] }) => gaps).filter((gap) => gap.reason === 'logIgnored');
  expect(ignored.length > 0).toBe(reason !== null);
});

const SUFFIXES = ['com', 'co.uk', 'net', 'com.br', 'org'];
const cutNames = (i: number): string => `${'abcde'[i % 5]}.${SUFFIXES[i % 5]}`;
const wholeNames = (i: number): string => (i % 4 === 0 ? `www.n${i}.example.com` : cutNames(i));
/** One row in twenty has a registered domain of three labels, as hosting platforms have them. */
const platforms = (i: number): string => (i % 20 === 0 ? 'd111111abcdef8.cloudfront.net' : cutNames(i));

const zscalerRow = (protocol: string, nameIn: (i: number) => string) => (i: number) =>
  JSON.stringify({
    sourcetype: 'zscalernss-web',
    event: {
      ...{
        time: `Fri Nov 20 06:22:${String(i % 60).padStart(2, '0')} 2026`,
        cip: '10.0.0.5',
        sip: '203.0.113.7',
      },
      ...{
        proto: protocol,
        action: 'Allowed',
        reqsize: '100',
        respsize: '200',
        respcode: '200',
        eurl: nameIn(i),
      },
    },
  });
const sophosRow = (scheme: string, nameIn: (i: number) => string) => (i: number) =>
  `<30>device="SFW" date=2026-11-20 time=06:22:${String(i % 60).padStart(2, '0')} timezone="UTC" device_name="XG" log_type="Content Filtering" log_component="HTTP" log_subtype="Allowed" url="${scheme}://${nameIn(i)}/" status_code="200" sent_bytes=100 recv_bytes=200 src_ip=10.0.0.5 dst_ip=203.0.113.7 protocol="TCP" src_port=${4000 + i} dst_port=${scheme === 'http' ? 80 : 443}`;
const sophosSession = (i: number): string =>
  `<30>device="SFW" date=2026-11-20 time=06:22:${String(i % 60).padStart(2, '0')} timezone="UTC" device_name="XG" log_type="Firewall" log_component="Firewall Rule" log_subtype="Allowed" duration=10 connevent="Stop" sent_bytes=1520 recv_bytes=9520 sent_pkts=10 recv_pkts=10 src_ip=10.0.0.5 dst_ip=203.0.113.7 protocol="TCP" src_port=${5000 + i} dst_port=443`;
const umbrellaQuestion = (nameIn: (i: number) => string) => (i: number) =>
  `"2026-11-20 06:22:${String(i % 60).padStart(2, '0')}","HQ","HQ","10.0.0.5","192.0.2.1","Allowed","1 (A)","NOERROR","${nameIn(i)}.","Software","Networks","Networks",""`;

it.each([
  ['Zscaler, clear-text HTTP', zscalerRow('HTTP', wholeNames), 'clear-text HTTP'],
  ['Zscaler, whole names', zscalerRow('HTTPS', wholeNames), null],
  ['Zscaler, cut names', zscalerRow('HTTPS', cutNames), 'registered domain'],
  ['Zscaler, cut names and platforms', zscalerRow('HTTPS', platforms), 'registered domain'],
  ['Sophos, clear-text HTTP', sophosRow('http', wholeNames), 'clear-text HTTP'],
  [
    'Sophos, clear-text HTTP and sessions',
    (i: number) => (i % 2 === 0 ? sophosRow('http', wholeNames)(i) : sophosSession(i)),
    null,
  ],
  [
    'Sophos, cut names and sessions',
    (i: number) => (i % 2 === 0 ? sophosRow('https', cutNames)(i) : sophosSession(i)),
    'registered domain',
  ],
  ['Umbrella, questions', umbrellaQuestion(wholeNames), null],
  ['Umbrella, cut questions', umbrellaQuestion(cutNames), 'registered domain'],
] as const)('says where no row of a gateway can show a tool: %s', async (name, line, reason) => {
  const file = write(`gateway-${name.replaceAll(/\W/g, '-')}.log`, lines(200, line));
  const { notes, windows } = await read(file);
  const said = notes.filter((note) => /clear-text HTTP|registered domain/.test(note));
  expect(said.map((note) => reason !== null && note.includes(reason))).toEqual(reason === null ? [] : [true]);
  const ignored = windows.flatMap(({ gaps = [] }) => gaps).filter((gap) => gap.reason === 'logIgnored');
  // Names of no interest make no window.
  expect(ignored.length > 0).toBe(reason !== null && windows.length > 0);
});
