import { expect, test } from 'vitest';
import { ConnectionCounts } from '../../../src/attribution/attempts.ts';
import { HostAttempts } from '../../../src/attribution/traffic/channels.ts';
import { listAttempts } from '../../../src/diagnosis/blocked-attempts.ts';
import type { OutcomeKind } from '../../../src/model/outcome.ts';
import type { OutcomeCell } from '../../../src/model/usage.ts';
import { numbersAt } from '../cell-numbers.ts';

const HOST = '10.1.0.5';
const SERVER = '160.79.104.10';
const AT_US = 1_790_000_000_000_000;

const known = {
  toolsOf: (name: string) => (name === 'api.anthropic.com' ? ['anthropic-api', 'claude-code'] : []),
  isModel: () => true,
  ...{ isMixed: () => false, runtimeOf: () => null },
};

function cell(kind: OutcomeKind, more: Partial<OutcomeCell> = {}): OutcomeCell {
  const key = { host: HOST, name: 'api.anthropic.com', server: SERVER, port: 443, kind, detail: 0 };
  return { ...key, ...numbersAt(AT_US, 0), ...more };
}

const brief = (cells: readonly OutcomeCell[]) =>
  listAttempts(cells, known).map(({ result, leg, fault, attempts, passed }) => ({
    ...{ result, leg, fault, attempts, passed },
  }));

test.each([
  {
    name: 'SYNs without an answer',
    cells: [cell('synSilent', { count: 4, value: 12 })],
    gives: { result: 'blocked', leg: 'local-firewall', fault: 'tcp-blackhole', attempts: 4, passed: 0 },
  },
  {
    name: 'a name that does not exist',
    cells: [cell('dnsError', { server: '10.1.0.1', port: 53, detail: 3, count: 6 })],
    gives: { result: 'blocked', leg: 'resolver', fault: 'dns-nxdomain', attempts: 6, passed: 0 },
  },
  {
    name: 'a proxy that refuses',
    cells: [cell('connectStatus', { detail: 403, count: 3, proxied: 3 })],
    gives: { result: 'blocked', leg: 'proxy', fault: 'proxy-denied', attempts: 3, passed: 0 },
  },
  {
    name: 'a proxy that fails behind it',
    cells: [cell('connectStatus', { detail: 502, count: 3, proxied: 3 })],
    gives: { result: 'failed', leg: 'proxy', fault: 'proxy-bad-gateway', attempts: 3, passed: 0 },
  },
  {
    name: 'an end that no rule explains',
    cells: [cell('helloClosed')],
    gives: { result: 'failed', leg: null, fault: null, attempts: 1, passed: 0 },
  },
  {
    name: 'a rule that came in between',
    cells: [cell('served', { count: 2 }), cell('connectStatus', { detail: 403, count: 9, proxied: 9 })],
    gives: { result: 'blocked', leg: 'proxy', fault: 'proxy-denied', attempts: 9, passed: 2 },
  },
])('$name', ({ cells, gives }) => {
  expect(brief(cells)).toEqual([gives]);
});

test('a resolver that gives no address stops queries, and no connection', () => {
  const queries = cell('dnsError', { server: '10.1.0.1', port: 53, detail: 3, count: 6 });
  const lookups = { result: 'blocked', leg: 'resolver', fault: 'dns-nxdomain', attempts: 6 };
  const cut = { result: 'failed', leg: null, fault: null, attempts: 4, passed: 0 };
  expect(brief([queries, cell('helloClosed', { count: 4 })])).toEqual([{ ...lookups, passed: 0 }, cut]);
  const silent = { result: 'blocked', leg: 'local-firewall', fault: 'tcp-blackhole', attempts: 5, passed: 0 };
  expect(brief([queries, cell('synSilent', { count: 5, value: 15 })])).toEqual([
    { ...lookups, passed: 0 },
    silent,
  ]);
});

test('attempts of one name that ended at two places are two entries', () => {
  const proxied = cell('connectStatus', {
    detail: 403,
    count: 9,
    proxied: 9,
    server: '10.1.0.2',
    port: 3128,
  });
  const found = brief([proxied, cell('synSilent', { count: 4, value: 12 })]);
  expect(found.map(({ attempts, leg }) => [attempts, leg])).toEqual([
    [9, 'proxy'],
    [4, expect.stringMatching(/client|local-firewall/)],
  ]);
});

test('a failure among connections that work is no attempt', () => {
  expect(brief([cell('served', { count: 40 }), cell('helloReset', { count: 1 })])).toEqual([]);
  expect(brief([cell('served', { count: 40 }), cell('answerRefused', { count: 1 })])).toEqual([]);
});

test('a missing IPv6 address is no failure', () => {
  const resolver = { server: '10.1.0.1', port: 53 };
  const cells = [
    cell('dnsAnswered', { ...resolver, detail: 1 }),
    cell('dnsEmpty', { ...resolver, detail: 28 }),
  ];
  expect(brief([...cells, cell('served')])).toEqual([]);
  expect(brief(cells)).toEqual([]);
});

test('names that no tool uses are not listed', () => {
  expect(brief([cell('synSilent', { name: 'intranet.example', count: 4, value: 12 })])).toEqual([]);
});

test('a name is only tried as long as no connection passed, window by window', () => {
  const attempts = new HostAttempts();
  attempts.add(900, cell('helloReset'));
  attempts.add(1800, cell('served'));
  attempts.add(900, cell('answerRefused', { name: 'statsig.anthropic.com' }));
  expect([...attempts.listNamesWithoutRequest(900, 900)]).toEqual(['api.anthropic.com']);
  expect([...attempts.listNamesWithoutRequest(900, 1800)]).toEqual([]);
  expect([...attempts.listNamesWithoutRequest(2700, 2700)]).toEqual([]);
});

test('connections are counted by tool and result, for each tool of a name', () => {
  const counts = new ConnectionCounts();
  const resolver = { server: '10.1.0.1', port: 53 };
  counts.add(
    [
      { outcomes: [cell('served', { count: 3 }), cell('opened', { count: 9 }), cell('synSilent')] },
      {},
      { outcomes: [cell('served', { count: 2 }), cell('served', { name: 'example.net' })] },
      {
        outcomes: [
          cell('dnsEmpty', { ...resolver, detail: 28 }),
          cell('dnsError', { ...resolver, detail: 3 }),
        ],
      },
    ],
    known,
  );
  const sums = { passed: 5, stopped: 1, unresolved: 1 };
  expect(counts.all).toEqual([
    { tool: 'anthropic-api', ...sums },
    { tool: 'claude-code', ...sums },
  ]);
});
