// A name of the tool's own shows the session that it is in. Hours before and after it, another program of the same
// runtime may have sent what any program sends.
import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/attribution/attribute.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { UsageRow, UsageWindow } from '../../../src/model/usage.ts';
import { openZone } from '../../../src/time/zone.ts';
import { exchange, FORMS, later, row, START, window } from './rows.ts';

const catalogue = await loadCatalogue();

const at = (minutes: number, rows: readonly UsageRow[]): UsageWindow =>
  window(later(rows, minutes * 60), [], START + minutes * 60);
const request = (parts: Partial<UsageRow> = {}): UsageRow =>
  row('api.anthropic.com', FORMS.node22Fetch, { exchanges: [exchange()], ...parts });
const telemetry = row('statsig.anthropic.com', FORMS.node22Fetch, {
  exchanges: [exchange({ bytesDown: 200, recordsDown: 1, firstDown: 200, largestDown: 200, answerMs: 0 })],
});
const hub = row('api.continue.dev', FORMS.node22Fetch, { exchanges: [exchange()] });

function listUses(windows: readonly UsageWindow[]) {
  const [host] = attribute(windows, catalogue, { zone: openZone('UTC') });
  const uses = [...(host?.tools ?? []), ...(host?.providers ?? [])];
  return uses.map(({ use: { tool, confidence, requests } }) => [tool, confidence, requests?.max ?? 0]);
}

describe('requests to a name that many tools use', () => {
  const isTool = [['claude-code', 'likely', 1]];
  const isUnknown = [
    ['claude-code', 'likely', 0],
    ['anthropic-api', 'certain', 1],
  ];

  it.each([
    ['a minute later', 1, isTool],
    ['ten minutes later', 10, isTool],
    ['half an hour later', 30, isUnknown],
    ['three hours later', 180, isUnknown],
  ])('belong to the tool of the session: %s', (_, minutes, expected) => {
    expect(listUses([at(0, [telemetry]), at(minutes, [request()])])).toEqual(expected);
    expect(listUses([at(0, [request()]), at(minutes, [telemetry])])).toEqual(expected);
  });

  it('belong to it as long as it goes on, and are divided where it ends', () => {
    const session = [0, 12, 24, 36].map((minutes) =>
      at(minutes, minutes === 0 ? [telemetry, request()] : [request()]),
    );
    expect(listUses(session)).toEqual([['claude-code', 'likely', 4]]);
    expect(listUses([...session, at(90, [request()])])).toEqual([
      ['claude-code', 'likely', 4],
      ['anthropic-api', 'certain', 1],
    ]);
  });

  it('belong to it on a connection that it opened', () => {
    const goesOn = request({ flows: 0, establishedFlows: 0, openSeconds: 60 * 60, helloTimesUs: [] });
    expect(listUses([at(0, [telemetry, request()]), at(60, [goesOn])])).toEqual([
      ['claude-code', 'likely', 2],
    ]);
  });

  it('name no tool that takes any key by its own name of another hour', () => {
    const uses = listUses([at(0, [hub]), at(60, [request()])]);
    expect(uses).toContainEqual(['continue', 'certain', 0]);
    expect(uses).toContainEqual(['anthropic-api', 'certain', 1]);
    expect(listUses([at(0, [hub]), at(5, [request()])])).toEqual([['continue', 'certain', 1]]);
  });

  it('may have been sent by the tool of another hour', () => {
    const [host] = attribute([at(0, [hub]), at(60, [request()])], catalogue, { zone: openZone('UTC') });
    const quarters = host?.tools.find(({ use }) => use.tool === 'continue')?.quarters;
    expect(quarters?.map(({ startSeconds, confidence }) => [startSeconds - START, confidence])).toEqual([
      [0, 'certain'],
      [3600, 'possible'],
    ]);
  });
});
