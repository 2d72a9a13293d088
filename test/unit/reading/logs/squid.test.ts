// Rows of a Squid log: what each says of its connection.

import { expect, it } from 'vitest';
import { SQUID } from '../../../../src/reading/logs/formats/squid.ts';
import type { LoggedFlow, LogRecords } from '../../../../src/reading/logs/records.ts';

const HOUR_US = 3_600_000_000;
const AT_US = Date.UTC(2026, 6, 10, 8, 0, 0) * 1000;

/** The flow of one row. */
function flowOf(line: string): LoggedFlow | undefined {
  const flows: LoggedFlow[] = [];
  const records = {
    isListed: (name: string) => name === 'api.example',
    agentOf: () => null,
    wrote: () => undefined,
    totals: () => undefined,
    user: () => undefined,
    flow: (flow: LoggedFlow) => flows.push(flow),
  } as unknown as LogRecords;
  const reader = SQUID.reader(records, { zone: 'UTC', definitions: [] }).open({
    ...{ file: 'access.log', lines: [line], modifiedUs: AT_US },
  });
  const bytes = Buffer.from(line);
  expect(reader.line(bytes, 0, bytes.length)).toBeNull();
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

it.each([
  ['+0000', 0],
  ['+0530', -5.5],
  ['-0700', 7],
])('a time with the offset %s is %d hours away from the same of UTC', (offset, hours) => {
  const line = `10.0.0.5 - - [10/Jul/2026:08:00:00 ${offset}] "CONNECT api.example:443 HTTP/1.1" 200 9000 TCP_TUNNEL:HIER_DIRECT`;
  expect(flowOf(line)?.lastUs).toBe(AT_US + hours * HOUR_US);
});
