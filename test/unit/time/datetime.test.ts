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
  ['2026-10-25T02:30', 'Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'],
  ['2026-10-25T01:59', 'Europe/Berlin', '2026-10-24T23:59:00Z', '2026-10-24T23:59:00Z'],
  ['2026-10-25T03:00', 'Europe/Berlin', '2026-10-25T02:00:00Z', '2026-10-25T02:00:00Z'],
  ['2026-03-29T02:30', 'Europe/Berlin', '2026-03-29T01:00:00Z', '2026-03-29T01:00:00Z'],
  ['2026-04-05T01:45', 'Australia/Lord_Howe', '2026-04-04T14:45:00Z', '2026-04-04T15:15:00Z'],
  // A day begins once, also where its midnight occurs twice.
  ['2026-11-01', 'America/Havana', '2026-11-01T04:00:00Z', '2026-11-01T04:00:00Z'],
])('"%s" in %s is a start and an end of the wider span', (text, zone, start, end) => {
  const seconds = ['--since', 'since', '--until', 'until'].map((name) => secondsOfDateTime(text, zone, name));
  expect(seconds).toEqual([start, start, end, end].map((instant) => Date.parse(instant) / 1000));
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
