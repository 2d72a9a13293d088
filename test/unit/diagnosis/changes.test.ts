// What changed between two times.
import { describe, expect, it } from 'vitest';
import { compareTimes, type TimeCompared } from '../../../src/diagnosis/changes.ts';
import { diagnose } from '../../../src/diagnosis/diagnose.ts';
import type { OutcomeKind } from '../../../src/model/outcome.ts';
import type { OutcomeCell } from '../../../src/model/usage.ts';
import { changeSentences } from '../../../src/report/text/change-words.ts';
import { numbersAt } from '../cell-numbers.ts';
import { delayBucket } from './delay-bucket.ts';

const AT_US = 1_790_000_000_000_000;
const HOUR_US = 3_600_000_000;
const known = { toolsOf: () => [], isModel: () => true, isMixed: () => false, runtimeOf: () => null };

function cell(kind: OutcomeKind, atUs: number, more: Partial<OutcomeCell> = {}): OutcomeCell {
  const key = { host: '10.1.0.5', name: 'api.anthropic.com', server: '160.79.104.10', port: 443, kind };
  const numbers = { ...numbersAt(atUs, 0), detail: 0, handshakeMinUs: 30_000, count: 5 };
  return { ...key, ...numbers, ...more };
}

const time = (...cells: readonly OutcomeCell[]): TimeCompared => ({
  cells,
  result: diagnose(cells, [], known),
});
const at = (instant: string): string => instant.slice(11, 16);
const said = (before: TimeCompared, after: TimeCompared): string[] =>
  changeSentences(compareTimes(before, after), at);

const silent = { handshakeMinUs: 0, value: 25 } as const;
const answeredAfter = (ms: number): Partial<OutcomeCell> => ({
  answerDelays: [...Array<number>(delayBucket(ms * 1000)).fill(0), 5],
});
const works = time(cell('served', AT_US));
const dropped = time(cell('synSilent', AT_US + HOUR_US, silent));

describe('a name at two times', () => {
  it('stopped working between its last connection and the first failure', () => {
    expect(said(works, dropped)).toEqual([
      'api.anthropic.com on 10.1.0.5 stopped working between 14:13 and 15:13. Connections to api.anthropic.com are dropped without an answer: a firewall stops them, or the network requires a proxy (local-firewall).',
    ]);
  });

  it('works again', () => {
    expect(said(dropped, time(cell('served', AT_US + 2 * HOUR_US)))).toEqual([
      'api.anthropic.com on 10.1.0.5 works again since 16:13, after tcp-blackhole (local-firewall).',
    ]);
  });

  it('fails elsewhere', () => {
    const unresolved = time(
      cell('dnsError', AT_US + 2 * HOUR_US, { detail: 3, server: '10.1.0.1', port: 53 }),
    );
    expect(said(dropped, unresolved)).toEqual([
      'api.anthropic.com on 10.1.0.5 still fails, with another fault: tcp-blackhole (local-firewall) before, now dns-nxdomain. The resolver 10.1.0.1 says that api.anthropic.com does not exist (resolver).',
    ]);
  });

  it('answers later, and not if the difference is within its measure', () => {
    const [fast, slow] = [time(cell('served', AT_US, answeredAfter(150))), answeredAfter(1400)];
    expect(said(fast, time(cell('served', AT_US + HOUR_US, slow)))).toEqual([
      'api.anthropic.com on 10.1.0.5 is slower: first answer 1–1.5 s (median), before 100–150 ms.',
    ]);
    expect(said(fast, time(cell('served', AT_US + HOUR_US, answeredAfter(190))))).toEqual([
      '1 name is as before.',
    ]);
  });

  it('is not compared between hosts: another one has another path', () => {
    const other = time(cell('synSilent', AT_US + HOUR_US, { ...silent, host: '10.9.0.9' }));
    expect(said(works, other)).toEqual([
      'No host was seen with the same name at both times, so nothing can be compared.',
    ]);
    const { changes, names } = compareTimes(works, time(...other.cells, cell('served', AT_US + HOUR_US)));
    expect([changes, names]).toEqual([[], 1]);
  });

  it('is no change where it was seen at one time only', () => {
    expect(said(time(), dropped)).toEqual([
      'No host was seen with the same name at both times, so nothing can be compared.',
      'Seen at the later time alone: api.anthropic.com.',
    ]);
  });
});

it('names hosts with the same change in one sentence', () => {
  const hosts = ['10.1.0.5', '10.1.0.6', '10.1.0.7', '10.1.0.8'];
  const of = (kind: OutcomeKind, atUs: number, more: Partial<OutcomeCell>): TimeCompared =>
    time(...hosts.map((host) => cell(kind, atUs, { ...more, host })));
  expect(said(of('served', AT_US, {}), of('synSilent', AT_US + HOUR_US, silent))).toEqual([
    'api.anthropic.com on 10.1.0.5, 10.1.0.6, 10.1.0.7 and 1 more host stopped working between 14:13 and 15:13. Connections to api.anthropic.com are dropped without an answer: a firewall stops them, or the network requires a proxy (local-firewall).',
  ]);
});

it('hosts with different causes have a sentence each', () => {
  const hosts = ['10.1.0.5', '10.1.0.6'];
  const before = time(...hosts.map((host) => cell('served', AT_US, { host })));
  const refusing = (i: number) => ({
    host: hosts[i] ?? '',
    server: `10.${i}.0.3`,
    port: 3128,
    proxied: 5,
    detail: 403,
  });
  const after = time(...hosts.map((_, i) => cell('connectStatus', AT_US + HOUR_US, refusing(i))));
  expect(said(before, after)).toEqual(
    hosts.map(
      (host, i) =>
        `api.anthropic.com on ${host} stopped working between 14:13 and 15:13. The proxy 10.${i}.0.3:3128 refuses api.anthropic.com (403) (proxy).`,
    ),
  );
});

it('a host that fails at both times explains nothing about one that works', () => {
  const [bad, good] = ['10.1.0.5', '10.1.0.6'];
  const at = (us: number) =>
    time(cell('synSilent', us, { ...silent, host: bad }), cell('served', us, { host: good }));
  expect(said(at(AT_US), at(AT_US + HOUR_US))).toEqual(['2 names are as before.']);
});

it('names of one of the two times are listed, those of the earlier one as far as they are asked for', () => {
  const other = cell('served', AT_US, { name: 'chatgpt.com' });
  const before = time(cell('served', AT_US), other);
  expect(said(before, dropped).at(-1)).toBe(
    'Seen at the earlier time alone: chatgpt.com. That is no sign of a fault.',
  );
  const asked = compareTimes(before, dropped, ({ name }) => name !== 'chatgpt.com');
  expect([asked.onlyBefore, asked.onlyAfter]).toEqual([[], []]);
  expect(compareTimes(dropped, before).onlyAfter).toEqual(['chatgpt.com']);
});
