// Flows that joined a multipath TCP connection, as windows count them.

import { describe, expect, it } from 'vitest';
import type { FlowRecord } from '../../../../src/model/flow.ts';
import type { UsageRow, UsageWindow } from '../../../../src/model/usage.ts';
import { NO_COUNTERS } from '../../../../src/reading/threads/sum-counters.ts';
import { RecordAggregator } from './record-aggregator.ts';
import { dns, flow, LOOKUP, namelessFlow, START_US } from './records.ts';

const TOKEN = 0x66840dda;
const newAggregator = (): RecordAggregator => new RecordAggregator({ lookup: LOOKUP });

function windowsOf(flows: readonly FlowRecord[]): UsageWindow[] {
  const aggregator = newAggregator();
  for (const record of flows) aggregator.addFlow(record);
  return aggregator.finish('test', 0, NO_COUNTERS, null);
}

const rowsOf = (flows: readonly FlowRecord[]): UsageRow[] => windowsOf(flows).flatMap(({ rows }) => rows);

const first = flow({ flowId: 1, multipathToken: TOKEN });
const joined = (over: Partial<FlowRecord> = {}): FlowRecord =>
  namelessFlow({
    flowId: 2,
    client: '10.0.0.99',
    clientMac: '02:00:00:00:00:99',
    firstUs: START_US + 2_000_000,
    multipathToken: TOKEN,
    isJoined: true,
    ...over,
  });

describe('a flow that joined a connection', () => {
  it('counts under the name and the host of its first flow, apart from what has a hello', () => {
    const rows = rowsOf([first, joined()]);
    expect(rows.map(({ host, name, payloadUp }) => [host, name, payloadUp])).toEqual([
      ['10.0.0.5', 'api.anthropic.com', 4000],
      ['10.0.0.5', 'api.anthropic.com', 4000],
    ]);
    expect(rows.filter(({ fingerprint }) => fingerprint === null)).toHaveLength(1);
  });

  it('counts the same for any order of records', () => {
    expect(windowsOf([joined(), first])).toEqual(windowsOf([first, joined()]));
  });

  it('proves nothing of the host that began: anybody who saw the token may join', () => {
    const row = rowsOf([first, joined({ isContradicted: true })]).find(
      ({ fingerprint }) => fingerprint === null,
    );
    expect(row).toMatchObject({
      flows: 1,
      answeredSlices: 0,
      contradictedSlices: 0,
      establishedFlows: 0,
      macs: [],
    });
  });

  it('counts once, in whichever windows its parts are', () => {
    const parts = [0, 60, 120].map((seconds, i) =>
      joined({
        isFirstSlice: i === 0,
        isLastSlice: i === 2,
        firstUs: START_US + 2_000_000 + seconds * 1_000_000,
        lastUs: START_US + 3_000_000 + seconds * 1_000_000,
      }),
    );
    const rows = rowsOf([first, ...parts]).filter(({ fingerprint }) => fingerprint === null);
    expect(rows.map(({ flows, payloadUp }) => [flows, payloadUp])).toEqual([
      [1, 4000],
      [0, 4000],
      [0, 4000],
    ]);
  });

  it('is found in a window that is closed while the connection goes on', () => {
    const aggregator = newAggregator();
    aggregator.addFlow({ ...first, isLastSlice: false, end: 'open' });
    aggregator.addFlow(joined({ isLastSlice: false, end: 'open' }));
    const rows = aggregator.close(START_US + 60_000_000, 'test', 0, null).flatMap((window) => window.rows);
    expect(rows.filter(({ fingerprint }) => fingerprint === null)).toHaveLength(1);
  });

  it('counts as a flow when the connection is unknown', () => {
    expect(rowsOf([{ ...first, multipathToken: 1 }, joined()])).toHaveLength(1);
    const aggregator = newAggregator();
    aggregator.addDns(dns({ client: '10.0.0.99' }));
    aggregator.addFlow(joined());
    const rows = aggregator.finish('test', 0, NO_COUNTERS, null).flatMap((window) => window.rows);
    expect(rows.map(({ host, nameFrom }) => [host, nameFrom])).toEqual([['10.0.0.99', 'dns']]);
  });

  it('stands for itself when it has a hello', () => {
    const own = flow({ flowId: 3, sni: 'api.openai.com', multipathToken: TOKEN, isJoined: true });
    expect(rowsOf([first, own]).map(({ name }) => name)).toEqual(['api.anthropic.com', 'api.openai.com']);
  });

  it('belongs to the earlier of two connections that claim one token', () => {
    const later = flow({
      flowId: 4,
      client: '10.0.0.77',
      firstUs: START_US + 1_500_000,
      multipathToken: TOKEN,
    });
    for (const order of [
      [first, later, joined()],
      [later, first, joined()],
    ]) {
      const row = rowsOf(order).find(({ fingerprint }) => fingerprint === null);
      expect(row?.host).toBe('10.0.0.5');
    }
  });

  it('waits in bounded memory, and evictions are counted', () => {
    const many = Array.from({ length: 9000 }, (_, i) => joined({ flowId: 10 + i }));
    const overflow = windowsOf([first, ...many]).reduce(
      (sum, { stats }) => sum + (stats.overflow?.subflows ?? 0),
      0,
    );
    expect(overflow).toBe(9000 - 8192);
  });
});
