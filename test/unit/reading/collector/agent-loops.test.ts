import { describe, expect, it } from 'vitest';
import type { Counters, ExchangeRecord, FlowRecord } from '../../../../src/model/flow.ts';
import type { UsageLookup, UsageWindow } from '../../../../src/model/usage.ts';
import { EMPTY_STATS } from '../../../../src/window/sums.ts';
import { RecordAggregator } from './record-aggregator.ts';
import { exchange, flow, LOOKUP, START_US } from './records.ts';

const NODE_JA4 = 't13d5212h1_b262b3658495_8e6e362c5eac';
const WITH_NODE: UsageLookup = {
  ...LOOKUP,
  runtimeOf: (fingerprint) => (fingerprint.ja4 === NODE_JA4 ? 'node' : LOOKUP.runtimeOf(fingerprint)),
  needsLoop: (fingerprint) => fingerprint.ja4 === NODE_JA4,
};
const COUNTERS: Counters = { ...EMPTY_STATS, undecoded: 0, fragments: 0, excluded: 0 };

function nodeFlow(flowId: number, over: Partial<FlowRecord> = {}): FlowRecord {
  const plain = flow();
  const hello = plain.hello === null ? null : { ...plain.hello, ja4: NODE_JA4 };
  return flow({ flowId, sni: 'ai.corp.example', hello, ...over });
}

function call(flowId: number, atSeconds: number, bytesUp: number): ExchangeRecord {
  return exchange(flowId, { startUs: START_US + atSeconds * 1_000_000, bytesUp, answerMs: 900 });
}

interface Records {
  readonly flows: readonly FlowRecord[];
  readonly exchanges: readonly ExchangeRecord[];
}

function windowsOf({ flows, exchanges }: Records, lookup = WITH_NODE): UsageWindow[] {
  const aggregator = new RecordAggregator({ lookup });
  for (const one of exchanges) aggregator.addExchange(one);
  for (const one of flows) aggregator.addFlow(one);
  return aggregator.finish('test', 0, COUNTERS, null);
}

function namesOf(records: Records, lookup = WITH_NODE): string[] {
  return windowsOf(records, lookup).flatMap(({ rows }) =>
    rows.map(({ name, flows, exchanges }) => `${name} ${flows} ${exchanges.length}`),
  );
}

/** Three requests that grow, on one flow each. */
const LOOP: Records = {
  flows: [nodeFlow(1), nodeFlow(2), nodeFlow(3)],
  exchanges: [call(1, 1, 11_000), call(2, 4, 14_000), call(3, 8, 18_000)],
};

describe('unlisted names that Node, rustls and the like talk to', () => {
  it.each([
    { name: 'before the loop is known', at: 0 },
    { name: 'after it', at: 30 },
  ])('are kept with a flow whose answer was too short to tell: $name', ({ at }) => {
    const short = { ...call(4, at, 47_000), recordsDown: 4 };
    const records = { flows: [...LOOP.flows, nodeFlow(4)], exchanges: [...LOOP.exchanges, short] };
    expect(namesOf(records)).toEqual(['ai.corp.example 4 4']);
    const alone = { flows: [nodeFlow(4)], exchanges: [short] };
    expect(namesOf(alone)).toEqual([]);
  });

  it('are kept when the requests are those of an agent, on one flow or on many', () => {
    expect(namesOf(LOOP)).toEqual(['ai.corp.example 3 3']);
    const single = { flows: [nodeFlow(1)], exchanges: LOOP.exchanges.map((one) => ({ ...one, flowId: 1 })) };
    expect(namesOf(single)).toEqual(['ai.corp.example 1 3']);
  });

  it('are kept whatever comes first', () => {
    const { flows, exchanges } = LOOP;
    const windows = windowsOf(LOOP);
    expect(windowsOf({ flows: [...flows].reverse(), exchanges })).toEqual(windows);
    expect(windowsOf({ flows, exchanges: [...exchanges].reverse() })).toEqual(windows);
  });

  it('take in later calls to the name, and no flow without one', () => {
    const more = {
      flows: [...LOOP.flows, nodeFlow(4), nodeFlow(5), nodeFlow(6, { sni: 'bank.example' })],
      exchanges: [
        ...LOOP.exchanges,
        call(4, 40, 19_000),
        exchange(5, { bytesUp: 900, recordsDown: 1 }),
        call(6, 41, 15_000),
      ],
    };
    expect(namesOf(more)).toEqual(['ai.corp.example 4 4']);
  });

  it('are kept for one request as large as a conversation, if its answer is streamed', () => {
    const flows = [nodeFlow(1)];
    expect(namesOf({ flows, exchanges: [call(1, 1, 48_000)] })).toEqual(['ai.corp.example 1 1']);
    expect(namesOf({ flows, exchanges: [call(1, 1, 19_000)] })).toEqual([]);
    const acknowledged = { ...call(1, 1, 48_000), recordsDown: 1 };
    expect(namesOf({ flows, exchanges: [acknowledged] })).toEqual([]);
  });

  it('are not kept for calls to several names', () => {
    const names = LOOP.flows.map((one, i) => ({ ...one, sni: `host-${i}.example` }));
    expect(namesOf({ ...LOOP, flows: names })).toEqual([]);
    const hosts = LOOP.flows.map((one, i) => ({ ...one, client: `10.0.0.${i + 5}` }));
    expect(namesOf({ ...LOOP, flows: hosts })).toEqual([]);
  });

  it('are kept with a side call next to the loop, and for none alone', () => {
    const title = { ...call(4, 2, 2700), recordsDown: 2 };
    const records = { flows: [...LOOP.flows, nodeFlow(4)], exchanges: [...LOOP.exchanges, title] };
    expect(namesOf(records)).toEqual(['ai.corp.example 4 4']);
    expect(namesOf({ flows: [nodeFlow(4)], exchanges: [title] })).toEqual([]);
  });

  it('are kept behind a conversation that the server keeps, in the form of a WebSocket alone', () => {
    const sizes = [59_000, 10_000, 2500, 2600];
    const exchanges = sizes.map((bytesUp, i) => ({
      ...call(1, 1 + 4 * i, bytesUp),
      recordsDown: i === 0 ? 2 : 30,
    }));
    expect(namesOf({ flows: [nodeFlow(1)], exchanges })).toEqual([]);
    const flows = [nodeFlow(1)];
    const isSocket = { ...WITH_NODE, keepsConversation: () => true };
    expect(namesOf({ flows, exchanges }, isSocket)).toEqual(['ai.corp.example 1 4']);
    expect(namesOf({ flows, exchanges: exchanges.slice(1) }, isSocket)).toEqual([]);
  });

  it('are kept for one loop by both addresses of a machine, and not by those behind a router', () => {
    const flows = LOOP.flows.map((one, i) => (i === 1 ? { ...one, client: '2001:db8::5' } : one));
    const hostsOf = (records: Records): string[] =>
      windowsOf(records).flatMap(({ rows }) =>
        rows.map(({ host, exchanges }) => `${host} ${exchanges.length}`),
      );
    expect(hostsOf({ ...LOOP, flows })).toEqual(['10.0.0.5 2', '2001:db8::5 1']);
    const other = { ...nodeFlow(4), client: '10.0.0.6' };
    const routed = { flows: [other, ...flows], exchanges: [call(4, 0, 9000), ...LOOP.exchanges] };
    expect(hostsOf(routed)).toEqual([]);
    const unknown = flows.map((one) => ({ ...one, clientMac: null }));
    expect(hostsOf({ ...LOOP, flows: unknown })).toEqual([]);
  });

  it('count as not visible', () => {
    const notVisible = windowsOf(LOOP).flatMap(({ hosts }) => hosts.flatMap((host) => host.notVisible ?? []));
    expect(notVisible).toMatchObject([{ kind: 'relay', flows: 3 }]);
  });

  it.each([
    { name: 'a streamed answer', request: call(1, 1, 5800), bytes: 5800 + call(1, 1, 5800).bytesDown },
    {
      name: 'a prompt with a short answer',
      request: { ...call(1, 1, 28_000), recordsDown: 3, bytesDown: 1000, answerMs: 0 },
      bytes: 29_000,
    },
    {
      name: 'telemetry',
      request: { ...call(1, 1, 28_000), recordsDown: 1, bytesDown: 150, answerMs: 0 },
      bytes: 0,
    },
  ])('are not kept for one request, but its bytes count: $name', ({ request, bytes }) => {
    const windows = windowsOf({ flows: [nodeFlow(1)], exchanges: [request] });
    expect(windows.flatMap(({ rows }) => rows)).toEqual([]);
    const parts = windows.flatMap(({ hosts }) => hosts.flatMap(({ notVisible }) => notVisible));
    expect(parts.map((part) => `${part.kind} ${part.hint} ${part.flows} ${part.bytes}`)).toEqual(
      bytes === 0 ? [] : [`relay unknown 1 ${bytes}`],
    );
  });
});
