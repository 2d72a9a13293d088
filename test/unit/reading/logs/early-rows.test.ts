// Rows in any order: the row of a connection before the row with its name gives what it gives behind it.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSource } from '../../../../src/query/source.ts';
import { EarlyRows } from '../../../../src/reading/logs/early-rows.ts';
import { OF_CONNECTIONS } from '../../../../src/reading/logs/join-table.ts';
import { temporaryFolder } from '../../../temporary.ts';
import { reportOfLines } from './report-of-lines.ts';

async function read(lines: readonly string[]) {
  const { hosts, inputs } = await reportOfLines(lines);
  return {
    hosts: hosts.map(({ host, bytes, flows, tools, providers }) => ({
      ...{ host, bytes, flows },
      named: [
        ...tools.map((one) => [one.confidence, one.bytesUp, one.bytesDown]),
        ...providers.map((one) => ['of a provider', one.bytesUp, one.bytesDown]),
      ],
    })),
    rows: inputs?.map(({ rows, ignored }) => ({ rows, ignored })),
  };
}

const json: (value: unknown) => string = JSON.stringify;
const ends = (port: number) => ({
  ...{ 'id.orig_h': '192.0.2.10', 'id.orig_p': port, 'id.resp_h': '198.51.100.20', 'id.resp_p': 443 },
});
const conn = (uid: string, port: number, proto: string | number = 'tcp', service = 'ssl'): string =>
  json({
    ...{ _path: 'conn', ts: 1_795_000_000, uid, ...ends(port), proto, service, duration: 12.5 },
    ...{ orig_bytes: 3335, resp_bytes: 31_380, conn_state: 'SF', orig_pkts: 9, resp_pkts: 7 },
  });
const ssl = (uid: string, port: number, server_name: string): string =>
  json({
    ...{ _path: 'ssl', ts: 1_795_000_000.03, uid, ...ends(port), server_name, established: true },
  });
const http = (uid: string, port: number, more: object): string =>
  json({
    ...{ _path: 'http', ts: 1_795_000_000.03, uid, ...ends(port), method: 'POST', status_code: 200, ...more },
  });
const event = (id: number, event_type: string, more: object): string =>
  json({
    ...{ timestamp: '2026-11-18T11:06:40.030000+0000', flow_id: id, event_type, src_ip: '192.0.2.10' },
    ...{ src_port: 40_000 + id, dest_ip: '198.51.100.20', dest_port: 443, proto: 'TCP', ...more },
  });
const START = '2026-11-18T11:06:40.000000+0000';
const flow = (id: number, more: object = {}): string =>
  event(id, 'flow', {
    app_proto: 'tls',
    flow: {
      ...{ pkts_toserver: 9, pkts_toclient: 37, bytes_toserver: 3900, bytes_toclient: 33_600 },
      ...{ start: START, end: '2026-11-18T11:06:52.000000+0000' },
    },
    ...more,
  });
const tls = (id: number, sni: string): string => event(id, 'tls', { tls: { sni, version: 'TLS 1.3' } });

describe('the row of a connection before the row with its name', () => {
  const zeek = [
    ssl('C1', 1, 'api.anthropic.com'),
    ssl('C2', 2, 'www.example.org'),
    conn('C1', 1),
    conn('C2', 2),
    conn('C3', 3),
  ];
  const eve = [tls(1, 'api.anthropic.com'), tls(2, 'www.example.org'), flow(1), flow(2), flow(3)];
  const withoutProtocols = eve.map((line) => line.replace('"app_proto":"tls",', ''));
  it.each([
    ['Zeek', zeek],
    ['EVE', eve],
    ['EVE without the protocols of flows', withoutProtocols],
  ])('%s', async (_, lines) => {
    const expected = await read(lines);
    expect(expected.hosts[0]?.named[0]?.[2]).toBeGreaterThan(30_000);
    const [a = '', b = '', c = '', d = '', e = ''] = lines;
    for (const order of [
      [c, d, e, a, b],
      [c, a, d, b, e],
      [e, d, c, b, a],
    ])
      expect(await read(order)).toEqual(expected);
  });

  it('as text, with another header behind it', async () => {
    const text = (path: string, fields: string, rows: readonly string[]): string[] => [
      '#separator \\x09',
      `#path\t${path}`,
      `#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\t${fields}`,
      ...rows,
    ];
    const row = (uid: string, more: string): string =>
      `1795000000.0\t${uid}\t192.0.2.10\t4001\t198.51.100.20\t443\t${more}`;
    const conns = text('conn', 'proto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state', [
      row('C1', 'tcp\tssl\t12.5\t3335\t31380\tSF'),
    ]);
    const names = text('ssl', 'server_name\testablished', [row('C1', 'api.anthropic.com\tT')]);
    expect(await read([...conns, ...names])).toEqual(await read([...names, ...conns]));
  });

  it.each([
    ['zeek', (i: number) => conn(`C${i}`, i), ssl('C65999', 65_999, 'api.anthropic.com')],
    ['suricata', (i: number) => flow(i), tls(65_999, 'api.anthropic.com')],
  ])('is lost behind too many of %s, and said', async (product, row, name) => {
    const file = join(temporaryFolder('early'), `${product}.log`);
    writeFileSync(file, `${[...Array.from({ length: 66_000 }, (_, i) => row(i)), name].join('\n')}\n`);
    const { notes } = await (await openSource([file])).read();
    expect(notes).toContainEqual(
      `${product}: more than 65536 rows waited for the rows with their names; bytes of 1 connection to listed names are unknown`,
    );
    expect(notes.join('\n')).not.toContain('open at the end');
  });

  it('keeps a limited number of rows', () => {
    const early = new EarlyRows(true);
    const keyOf = (number: number): string => `C${number} 10.0.0.5 1 192.0.2.1 443`;
    const row = (number: number) => ({
      hash: () => OF_CONNECTIONS.hashOf(keyOf(number), ''),
      key: () => keyOf(number),
      copy: () => `${number}`,
    });
    for (let i = 0; i < 70_000; i++) early.keep(row(i));
    const listed = new Map([7, 69_999].map((number) => [keyOf(number), null]));
    expect([7, 7, 69_998, 69_999].map((number) => early.name(row(number), listed))).toEqual([
      '7',
      null,
      null,
      null,
    ]);
    expect(early.notes()).toEqual([expect.stringContaining('bytes of 1 connection to listed names')]);
    expect(early.keep(row(7))).toBe(false);
    expect(early.all()).toHaveLength(65_535);
  });
});

describe('a forged identifier', () => {
  it('gives no name to the connection of another host', async () => {
    const forged = ssl('C1', 9, 'api.anthropic.com').replace('192.0.2.10', '192.0.2.66');
    const { hosts } = await read([forged, conn('C1', 1)]);
    expect(hosts.find(({ host }) => host === '192.0.2.10')?.named).toEqual([]);
    const events = [tls(1, 'api.anthropic.com').replace('192.0.2.10', '192.0.2.66'), flow(1)];
    const found = await read(events);
    expect(found.hosts.find(({ host }) => host === '192.0.2.10')?.named ?? []).toEqual([]);
  });
});

describe('protocols', () => {
  it.each(['TCP', 'tcp', '006', '6', 6])('%s is TCP', async (proto) => {
    const eve = [tls(1, 'api.anthropic.com'), flow(1, { proto })];
    expect(await read(eve)).toEqual(await read([tls(1, 'api.anthropic.com'), flow(1)]));
    const zeek = [ssl('C1', 1, 'api.anthropic.com'), conn('C1', 1, proto)];
    expect(await read(zeek)).toEqual(await read([ssl('C1', 1, 'api.anthropic.com'), conn('C1', 1)]));
  });
});

describe('requests that a proxy decrypted', () => {
  it('name their host, with the bytes of the connection, at most as likely', async () => {
    const request = { hostname: 'api.anthropic.com', url: '/v1/messages', http_method: 'POST', status: 200 };
    const logs = [
      [http('C1', 1, { host: 'api.anthropic.com', uri: '/v1/messages' }), conn('C1', 1, 'tcp', 'http')],
      [event(1, 'http', { http: request }), flow(1, { app_proto: 'http' })],
    ];
    for (const lines of [...logs, ...logs.map((rows) => rows.toReversed())]) {
      const { hosts } = await read(lines);
      expect(hosts[0]?.named.length).toBeGreaterThan(0);
      for (const [confidence, up, down] of hosts[0]?.named ?? []) {
        expect(confidence).not.toBe('certain');
        expect([Number(up) > 3000, Number(down) > 30_000]).toEqual([true, true]);
      }
    }
  });

  it('that the proxy refused are attempts', async () => {
    const refused = { host: 'api.anthropic.com', uri: 'http://api.anthropic.com/v1', status_code: 403 };
    const { hosts } = await read([http('C1', 1, refused), conn('C1', 1, 'tcp', 'http')]);
    expect(hosts.flatMap(({ named }) => named.map(([confidence]) => confidence))).not.toContain('likely');
  });
});
