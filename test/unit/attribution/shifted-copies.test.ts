// Two sensors with different clocks saw one flow: it counts once, and similar flows count separately.
import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/attribution/attribute.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { UsageRow, UsageWindow } from '../../../src/model/usage.ts';
import { openZone } from '../../../src/time/zone.ts';
import { exchange, FORMS, later, row, START, smallCall, window } from './rows.ts';

const catalogue = await loadCatalogue();

const helloAt = (second: number): Partial<UsageRow> => ({ helloTimesUs: [(START + second) * 1e6] });
const session = [
  row('api.anthropic.com', FORMS.bun144Fetch, {
    exchanges: [exchange(), exchange({ startMs: 9000 })],
    communityIds: ['1:a', '1:b'],
    flows: 2,
    helloTimesUs: [START * 1e6, (START + 7) * 1e6],
  }),
  row('api.anthropic.com', FORMS.bun144Https, {
    exchanges: [smallCall(300)],
    communityIds: ['1:c'],
    ...helloAt(3),
  }),
];

const seenBy = (sensor: string, rows: readonly UsageRow[], seconds: number): UsageWindow => ({
  ...window(later(rows, seconds), [], START + seconds),
  sensor,
});
const change = (parts: Partial<UsageRow>): UsageRow[] =>
  session.map((one, i) => (i === 0 ? { ...one, ...parts } : one));

function requestsOf(windows: readonly UsageWindow[]) {
  const [host] = attribute(windows, catalogue, { zone: openZone('UTC') });
  const use = host?.tools.find((one) => one.use.tool === 'claude-code')?.use;
  return {
    requests: use?.requests,
    isTold: use?.evidence.some(({ rule }) => rule === 'seen-twice'),
    sensors: use?.sensors,
  };
}

describe('a session at two capture points', () => {
  it.each([3, 15, 60, 3600, 10_000, -15, -3600])('counts once with clocks %i s apart', (seconds) => {
    for (const windows of [
      [seenBy('a', session, 0), seenBy('b', session, seconds)],
      [seenBy('b', session, seconds), seenBy('a', session, 0)],
    ])
      expect(requestsOf(windows)).toEqual({
        requests: { min: 2, max: 2 },
        isTold: true,
        sensors: ['a', 'b'],
      });
  });

  it('counts once at three', () => {
    const windows = [0, 40, 900].map((seconds, i) => seenBy(`s${i}`, session, seconds));
    expect(requestsOf(windows).requests).toEqual({ min: 2, max: 2 });
  });

  it('is the fuller copy, and what only the other saw later', () => {
    const behind = row('api.anthropic.com', FORMS.bun144Fetch, {
      exchanges: [exchange()],
      communityIds: ['1:later'],
    });
    const windows = [seenBy('a', session, 0), seenBy('b', session, 60), seenBy('b', [behind], 1800)];
    expect(requestsOf(windows).requests).toEqual({ min: 3, max: 3 });
  });
});

describe('two sessions at two capture points', () => {
  it.each([
    ['with other ends', change({ communityIds: ['1:x', '1:y'] })],
    [
      'whose hellos have no distance in common',
      change({ helloTimesUs: [30, 50].map((at) => (START + at) * 1e6) }),
    ],
    [
      'of which rows do not list all flows',
      change({ communityIds: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] }),
    ],
  ])('both count: %s', (_, other) => {
    expect(requestsOf([seenBy('a', session, 0), seenBy('b', other, 900)]).requests).toEqual({
      min: 4,
      max: 4,
    });
  });

  it('both count of one sensor', () => {
    expect(requestsOf([seenBy('a', session, 0), seenBy('a', session, 900)]).requests).toEqual({
      min: 4,
      max: 4,
    });
  });
});
