// The account of traffic of logs with bytes: what the sensor parsed was looked into, the rest is hidden by kind and destination,
// so that a policy can accept it.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { UsageWindow } from '../../../../src/model/usage.ts';
import { measureHiddenTraffic } from '../../../../src/policy/hidden-traffic.ts';
import { loadPolicy } from '../../../../src/policy/parse-policy.ts';
import { openSource } from '../../../../src/query/source.ts';
import { temporaryFolder } from '../../../temporary.ts';

const folder = temporaryFolder('logged-account');

interface Row {
  readonly server: string;
  readonly port: number;
  readonly isUdp?: boolean;
  /** As Zeek names it; null: the sensor recognized none. */
  readonly service: string | null;
  readonly up: number;
  readonly down: number;
  /** Its packets had no data. */
  readonly isRefused?: true;
}

const zeek = (rows: readonly Row[]): string =>
  '#separator \\x09\n#path\tconn\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\n' +
  rows
    .map(
      ({ server, port, isUdp, service, up, down, isRefused }, i) =>
        `${1783900800 + i}.0\tC${i}\t10.0.0.2\t${50_000 + i}\t${server}\t${port}\t${isUdp === true ? 'udp' : 'tcp'}\t${service ?? '-'}\t60.0\t${isRefused ? 0 : up}\t${isRefused ? 0 : down}\tSF\tShADadFf\t800\t${up}\t900\t${down}\n`,
    )
    .join('');

const EVE_WORDS: Readonly<Record<string, string>> = { ssl: 'tls' };

const eve = (rows: readonly Row[]): string =>
  rows
    .map(({ server, port, isUdp, service, up, down }, i) => {
      const at = (seconds: number) =>
        new Date((1783900800 + i + seconds) * 1000).toISOString().replace('Z', '000+0000');
      return `${JSON.stringify({
        ...{
          timestamp: at(60),
          flow_id: i + 1,
          event_type: 'flow',
          src_ip: '10.0.0.2',
          src_port: 50_000 + i,
        },
        ...{ dest_ip: server, dest_port: port, proto: isUdp === true ? 'UDP' : 'TCP' },
        app_proto: service === null ? 'failed' : (EVE_WORDS[service] ?? service),
        flow: {
          ...{ pkts_toserver: 800, pkts_toclient: 900, bytes_toserver: up, bytes_toclient: down },
          ...{ start: at(0), end: at(60), state: 'established' },
        },
      })}\n`;
    })
    .join('');

/** Words of nProbe; the ones of Zeek for protocols are its words too. */
const ipfix = (rows: readonly Row[]): string =>
  rows
    .map(
      ({ server, port, isUdp, service, up, down }, i) =>
        `${JSON.stringify({
          ...{ IPV4_SRC_ADDR: '10.0.0.2', L4_SRC_PORT: 50_000 + i, IPV4_DST_ADDR: server, L4_DST_PORT: port },
          ...{
            PROTOCOL: isUdp === true ? 17 : 6,
            IN_BYTES: up,
            OUT_BYTES: down,
            IN_PKTS: 800,
            OUT_PKTS: 900,
          },
          ...{ FLOW_START_MILLISECONDS: 1_783_900_800_000 + i * 1000 },
          ...{ FLOW_END_MILLISECONDS: 1_783_900_860_000 + i * 1000, L7_PROTO_NAME: service ?? 'Unknown' },
        })}\n`,
    )
    .join('');

const LOGS = [
  ['IPFIX', 'flows.json', ipfix],
  ['Zeek', 'conn.log', zeek],
  ['Suricata', 'eve.json', eve],
] as const;

async function read(file: string, text: string): Promise<readonly UsageWindow[]> {
  const path = join(folder, file);
  writeFileSync(path, text);
  return (await (await openSource([path])).read()).windows;
}

const POLICY = (accept: string) =>
  loadPolicy(
    `version: 1\nname: p\ntimezone: UTC\n${accept}\nrules:\n  - { id: R1, title: t, match: { tools: [claude-code] }, action: deny }\n`,
    'p.yaml',
    { version: '1', tools: [{ id: 'claude-code', name: 'n', vendor: 'v', kind: 'cli', hasOwnName: false }] },
  );

const WEB: Row = { server: '198.51.100.8', port: 21, service: 'ftp', up: 5000, down: 95_000 };
const SSH: Row = { server: '203.0.113.7', port: 22, service: 'ssh', up: 300_000, down: 400_000 };
const TUNNEL: Row = {
  server: '203.0.113.9',
  port: 51_820,
  isUdp: true,
  service: null,
  up: 400_000,
  down: 900_000,
};

describe.each(LOGS)('%s', (_, file, write) => {
  it.each<[string, Row[], object]>([
    ['a protocol that was parsed', [WEB], { lookedInto: 100_000, inside: 0, hidden: [] }],
    [
      'TLS whose name no row has',
      [{ ...WEB, port: 443, service: 'ssl' }],
      { lookedInto: 0, inside: 0, hidden: [['unnamed', 100_000, '198.51.100.8']] },
    ],
    [
      'TLS inside',
      [{ ...WEB, server: '10.0.0.9', port: 443, service: 'ssl' }],
      { lookedInto: 0, inside: 100_000, hidden: [] },
    ],
    [
      'SSH to the outside',
      [WEB, SSH],
      { lookedInto: 100_000, inside: 0, hidden: [['ssh', 700_000, '203.0.113.7']] },
    ],
    ['SSH inside', [{ ...SSH, server: '10.0.0.9' }], { lookedInto: 0, inside: 700_000, hidden: [] }],
    [
      'no known protocol',
      [TUNNEL, WEB],
      { lookedInto: 100_000, inside: 0, hidden: [['tunnel', 1_300_000, '203.0.113.9']] },
    ],
    [
      'DNS over TLS',
      [{ ...SSH, port: 853, service: 'ssl', up: 9000, down: 9000 }],
      { lookedInto: 0, inside: 0, hidden: [['dns', 18_000, '203.0.113.7']] },
    ],
  ])('has %s in its class', async (_name, rows, expected) => {
    const [account, ...more] = (await read(file, write(rows))).flatMap((window) => [
      ...(window.account ?? []),
    ]);
    expect(more).toEqual([]);
    expect({
      lookedInto: account?.lookedInto,
      inside: account?.inside,
      hidden: account?.hidden.map(({ kind, bytes }, i) => [kind, bytes, account.destinations[i]?.address]),
    }).toEqual(expected);
  });

  const hop = (i: number, up: number, down: number): Row => ({
    ...{ server: '203.0.113.9', port: 20_000 + i, isUdp: true, service: null, up, down },
  });
  const many = (made: (i: number) => Row) => Array.from({ length: 60 }, (_unused, i) => made(i));
  it.each<[string, Row[], number]>([
    ['ports that change', many((i) => hop(i, 2000, 1900)), 0.95],
    ['a port for each direction', many((i) => (i % 2 === 0 ? hop(i, 3000, 0) : hop(i, 0, 3000))), 0.95],
    ['few bytes', [hop(0, 900, 900), hop(1, 900, 900)], 0],
    ['one direction', many((i) => hop(i, 3000, 0)), 0.95],
    ['many servers', many((i) => ({ ...hop(i, 900, 900), server: `203.0.113.${i + 1}` })), 0],
    [
      'connections that were refused',
      many((i) => ({ ...hop(i, 120, 60), isUdp: false, isRefused: true })),
      0,
    ],
  ])('adds small connections of no known protocol up by pair of hosts: %s', async (_name, rows, least) => {
    const accounts = (await read(file, write(rows))).flatMap((window) => [...(window.account ?? [])]);
    const hidden = accounts.flatMap((one) => one.hidden).reduce((sum, { bytes }) => sum + bytes, 0);
    const all = rows.reduce((sum, { up, down }) => sum + up + down, 0);
    if (least === 0) expect(hidden).toBe(0);
    else expect(hidden).toBeGreaterThan(least * all);
  });

  it.each([
    ['accept: [{ kind: ssh, to: 203.0.113.0/24 }]', 0],
    ['accept: [{ kind: ssh, to: 198.51.100.0/24 }]', 700_000],
    ['', 700_000],
  ])('is accepted as a policy says: %s', async (accept, left) => {
    const windows = await read(file, write([WEB, SSH]));
    const { hosts } = measureHiddenTraffic(windows, POLICY(accept));
    const parts = [...hosts.values()].flatMap((quarters) => [...quarters.values()].flat());
    expect(parts.filter(({ line }) => line === -1).reduce((sum, { bytes }) => sum + bytes, 0)).toBe(left);
  });
});

const REQUESTS: Row = { server: '198.51.100.8', port: 80, service: 'http', up: 5000, down: 95_000 };
const REQUEST = {
  Zeek: `${JSON.stringify({ ...{ _path: 'http', ts: 1783900800, uid: 'C9' }, ...{ 'id.orig_h': '10.0.0.2', 'id.orig_p': 50_009, 'id.resp_h': '198.51.100.8', 'id.resp_p': 80 }, method: 'GET', host: 'www.example.net', uri: '/' })}\n`,
  Suricata: `${JSON.stringify({ timestamp: '2026-07-13T00:00:00.000000+0000', event_type: 'http', flow_id: 9, src_ip: '10.0.0.2', src_port: 50_009, dest_ip: '198.51.100.8', dest_port: 80, proto: 'TCP', http: { hostname: 'www.example.net', url: '/', http_method: 'GET', status: 200 } })}\n`,
};

describe.each([
  ['Zeek', 'conn.log', 'http.log', zeek, 'no http.log was read'],
  ['Suricata', 'eve.json', 'eve-http.json', eve, 'no http event was read'],
] as const)('HTTP in %s', (product, file, requests, write, note) => {
  const readBoth = async (hasRequests: boolean) => {
    const path = join(temporaryFolder('requests'), file);
    writeFileSync(path, write([REQUESTS]));
    const more = join(temporaryFolder('requests'), requests);
    writeFileSync(more, REQUEST[product]);
    const { windows, notes } = await (await openSource(hasRequests ? [path, more] : [path])).read();
    const [account] = windows.flatMap((window) => [...(window.account ?? [])]);
    return { account, notes: notes.join() };
  };

  it('is hidden if no request was read, and a note names the missing log', async () => {
    const { account, notes } = await readBoth(false);
    expect(account).toMatchObject({ lookedInto: 0, hidden: [{ kind: 'unnamed', bytes: 100_000 }] });
    expect(notes).toContain(note);
  });

  it('is read if its requests are', async () => {
    const { account, notes } = await readBoth(true);
    expect(account).toMatchObject({ lookedInto: 100_000, hidden: [] });
    expect(notes).not.toContain(note);
  });
});

it.each([
  ['ssl', [{ ...REQUESTS, port: 443, service: 'ssl' }], 'no ssl.log and no quic.log was read'],
  ['dns', [{ ...REQUESTS, port: 53, service: 'dns' }], 'no dns.log was read'],
] as const)('a note names the log of %s that is missing', async (_, rows, note) => {
  const path = join(temporaryFolder('missing'), 'conn.log');
  writeFileSync(path, zeek(rows));
  expect((await (await openSource([path])).read()).notes.join()).toContain(note);
});
