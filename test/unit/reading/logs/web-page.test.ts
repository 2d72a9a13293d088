// Names that any web page can call, in logs without fingerprints: no editor is likely by them alone.

import { expect, it } from 'vitest';
import type { ToolUse } from '../../../../src/model/report.ts';
import { reportOfLines } from './report-of-lines.ts';

const AT = 1_795_155_000;
/** Chromium's. */
const JA4 = 't13d1517h2_8daaf6152771_cb7bf5808d99';

const ends = { 'id.orig_h': '10.0.0.5', 'id.orig_p': 5000, 'id.resp_h': '198.51.100.9', 'id.resp_p': 443 };
const zeek = (name: string, bytes: Bytes, more: object) => [
  {
    _path: 'ssl',
    ts: AT,
    uid: 'C1',
    ...ends,
    version: 'TLSv13',
    server_name: name,
    established: true,
    ...more,
  },
  {
    ...{ _path: 'conn', ts: AT, uid: 'C1', ...ends, proto: 'tcp', service: 'ssl', duration: 90 },
    ...{ conn_state: 'SF', history: 'ShADadFf', orig_bytes: bytes[0], resp_bytes: bytes[1] },
    ...{ orig_pkts: 90, resp_pkts: 90, orig_ip_bytes: bytes[0] + 5000, resp_ip_bytes: bytes[1] + 5000 },
  },
];
const time = (second: number): string => new Date((AT + second) * 1000).toISOString();
const event = (second: number, event_type: string) => ({
  ...{ timestamp: time(second), flow_id: 7, event_type, src_ip: '10.0.0.5', src_port: 5000 },
  ...{ dest_ip: '198.51.100.9', dest_port: 443, proto: 'TCP' },
});
const eve = (name: string, bytes: Bytes, more: object) => [
  { ...event(0, 'tls'), tls: { sni: name, version: 'TLS 1.3', ...more } },
  {
    ...event(90, 'flow'),
    app_proto: 'tls',
    flow: {
      ...{ pkts_toserver: 90, pkts_toclient: 90, bytes_toserver: bytes[0], bytes_toclient: bytes[1] },
      ...{ start: time(0), end: time(90) },
    },
  },
];
const squid = (name: string, bytes: Bytes) =>
  `${AT + 90}.000  90000 10.0.0.5 TCP_TUNNEL/200 ${bytes[1]} CONNECT ${name}:443 - HIER_DIRECT/198.51.100.9 -`;

type Bytes = readonly [up: number, down: number];
const written = (rows: readonly object[]): string[] => rows.map((row) => JSON.stringify(row));
const LOGS: Readonly<Record<string, (name: string, bytes: Bytes) => string[]>> = {
  zeek: (name, bytes) => written(zeek(name, bytes, {})),
  'zeek with JA4 of a browser': (name, bytes) => written(zeek(name, bytes, { ja4: JA4 })),
  eve: (name, bytes) => written(eve(name, bytes, {})),
  squid: (name, bytes) => [squid(name, bytes)],
};
const SIZES: readonly Bytes[] = [
  [4000, 3000],
  [30_000, 20_000],
  [9000, 400_000],
];
const EDITORS = ['api2.cursor.sh', 'api1.qoder.sh', 'api.trae.ai', 'prod.us-east-1.kiro.dev'];

const toolsIn = async (lines: readonly string[]): Promise<readonly ToolUse[]> =>
  (await reportOfLines(lines)).hosts.flatMap(({ tools }) => tools);

it.each(
  Object.keys(LOGS).flatMap((log) => EDITORS.flatMap((name) => SIZES.map((bytes) => ({ log, name, bytes })))),
)('$log: $name, $bytes bytes', async ({ log, name, bytes }) => {
  const tools = await toolsIn(LOGS[log]?.(name, bytes) ?? []);
  expect(tools.map(({ confidence }) => confidence)).toEqual(['possible']);
});

it('the row states the reason', async () => {
  const [cursor] = await toolsIn(written(zeek('api2.cursor.sh', [30_000, 20_000], {})));
  expect(cursor).toMatchObject({ tool: 'cursor', confidence: 'possible' });
  expect(cursor?.evidence.filter(({ rule }) => rule === 'web-page').map(({ detail }) => detail)).toEqual([
    'api2.cursor.sh: any web page can produce the same traffic; no ClientHello excludes a browser',
  ]);
});
