// The identity of a connection is permanent: over hours of silence, a night, and more than a day.
import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/attribution/attribute.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { UsageRow, UsageWindow } from '../../../src/model/usage.ts';
import { openZone } from '../../../src/time/zone.ts';
import { CLAUDE_START, exchange, FORMS, later, row, START, window } from './rows.ts';

const catalogue = await loadCatalogue();
const HOUR = 3600;

const model = (parts: Partial<UsageRow> = {}): UsageRow =>
  row('api.anthropic.com', FORMS.bun144Fetch, { exchanges: [exchange()], ...parts });
/** Two forms of one Bun, and the calls of a start: Claude Code. */
const started = [
  model(),
  row('api.anthropic.com', FORMS.bun144Https, { exchanges: CLAUDE_START.https, communityIds: ['1:other'] }),
];

const at = (seconds: number, rows: readonly UsageRow[]): UsageWindow => {
  const moved = later(rows, seconds);
  return window(moved, [], START + seconds);
};
/** The connection of the start, `seconds` later; nothing of it is new. */
const goesOn = (seconds: number, parts: Partial<UsageRow> = {}): UsageWindow =>
  at(seconds, [model({ flows: 0, establishedFlows: 0, openSeconds: seconds, ...parts })].map(withoutHello));
const withoutHello = (one: UsageRow): UsageRow => ({ ...one, helloTimesUs: [] });

function rowsOf(windows: readonly UsageWindow[]) {
  const [host] = attribute(windows, catalogue, { zone: openZone('UTC') });
  const said = [...(host?.tools ?? []), ...(host?.providers ?? [])];
  return said.map(({ use }) => [use.tool, use.confidence, use.requests?.min, use.requests?.max]);
}

describe('a session of a tool', () => {
  it.each([8, 15, 23, 40, 100])('keeps its connection after %i hours of silence', (hours) => {
    expect(rowsOf([at(0, started), goesOn(hours * HOUR)])).toEqual([['claude-code', 'likely', 2, 2]]);
  });

  it('keeps connections opened during one that continues', () => {
    const next = at(15 * HOUR + 600, [model({ communityIds: ['1:next'] })]);
    expect(rowsOf([at(0, started), goesOn(15 * HOUR), next])).toEqual([['claude-code', 'likely', 3, 3]]);
    const late = at(26 * HOUR, [model({ communityIds: ['1:next'] })]);
    const hourly = Array.from({ length: 26 }, (_, i) => goesOn((i + 1) * HOUR));
    expect(rowsOf([at(0, started), ...hourly, late])).toEqual([['claude-code', 'likely', 28, 28]]);
  });

  it('goes on from connection to connection for a day', () => {
    const second = [5, 6].map((hours) =>
      at(hours * HOUR, [
        model({ communityIds: ['1:b'], ...(hours === 5 ? {} : { openSeconds: HOUR, flows: 0 }) }),
      ]),
    );
    const bridge = [1, 3, 5].map((hours) => goesOn(hours * HOUR));
    expect(rowsOf([at(0, started), ...bridge, ...second])).toEqual([['claude-code', 'likely', 6, 6]]);
  });
});

describe('what is no connection of the session', () => {
  const unknown = [
    ['claude-code', 'likely', 1, 1],
    ['anthropic-api', 'certain', 1, 1],
  ];

  it.each([
    ['a new one on the same ports', { flows: 1, openSeconds: 0 }],
    ['one on other ports', { communityIds: ['1:else'] }],
    ['one that was opened when nothing was seen', { openSeconds: 5 * HOUR }],
  ])('stays unknown: %s', (_, parts) => {
    expect(rowsOf([at(0, started), goesOn(15 * HOUR, parts)])).toEqual(unknown);
  });

  it('stays unknown a day later, when the last of the session has ended', () => {
    const next = at(27 * HOUR, [model({ communityIds: ['1:next'] })]);
    expect(rowsOf([at(0, started), goesOn(15 * HOUR), goesOn(24 * HOUR), next])[0]).toEqual([
      ...['claude-code', 'likely', 3, 3],
    ]);
  });
});
