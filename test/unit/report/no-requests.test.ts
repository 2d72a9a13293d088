// A tool without a model request: zero where nothing else of the host has room for one, unknown elsewhere.

import { describe, expect, it } from 'vitest';
import { NO_TOOL_SUMS } from '../../../src/model/counters.ts';
import type { ToolUse } from '../../../src/model/report.ts';
import type { HostTool } from '../../../src/model/tool.ts';
import { NO_REQUEST_SEEN, withheldByReason } from '../../../src/model/withheld.ts';
import { isSized, withKnownAbsence, withKnownShare } from '../../../src/report/document/document.ts';
import type { HostFacts } from '../../../src/report/document/host-facts.ts';
import { sampleUse } from './sample-document.ts';

const FIELDS = ['requests', 'prompts', 'activeMinutes', 'modelPayloadUp'];

const silent: ToolUse = {
  ...sampleUse({
    tool: 'amp',
    name: 'Amp',
    vendor: 'Amp',
    confidence: 'likely',
    minutes: [0],
    megabytesUp: 0,
  }),
  bytesUp: 20_000,
  activeMinutes: null,
  modelPayloadUp: null,
  requests: null,
  prompts: null,
  sessions: null,
  withheld: FIELDS.map((field) => ({ field, reason: NO_REQUEST_SEEN.text })),
  days: [
    {
      date: '2026-07-08',
      activeMinutes: null,
      flows: 2,
      bytesUp: 20_000,
      bytesDown: 0,
      confidence: 'likely',
    },
  ],
  names: [
    {
      ...NO_TOOL_SUMS,
      servers: ['203.0.113.9'],
      serverPorts: [443],
      name: 'ampcode.com',
      role: 'inference',
      specificity: 'tool',
      flows: 2,
      bytesUp: 20_000,
      bytesDown: 0,
      payloadUp: 18_000,
      payloadDown: 0,
    },
  ],
};

const facts: HostFacts = {
  bytes: 40_000,
  bytesUp: 25_000,
  flows: 6,
  presence: [],
  mac: null,
  names: [],
  addresses: [],
  notVisible: [],
  isOfSeveral: false,
  isBehindRouter: false,
  sameMachine: [],
};

const isKnown = (use: ToolUse, more: Partial<HostFacts> = {}): boolean =>
  withKnownAbsence(use, { ...facts, ...more }).activeMinutes === 0;

describe('a tool without a model request', () => {
  it('made none where the host sent too little elsewhere for one', () => {
    expect(withKnownAbsence(silent, facts)).toMatchObject({
      activeMinutes: 0,
      requests: { min: 0, max: 0 },
      withheld: [],
      days: [{ activeMinutes: 0 }],
    });
  });

  it('may have made some where other traffic of the host has room for one', () => {
    expect(isKnown(silent, { bytesUp: 26_000 })).toBe(false);
    const page = silent.names.map((name) => ({ ...name, role: 'update' as const }));
    expect(isKnown({ ...silent, names: page })).toBe(false);
    expect(isKnown({ ...silent, names: page.map((name) => ({ ...name, payloadUp: 4900 })) })).toBe(true);
  });

  it('may have made some where a log has no bytes of other names of the host', () => {
    const unsized = [{ field: 'bytesUp', reason: 'no bytes in the log' }];
    const uses = (use: ToolUse): Parameters<typeof isSized>[0]['tools'] => [{ use } as HostTool];
    expect(isSized({ tools: uses(silent), providers: [] })).toBe(true);
    expect(isSized({ tools: uses(silent), providers: uses({ ...silent, withheld: unsized }) })).toBe(false);
  });

  it('may have made some where the host was not seen whole', () => {
    const dark = { kind: 'tunnel', flows: 1, bytes: 90, firstUs: 0, lastUs: 1 } as const;
    expect(isKnown(silent, { notVisible: [dark] })).toBe(false);
    expect(isKnown(silent, { isOfSeveral: true })).toBe(false);
    expect(isKnown(silent, { isBehindRouter: true })).toBe(false);
    expect(isKnown(silent, { sameMachine: ['2001:db8::1'] })).toBe(false);
  });

  it('stays withheld for other reasons', () => {
    expect(isKnown({ ...silent, withheld: [{ field: 'requests', reason: 'packets are missing' }] })).toBe(
      false,
    );
  });
});

describe('the share of telemetry', () => {
  const telemetry = { payloadUp: 500, min: 500, max: 500, share: 0.5, method: 'name' } as const;
  const working = { ...silent, modelPayloadUp: 500, telemetry };
  const early = (bytes: number) => ({ kind: 'midFlow', flows: 1, bytes, firstUs: 0, lastUs: 1 }) as const;

  it('is not known without the bytes of requests', () => {
    expect(withKnownShare(working, []).telemetry).toBe(telemetry);
    expect(withKnownShare({ ...working, modelPayloadUp: null }, []).telemetry?.share).toBe(null);
  });

  it('is not known where connections that began before the capture carried more than a hundredth', () => {
    expect(withKnownShare(working, [early(10)]).telemetry).toBe(telemetry);
    expect(withKnownShare(working, [early(11)]).telemetry).toEqual({ ...telemetry, max: 511, share: null });
    expect(withKnownShare(working, [{ ...early(11), kind: 'tunnel' }]).telemetry).toBe(telemetry);
  });
});

it('is said in words, once for each reason', () => {
  const logged = { field: 'bytesUp', reason: 'the log counts none' };
  const counted = { bytesUp: 1, bytesDown: 0, payloadUp: 0, payloadDown: 0 };
  expect(withheldByReason({ ...counted, withheld: [...silent.withheld, logged] })).toEqual([
    {
      fields: ['requests', 'prompts', 'activeMinutes', 'modelPayloadUp'],
      figures: ['requests', 'prompts', 'active minutes', 'bytes of model requests'],
      reason: NO_REQUEST_SEEN.text,
      sentence: null,
      isPart: false,
    },
    {
      fields: ['bytesUp'],
      figures: ['bytes sent'],
      reason: 'the log counts none',
      sentence: null,
      isPart: true,
    },
  ]);
});
