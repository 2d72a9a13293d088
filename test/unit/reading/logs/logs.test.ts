// Logs of other sensors: recordings as their programs write them (captures/logs), and lines that are damaged on purpose.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { LOG_FORMAT_IDS } from '../../../../src/model/input-format.ts';
import type { ReportDocument } from '../../../../src/model/report.ts';
import { ask } from '../../../../src/query/ask.ts';
import { openSource, type SourceRead } from '../../../../src/query/source.ts';
import { LOG_FORMATS } from '../../../../src/reading/logs/formats.ts';
import { temporaryFolder } from '../../../temporary.ts';
import { WHOLE } from './whole-question.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const sample = (path: string): string => join(ROOT, 'captures/logs', path);
const [ROUTE53_FILE = ''] = readdirSync(sample('route53'));
const folder = temporaryFolder('logs');

function write(path: string, content: string | Buffer): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

async function read(...paths: string[]): Promise<SourceRead> {
  return await (await openSource(paths)).read();
}

async function report(...paths: string[]): Promise<ReportDocument> {
  return await ask(await openSource(paths), WHOLE);
}

const toolsIn = ({ hosts }: ReportDocument): string[] =>
  hosts.flatMap(({ host, tools }) => tools.map(({ tool, confidence }) => `${host} ${tool} ${confidence}`));

it('has one format for each name of --input-format', () => {
  expect(LOG_FORMATS.map(({ id }) => id).sort()).toEqual([...LOG_FORMAT_IDS].sort());
});

describe('each format', () => {
  it.each([
    ['zeek-text', 'zeek', ['10.77.0.2 amp likely']],
    ['zeek-json', 'zeek', ['10.77.0.2 claude-code likely']],
    ['eve7-proxy', 'suricata', ['10.77.0.2 augment likely']],
    ['eve8-noflow', 'suricata', ['10.77.0.2 claude-code possible', '10.77.0.2 opencode possible']],
    ['squid', 'squid', ['10.77.0.2 amp likely']],
    ['arkime', 'arkime', ['10.77.0.2 amp likely']],
    ['unbound', 'unbound', ['10.77.0.2 amp possible']],
    ['coredns', 'coredns', ['10.77.0.2 amp possible']],
    ['adguard', 'adguard', ['10.77.0.2 amp possible']],
    ['fortigate', 'fortigate', ['10.77.0.2 amp likely']],
    ['paloalto', 'paloalto', ['10.77.0.2 amp likely']],
    ['strata', 'strata', ['10.77.0.2 amp likely', '10.77.0.3 amp likely', '10.77.0.4 amp likely']],
    ['zscaler', 'zscaler', ['10.77.0.2 amp likely']],
    ['checkpoint-lea', 'checkpoint', ['10.77.0.2 amp possible']],
    ['checkpoint-leef', 'checkpoint', ['10.77.0.2 amp likely']],
    ['cloudflare', 'cloudflare', ['10.77.0.2 amp likely', '10.77.0.3 opencode possible']],
    ['umbrella', 'umbrella', ['10.77.0.2 amp likely', '10.77.0.3 opencode possible']],
    ['umbrella-api', 'umbrella', ['10.77.0.2 amp likely', '10.77.0.3 opencode possible']],
    ['netskope', 'netskope', ['10.77.0.2 amp likely']],
    ['netskope-events', 'netskope-events', ['10.77.0.2 amp likely']],
    ['sophos', 'sophos', ['10.77.0.2 amp likely']],
    ['sophos-utm', 'sophos-utm', ['10.77.0.2 amp likely']],
  ])('%s is recognized by its content and gives the tools that ran', async (path, format, tools) => {
    const document = await report(sample(path));
    expect(toolsIn(document).sort()).toEqual(tools);
    expect(new Set(document.inputs?.map(({ kind }) => kind))).toEqual(new Set([format]));
  });

  it.each(['aws-flow', 'aws-ocsf', 'azure-flow', 'gcp-flow'])(
    '%s has both directions of an address of a vendor',
    async (path) => {
      const { windows } = await read(sample(path));
      const rows = windows.flatMap((window) => window.rows).filter(({ host }) => host === '10.77.0.2');
      expect(rows.map(({ name, flows, bytesUp, bytesDown }) => [name, flows, bytesUp, bytesDown])).toEqual([
        ['[160.79.104.10]', 1, 8597, 6010],
      ]);
    },
  );

  it.each(['bind', 'dnsmasq', 'pihole', 'route53', 'windows'])(
    '%s names tools as possible alone',
    async (path) => {
      const document = await report(sample(path));
      expect(toolsIn(document).length).toBeGreaterThan(0);
      expect(toolsIn(document).every((text) => text.endsWith('possible'))).toBe(true);
    },
  );
});

describe('events of CloudWatch', () => {
  const rows = readFileSync(sample(`route53/${ROUTE53_FILE}`), 'utf8')
    .trim()
    .split('\n');
  const event = (message: string) => ({ id: '1', timestamp: 1_763_280_000_000, message });
  it.each([
    ['one a line', rows.map((row) => JSON.stringify(event(row))).join('\n')],
    ['many a line', JSON.stringify({ messageType: 'DATA_MESSAGE', logEvents: rows.map(event) })],
    ['as exported', rows.map((row) => `2026-11-16T08:00:00.000Z ${row}`).join('\n')],
  ])('%s are the rows that they hold', async (name, text) => {
    const wrapped = await report(write(`cloudwatch/${name.replaceAll(' ', '-')}.log`, `${text}\n`));
    expect(toolsIn(wrapped)).toEqual(toolsIn(await report(sample(`route53/${ROUTE53_FILE}`))));
    expect(wrapped.inputs).toMatchObject([{ kind: 'route53', ignored: {} }]);
  });

  it('without rows are damage, not a failure', async () => {
    const good = rows[0] ?? '';
    const bad = ['{"message":', '{"message":7}', '{"logEvents":[null,{"message":"{"}]}', '2026 {'];
    const { errors } = await read(write('cloudwatch/bad.log', `${[good, ...bad].join('\n')}\n`));
    expect(errors[0]?.message).toContain('3 lines were ignored');
  });
});

describe('a name that was only asked for', () => {
  it('has unknown bytes, not zero', async () => {
    const [use] = (await report(sample('dnsmasq'))).hosts[0]?.tools ?? [];
    const fields = use?.withheld
      .filter(({ reason }) => reason.includes('only queried in DNS'))
      .map(({ field }) => field);
    expect(fields).toEqual(['bytesUp', 'payloadUp', 'bytesDown', 'payloadDown']);
  });
});

describe('an attempt', () => {
  const outcomesOf = async (file: string, text: string): Promise<string[]> => {
    const { windows } = await read(write(file, text));
    return windows
      .flatMap(({ outcomes }) => outcomes ?? [])
      .map(({ host, name, kind, detail, count }) => `${host} ${name} ${kind} ${detail} x${count}`);
  };
  const conn = (uid: string, state: string, port: number, down = 0): string =>
    `{"_path":"conn","ts":1795155000.5,"uid":"${uid}","id.orig_h":"10.0.0.5","id.orig_p":${port},"id.resp_h":"198.51.100.9","id.resp_p":443,"proto":"tcp","duration":1,"orig_bytes":500,"resp_bytes":${down},"conn_state":"${state}","orig_pkts":3,"resp_pkts":1}\n`;
  const ssl = (uid: string, port: number, isEstablished: boolean): string =>
    `{"_path":"ssl","ts":1795155000.6,"uid":"${uid}","id.orig_h":"10.0.0.5","id.orig_p":${port},"id.resp_h":"198.51.100.9","id.resp_p":443,"server_name":"ampcode.com","established":${isEstablished},"ssl_history":"C"}\n`;

  it('of Zeek has its state, by the name of the hello or of the answer before', async () => {
    const dns =
      '{"_path":"dns","ts":1795155000,"uid":"D1","id.orig_h":"10.0.0.5","id.orig_p":4000,"id.resp_h":"10.0.0.1","id.resp_p":53,"proto":"udp","query":"ampcode.com","qtype":1,"rcode":0,"answers":["198.51.100.9"],"TTLs":[300]}\n';
    const rows = [
      conn('C1', 'S0', 4001),
      conn('C2', 'REJ', 4002),
      ssl('C3', 4003, false) + conn('C3', 'RSTR', 4003),
      ssl('C4', 4004, false) + conn('C4', 'S1', 4004),
      ssl('C5', 4005, true) + conn('C5', 'SF', 4005, 9000),
    ];
    expect(await outcomesOf('attempts/zeek.log', dns + rows.join(''))).toEqual([
      '10.0.0.5 ampcode.com dnsAnswered 1 x1',
      '10.0.0.5 ampcode.com helloReset 0 x1',
      '10.0.0.5 ampcode.com helloUnanswered 0 x1',
      '10.0.0.5 ampcode.com served 0 x1',
      '10.0.0.5 ampcode.com synReset 0 x1',
      '10.0.0.5 ampcode.com synSilent 0 x1',
    ]);
  });

  it('of a proxy has the status of its refusal', async () => {
    const row = (status: string, bytes: number): string =>
      `1795155000.123     55 10.0.0.5 ${status} ${bytes} CONNECT ampcode.com:443 - HIER_NONE/- -\n`;
    const text = row('TCP_DENIED/403', 3900) + row('NONE_NONE/503', 0) + row('TCP_TUNNEL/200', 9000);
    expect(await outcomesOf('attempts/access.log', text)).toEqual([
      '10.0.0.5 ampcode.com connectStatus 403 x1',
      '10.0.0.5 ampcode.com connectStatus 503 x1',
      '10.0.0.5 ampcode.com served 2 x1',
    ]);
  });

  it('of a database of Pi-hole has the state of its row', async () => {
    const text = readFileSync(sample('pihole/queries.json'), 'utf8');
    expect(await outcomesOf('attempts/pihole.json', text)).toEqual(['10.77.0.3 api.openai.com dnsZero 1 x1']);
    const database = write('attempts/pihole-FTL.db', Buffer.from('SQLite format 3\0\x10\x00', 'latin1'));
    const { errors } = await read(database);
    expect(errors.map(({ message, next }) => `${message} ${next}`).join()).toMatch(
      /an SQLite database.* sqlite3 -readonly/,
    );
  });

  it('of a resolver is a code, or a block; an answer that is not logged is none', async () => {
    const said = (...lines: string[]): string =>
      lines.map((line) => `Nov 20 06:22:23 dnsmasq[1]: ${line}\n`).join('');
    const query = 'query[A] ampcode.com from 10.0.0.5';
    expect(
      await outcomesOf('attempts/blocked.log', said(query, 'gravity blocked ampcode.com is 0.0.0.0')),
    ).toEqual(['10.0.0.5 ampcode.com dnsZero 1 x1']);
    expect(await outcomesOf('attempts/nx.log', said(query, 'reply ampcode.com is NXDOMAIN'))).toEqual([
      '10.0.0.5 ampcode.com dnsError 3 x1',
    ]);
    expect(await outcomesOf('attempts/silent.log', said(query))).toEqual([]);
  });
});

describe('a row of a log', () => {
  it('has no requests, minutes or telemetry, and says why', async () => {
    const [use] = (await report(sample('zeek-json'))).hosts[0]?.tools ?? [];
    expect(use).toMatchObject({ requests: null, prompts: null, activeMinutes: null, telemetry: null });
    expect(use?.withheld[0]?.reason).toBe('rows of a log do not show which requests went to a model');
  });

  it('without bytes is not a row of zero bytes', async () => {
    const { windows } = await read(sample('eve8-noflow'));
    const rows = windows.flatMap((window) => window.rows);
    expect(rows.every(({ unsizedUp, loggedSlices }) => unsizedUp === loggedSlices)).toBe(true);
    const [use] = (await report(sample('eve8-noflow'))).hosts[0]?.tools ?? [];
    expect(use?.withheld.map(({ field }) => field)).toContain('bytesUp');
  });

  it('is spread over the windows of its duration', async () => {
    const conn = write(
      'long/conn.log',
      `{"ts":1795155000,"uid":"C1","id.orig_h":"10.0.0.5","id.orig_p":4000,"id.resp_h":"198.51.100.9","id.resp_p":443,"proto":"tcp","service":"ssl","duration":1800,"orig_bytes":18000,"resp_bytes":9000,"conn_state":"SF","missed_bytes":0,"history":"ShADadFf","orig_pkts":90,"orig_ip_bytes":20000,"resp_pkts":60,"resp_ip_bytes":12000}\n`,
    );
    const ssl = write(
      'long/ssl.log',
      `{"ts":1795155000.1,"uid":"C1","id.orig_h":"10.0.0.5","id.orig_p":4000,"id.resp_h":"198.51.100.9","id.resp_p":443,"version":"TLSv13","server_name":"api.anthropic.com","established":true,"ssl_history":"CsiI","ja4":"t13d1713h1_5b57614c22b0_7f527383e249"}\n`,
    );
    const { windows } = await read(conn, ssl);
    const rows = windows.flatMap((window) => window.rows);
    expect(rows.length).toBe(3);
    expect(rows.reduce((sum, { payloadUp }) => sum + payloadUp, 0)).toBe(18000);
    expect(rows.reduce((sum, { flows }) => sum + flows, 0)).toBe(1);
    expect(Math.max(...rows.map(({ payloadUp }) => payloadUp))).toBeLessThan(12000);
  });

  it('computes JA3 and JA4 from the lists of ssl-log-ext', async () => {
    const text = readFileSync(sample('zeek-ext/ssl.log'), 'utf8').replaceAll('example.test', 'ampcode.com');
    const ssl = write('ext/ssl.log', text);
    const { windows } = await read(ssl, sample('zeek-ext/conn.log'));
    const [row] = windows.flatMap((window) => window.rows);
    // Of the catalogue: Bun 1.4.1 node:https.
    expect(row?.fingerprint).toMatchObject({
      ja4: 't13d181000_5d04281c6031_78e6aca7449b',
      ja3: '5355e3851d76d069ab8a98fdb51cf1b4',
    });
  });
});

describe('input that is not as it should be', () => {
  const head = (fields: string): string =>
    `#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tssl\n#fields\t${fields.replaceAll(' ', '\t')}\n`;
  const row = (uid: string, name: string, port = '4000'): string =>
    ['1795155000.0', uid, '10.0.0.5', port, '198.51.100.9', '443', 'TLSv13', name, 'T'].join('\t');
  const FIELDS = 'ts uid id.orig_h id.orig_p id.resp_h id.resp_p version server_name established';

  it('counts damaged lines by reason, with the line of the first, and reads the rest', async () => {
    const text = `${head(FIELDS)}${row('C1', 'ampcode.com')}\nbroken\n${row('C2', 'ampcode.com', '4001')}\nx\ty\n`;
    const { windows, errors, captures } = await read(write('damaged/ssl.log', text));
    expect(windows.flatMap((window) => window.rows).reduce((sum, { flows }) => sum + flows, 0)).toBe(2);
    expect(errors.map(({ code, message }) => `${code} ${message}`)).toEqual([
      expect.stringMatching(
        /^INPUT_DAMAGED .*ssl\.log:8: fewer columns than the header has; 2 lines were ignored$/,
      ),
    ]);
    expect(captures[0]?.log?.ignored).toEqual({ 'fewer columns than the header has': 2 });
  });

  it('follows a second header in mid-file', async () => {
    const changed = 'ts uid server_name id.orig_h id.orig_p id.resp_h id.resp_p';
    const later = ['1795155001.0', 'C2', 'ampcode.com', '10.0.0.6', '4001', '198.51.100.9', '443'].join('\t');
    const text = `${head(FIELDS)}${row('C1', 'ampcode.com')}\n${head(changed)}${later}\n`;
    const { windows } = await read(write('changed/ssl.log', text));
    expect(windows.flatMap((window) => window.rows).map(({ host }) => host)).toEqual([
      '10.0.0.5',
      '10.0.0.6',
    ]);
  });

  it('survives nested JSON, cut lines, and lines of 20 MB', async () => {
    const event = (n: number): string =>
      `{"timestamp":"2026-11-20T06:22:23.311046+0000","flow_id":${n},"event_type":"tls","src_ip":"10.0.0.5","src_port":${n},"dest_ip":"198.51.100.9","dest_port":443,"proto":"TCP","tls":{"sni":"ampcode.com","version":"TLS 1.3"}}`;
    const lines = [
      event(1),
      `{"event_type":${'{"a":'.repeat(100_000)}`,
      `{"event_type":"tls","x":"${'y'.repeat(20 << 20)}"}`,
      event(2).slice(0, 100),
      event(3),
    ];
    const { windows, captures } = await read(write('bomb/eve.json', lines.join('\n')));
    expect(windows.flatMap((window) => window.rows).reduce((sum, { flows }) => sum + flows, 0)).toBe(2);
    expect(captures[0]?.log?.ignored).toEqual({ cut: 1, 'line too long': 1, 'nested too deeply': 1 });
  });

  it('reads compressed logs, and a log next to its compressed copy once', async () => {
    const text = `${head(FIELDS)}${row('C1', 'ampcode.com')}\n`;
    write('twice/ssl.log', text);
    write('twice/ssl.log.gz', gzipSync(text));
    const { windows, notes } = await read(join(folder, 'twice'));
    expect(windows.flatMap((window) => window.rows).reduce((sum, { flows }) => sum + flows, 0)).toBe(1);
    expect(notes.join()).toContain('begins with the same rows');
  });

  it.each(['a.log', 'c.log', 'c.log.gz'])(
    'reads the longest of a log and its older copies: %s',
    async (name) => {
      const rows = (count: number): string =>
        Array.from({ length: count }, (_, i) => `${row(`C${i}`, 'ampcode.com')}\n`).join('');
      const old = `${head(FIELDS)}${rows(1500)}`;
      expect(old.length).toBeGreaterThan(64 << 10);
      const place = `older-${name}`;
      write(`${place}/b.log`, `${head(FIELDS)}${rows(1600)}`);
      write(`${place}/${name}`, name.endsWith('.gz') ? gzipSync(old) : old);
      const { captures, notes } = await read(join(folder, place));
      expect(captures.map(({ log }) => log?.rows)).toEqual([1600]);
      expect(notes.join()).toContain('it is left out');
    },
  );

  it('reports an hour whose logs are missing as a gap', async () => {
    const line = (hour: number): string =>
      `{"ts":${1795132800 + hour * 3600 + 30},"uid":"C${hour}","id.orig_h":"10.0.0.5","id.orig_p":4000,"id.resp_h":"198.51.100.9","id.resp_p":443,"proto":"tcp","duration":3500,"orig_bytes":100,"resp_bytes":100,"conn_state":"SF"}\n`;
    for (const hour of [8, 9, 11])
      write(
        `hours/conn.${String(hour).padStart(2, '0')}:00:00-${String(hour + 1).padStart(2, '0')}:00:00.log`,
        line(hour),
      );
    const { coverage } = await read(join(folder, 'hours'));
    expect(coverage.flatMap(({ gaps }) => gaps).map(({ reason }) => reason)).toEqual([
      'no log of this time was read',
    ]);
  });

  it('counts the connection of a proxy for its client once', async () => {
    const tls = (client: string, server: string, ms: number): string =>
      `{"timestamp":"2026-11-20T06:22:23.${ms}000+0000","flow_id":${ms},"event_type":"tls","src_ip":"${client}","src_port":${ms},"dest_ip":"${server}","dest_port":443,"proto":"TCP","tls":{"sni":"ampcode.com","version":"TLS 1.3","ja4":"t13d1713h1_5b57614c22b0_7f527383e249"}}`;
    const text = [tls('10.0.0.5', '10.0.0.80', 100), tls('10.0.0.80', '198.51.100.9', 150)].join('\n');
    const { windows } = await read(write('proxy/eve.json', text));
    expect(windows.flatMap((window) => window.rows).map(({ host }) => host)).toEqual(['10.0.0.5']);
  });

  it('keeps neither other names nor users nor other user agents', async () => {
    const text = readFileSync(sample('squid/access.log'), 'utf8').replace(' - HIER', ' alice HIER');
    const conf = write('users/squid.conf', readFileSync(sample('squid/squid.conf.part')));
    const log = write('users/access.log', `${text}${text.replaceAll('ampcode.com', 'private.example')}`);
    const { windows } = await read(log, conf);
    expect(JSON.stringify(windows)).not.toMatch(/alice|private\.example/);
  });
});
