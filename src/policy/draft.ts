// A first policy, for somebody who has a decision and no file yet: tools that are banned from a date, with the tests that
// show what it says at its edges.

import { stringify } from 'yaml';
import type { CatalogueFacts } from '../model/policy.ts';
import { formatNetwork, type Network, networkContains, parseAddress } from '../net/address.ts';
import { DAY_SECONDS } from '../time/units.ts';
import type { PolicyFile } from './schema.ts';

export interface PolicyWish {
  /** Tools of the catalogue. */
  readonly ban: readonly string[];
  /** Days: YYYY-MM-DD, in the zone. */
  readonly from: string;
  readonly graceUntil?: string;
  readonly exempt: readonly Network[];
  readonly timezone: string;
}

const RULE = 'BAN-1';
/** Networks for documentation (RFC 5737): no host is there, so that a test speaks of none. */
const NOBODY = ['192.0.2.1', '198.51.100.1', '203.0.113.1'];
const EXEMPT_DAYS = 365;
/** So many are named in its title. */
const FEW = 5;

/** The text of a policy that `parsePolicy` takes and whose own tests pass. */
export function draftPolicy(wish: PolicyWish, facts: CatalogueFacts): string {
  const tools = facts.tools.filter(({ id }) => wish.ban.includes(id));
  const names = tools.length > FEW ? `${tools.length} tools` : tools.map(({ name }) => name).join(', ');
  const file: PolicyFile = {
    version: 1,
    name: `Ban of ${names}`,
    timezone: wish.timezone,
    default: 'observe',
    ...(wish.exempt.length === 0 ? {} : { groups: { exempt: { cidr: wish.exempt.map(formatNetwork) } } }),
    rules: [
      {
        id: RULE,
        title: `${names} may not be used`,
        match: { tools: [...wish.ban] },
        action: 'deny',
        effective: wish.from,
        ...(wish.graceUntil === undefined ? {} : { grace: { until: wish.graceUntil, severity: 'info' } }),
        severity: 'high',
        // Requests of a chat are never told.
        ...(tools.some(({ kind }) => kind === 'chat') ? { evidence: { minRequests: 0 } } : {}),
        also: { telemetryOnly: 'low', updateOnly: 'info', relaySuspected: 'medium' },
      },
    ],
    ...(wish.exempt.length === 0
      ? {}
      : {
          exceptions: [
            {
              id: 'EX-1',
              rule: RULE,
              scope: { groups: ['exempt'] },
              from: wish.from,
              until: dayAfter(wish.from, EXEMPT_DAYS),
              reason: 'say here why, and who approved it',
            },
          ],
        }),
    tests: testsOf(wish),
  };
  return `${HEAD}${stringify(file, { lineWidth: 0 })}`;
}

const HEAD = `# Say in "scope" for whom the rule holds (without one: for every host), and in "owner" who answers for it.
# "wiretally policy check" says what is wrong, "policy test" runs the tests below, "policy export" writes rules for devices.
`;

function testsOf({ ban, from, graceUntil, exempt }: PolicyWish): NonNullable<PolicyFile['tests']> {
  const host = NOBODY.find((address) => !exempt.some((network) => contains(network, address)));
  const inForce = graceUntil ?? from;
  return ban.flatMap((tool) => [
    ...(host === undefined
      ? []
      : [
          { at: dayAfter(from, -1), host, tool, expect: 'none' },
          ...(graceUntil === undefined ? [] : [{ at: from, host, tool, expect: 'grace/info' }]),
          { at: inForce, host, tool, expect: 'violation/high' },
        ]),
    ...exempt.map((network) => ({
      at: inForce,
      host: formatNetwork(network).replace(/\/.*$/, ''),
      tool,
      expect: 'exempt',
    })),
  ]);
}

function contains(network: Network, address: string): boolean {
  const bytes = parseAddress(address);
  return bytes !== null && networkContains(network, bytes);
}

/** A day so many days later, or earlier. */
export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_SECONDS * 1000).toISOString().slice(0, 10);
}
