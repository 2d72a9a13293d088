// What several workers give in any order becomes the same windows.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DnsRecord, ExchangeRecord, FlowRecord } from '../../src/model/flow.ts';
import type { UsageWindow } from '../../src/model/usage.ts';
import { NO_COUNTERS } from '../../src/reading/threads/sum-counters.ts';
import { RecordAggregator } from '../unit/reading/collector/record-aggregator.ts';
import { dns, exchange, flow, LOOKUP, namelessFlow, START_US } from '../unit/reading/collector/records.ts';

type Given =
  | { readonly kind: 'flow'; readonly flow: FlowRecord }
  | { readonly kind: 'exchange'; readonly exchange: ExchangeRecord }
  | { readonly kind: 'dns'; readonly dns: DnsRecord };

const LAST_US = START_US + 3600 * 1_000_000;

const second = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(51, 55, 59, 118));
const client = fc.constantFrom('10.0.0.5', '10.0.0.6', '2001:db8::5');
const server = fc.constantFrom('203.0.113.7', '160.79.104.10', '10.0.0.99');

/** Both ends of a flow have addresses of one family. */
const reachedFrom = (asker: string, address: string): string =>
  asker.includes(':') ? '2001:db8:ffff::7' : address;

/** One flow in one to three slices, its hello in any of them or none, some exchanges with it. */
const anyFlow = fc
  .record({
    client,
    server,
    startSecond: second,
    slices: fc.integer({ min: 1, max: 3 }),
    helloAt: fc.integer({ min: -1, max: 2 }),
    sni: fc.constantFrom('api.anthropic.com', 'api.openai.com', 'gw.example', 'bank.example', null),
    helloHash: fc.constantFrom(null, 'aa', 'bb'),
    isAnswered: fc.boolean(),
    isContradicted: fc.boolean(),
    clientMac: fc.constantFrom(null, '02:00:00:00:00:05', '02:00:00:00:00:06'),
    lost: fc.boolean(),
    multipathToken: fc.constantFrom(0, 0, 7),
    isJoined: fc.boolean(),
    exchanges: fc.array(
      fc.record({ second: fc.integer({ min: 0, max: 100 }), records: fc.constantFrom(1, 9) }),
      {
        maxLength: 3,
      },
    ),
  })
  .map((made) => (flowId: number): Given[] => {
    const start = START_US + made.startSecond * 1_000_000;
    const given: Given[] = [];
    // A slice continues at the start of the window, soon after the previous one or a minute later.
    const beginOf = (slice: number): number =>
      slice <= 0 ? start : (Math.floor(start / 60_000_000) + slice) * 60_000_000;
    for (let i = 0; i < made.slices; i++) {
      const firstUs = beginOf(i);
      const hasHello = made.helloAt >= 0 && i >= Math.min(made.helloAt, made.slices - 1);
      const helloUs = beginOf(Math.min(made.helloAt, made.slices - 1)) + 1000 + flowId;
      const over: Partial<FlowRecord> = {
        flowId,
        client: made.client,
        server: reachedFrom(made.client, made.server),
        clientPort: 40_000 + flowId,
        isFirstSlice: i === 0,
        isLastSlice: i === made.slices - 1,
        flowFirstUs: start,
        firstUs,
        lastUs: firstUs + 500_000,
        lostDown: made.lost ? 100 : 0,
        clientMac: made.clientMac,
        isAnswered: made.isAnswered,
        isContradicted: made.isContradicted,
        multipathToken: made.multipathToken,
        isJoined: made.isJoined && made.multipathToken !== 0,
      };
      given.push({
        kind: 'flow',
        flow: hasHello
          ? flow({ ...over, sni: made.sni, helloUs, helloHash: made.helloHash })
          : namelessFlow(over),
      });
    }
    for (const { second: at, records } of made.exchanges) {
      given.push({
        kind: 'exchange',
        exchange: exchange(flowId, { startUs: start + at * 1_000_000, recordsDown: records }),
      });
    }
    return given;
  });

const anyDns = fc
  .record({ client, server, at: second, name: fc.constantFrom('api.anthropic.com', 'api.openai.com') })
  .map(
    ({ client: asker, server: address, at, name }): Given => ({
      kind: 'dns',
      dns: dns({
        client: asker,
        addresses: [reachedFrom(asker, address)],
        tsUs: START_US + at * 1_000_000,
        name,
      }),
    }),
  );

const records = fc
  .tuple(fc.array(anyFlow, { maxLength: 8 }), fc.array(anyDns, { maxLength: 4 }))
  .map(([flows, answers]) => [...flows.flatMap((make, i) => make(i + 1)), ...answers]);

/** `settles`: after which records the aggregator receives the clock; repeated. */
function windowsOf(given: readonly Given[], settles: readonly boolean[] = [false]): UsageWindow[] {
  const aggregator = new RecordAggregator({ lookup: LOOKUP });
  for (const [i, item] of given.entries()) {
    if (item.kind === 'flow') aggregator.addFlow(item.flow);
    else if (item.kind === 'exchange') aggregator.addExchange(item.exchange);
    else aggregator.addDns(item.dns);
    if (settles[i % settles.length]) aggregator.settle(settledUs(given.slice(i + 1)));
  }
  return aggregator.finish('test', 0, NO_COUNTERS, null);
}

const isBareEnd = (flow: FlowRecord): boolean => flow.isLastSlice && flow.packetsUp + flow.packetsDown === 0;

/** The end of the last window of which no answer and no slice is left; slices of a window are emitted after its end. */
function settledUs(rest: readonly Given[]): number {
  const next = Math.min(
    ...rest.map((item) => {
      if (item.kind === 'dns') return item.dns.tsUs;
      return item.kind === 'flow' && !isBareEnd(item.flow) ? item.flow.firstUs : LAST_US;
    }),
  );
  return Math.floor(Math.min(next, LAST_US) / 60_000_000) * 60_000_000;
}

/**
 * Preserves the guarantees of workers: slices of a flow in order, its exchanges before its last slice; and DNS answers
 * first, because a batch waits until the earlier answers of all workers have been read.
 */
function interleave(given: readonly Given[], weights: readonly number[]): Given[] {
  const queues = new Map<string, Given[]>();
  const merged: Given[] = given.filter((item) => item.kind === 'dns');
  for (const item of given) {
    if (item.kind === 'dns') continue;
    const key = String(item.kind === 'flow' ? item.flow.flowId : item.exchange.flowId);
    queues.set(key, [...(queues.get(key) ?? []), item]);
  }
  for (const queue of queues.values()) {
    queue.sort((a, b) => Number(isLast(a)) - Number(isLast(b)));
  }
  const open = [...queues.values()];
  for (let i = 0; open.length > 0; i++) {
    const at = (weights[i % weights.length] ?? 0) % open.length;
    const next = open[at]?.shift();
    if (next !== undefined) merged.push(next);
    if (open[at]?.length === 0) open.splice(at, 1);
  }
  return merged;
}

function isLast(item: Given): boolean {
  return item.kind === 'flow' && item.flow.isLastSlice;
}

/** Effect of a flush on a flow: its packets are emitted before its end is known, and its end without packets. */
function flushed(given: readonly Given[], choices: readonly boolean[]): Given[] {
  let at = 0;
  return given.flatMap((item): Given[] => {
    if (item.kind !== 'flow' || !item.flow.isLastSlice || !choices[at++ % choices.length]) return [item];
    const { flow: last } = item;
    const end = {
      ...last,
      isFirstSlice: false,
      packetsUp: 0,
      packetsDown: 0,
      bytesUp: 0,
      bytesDown: 0,
      payloadUp: 0,
      payloadDown: 0,
      lostUp: 0,
      lostDown: 0,
    };
    return [
      { kind: 'flow', flow: { ...last, isLastSlice: false } },
      { kind: 'flow', flow: end },
    ];
  });
}

describe('aggregation', () => {
  it('does not depend on the order in which workers give their records', () => {
    fc.assert(
      fc.property(records, fc.array(fc.nat(7), { minLength: 1, maxLength: 50 }), (given, weights) => {
        expect(windowsOf(interleave(given, weights))).toEqual(windowsOf(interleave(given, [0])));
      }),
      { numRuns: 100 },
    );
  });

  it('does not depend on when it learns how far its records reach', () => {
    fc.assert(
      fc.property(
        records,
        fc.array(fc.nat(7), { minLength: 1, maxLength: 50 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }),
        (given, weights, settles) => {
          const order = interleave(given, weights);
          expect(windowsOf(order, settles)).toEqual(windowsOf(order));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('does not depend on whether the end of a flow is emitted with its packets or after them', () => {
    fc.assert(
      fc.property(
        records,
        fc.array(fc.nat(7), { minLength: 1, maxLength: 50 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }),
        (given, weights, settles, choices) => {
          const order = interleave(given, weights);
          expect(windowsOf(flushed(order, choices), settles)).toEqual(windowsOf(order));
        },
      ),
      { numRuns: 100 },
    );
  });
});
