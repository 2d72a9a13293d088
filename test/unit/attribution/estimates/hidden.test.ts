// Requests that damage hides: an exact count must not come out of a capture with holes.
import { describe, expect, it } from 'vitest';
import { classifyExchanges } from '../../../../src/attribution/estimates/exchanges.ts';
import { listHiddenRequests } from '../../../../src/attribution/estimates/hidden-requests.ts';
import type { Channel } from '../../../../src/attribution/traffic/channel.ts';
import type { ExchangeFacts } from '../../../../src/catalogue/schema.ts';
import type { Range } from '../../../../src/model/report.ts';
import type { UsageRow } from '../../../../src/model/usage.ts';
import { exchange, FORMS, row, smallCall } from '../rows.ts';

const SOURCED = { source: 'test', date: '2026-11-22' };

function channelOf(name: string, parts: Partial<UsageRow>, hasHello = true): Channel {
  const one = row(name, hasHello ? FORMS.bun1314 : null, parts);
  return {
    name,
    fingerprint: one.fingerprint,
    runtime: null,
    isHttp2: false,
    flows: one.flows,
    slices: [{ row: one, sensor: 'tap', windowSeconds: 0, unknownLossyFlows: 2 }],
    exchanges: one.exchanges.map((each) => ({
      startUs: each.startMs * 1000,
      endUs: each.startMs * 1000,
      exchange: each,
    })),
    midFlowSums: null,
  } as unknown as Channel;
}

function requestsIn(channel: Channel, facts?: ExchangeFacts): Range {
  const role = () => 'inference' as const;
  const all = [...classifyExchanges([channel], facts, role), ...listHiddenRequests([channel], role, facts)];
  return {
    min: all.reduce((sum, { requests }) => sum + requests.min, 0),
    max: all.reduce((sum, { requests }) => sum + requests.max, 0),
  };
}

describe('requests behind holes', () => {
  const model = exchange({ bytesUp: 16_000 });

  it('counts bytes that no exchange explains, where some are missing', () => {
    const parts = { exchanges: [model], payloadUp: 24_000 };
    expect(requestsIn(channelOf('api.factory.ai', { ...parts, lostUp: 1448 }))).toEqual({ min: 1, max: 2 });
    const damaged = exchange({ startMs: 9000, bytesUp: 16_000, flags: 4 });
    const two = { exchanges: [model, damaged], lostUp: 1448 };
    expect(requestsIn(channelOf('api.factory.ai', { ...two, payloadUp: 32_600 }))).toEqual({
      min: 2,
      max: 2,
    });
    expect(requestsIn(channelOf('api.factory.ai', { ...two, payloadUp: 40_000 }))).toEqual({
      min: 2,
      max: 4,
    });
    expect(requestsIn(channelOf('api.factory.ai', { ...parts, lostUp: 0 }))).toEqual({ min: 1, max: 1 });
  });

  it('counts a flow of which the answers alone were seen', () => {
    const parts = { payloadUp: 0, payloadDown: 4000 };
    expect(requestsIn(channelOf('api.factory.ai', parts, false))).toEqual({ min: 0, max: 1 });
  });

  it('takes flows that may have lost their hello for further connections to a gateway', () => {
    const parts = { exchanges: [model, { ...model, startMs: 8000 }], payloadUp: 32_600 };
    const relay = channelOf('ai-gateway.corp.example', parts);
    const role = () => 'inference' as const;
    expect(listHiddenRequests([relay], role, undefined, [relay])).toMatchObject([
      { requests: { min: 0, max: 4 } },
    ]);
    expect(listHiddenRequests([relay], role, undefined)).toEqual([]);
  });

  it('lets each hole hold a request, where the requests of a name are small', () => {
    const facts = { smallInference: { names: ['proxy.test'], minUp: 400 }, ...SOURCED };
    const parts = { exchanges: [exchange({ bytesUp: 700, bytesDown: 300, flags: 4 })], lostUp: 453 };
    expect(requestsIn(channelOf('proxy.test', { ...parts, payloadUp: 1400 }), facts).max).toBe(3);
  });
});

describe('exchanges of a damaged capture', () => {
  it('takes small calls that a late packet merges for no sure request', () => {
    const merged = exchange({ bytesUp: 12_400, recordsUp: 6, messagesUp: 6, recordsDown: 6, bytesDown: 936 });
    const calls = channelOf('api.factory.ai', { exchanges: [smallCall(300), merged] });
    expect(requestsIn(calls)).toEqual({ min: 0, max: 1 });
    const streamed = exchange({ ...merged, recordsDown: 8, bytesDown: 4000 });
    expect(requestsIn(channelOf('api.factory.ai', { exchanges: [streamed] }))).toEqual({ min: 1, max: 1 });
  });

  it('counts what is a message of a WebSocket, or none, in the upper end where the hello is missing', () => {
    const facts = {
      websocket: { names: ['api.openai.com'], runtime: 'rustls', alpn: [], minUp: 150 },
      ...SOURCED,
    };
    const exchanges = [
      exchange({ startMs: 1000, bytesUp: 1300, recordsDown: 1, bytesDown: 129, flags: 1 }),
      exchange({ startMs: 2000, bytesUp: 1477, recordsDown: 2, bytesDown: 496 }),
      exchange({ startMs: 3000, bytesUp: 68_000, recordsDown: 16 }),
    ];
    const unseen = channelOf('api.openai.com', { exchanges, payloadUp: 72_000 }, false);
    expect(requestsIn(unseen, facts)).toEqual({ min: 1, max: 2 });
    expect(requestsIn(unseen)).toEqual({ min: 1, max: 1 });
  });
});
