// Captures that were analysed apart: what follows each other cuts flows, what overlaps holds them twice.

import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/attribution/attribute.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { HostTotals, UsageRow, UsageWindow } from '../../../src/model/usage.ts';
import { openZone } from '../../../src/time/zone.ts';
import { joinWindows, mergeWindows } from '../../../src/window/merge-windows.ts';
import { BARE_HOST } from '../../bare-facts.ts';
import { exchange, FORMS, post, row, START, smallCall, window } from './rows.ts';

const catalogue = await loadCatalogue();
const zone = openZone('UTC');
const HOST = '10.77.0.2';
const US = 1_000_000;

const starts = [smallCall(200), smallCall(300, 1200), smallCall(400, 1500), post(100_000, 1600)];
const models = [5000, 12_000, 20_000].map((startMs) => exchange({ startMs }));

function claude(parts: Partial<UsageRow> = {}): UsageRow {
  return row('api.anthropic.com', FORMS.bun1314, {
    exchanges: [...starts, ...models],
    communityIds: ['1:a', '1:b'],
    payloadUp: 250_000,
    packetsUp: 300,
    ...parts,
  });
}

const totals = (bytes: number, firstSeconds: number): HostTotals => ({
  host: HOST,
  ...BARE_HOST,
  flows: 1,
  packets: 100,
  bytesUp: bytes,
  bytesDown: 0,
  firstUs: (START + firstSeconds) * US,
  lastUs: (START + firstSeconds + 5) * US,
  notVisible: [
    {
      kind: 'midFlow',
      hint: 'tls',
      flows: 1,
      bytes,
      firstUs: (START + firstSeconds) * US,
      lastUs: (START + firstSeconds + 5) * US,
    },
  ],
});

const seenBy = (
  sensor: string,
  rows: readonly UsageRow[],
  hosts: readonly HostTotals[] = [],
): UsageWindow => ({
  ...window(rows),
  sensor,
  hosts,
});

function useOf(windows: readonly UsageWindow[]) {
  const use = attribute(windows, catalogue, { zone })[0]?.tools[0]?.use;
  return {
    requests: use?.requests,
    flows: use?.flows,
    payloadUp: use?.payloadUp,
    rules: use?.evidence.filter((item) => !item.for).map(({ rule }) => rule) ?? [],
  };
}

describe('a capture that begins in the middle of flows', () => {
  it('withholds requests when another one saw a tool before', () => {
    const use = useOf([seenBy('a', [claude()]), seenBy('b', [], [totals(90_000, 300)])]);
    expect(use.requests).toBeNull();
    expect(use.rules).toContain('crossed-captures');
  });

  it('widens requests for a few bytes, in a sum of windows as well', () => {
    const parts = [seenBy('a', [claude()]), seenBy('b', [], [totals(9000, 300)])];
    expect(useOf(parts).requests).toEqual({ min: 3, max: 5 });
    expect(useOf(joinWindows(parts)).requests).toEqual({ min: 3, max: 5 });
  });

  it('says nothing of flows that were there before the tool, or that the same sensor saw', () => {
    const sure = { min: 3, max: 3 };
    const early = seenBy('b', [], [totals(90_000, -300)]);
    expect(
      useOf(mergeWindows([{ ...early, startSeconds: START - 900 }, seenBy('a', [claude()])])).requests,
    ).toEqual(sure);
    expect(useOf([seenBy('a', [claude()], [totals(90_000, 300)])]).requests).toEqual(sure);
  });
});

describe('captures that overlap', () => {
  const whole = claude();

  it('count once', () => {
    const once = useOf([seenBy('a', [whole])]);
    const twice = useOf([seenBy('a', [whole]), seenBy('b', [whole])]);
    expect(twice).toEqual({ ...once, rules: [...once.rules, 'seen-twice'] });
  });

  it('count once with clocks that differ, and with what one alone saw', () => {
    const later = [...starts, ...models].map((one) => ({ ...one, startMs: one.startMs + 1700 }));
    const more = claude({
      exchanges: [...later, exchange({ startMs: 40_000, bytesUp: 60_000 })],
      packetsUp: 200,
      communityIds: ['1:b', '1:c'],
    });
    const use = useOf([seenBy('a', [whole]), seenBy('b', [more])]);
    expect(use).toMatchObject({ requests: { min: 4, max: 4 }, flows: 2 });
  });

  it('count once without community ids as well, by their hellos', () => {
    const nameless = claude({ communityIds: [] });
    const other = claude({ communityIds: [], helloTimesUs: [(START + 7) * US] });
    expect(useOf([seenBy('a', [nameless]), seenBy('b', [nameless])]).requests).toEqual({ min: 3, max: 3 });
    expect(useOf([seenBy('a', [nameless]), seenBy('b', [other])]).requests).toEqual({ min: 6, max: 6 });
  });

  it('are two where nothing is in both', () => {
    const other = claude({ communityIds: ['1:x'] });
    expect(useOf([seenBy('a', [whole]), seenBy('b', [other])]).requests).toEqual({ min: 6, max: 6 });
  });
});

describe('logs of two products', () => {
  const logged = { exchanges: [], helloTimesUs: [], loggedSlices: 1 };
  const fetched = claude({ ...logged, communityIds: ['1:a'], flows: 1, payloadUp: 9000 });
  const other = { ...fetched, fingerprint: FORMS.bun1313a, communityIds: ['1:b'], payloadUp: 7000 };
  const plain = claude({ ...logged, fingerprint: null, flows: 2, payloadUp: 17_000 });
  const zeek = seenBy('zeek', [fetched, other]);

  it('count each connection once, by the rows that know the program', () => {
    const use = useOf([seenBy('eve', [plain]), zeek]);
    expect(use).toMatchObject({ flows: 2, payloadUp: 16_000 });
    expect(use.rules).toContain('seen-twice');
    expect(use.rules).not.toContain('several-sensors');
    expect(useOf([zeek, seenBy('eve', [plain])])).toEqual(use);
  });

  it.each([
    ['a connection that only one has', { communityIds: ['1:a', '1:b', '1:c'], flows: 3 }],
    ['connections whose ids are not all known', { flows: 3 }],
    ['a row with bytes and others without', {}],
    ['another time', { firstUs: (START + 700) * US, lastUs: (START + 710) * US }],
  ])('count both with %s', (name, parts) => {
    const unsized = name.startsWith('a row') ? { unsizedUp: 1, unsizedDown: 1 } : {};
    const rows = [fetched, other].map((row) => ({ ...row, ...unsized }));
    const use = useOf([seenBy('eve', [{ ...plain, ...parts }]), seenBy('zeek', rows)]);
    expect(use.rules).not.toContain('seen-twice');
  });
});

describe('a capture and a log of the same connections', () => {
  const logged = { exchanges: [], helloTimesUs: [], loggedSlices: 2, packetsUp: 310 };
  const whole = claude();
  const alone = useOf([seenBy('pcap', [whole])]);

  it.each([
    ['the same fingerprints', {}],
    ['no fingerprint', { fingerprint: null }],
    ['another fingerprint', { fingerprint: { ...FORMS.bun1314, ja4: '' } }],
  ])('count once, with the requests of the capture: %s', (_, parts) => {
    const log = seenBy('log', [claude({ ...logged, ...parts })]);
    for (const windows of [
      [seenBy('pcap', [whole]), log],
      [log, seenBy('pcap', [whole])],
    ]) {
      const { requests, payloadUp } = useOf(windows);
      expect({ requests, payloadUp }).toEqual({ requests: alone.requests, payloadUp: alone.payloadUp });
    }
  });
});

it('counts the exchanges beyond the limit of a busy row', () => {
  const cells = [
    { upClass: 13, answerClass: 17, count: 40, bytesUp: 1_600_000, bytesDown: 90_000 },
    { upClass: 13, answerClass: 1, count: 5, bytesUp: 200_000, bytesDown: 1500 },
    { upClass: 0, answerClass: 1, count: 70, bytesUp: 21_000, bytesDown: 20_000 },
  ];
  const use = useOf([seenBy('a', [claude({ cells, payloadUp: 2_100_000 })])]);
  expect(use.requests).toEqual({ min: 43, max: 48 });
});
