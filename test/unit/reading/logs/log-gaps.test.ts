// Times between log files that no file covers.

import { expect, it } from 'vitest';
import { gapsOfLogs } from '../../../../src/reading/logs/gaps.ts';

const MINUTE_US = 60_000_000;

/** A file whose rows are of some minutes. */
const of = (file: string, fromMinute: number, toMinute: number) => ({
  file,
  span: { firstUs: fromMinute * MINUTE_US, lastUs: toMinute * MINUTE_US, rows: 1 },
});

it.each([
  ['of rotated logs that follow each other', [of('a.log.2', 0, 10), of('a.log.1', 15, 20)], []],
  ['of rotated logs of which one is missing', [of('a.log.3.gz', 0, 10), of('a.log.1', 15, 20)], [[10, 15]]],
  ['of one missing within a minute', [of('a.log.3', 0, 10), of('a.log.1', 11, 20)], []],
  [
    'of hours that follow each other',
    [of('c.08:00:00-09:00:00.log', 0, 30), of('c.09:00:00-10:00:00.log', 70, 90)],
    [],
  ],
  [
    'of hours between which one is missing',
    [of('c.08:00:00-09:00:00.log', 0, 59), of('c.10:00:00-11:00:00.log', 65, 90)],
    [[59, 65]],
  ],
  ['of other names, where it is long', [of('a.log', 0, 10), of('b.log', 26, 30)], [[10, 26]]],
  ['of other names, where it is short', [of('a.log', 0, 10), of('b.log', 25, 30)], []],
  ['inside a longer file', [of('a.log', 0, 60), of('b.log', 5, 10), of('c.log', 50, 70)], []],
])('are those %s', (_, files, gaps) => {
  const expected = gaps.map(([from = 0, to = 0]) => ({
    ...{ fromUs: from * MINUTE_US, toUs: to * MINUTE_US, reason: 'logMissing' },
  }));
  expect(gapsOfLogs(files)).toEqual(expected);
  expect(gapsOfLogs([...files].reverse())).toEqual(expected);
});
