// What of a log counts: which hosts and servers, and which addresses are evidence.

import { describe, expect, it } from 'vitest';
import { LogFilter } from '../../../../src/reading/logs/log-filter.ts';

const NOTED = '203.0.113.7';
const filter = (exclude: readonly string[]) =>
  new LogFilter({
    lookup: {
      isListed: (name: string) => name === 'api.example',
      networkOf: (address: string) => (address === NOTED ? 'network' : null),
    } as unknown as ConstructorParameters<typeof LogFilter>[0]['lookup'],
    localNets: [],
    exclude,
    userAgents: ['claude-cli/'],
  });

it.each([
  ['10.0.0.5', '203.0.113.9', true],
  ['10.0.0.5', null, true],
  ['10.0.0.5', '10.0.0.6', true],
  ['198.51.100.7', '10.0.0.5', false],
  ['198.51.100.7', '203.0.113.9', true],
  ['10.99.0.5', '203.0.113.9', false],
  ['10.99.0.5', null, false],
  ['10.0.0.5', '10.99.0.5', false],
])('the totals of %s count a connection to %s: %s', (host, server, counts) => {
  expect(filter(['10.99.0.0/16']).counts(host, server)).toBe(counts);
});

describe('an address is evidence', () => {
  const answer = { isResponse: true, client: '10.0.0.5', addresses: ['198.51.100.7'], tsUs: 1_000_000 };
  const learned = () => {
    const made = filter([]);
    made.learn(answer as unknown as Parameters<LogFilter['learn']>[0]);
    return made;
  };

  it.each([
    ['of a vendor', '10.0.0.9', NOTED, 0, true],
    ['behind its answer', '10.0.0.5', '198.51.100.7', 1_000_000, true],
    ['a little before the answer was logged', '10.0.0.5', '198.51.100.7', 950_000, true],
    ['long before the answer', '10.0.0.5', '198.51.100.7', 949_999, false],
    ['that another host was told', '10.0.0.6', '198.51.100.7', 2_000_000, false],
  ])('%s', (_, client, server, firstUs, isOfNote) => {
    expect(learned().isOfNote(client, server, firstUs)).toBe(isOfNote);
  });
});

it('keeps the product of a known client, and nothing of another', () => {
  expect(filter([]).agentOf('claude-cli/2.1.3 (external, cli)')).toBe('claude-cli/2.1.3');
  expect(filter([]).agentOf('Mozilla/5.0 claude-cli/2')).toBeNull();
});
