// Forms of gateways that a product writes beside its usual one: other datasets, interfaces and older versions.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AT_US, NAME, readAll } from './read-lines.ts';

const LOGS = join(import.meta.dirname, '../../../../captures/logs');
const linesIn = (file: string): string[] =>
  readFileSync(join(LOGS, file), 'utf8')
    .replaceAll('ampcode.com', NAME)
    .split('\n')
    .filter((line) => line !== '');

describe('a sample of', () => {
  it.each([
    ['sophos-utm/http.log', 'sophos-utm', 4.2, [0, 5230]],
    ['netskope-events/events.json', 'netskope-events', 4, [7405, 5230]],
    ['umbrella-api/activity.json', 'umbrella', 0, [7405, 5230]],
    ['checkpoint-lea/fw.log', 'checkpoint', 4, [0, 0]],
    ['checkpoint-leef/firewall.log', 'checkpoint', 4, [8597, 6010]],
  ])('%s has one connection that was served', (file, format, seconds, bytes) => {
    const { flows, ...read } = readAll(linesIn(file));
    const served = flows.filter(({ isEstablished, outcome }) => isEstablished || outcome === undefined);
    expect(read.format).toBe(format);
    expect(read.results.filter((result) => result !== null && result !== 'no row')).toEqual([]);
    expect(served).toMatchObject([{ client: '10.77.0.2' }]);
    const [flow] = served;
    expect([flow?.bytesUp ?? flow?.payloadUp ?? 0, flow?.bytesDown ?? flow?.payloadDown ?? 0]).toEqual(bytes);
    expect(((flow?.lastUs ?? 0) - (flow?.firstUs ?? 0)) / 1e6).toBeCloseTo(seconds, 3);
    expect(flows.filter(({ outcome }) => outcome?.kind === 'connectStatus').length).toBeGreaterThan(0);
    expect(JSON.stringify(flows)).not.toMatch(/secret|bob|carol|LAPTOP/i);
  });
});

it('sessions of Cloudflare give their bytes to the request with their name', () => {
  const request = linesIn('cloudflare/network.json');
  const session = linesIn('cloudflare/sessions.json');
  for (const lines of [
    [...request, ...session],
    [...session, ...request],
  ]) {
    const { flows, totals } = readAll(lines);
    expect(totals).toEqual([]);
    expect(flows).toMatchObject([{ sni: NAME, payloadUp: 8597, payloadDown: 6010, isEstablished: true }]);
  }
});

it('a session of the firewall of Umbrella counts by its request', () => {
  const { flows, totals, notes } = readAll([
    ...linesIn('umbrella/proxylogs.csv'),
    ...linesIn('umbrella/firewalllogs.csv'),
  ]);
  expect(flows.map(({ payloadUp }) => payloadUp)).toEqual([7405, 600]);
  // The request of another name, the session over QUIC, and ICMP.
  expect(totals).toHaveLength(3);
  expect(notes).toEqual([expect.stringContaining('sessions left out: 1')]);
});

it('a rule of a firewall of Google Cloud tells what it refused', () => {
  const lines = linesIn('gcp-firewall/firewall.json').map((line) =>
    line.replaceAll('160.79.104.10', '203.0.113.200'),
  );
  const { results, flows } = readAll(lines);
  expect(results).toEqual([null, null, null]);
  expect(flows.map(({ client, outcome }) => [client, outcome?.kind])).toEqual([
    ['10.77.0.2', undefined],
    ['10.77.0.3', 'synSilent'],
  ]);
});

describe('LEEF 2.0', () => {
  const pairs = (separator: string): string =>
    ['cat=Firewall', `devTime=${AT_US / 1e6}`, 'src=10.0.0.5', 'dst=203.0.113.7', 'srcPort=4000'].join(
      separator,
    ) +
    [
      '',
      'dstPort=443',
      'proto=6',
      'action=Accept',
      'loguid={1}',
      'origin=192.0.2.1',
      `resource=https://${NAME}/`,
    ].join(separator);
  it.each([
    ['without a delimiter', `${pairs('\t')}`],
    ['with its number', `x09|${pairs('\t')}`],
    ['with the number of another', `0x5e|${pairs('^')}`],
    ['with a character', `^|${pairs('^')}`],
    ['with "|" and no delimiter', pairs('|')],
  ])('%s', (_, body) => {
    const { format, flows } = readAll([`LEEF:2.0|Check Point|VPN-1 & FireWall-1|R81|Accept|${body}`]);
    expect(format).toBe('checkpoint');
    expect(flows).toMatchObject([{ client: '10.0.0.5', clientPort: 4000, serverPort: 443, sni: NAME }]);
  });
});

describe('an action that is not known', () => {
  const row = (action: string): string =>
    `2026:11:20-06:22:42 utm httpproxy[1]: id="0001" sys="SecureWeb" sub="http" name="x" action="${action}" srcip="10.0.0.5" dstip="203.0.113.7" statuscode="200" size="9100" url="https://${NAME}/"`;
  it.each([
    'allow-failed',
    'not allowed',
    'password',
    'logout',
    'unsafe',
    'disconnected',
    'online',
    'frobnicate',
  ])('"%s" is neither use nor an attempt, and said', (action) => {
    const { flows, notes } = readAll([row(action), row('pass')]);
    expect(flows.map(({ isEstablished, outcome }) => [isEstablished, outcome?.kind])).toEqual([
      [false, undefined],
      [true, 'served'],
    ]);
    expect(notes.join()).toContain('1 row with a decision that is not known');
  });
});

describe('a flow log of a cloud without a column for the action', () => {
  it.each([
    [
      'aws-flow',
      [
        'srcaddr dstaddr srcport dstport protocol packets bytes start end',
        '10.77.0.2 160.79.104.10 34038 443 6 23 8597 1795155743 1795155747',
        '160.79.104.10 10.77.0.2 443 34038 6 15 6010 1795155743 1795155747',
      ],
    ],
    [
      'gcp-flow',
      [
        'timestamp,jsonPayload.connection.src_ip,jsonPayload.connection.src_port,jsonPayload.connection.dest_ip,jsonPayload.connection.dest_port,jsonPayload.connection.protocol,jsonPayload.bytes_sent',
        '2026-11-20T06:22:23Z,10.77.0.2,34038,160.79.104.10,443,6,8597',
        '2026-11-20T06:22:23Z,160.79.104.10,443,10.77.0.2,34038,6,6010',
      ],
    ],
  ])('%s is read', (format, lines) => {
    const { results, totals, ...read } = readAll(lines);
    expect(read.format).toBe(format);
    expect(results).toEqual(['no row', null, null]);
    expect(totals.map(({ bytesUp, bytesDown }) => bytesUp + bytesDown)).toEqual([8597, 6010]);
  });
});

it('every prefix of a row of each new form ends, and makes no other name of it', () => {
  for (const file of [
    'sophos-utm/http.log',
    'netskope-events/events.json',
    'umbrella-api/activity.json',
    'umbrella/firewalllogs.csv',
    'checkpoint-lea/fw.log',
    'checkpoint-leef/firewall.log',
    'aws-ocsf/flow.json',
    'gcp-firewall/firewall.json',
  ]) {
    const lines = linesIn(file);
    const [line = ''] = lines;
    const prefixes = Array.from(line, (_, length) => line.slice(0, length));
    const { format, flows } = readAll([...lines, ...prefixes]);
    expect(format, file).toBeDefined();
    for (const { sni, proxy } of flows)
      expect([NAME, `${NAME}:443`, undefined]).toContain(sni ?? proxy?.target);
  }
});
