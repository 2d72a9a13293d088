// What of a log counts: which hosts and servers, and which addresses are evidence.

import { describe, expect, it } from 'vitest';
import { LogFilter } from '../../../../src/reading/logs/log-filter.ts';
import { hostTotals } from '../../../../src/reading/logs/totals.ts';

const TOTALS = hostTotals({ host: '', firstUs: 0, lastUs: 0 });
const NOTED = '203.0.113.7';
const filter = (exclude: readonly string[]) =>
  new LogFilter({
    lookup: {
      isListed: (name: string) => name === 'api.example',
      findNetworkOwner: (address: string) => (address === NOTED ? 'network' : null),
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
  const counted = filter(['10.99.0.0/16']).counted({ ...TOTALS, host }, server);
  expect(counted?.host).toBe(counts ? host : undefined);
});

it('of a connection that no local host began, what cannot be seen counts for the local end', () => {
  const hidden = {
    ...{ ...TOTALS, host: '198.51.100.7', bytesUp: 5000, bytesDown: 20 },
    notVisible: [{ kind: 'tunnel', hint: 'unknown', flows: 1, bytes: 5020 } as const],
  };
  expect(filter([]).counted(hidden, '10.0.0.5')).toEqual({
    ...hidden,
    ...{ host: '10.0.0.5', peer: '198.51.100.7', bytesUp: 20, bytesDown: 5000 },
  });
  expect(filter(['198.51.100.0/24']).counted(hidden, '10.0.0.5')).toBeNull();
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
  ])('%s', (_, client, server, firstUs, hasListedServer) => {
    expect(learned().hasListedServer(client, server, firstUs)).toBe(hasListedServer);
  });
});

it('keeps the product of a known client, and nothing of another', () => {
  expect(filter([]).findAgent('claude-cli/2.1.3 (external, cli)')).toBe('claude-cli/2.1.3');
  expect(filter([]).findAgent('Mozilla/5.0 claude-cli/2')).toBeNull();
});
