// Rows of Zeek's logs: connections are joined by their uid, and count once.

import { describe, expect, it } from 'vitest';
import { ZEEK } from '../../../../src/reading/logs/formats/zeek.ts';
import type { LoggedFlow, LogRecords } from '../../../../src/reading/logs/records.ts';
import { NAME, readAll } from './read-lines.ts';

const AT = 1_783_670_400;

/** The flows of some rows, and what the reader says at the end. `hasListedServer`: their server is of a vendor. */
function read(
  rows: readonly object[],
  hasListedServer = false,
): { flows: LoggedFlow[]; notes: readonly string[] } {
  const flows: LoggedFlow[] = [];
  const records = {
    isListed: (name: string) => name === 'api.example',
    findAgent: () => null,
    wrote: () => undefined,
    hasListedServer: () => hasListedServer,
    totals: () => undefined,
    flow: (flow: LoggedFlow) => flows.push(flow),
  } as unknown as LogRecords;
  const lines = rows.map((row) => JSON.stringify(row));
  const reader = ZEEK.reader(records, { zone: 'UTC', definitions: [] });
  const open = reader.open({ file: 'zeek.log', lines, modifiedUs: AT * 1e6 });
  for (const line of lines) {
    const bytes = Buffer.from(line);
    expect(open.line(bytes, 0, bytes.length)).toBeNull();
  }
  const notes = reader.finish();
  return { flows, notes };
}

const ends = {
  uid: 'C1',
  'id.orig_h': '10.0.0.5',
  'id.orig_p': 50_000,
  'id.resp_h': '203.0.113.7',
  'id.resp_p': 443,
};
const ssl = {
  _path: 'ssl',
  ts: AT,
  ...ends,
  version: 'TLSv13',
  server_name: 'api.example',
  established: true,
};
const conn = {
  ...{ _path: 'conn', ts: AT, ...ends, proto: 'tcp', service: 'ssl', duration: 2.5, conn_state: 'SF' },
  ...{ history: 'ShADadFf', missed_bytes: 7, orig_bytes: 4000, resp_bytes: 9000 },
  ...{ orig_pkts: 20, orig_ip_bytes: 5000, resp_pkts: 30, resp_ip_bytes: 11_000 },
};

it('a connection has the name of one row and the bytes of another', () => {
  const { flows, notes } = read([ssl, conn]);
  expect(flows).toHaveLength(1);
  expect(flows[0]).toMatchObject({
    ...{ client: '10.0.0.5', clientPort: 50_000, server: '203.0.113.7', serverPort: 443, sni: 'api.example' },
    ...{
      bytesUp: 5000,
      bytesDown: 11_000,
      payloadUp: 4000,
      payloadDown: 9000,
      packetsUp: 20,
      packetsDown: 30,
    },
    ...{ firstUs: AT * 1e6, lastUs: (AT + 2.5) * 1e6, lost: 7, isEstablished: true, isMidFlow: false },
  });
  expect(notes).toEqual([]);
});

it('a row to an address of note that is there twice counts once', () => {
  const { flows, notes } = read([conn, conn], true);
  expect(flows).toHaveLength(1);
  expect(notes).toEqual([
    'zeek: no ssl.log and no quic.log was read, so connections of TLS are hidden; read these logs too',
    'zeek: 1 rows of conn.log are there twice and count once',
  ]);
});

it('a name without the row of its end counts, and its bytes are unknown', () => {
  const { flows, notes } = read([ssl]);
  expect(flows).toMatchObject([{ sni: 'api.example', bytesUp: null, payloadDown: null }]);
  expect(notes.join()).toContain('1 connection to listed names has no row in conn.log');
});

describe('the beginning of a connection', () => {
  it.each([
    ['ShADadFf', 'SF', false],
    ['hSADad', 'SF', false],
    ['DadA', 'SF', true],
    ['', 'SF', false],
    ['ShAD', 'OTH', true],
  ])('of the history "%s" in the state %s was not seen: %s', (history, state, isMidFlow) => {
    const { flows } = read([ssl, { ...conn, history, conn_state: state }]);
    expect(flows[0]?.isMidFlow).toBe(isMidFlow);
  });
});

it('rows that the Kafka plugin names by an object around them are read', () => {
  const lines = [ssl, conn].map(({ _path: log, ...row }) => JSON.stringify({ [log]: row }));
  const { format, results, flows } = readAll(lines);
  expect([format, results]).toEqual(['zeek', [null, null]]);
  expect(flows).toMatchObject([{ sni: NAME, bytesUp: 5000, bytesDown: 11_000 }]);
});
