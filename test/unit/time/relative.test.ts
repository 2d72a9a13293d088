// Times relative to now, in the zone of the report.
import { expect, it } from 'vitest';
import { secondsOfRelative } from '../../../src/time/datetime.ts';
import { openZone } from '../../../src/time/zone.ts';

/** A Wednesday; in Shanghai it is Thursday already. */
const NOW = Date.parse('2026-07-15T18:30:00Z') / 1000;

it.each([
  ['today', 'UTC', '2026-07-15T00:00:00Z'],
  ['today', 'Asia/Shanghai', '2026-07-15T16:00:00Z'],
  ['Yesterday', 'UTC', '2026-07-14T00:00:00Z'],
  ['monday', 'UTC', '2026-07-13T00:00:00Z'],
  ['wednesday', 'UTC', '2026-07-15T00:00:00Z'],
  ['thursday', 'UTC', '2026-07-09T00:00:00Z'],
  ['thursday', 'Asia/Shanghai', '2026-07-15T16:00:00Z'],
  ['7d', 'UTC', '2026-07-08T18:30:00Z'],
  ['24h', 'UTC', '2026-07-14T18:30:00Z'],
  ['now', 'UTC', '2026-07-15T18:30:00Z'],
])('%s in %s', (text, zone, expected) => {
  expect(secondsOfRelative(text, NOW, openZone(zone))).toBe(Date.parse(expected) / 1000);
});

it('is the calendar day before, where a day has 25 hours', () => {
  const now = Date.parse('2026-10-26T12:00:00Z') / 1000;
  const seconds = secondsOfRelative('yesterday', now, openZone('Europe/Berlin'));
  expect(seconds).toBe(Date.parse('2026-10-24T22:00:00Z') / 1000);
});

it.each(['', '7', 'd', '7y', 'tomorrow', '2026-07-15', '-7d'])('is not "%s"', (text) => {
  expect(secondsOfRelative(text, NOW, openZone('UTC'))).toBeNull();
});
