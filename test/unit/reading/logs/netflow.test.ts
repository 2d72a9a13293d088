// EVE netflow events, one for each direction: they give what the flow event of the connection gives.

import { describe, expect, it } from 'vitest';
import { NAME, readAll } from './read-lines.ts';

const json: (value: unknown) => string = JSON.stringify;
const START = '2026-11-20T06:22:12.000000+0000';
const END = '2026-11-20T06:22:42.000000+0000';
const CLIENT = { src_ip: '10.0.0.5', dest_ip: '203.0.113.7', dest_port: 443 };
const SERVER = { src_ip: '203.0.113.7', src_port: 443, dest_ip: '10.0.0.5' };
const event = (id: number, event_type: string, more: object): string =>
  json({ timestamp: END, flow_id: id, event_type, proto: 'TCP', ...more });
const tls = (id: number): string =>
  event(id, 'tls', { ...CLIENT, src_port: 40_000 + id, tls: { sni: NAME, version: 'TLS 1.3' } });
const up = (id: number): string =>
  event(id, 'netflow', {
    ...{ ...CLIENT, src_port: 40_000 + id, app_proto: 'tls' },
    netflow: { pkts: 13, bytes: 1100, start: START, end: '2026-11-20T06:22:41.000000+0000', age: 29 },
  });
const down = (id: number): string =>
  event(id, 'netflow', {
    ...{ ...SERVER, dest_port: 40_000 + id, app_proto: 'tls' },
    netflow: { pkts: 11, bytes: 9100, start: START, end: END, age: 30 },
  });
const flow = (id: number): string =>
  event(id, 'flow', {
    ...{ ...CLIENT, src_port: 40_000 + id, app_proto: 'tls' },
    flow: {
      ...{ pkts_toserver: 13, pkts_toclient: 11, bytes_toserver: 1100, bytes_toclient: 9100 },
      ...{ start: START, end: END },
    },
  });
const read = (lines: readonly string[], isWhole = true) => {
  const { results, flows, totals, notes } = readAll(lines, { isWhole });
  return { results, flows, totals, notes };
};

describe('a connection of two netflow events', () => {
  const expected = read([tls(1), flow(1)]).flows;
  it.each([
    ['behind its name', [tls(1), up(1), down(1)]],
    ['in front of its name', [up(1), down(1), tls(1)]],
    ['the server first', [tls(1), down(1), up(1)]],
  ])('%s', (_, lines) => {
    const { results, flows, notes } = read(lines);
    expect(expected).toMatchObject([{ sni: NAME, bytesUp: 1100, bytesDown: 9100 }]);
    expect(flows).toEqual(expected);
    expect([results, notes]).toEqual([[null, null, null], []]);
  });

  it('counts once where the sensor writes flow events as well', () => {
    const { flows, totals } = read([tls(1), up(1), down(1), flow(1), up(2), down(2), flow(2), tls(2)]);
    expect(flows.map(({ clientPort, bytesUp }) => [clientPort, bytesUp])).toEqual([
      [40_001, 1100],
      [40_002, 1100],
    ]);
    expect(totals).toEqual([]);
  });

  it.each([true, false])('of which many follow each other, all count: %s', (isWhole) => {
    const ids = Array.from({ length: 200 }, (_, i) => i + 1);
    const { flows } = read(
      ids.flatMap((id) => [tls(id), up(id), down(id)]),
      isWhole,
    );
    expect(flows.map(({ bytesUp, bytesDown }) => `${bytesUp} ${bytesDown}`)).toEqual(
      ids.map(() => '1100 9100'),
    );
  });

  it('without an answer has no bytes from the server', () => {
    const { flows } = read([tls(1), up(1)]);
    expect(flows).toMatchObject([{ client: '10.0.0.5', bytesUp: 1100, bytesDown: 0, isEstablished: false }]);
  });

  it('without its times is ignored', () => {
    const { results, flows } = read([tls(1), up(1).replace(/"start":"[^"]*"/, '"start":"x"')]);
    expect([results, flows.length]).toEqual([[null, 'no time'], 1]);
  });

  it('has no prefix that makes a connection of its own', () => {
    const [first, second] = [up(1), down(1)];
    for (let length = 0; length < second.length; length++)
      expect(read([tls(1), first, second.slice(0, length)]).flows).toHaveLength(1);
  });
});
