// Dates and times as people write them: whole, and of the calendar.
import { expect, it } from 'vitest';
import { secondsOfDateTime } from '../../../src/time/datetime.ts';

it.each([
  ['2026-07-10', 'UTC', '2026-07-10T00:00:00Z'],
  ['2026-07-10', 'Asia/Shanghai', '2026-07-09T16:00:00Z'],
  ['2028-02-29', 'UTC', '2028-02-29T00:00:00Z'],
  ['2026-07-10 09:30', 'Europe/Berlin', '2026-07-10T07:30:00Z'],
  ['2026-07-10T09:30:15', 'Europe/Berlin', '2026-07-10T07:30:15Z'],
  ['2026-07-10T09:30Z', 'Asia/Shanghai', '2026-07-10T09:30:00Z'],
  ['2026-07-10T09:30:15.987654Z', 'Asia/Shanghai', '2026-07-10T09:30:15Z'],
  ['2026-07-10T09:30:00+02:00', 'UTC', '2026-07-10T07:30:00Z'],
  ['2026-07-10T09:30:00-0230', 'UTC', '2026-07-10T12:00:00Z'],
])('"%s" in %s', (text, zone, expected) => {
  expect(secondsOfDateTime(text, zone)).toBe(Date.parse(expected) / 1000);
});

it.each([
  '',
  '2026-7-10',
  '2026-00-10',
  '2026-13-01',
  '2026-07-00',
  '2026-02-29',
  '2026-02-30T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-07-10T24:00',
  '2026-07-10T09:60',
  '2026-07-10T09:30:60Z',
  '2026-07-10T09:30:00+24:00',
  '2026-07-10T09:30:00+02:60',
  '2026-07-10Z',
  '2026-07-10T09',
  '7Z',
  'July 10 2026 Z',
  '2026-07-10T09:30:00+02:00 ',
])('"%s" is none', (text) => {
  expect(secondsOfDateTime(text, 'UTC')).toBeNull();
});
