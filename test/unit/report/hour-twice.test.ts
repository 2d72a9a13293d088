// A breakdown by hour where clocks are changed: an hour that comes twice is two rows, in the memory and in a store.

import { describe, expect, it } from 'vitest';
import { finishBreakdown, startOfHour } from '../../../src/report/document/finish-breakdown.ts';
import { zoneSql } from '../../../src/store/sql/zone-sql.ts';
import { openZone } from '../../../src/time/zone.ts';

const seconds = (instant: string): number => Date.parse(instant) / 1000;

/** Keys of the hours from one instant to another, as quarter hours find them. */
function hoursOf(zoneName: string, from: string, until: string): string[] {
  const zone = openZone(zoneName);
  const starts = new Set<number>();
  for (let at = seconds(from); at < seconds(until); at += 900) starts.add(startOfHour(at, zone));
  const none = { hosts: 1, tools: 1, flows: 1, bytesUp: 0, bytesDown: 0, payloadUp: 0, activeMinutes: 0 };
  const unknown = { requests: null, modelPayloadUp: null, telemetryPayloadUp: null, notVisibleShare: null };
  // The order of the parts says nothing.
  const parts = [...starts].reverse().map((key) => ({ key: String(key), ...none, ...unknown }));
  return finishBreakdown('hour', parts, zone, (tool) => tool).rows.map(({ key }) => key.slice(8));
}

describe('hours', () => {
  it.each([
    [
      'Europe/Berlin',
      '2026-10-24T23:00Z',
      '2026-10-25T03:00Z',
      ['25T01', '25T02+02:00', '25T02+01:00', '25T03'],
    ],
    ['Europe/Berlin', '2026-03-29T00:00Z', '2026-03-29T02:00Z', ['29T01', '29T03']],
    [
      'America/New_York',
      '2026-11-01T04:00Z',
      '2026-11-01T08:00Z',
      ['01T00', '01T01-04:00', '01T01-05:00', '01T02'],
    ],
    // Clocks are set back by half an hour, from 02:00 to 01:30.
    [
      'Australia/Lord_Howe',
      '2026-04-04T14:00Z',
      '2026-04-04T16:30Z',
      ['05T01+11:00', '05T01+10:30', '05T02'],
    ],
    ['Asia/Kolkata', '2026-10-25T00:30Z', '2026-10-25T02:30Z', ['25T06', '25T07']],
  ])('of %s from %s', (zone, from, until, keys) => {
    expect(hoursOf(zone, from, until)).toEqual(keys);
  });

  it('are the same in SQL', () => {
    const [from, until] = [seconds('2026-10-24T00:00Z'), seconds('2026-10-26T00:00Z')];
    for (const name of ['Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kolkata', 'UTC']) {
      const zone = openZone(name);
      const sql = zoneSql(zone, { from, to: until }, (a, b) => `(${a} / ${b} | 0)`).startOfHour('at');
      const script = sql
        .replaceAll('CASE', '(')
        .replace(/WHEN (.*?) THEN (\S+)/g, '$1 ? $2 :')
        .replaceAll('ELSE', '')
        .replaceAll('END', ')');
      const startInSql = new Function('at', `return ${script}`) as (at: number) => number;
      for (let at = from; at < until; at += 900) expect(startInSql(at)).toBe(startOfHour(at, zone));
    }
  });
});
