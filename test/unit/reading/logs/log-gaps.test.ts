// Times between log files that no file covers.

import { expect, it } from 'vitest';
import { formatNamed } from '../../../../src/reading/logs/formats.ts';
import { addRows, findMissingFiles, listLogGaps, newSpan } from '../../../../src/reading/logs/gaps.ts';
import type { RowKind } from '../../../../src/reading/logs/records.ts';

const MINUTE_US = 60_000_000;

const kindOf = (file: string): RowKind =>
  /conn|flow/.test(file) ? 'connections' : /dns|ssl/.test(file) ? 'parts' : 'status';

/** A file whose rows are of some minutes. */
const of = (file: string, fromMinute: number, toMinute: number, kind = kindOf(file)) => {
  const span = newSpan();
  addRows(span, { firstUs: fromMinute * MINUTE_US, lastUs: toMinute * MINUTE_US }, 1, kind);
  return { file, span };
};

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
  [
    'of hours of which one has no connections, and DNS queries',
    [
      of('z/conn.08:00:00-09:00:00.log', 0, 59),
      of('z/conn.10:00:00-11:00:00.log', 120, 179),
      of('z/dns.08:00:00-09:00:00.log', 0, 59),
      of('z/dns.09:00:00-10:00:00.log', 60, 119),
      of('z/dns.10:00:00-11:00:00.log', 120, 179),
    ],
    [[59, 120]],
  ],
  [
    'of connections that end before DNS queries do',
    [of('conn.log', 0, 60), of('dns.log', 0, 90)],
    [[60, 90]],
  ],
  ['of connections that begin after them', [of('conn.log', 30, 90), of('ssl.log', 0, 90)], [[0, 30]]],
  ['of connections of about the same time', [of('conn.log', 10, 80), of('ssl.log', 0, 90)], []],
  ['of statistics alone', [of('conn.log', 30, 60), of('stats.log', 0, 90)], []],
  [
    'of connections between two files, while queries were logged',
    [of('eve-flow.json.1', 0, 30), of('eve-flow.json', 60, 90), of('eve-dns.json', 0, 90)],
    [[30, 60]],
  ],
  ['of no connections at all', [of('ssl.log', 0, 60), of('dns.log', 0, 90)], []],
])('are those %s', (_, files, gaps) => {
  const expected = gaps.map(([from = 0, to = 0]) => ({
    ...{ fromUs: from * MINUTE_US, toUs: to * MINUTE_US, reason: 'logMissing' },
  }));
  expect(listLogGaps(files)).toEqual(expected);
  expect(listLogGaps([...files].reverse())).toEqual(expected);
});

it.each([
  [
    'hours of connections',
    ['d/conn.08:00:00-09:00:00.log.gz', 'd/conn.10:00:00-12:00:00.log.gz'],
    ['d/conn.09:00:00-10:00:00.log.gz'],
  ],
  ['hours in two folders', ['a/conn.08:00:00-09:00:00.log', 'b/conn.10:00:00-11:00:00.log'], []],
  ['hours without rows of a protocol', ['dhcp.08:00:00-09:00:00.log', 'dhcp.10:00:00-11:00:00.log'], []],
  ['numbers', ['eve.json', 'eve.json.1', 'eve.json.3.gz', 'eve.json.7'], ['eve.json.2', 'eve.json.4 to .6']],
  ['no file', ['conn.log', 'ssl.log'], []],
])('names the missing files of %s', (_, files, missing) => {
  expect(findMissingFiles(files)).toEqual(missing);
});

it.each([
  ['zeek', '#fields\tts\tuid\tid.orig_h\tserver_name\tja3', true],
  ['zeek', '#fields\tts\tuid\tid.orig_h\tserver_name\tja3\tja4', false],
  ['suricata', '{"event_type":"tls","tls":{"sni":"a.test","ja3":{"hash":"0"}}}', true],
  ['suricata', '{"event_type":"tls","tls":{"sni":"a.test","ja3":{"hash":"0"},"ja4":"t"}}', false],
])('a review of a %s log with JA3 says that JA4 is missing: %s', (id, line, isMissing) => {
  const review = formatNamed(id)?.review(
    [{ file: 'ssl.log', lines: ['#path\tssl', line], modifiedUs: 0 }],
    [],
  );
  expect(review?.missing.some(({ what }) => what.startsWith('JA4'))).toBe(isMissing);
});
