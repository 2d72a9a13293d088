// Drafts a first policy that bans tools from a date or allows only some tools, with tests of its boundary cases.

import { stringify } from 'yaml';
import { PROVIDER_KINDS } from '../model/catalogue-words.ts';
import { DEFAULT_RULE } from '../model/findings.ts';
import type { CatalogueFacts } from '../model/policy.ts';
import { formatNetwork, type Network, networkContains, parseAddress } from '../net/address.ts';
import { joinWords } from '../text/quantity.ts';
import { DAY_SECONDS } from '../time/units.ts';
import type { PolicyFile } from './schema.ts';

export interface PolicyWish {
  readonly ban: readonly string[];
  /** The only allowed tools; empty: no allow list. */
  readonly allow: readonly string[];
  /** Days in the time zone: YYYY-MM-DD. */
  readonly from: string;
  readonly graceUntil?: string;
  readonly exempt: readonly Network[];
  readonly timezone: string;
}

const BAN = 'BAN-1';
const ALLOW = 'ALLOW-1';
/** Networks for documentation (RFC 5737): no real host has such an address. */
const EXAMPLE_HOSTS = ['192.0.2.1', '198.51.100.1', '203.0.113.1'];
const EXEMPT_DAYS = 365;
/** Maximum number of tools in its title. */
const FEW = 5;

type Tool = CatalogueFacts['tools'][number];

/** Returns the text of a policy that `parsePolicy` accepts and whose own tests pass. */
export function draftPolicy(wish: PolicyWish, facts: CatalogueFacts): string {
  const [banned, allowed] = [wish.ban, wish.allow].map((ids) =>
    facts.tools.filter(({ id }) => ids.includes(id)),
  );
  const names = [
    ...(wish.ban.length === 0 ? [] : [`Ban of ${joinTools(banned ?? [])}`]),
    ...(wish.allow.length === 0 ? [] : [`Allow list: ${joinTools(allowed ?? [])}`]),
  ];
  const denying = [
    ...(wish.ban.length === 0 ? [] : [BAN]),
    ...(wish.allow.length === 0 ? [] : [DEFAULT_RULE]),
  ];
  const file: PolicyFile = {
    version: 1,
    name: names.join('; '),
    timezone: wish.timezone,
    default: wish.allow.length === 0 ? 'observe' : { action: 'deny', ...denyFields(wish) },
    ...(wish.exempt.length === 0 ? {} : { groups: { exempt: { cidr: wish.exempt.map(formatNetwork) } } }),
    rules: [
      ...(wish.ban.length === 0 ? [] : [buildBan(wish, banned ?? [])]),
      ...(wish.allow.length === 0
        ? []
        : [
            {
              id: ALLOW,
              title: `${joinTools(allowed ?? [])} may be used`,
              match: { tools: [...wish.allow] },
              action: 'allow' as const,
            },
          ]),
    ],
    ...(wish.exempt.length === 0
      ? {}
      : {
          exceptions: denying.map((rule, i) => ({
            id: `EX-${i + 1}`,
            rule,
            scope: { groups: ['exempt'] },
            from: wish.from,
            until: addDays(wish.from, EXEMPT_DAYS),
            reason: 'reason and approver of the exemption',
          })),
        }),
    tests: listTests(wish, facts),
  };
  return `${HEAD}${wish.allow.length === 0 ? '' : ALLOW_HEAD}${stringify(file, { lineWidth: 0 })}`;
}

const joinTools = (tools: readonly Tool[]): string =>
  tools.length > FEW ? `${tools.length} tools` : joinWords(tools.map(({ name }) => name));

/** Formats the time and severity of a denial, for a rule and for the default. */
const denyFields = ({ from, graceUntil }: PolicyWish) => ({
  effective: from,
  ...(graceUntil === undefined ? {} : { grace: { until: graceUntil, severity: 'info' as const } }),
  severity: 'high' as const,
});

function buildBan(wish: PolicyWish, tools: readonly Tool[]): PolicyFile['rules'][number] {
  return {
    id: BAN,
    title: `${joinTools(tools)} may not be used`,
    match: { tools: [...wish.ban] },
    action: 'deny',
    ...denyFields(wish),
    // Requests of a chat are never reported, so a rule about chats requires none.
    ...(tools.some(({ kind }) => kind === 'chat') ? { evidence: { minRequests: 0 } } : {}),
    also: { telemetryOnly: 'low', updateOnly: 'info', relaySuspected: 'medium', attempted: 'info' },
  };
}

const ALLOW_HEAD = `# The default covers tools. Calls of unknown programs to APIs, gateways and suspected relays are listed without a finding;
# add a rule with "match: { kind: [api, gateway] }" for them.
`;

const HEAD = `# Set "scope" to the hosts of the rule (default: every host), and "owner" to the person or team that answers for it.
# "wiretally policy check" lists faults, "policy test" runs the tests below, "policy export" writes rules for devices.
`;

function listTests(wish: PolicyWish, facts: CatalogueFacts): NonNullable<PolicyFile['tests']> {
  const { ban, allow, from, graceUntil, exempt } = wish;
  const host = EXAMPLE_HOSTS.find((address) => !exempt.some((network) => contains(network, address)));
  const inForce = graceUntil ?? from;
  const unlistedTool = allow.length === 0 ? undefined : findUnlistedTool(wish, facts);
  return [
    ...[...ban, ...(unlistedTool === undefined ? [] : [unlistedTool])].flatMap((tool) => [
      ...(host === undefined
        ? []
        : [
            { at: addDays(from, -1), host, tool, expect: 'none' },
            ...(graceUntil === undefined ? [] : [{ at: from, host, tool, expect: 'grace/info' }]),
            { at: inForce, host, tool, expect: 'violation/high' },
          ]),
      ...exempt.map((network) => ({
        at: inForce,
        host: formatNetwork(network).replace(/\/.*$/, ''),
        tool,
        expect: 'exempt',
      })),
    ]),
    ...(host === undefined ? [] : allow.map((tool) => ({ at: inForce, host, tool, expect: 'none' }))),
  ];
}

/** Finds a tool outside the list, for its tests, whose use can be proved. */
function findUnlistedTool({ ban, allow }: PolicyWish, { tools }: CatalogueFacts): string | undefined {
  const listedTools = new Set([...ban, ...allow]);
  const others = tools.filter(
    ({ id, kind }) => !listedTools.has(id) && !PROVIDER_KINDS.some((provider) => provider === kind),
  );
  return (others.find(({ best, kind }) => best === 'certain' && kind === 'cli') ?? others[0])?.id;
}

function contains(network: Network, address: string): boolean {
  const bytes = parseAddress(address);
  return bytes !== null && networkContains(network, bytes);
}

/** Adds days. `days` may be negative. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_SECONDS * 1000).toISOString().slice(0, 10);
}
