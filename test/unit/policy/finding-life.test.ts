// The life of a finding: the last entry decides, and a closed finding that is seen on a later day is new.
import { describe, expect, it } from 'vitest';
import {
  buildLife,
  buildLives,
  type FindingChange,
  isFindingId,
  parseFindingId,
} from '../../../src/policy/finding-life.ts';
import { openZone } from '../../../src/time/zone.ts';

const ID = 'AI-0710/2/10.20.1.13/claude-code/violation';
const change = (state: FindingChange['state'], time: string, assignee?: string): FindingChange => ({
  ...{ finding: ID, state, time, who: 'anna', why: `because ${state}` },
  ...(assignee === undefined ? {} : { assignee }),
});
const lives = (...changes: FindingChange[]) => buildLives(changes);
const shanghai = openZone('Asia/Shanghai');
const seen = (last: string) => ({ id: ID, last });

describe('the life of a finding', () => {
  it('is new without an entry, and has the state of its last entry', () => {
    expect(buildLife(lives(), seen('2026-07-14T08:00:00Z'), shanghai)).toEqual({
      ...{ state: 'new', changes: 0, last: null, assignee: null },
    });
    const life = buildLife(
      lives(
        change('assigned', '2026-07-14T08:00:00Z', 'ben'),
        change('exceptionRequested', '2026-07-14T09:00:00Z'),
      ),
      seen('2026-07-20T08:00:00Z'),
      shanghai,
    );
    expect(life).toMatchObject({ state: 'exceptionRequested', changes: 2, assignee: 'ben' });
    expect(life.last).toEqual({
      ...{ time: '2026-07-14T09:00:00Z', who: 'anna', why: 'because exceptionRequested' },
    });
  });

  it('is new again when it is seen after the day on which it was closed, in the zone of the report', () => {
    // 15 July, 01:00 in Shanghai.
    const closed = lives(change('closed', '2026-07-14T17:00:00Z', 'ben'));
    expect(buildLife(closed, seen('2026-07-15T15:59:59Z'), shanghai).state).toBe('closed');
    expect(buildLife(closed, seen('2026-07-15T16:00:00Z'), shanghai)).toMatchObject({
      ...{ state: 'new', closedBefore: '2026-07-14T17:00:00Z', assignee: 'ben', changes: 1 },
    });
    expect(buildLife(closed, seen('2026-07-15T00:00:00Z'), openZone('UTC')).state).toBe('new');
    const acknowledged = lives(
      change('closed', '2026-07-14T17:00:00Z'),
      change('acknowledged', '2026-07-16T08:00:00Z'),
    );
    expect(buildLife(acknowledged, seen('2026-07-16T16:00:00Z'), shanghai).state).toBe('acknowledged');
  });

  it('is about ids as reports have them', () => {
    for (const id of [ID, 'A/B/1/fd00::1/ollama:11434/suspected', 'default/1/h-4XP8K2MN/cline/bypass'])
      expect(isFindingId(id), id).toBe(true);
    expect(parseFindingId('A/B/1/fd00::1/ollama:11434/suspected')).toEqual({
      rule: 'A/B',
      host: 'fd00::1',
      tool: 'ollama:11434',
    });
    for (const id of [
      '',
      'AI-0710',
      `${ID}s`,
      'AI/x/10.0.0.1/cline/violation',
      '/1/10.0.0.1/cline/violation',
    ])
      expect(isFindingId(id), id).toBe(false);
    expect(isFindingId(`${'x'.repeat(512)}/1/10.0.0.1/cline/violation`)).toBe(false);
  });
});
