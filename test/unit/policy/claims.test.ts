// A forged message exempts no host: names and MACs count for the machine whose frames carry the flows.
import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/attribution/attribute.ts';
import { catalogueFacts } from '../../../src/catalogue/facts.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { HostClaim, HostTotals, UsageWindow } from '../../../src/model/usage.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { loadPolicy, parsePolicy } from '../../../src/policy/policy.ts';
import { membershipsOf, narrowByLists } from '../../../src/policy/pseudonyms/scope-lists.ts';
import { subjectsOf } from '../../../src/policy/subjects.ts';
import { openZone } from '../../../src/time/zone.ts';
import { CLAUDE_START, exchange, FORMS, post, row, START, window } from '../attribution/rows.ts';

const catalogue = await loadCatalogue();
const facts = catalogueFacts(catalogue);
const zone = openZone('UTC');
const US = 1_000_000;
const HOST = '10.77.0.2';
const [OWN, LAB, EVIL, ROUTER] = [
  '02:00:00:00:00:02',
  '02:00:00:00:00:0a',
  '02:00:00:00:00:66',
  '02:00:00:00:00:01',
];

const policyText = (scope: string): string => `version: 1
name: ban
timezone: UTC
rules:
  - id: ban
    title: No Claude Code
    match: { tools: [claude-code] }
    action: deny
    effective: 2026-01-01
    severity: high
    evidence: { confidence: likely, roles: [inference], minRequests: 1 }
exceptions:
  - { id: EX, rule: ban, scope: ${scope}, until: 2027-01-01, reason: the lab }
`;

const claim = (parts: Partial<HostClaim>): HostClaim => ({
  ...{ name: 'lab-1', mac: OWN, from: 'dhcp', isOwn: true },
  ...parts,
});

interface Seen {
  /** MACs in frames of the flows, and of the host as a whole. */
  readonly macs?: readonly string[];
  readonly frames?: readonly string[];
  /** Those of `frames` with answered traffic; default: all. */
  readonly answered?: readonly string[];
  readonly claims?: readonly HostClaim[];
  readonly over?: Partial<HostTotals>;
}

function windowOf({ macs = [OWN], frames = macs, answered = frames, claims, over = {} }: Seen): UsageWindow {
  const exchanges = [...CLAUDE_START.https, post(100_000, 1600), exchange()];
  const times = { firstUs: START * US, lastUs: (START + 20) * US };
  const totals: HostTotals = {
    ...{ host: HOST, mac: frames[0] ?? null, macFrom: 'frame', names: [], vlans: [], flows: 1, packets: 90 },
    ...{ bytesUp: 90_000, bytesDown: 9000, notVisible: [], ...times },
    ...(frames.length > 1
      ? { macs: frames.map((mac) => ({ mac, ...times, isAnswered: answered.includes(mac) })) }
      : {}),
    ...(claims === undefined ? {} : { claims }),
    ...over,
  };
  const behind: HostTotals[] = frames.includes(ROUTER)
    ? [{ ...totals, host: '10.77.0.9', claims: [], mac: ROUTER, macFrom: 'frame' }]
    : [];
  const rows = [
    row('api.anthropic.com', FORMS.bun144Https, { exchanges, macs: [...macs], payloadUp: 250_000 }),
  ];
  return { ...window(rows), hosts: [totals, ...behind] };
}

function subjectsIn(seen: Seen) {
  const windows = [windowOf(seen)];
  return subjectsOf(windows, attribute(windows, catalogue, { zone }));
}

function resultsOf(seen: Seen, scope: string) {
  const { findings } = evaluate(loadPolicy(policyText(scope), 'p.yaml', facts), subjectsIn(seen));
  return findings.map(({ result, against }) => ({
    result,
    said: against.filter(({ rule }) => rule === 'contradicting-claims').map(({ detail }) => detail),
  }));
}

const framesSeen = (mac: string) => [
  { mac, firstUs: START * US, lastUs: (START + 20) * US, isAnswered: true },
];

const NO_HOSTS = new Set<string>();
const NOT_SMALL = {
  leastHosts: 1,
  groups: NO_HOSTS,
  exceptions: NO_HOSTS,
  exempted: NO_HOSTS,
  excluded: NO_HOSTS,
  withheld: NO_HOSTS,
};
const BY_NAME = '{ name: [lab-*] }';
const BY_MAC = `{ mac: ["${LAB}"] }`;

describe('an exception by name', () => {
  it.each([
    { about: 'that the machine gave itself by DHCP', claims: [claim({})], exempt: true },
    { about: 'by multicast DNS', claims: [claim({ from: 'mdns' })], exempt: true },
    {
      about: 'of another machine, in an answer of a server',
      claims: [claim({ isOwn: false })],
      exempt: false,
    },
    {
      about: 'of another machine by multicast DNS',
      claims: [claim({ mac: EVIL, from: 'mdns' })],
      exempt: false,
    },
    { about: 'of another machine by NetBIOS', claims: [claim({ mac: EVIL, from: 'nbns' })], exempt: false },
    { about: 'of another machine by DHCP', claims: [claim({ mac: EVIL })], exempt: false },
    {
      about: 'of another machine before its own in the alphabet',
      claims: [claim({ mac: EVIL, from: 'mdns' }), claim({ name: 'zz-own' })],
      exempt: false,
    },
    { about: 'of which nothing is claimed', claims: [], exempt: false },
  ])('a name $about: exempt $exempt', ({ claims, exempt }) => {
    expect(resultsOf({ claims }, BY_NAME).map(({ result }) => result)).toEqual([
      exempt ? 'exempt' : 'violation',
    ]);
  });

  it('counts behind a router where DHCP speaks of one machine, and not where it speaks of two', () => {
    const relayed = claim({ mac: LAB });
    const result = (claims: readonly HostClaim[]) =>
      resultsOf({ macs: [ROUTER], claims }, BY_NAME).find(() => true)?.result;
    expect(result([relayed])).toBe('exempt');
    expect(result([relayed, claim({ name: 'dev-1', mac: EVIL })])).toBe('violation');
    expect(result([claim({ mac: LAB, from: 'mdns' })])).toBe('violation');
  });

  it('counts in windows without claims, as of users in proxy logs', () => {
    expect(resultsOf({ over: { names: ['lab-1'] } }, BY_NAME)[0]?.result).toBe('exempt');
  });
});

describe('an exception by MAC', () => {
  it.each([
    { about: 'in the frames of the flows', seen: { macs: [LAB] }, exempt: true },
    {
      about: 'that another machine claims for the address by ARP',
      seen: { claims: [claim({ name: null, mac: LAB, from: 'arp' })] },
      exempt: false,
    },
    {
      about: 'that a server grants the address',
      seen: {
        claims: [claim({ name: null, mac: LAB, isOwn: false })],
        over: { mac: LAB, macFrom: 'dhcp' as const },
      },
      exempt: false,
    },
    {
      about: 'in other frames of the address at that time',
      seen: { macs: [OWN], frames: [OWN, LAB] },
      exempt: false,
    },
    {
      about: 'in the frames, while others show another one',
      seen: { macs: [LAB], frames: [LAB, EVIL] },
      exempt: true,
    },
  ])('$about: exempt $exempt', ({ seen, exempt }) => {
    const results = resultsOf(seen, BY_MAC).map(({ result }) => result);
    expect(results.includes('exempt')).toBe(exempt);
  });
});

describe('a machine with addresses of both versions of IP', () => {
  it('is no router: a claim of another machine by neighbour discovery exempts neither address', () => {
    const over = { mac: LAB, macFrom: 'ndp' as const, macs: framesSeen(OWN) };
    const seen = windowOf({ over });
    const [totals] = seen.hosts as [HostTotals];
    const other: HostTotals = { ...totals, host: 'fd00::2' };
    const windows = [{ ...seen, hosts: [totals, other] }];
    const subjects = subjectsOf(windows, attribute(windows, catalogue, { zone }));
    const { findings } = evaluate(loadPolicy(policyText(BY_MAC), 'p.yaml', facts), subjects);
    expect(findings.map(({ result }) => result)).toEqual(['violation']);
  });
});

describe('frames of another machine with the address', () => {
  it('doubt its use where they were answered, not where one packet asked for nothing', () => {
    const of = (answered: readonly string[]) =>
      resultsOf({ macs: [OWN], frames: [OWN, EVIL], answered }, BY_NAME).map(({ result }) => result);
    expect(of([OWN, EVIL])).toEqual(['suspected']);
    expect(of([OWN])).toEqual(['violation']);
  });
});

describe('claims that contradict each other', () => {
  it('are printed in the finding, exempt or not', () => {
    const claims = [claim({}), claim({ name: 'dev-9', mac: EVIL, from: 'mdns' })];
    const [found] = resultsOf({ claims }, BY_NAME);
    expect(found?.result).toBe('exempt');
    expect(found?.said).toEqual([
      `several names are claimed for this address: dev-9 (multicast DNS, ${EVIL}), lab-1 (DHCP, ${OWN})`,
      `several MACs are claimed for this address: ${OWN} (its frames), ${EVIL} (multicast DNS)`,
    ]);
    expect(resultsOf({ claims }, '{ host: [10.1.1.1] }')[0]).toMatchObject({
      result: 'violation',
      said: [{}, {}],
    });
  });

  it('are not there for several names of one machine, or a router that answers for it', () => {
    const claims = [claim({}), claim({ name: 'lab-1-wifi', from: 'mdns' }), claim({ isOwn: false })];
    expect(resultsOf({ claims }, BY_NAME)[0]?.said).toEqual([]);
    const proxied = [claim({ name: null, mac: ROUTER, from: 'arp' })];
    expect(resultsOf({ macs: [ROUTER], claims: proxied }, BY_NAME)[0]?.said).toEqual([]);
  });

  it('are the same by lists of who belongs where, without names and MACs', () => {
    const claims = [claim({}), claim({ name: 'dev-9', mac: EVIL, from: 'mdns' })];
    const subjects = subjectsIn({ macs: [OWN], frames: [OWN, LAB], claims });
    const policy = loadPolicy(policyText(BY_NAME), 'p.yaml', facts);
    const lists = membershipsOf(policy, subjects, NOT_SMALL, (host) => host);
    expect(JSON.stringify(lists)).not.toMatch(/lab-1|02:00/);
    const narrowed = narrowByLists(policy, subjects, lists);
    const direct = evaluate(policy, subjects).findings.map(({ result }) => result);
    expect(evaluate(narrowed.policy, narrowed.subjects).findings.map(({ result }) => result)).toEqual(direct);
    expect(direct).toEqual(['exempt']);
  });
});

it('a scope by name alone is warned of', () => {
  const warned = (scope: string) =>
    parsePolicy(policyText(scope), facts).warnings.map(({ message }) => message);
  expect(warned(BY_NAME)).toEqual([
    'any machine can give itself this name: list the hosts by mac or cidr instead',
  ]);
  expect(warned('{ name: [lab-*], cidr: [10.40.0.0/24] }')).toEqual([]);
  expect(warned(BY_MAC)).toEqual([]);
});
