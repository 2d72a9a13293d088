// Rows of a Squid log: what each says of its connection.

import { expect, it } from 'vitest';
import type { HostTotalsRecord } from '../../../../src/model/flow.ts';
import { SQUID } from '../../../../src/reading/logs/formats/squid.ts';
import type { LoggedFlow, LogRecords } from '../../../../src/reading/logs/records.ts';

const HOUR_US = 3_600_000_000;
const AT_US = Date.UTC(2026, 6, 10, 8, 0, 0) * 1000;

/**
 * What the lines of a log give: the names and times of their flows, and the results of the lines. `others`: of a file that is
 * opened before they are read.
 */
function readAll(
  lines: readonly string[],
  definitions: readonly string[] = [],
  zone = 'Europe/Berlin',
  others: readonly string[] = [],
) {
  const flows: LoggedFlow[] = [];
  const totals: HostTotalsRecord[] = [];
  const records = {
    isListed: (name: string) => name === 'api.example',
    findAgent: () => null,
    wrote: () => undefined,
    totals: (sums: HostTotalsRecord) => totals.push(sums),
    user: () => undefined,
    flow: (flow: LoggedFlow) => flows.push(flow),
  } as unknown as LogRecords;
  const sample = { file: 'access.log', lines, modifiedUs: AT_US };
  const all = SQUID.reader(records, { zone, definitions });
  const reader = all.open(sample);
  all.open({ ...sample, lines: others });
  const results = lines.map((line) => reader.line(Buffer.from(line), 0, Buffer.byteLength(line)));
  all.finish();
  const isKnown = SQUID.recognizes(sample, definitions);
  return { isKnown, results, times: flows.map(({ lastUs }) => lastUs), flows, totals };
}

/** The flow of one row. */
function flowOf(line: string): LoggedFlow | undefined {
  const { results, flows } = readAll([line], [], 'UTC');
  expect(results).toEqual([null]);
  return flows[0];
}

const row = (status: string, bytes: number) =>
  `${AT_US / 1e6}.000   1500 10.0.0.5 ${status} ${bytes} CONNECT api.example:443 - HIER_DIRECT/203.0.113.7 -`;

it.each([
  ['TCP_TUNNEL/200', 9000, true, { outcome: { kind: 'served', detail: 0 } }],
  ['TCP_TUNNEL/200', 0, false, {}],
  ['TCP_DENIED/403', 4000, false, { outcome: { kind: 'connectStatus', detail: 403 } }],
  ['TCP_DENIED/200', 4000, false, {}],
  ['TCP_MISS/503', 4000, false, { outcome: { kind: 'connectStatus', detail: 503 } }],
])('%s with %i bytes is a connection that was served: %s', (status, bytes, isEstablished, outcome) => {
  const flow = flowOf(row(status, bytes));
  expect(flow).toMatchObject({
    client: '10.0.0.5',
    server: '203.0.113.7',
    serverPort: 443,
    isEstablished,
    ...outcome,
  });
  expect(flow).toMatchObject({ firstUs: AT_US - 1_500_000, lastUs: AT_US, bytesDown: bytes, bytesUp: null });
});

it('a request that the proxy denied carried no bytes for its client', () => {
  const { totals } = readAll(
    ['TCP_DENIED/403', 'TCP_TUNNEL/200'].map((status) => row(status, 4000).replace('api.', 'www.')),
    [],
    'UTC',
  );
  expect(totals.map(({ flows, bytesDown }) => [flows, bytesDown])).toEqual([
    [1, 0],
    [1, 4000],
  ]);
});

it.each([
  [429, true],
  [529, true],
  [407, false],
  [503, false],
])('the status %i of a decrypted request is that of the server: %s', (code, isServed) => {
  const line = row(`TCP_MISS/${code}`, 900).replace('CONNECT api.example:443', 'POST https://api.example/v1');
  expect(flowOf(line)?.isEstablished).toBe(isServed);
});

it.each([
  ['+0000', 0],
  ['+0530', -5.5],
  ['-0700', 7],
])('a time with the offset %s is %d hours away from the same of UTC', (offset, hours) => {
  const line = `10.0.0.5 - - [10/Jul/2026:08:00:00 ${offset}] "CONNECT api.example:443 HTTP/1.1" 200 9000 TCP_TUNNEL:HIER_DIRECT`;
  expect(flowOf(line)?.lastUs).toBe(AT_US + hours * HOUR_US);
});

it.each([
  ['native', 'TCP_MISS/200 9000 POST https://api.example/v1/x?y=z - HIER_DIRECT/203.0.113.7 -', 443],
  [
    'native, another port',
    'TCP_MISS/200 9000 GET https://API.example:8443 - HIER_DIRECT/203.0.113.7 -',
    8443,
  ],
  ['native, clear text', 'TCP_MISS/200 9000 GET http://api.example/a - HIER_DIRECT/203.0.113.7 -', 80],
])('a request that a proxy decrypted names its host, without its path: %s', (_, said, serverPort) => {
  const flow = flowOf(`${AT_US / 1e6}.000   1500 10.0.0.5 ${said}`);
  expect(flow).toMatchObject({ serverPort, proxy: { target: `api.example:${serverPort}` } });
  expect(JSON.stringify(flow)).not.toContain('/v1');
});

it.each(['NONE_NONE', 'TAG_NONE', 'NONE'])('%s: the CONNECT row belongs to the requests inside', (status) => {
  const inside = `${AT_US / 1e6}.000 9 10.0.0.5 TCP_MISS/200 9 GET https://api.example/ - HIER_DIRECT/203.0.113.7 -`;
  const { results, flows } = readAll([row(`${status}/200`, 0), inside]);
  expect([results, flows.map(({ bytesDown }) => bytesDown)]).toEqual([[null, null], [9]]);
});

it('a decrypted connection without a request is an attempt of its client', () => {
  const { flows } = readAll([row('NONE_NONE/200', 0), row('NONE_NONE/200', 0)]);
  expect(flows).toMatchObject([{ isEstablished: false, proxy: { target: 'api.example:443' } }]);
});

it.each(['FIRSTUP_PARENT', 'CARP', 'SIBLING_HIT', 'ROUNDROBIN_PARENT', 'SOURCEHASH_PARENT'])(
  '%s: the address of another proxy is not that of the server',
  (hierarchy) => {
    const line = row('TCP_TUNNEL/200', 9).replace('HIER_DIRECT/203.0.113.7', `${hierarchy}/10.0.0.9`);
    expect(flowOf(line)).toMatchObject({ client: '10.0.0.5', server: '0.0.0.0' });
  },
);

it.each([
  ['%ts.%03tu %>a %rm %>rd %>rP %>Hs %<st', '10.0.0.5 CONNECT api.example 443 200 9'],
  ['%ts.%03tu %>a %rm %>rd %>Hs %<st', '10.0.0.5 POST api.example 200 9'],
  [
    '%ts.%03tu "%{X-Forwarded-For}>h" %rm %ru %>Hs %<st',
    '"10.0.0.5, 10.0.0.1" CONNECT api.example:443 200 9',
  ],
])('parts of a request in fields of their own: %s', (codes, said) => {
  const { flows } = readAll([`${AT_US / 1e6}.000 ${said}`], [`logformat own ${codes}`]);
  expect(flows).toMatchObject([{ client: '10.0.0.5', proxy: { target: 'api.example:443' } }]);
});

it('a log with host names and a log with URLs are read together', () => {
  const hosts = [`${AT_US / 1e6}.000 10.0.0.5 POST api.example 200 9`];
  const definitions = ['logformat own %ts.%03tu %>a %rm %>rd %>Hs %<st'];
  const { flows } = readAll(hosts, definitions, 'UTC', [row('TCP_TUNNEL/200', 9)]);
  expect(flows).toMatchObject([{ proxy: { target: 'api.example:443' } }]);
});

it('health checks are none of the rows, and do not hide the format', () => {
  const check = (method: string) =>
    `${AT_US / 1e6}.000      0 10.0.0.9 NONE_NONE/000 0 ${method} error:transaction-end-before-headers - HIER_NONE/- -`;
  const { isKnown, results } = readAll([
    ...Array(49).fill(check('-')),
    check('NONE'),
    row('TCP_TUNNEL/200', 9),
  ]);
  expect(isKnown).toBe(true);
  expect(results.filter((result) => typeof result === 'symbol')).toHaveLength(50);
  expect(results.at(-1)).toBeNull();
});

it.each([
  ['%{%Y-%m-%dT%H:%M:%S%z}tl', '2026-07-10T10:00:00+0200'],
  ['%{%Y-%m-%d %H:%M:%S}tl', '2026-07-10 10:00:00'],
  ['%{%d/%b/%Y:%T %z}tl', '10/Jul/2026:10:00:00 +0200'],
  ['%{%F %T}tg', '2026-07-10 08:00:00'],
  ['%{%a %b %e %I:%M:%S %p %Y}tl', 'Fri Jul 10 10:00:00 AM 2026'],
  ['"%{%c}tl"', '"Fri Jul 10 10:00:00 2026"'],
  ['%{%Y-%j %r}tl', '2026-191 10:00:00 AM'],
  ['[%{%s}tl]', `[${AT_US / 1e6}]`],
  ['%tl', '10/Jul/2026:10:00:00 +0200'],
])('times of strftime: %s', (code, written) => {
  const definitions = [`logformat own ${code} %>A \\`, '  %Ss/%03>Hs %<st %rm %ru'];
  const { isKnown, results, times } = readAll(
    [`${written} 10.0.0.5 TCP_TUNNEL/200 9000 CONNECT api.example:443`],
    definitions,
  );
  expect([isKnown, results, times]).toEqual([true, [null], [AT_US]]);
});

it('clients by name are ignored, with the reason', () => {
  const definitions = ['logformat own %ts.%03tu %>A %Ss/%03>Hs %<st %rm %ru'];
  const line = `${AT_US / 1e6}.000 dev.corp.example TCP_TUNNEL/200 9000 CONNECT api.example:443`;
  expect(readAll([line], definitions).results).toEqual(['no client address']);
});

it('has no prefix of a line that fails', () => {
  const line = `${AT_US / 1e6}.000 9 10.0.0.5 TCP_MISS/200 9 GET https://u@api.example:443/a - HIER_DIRECT/203.0.113.7 -`;
  const prefixes = Array.from({ length: line.length }, (_, i) => line.slice(0, i + 1));
  const { flows } = readAll([line, line, ...prefixes]);
  expect(flows.length).toBeLessThanOrEqual(4);
});
