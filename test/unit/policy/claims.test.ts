// A forged message exempts no host: names and MACs count for the machine whose frames carry the flows.
import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/attribution/attribute.ts';
import { catalogueFacts } from '../../../src/catalogue/policy-facts.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { Policy } from '../../../src/model/policy.ts';
import type { HostClaim, HostTotals, UsageWindow } from '../../../src/model/usage.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { parseHostsFile } from '../../../src/policy/hosts-file.ts';
import { loadPolicy, parsePolicy } from '../../../src/policy/parse-policy.ts';
import { listMemberships, narrowByLists } from '../../../src/policy/pseudonyms/scope-lists.ts';
import { listSubjects, type PolicySubject } from '../../../src/policy/subjects.ts';
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
  return listSubjects(windows, attribute(windows, catalogue, { zone }));
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

describe('an exemption by host name', () => {
  it.each([
    { about: 'that the machine gave itself by DHCP', claims: [claim({})] },
    { about: 'by multicast DNS', claims: [claim({ from: 'mdns' })] },
    { about: 'by NetBIOS', claims: [claim({ from: 'nbns' })] },
    { about: 'of another machine', claims: [claim({ mac: EVIL, from: 'mdns' })] },
    { about: 'behind a router', macs: [ROUTER], claims: [claim({ mac: LAB })] },
  ])('exempts no host: any machine can announce a name $about', ({ claims, macs = [OWN] }) => {
    const [found] = evaluate(
      loadPolicy(policyText(BY_NAME), 'p.yaml', facts),
      subjectsIn({ macs, claims }),
    ).findings;
    expect(found?.result).toBe('violation');
    const isMeant = claims.some(({ mac }) => macs.includes(mac ?? '') || macs.includes(ROUTER));
    const unused = found?.against.filter(({ rule }) => rule === 'exception-by-name') ?? [];
    expect(unused.map(({ detail }) => detail)).toEqual(
      isMeant
        ? [
            'EX was not applied: it lists this host only by name, and any machine can announce any name; list the host by mac or cidr',
          ]
        : [],
    );
    const written = policyText('{ host: [10.1.1.1] }');
    const excluded = `${written}groups: { lab: { name: [lab-*], exclude: true } }\n`;
    const allowed = written.replace(
      'rules:',
      'rules:\n  - { id: lab, title: x, match: { tools: [claude-code] }, scope: { name: [lab-*] }, action: allow }',
    );
    for (const text of [excluded, allowed]) {
      const { findings } = evaluate(loadPolicy(text, 'p.yaml', facts), subjectsIn({ macs, claims }));
      expect(findings.map(({ result }) => result)).toEqual(['violation']);
    }
  });

  it('exempts none by a hosts file either, and sets the scope of a denial', () => {
    const hosts = parseHostsFile('match,group\nlab-*,lab\n', 'hosts.csv');
    const windows = [windowOf({ claims: [claim({})] })];
    const subjects = listSubjects(windows, attribute(windows, catalogue, { zone }), (host) =>
      hosts.groupsOf(host),
    );
    const groups = 'groups: { lab: { host: [10.1.1.1] } }\n';
    const exempt = loadPolicy(`${policyText('{ groups: [lab] }')}${groups}`, 'p.yaml', facts);
    expect(evaluate(exempt, subjects).findings.map(({ result }) => result)).toEqual(['violation']);
    const denied = policyText(BY_MAC).replace('action: deny', 'scope: { groups: [lab] }\n    action: deny');
    const scoped = loadPolicy(`${denied}${groups}`, 'p.yaml', facts);
    expect(evaluate(scoped, subjects).findings.map(({ result }) => result)).toEqual(['violation']);
  });

  it('counts where a proxy authenticated the user', () => {
    expect(resultsOf({ over: { names: ['lab-1'] } }, BY_NAME)[0]?.result).toBe('exempt');
  });
});

describe('a rule for a MAC', () => {
  const clean: HostTotals = {
    ...(windowOf({ macs: [LAB] }).hosts as readonly HostTotals[])[0],
    host: '10.77.0.9',
  } as HostTotals;
  const seenAt = (seconds: number, host: string, claims: readonly HostClaim[] = []): UsageWindow => {
    const times = { firstUs: (START + seconds) * US, lastUs: (START + seconds + 20) * US };
    const totals = {
      ...(windowOf({ claims }).hosts as readonly HostTotals[])[0],
      ...times,
      host,
    } as HostTotals;
    return {
      ...windowOf({}),
      startSeconds: START + 60 * Math.floor(seconds / 60),
      rows: [],
      hosts: [totals],
    };
  };
  const scope = `scope: { mac: ["${OWN}", "${LAB}"] }`;
  const denied = loadPolicy(
    policyText('{ host: [10.1.1.1] }').replace('action: deny', `${scope}\n    action: deny`),
    'p.yaml',
    facts,
  );
  const exempt = loadPolicy(policyText(`{ mac: ["${OWN}"] }`), 'p.yaml', facts);
  const used = windowOf({});
  const verdictOf = (policy: Policy, ...windows: readonly UsageWindow[]) => {
    const all = [{ ...used, hosts: [...used.hosts, clean] }, ...windows];
    const { rules, findings } = evaluate(policy, listSubjects(all, attribute(all, catalogue, { zone })));
    const [rule] = rules;
    return [rule?.verdict, ...findings.map(({ host, result }) => `${host} ${result}`)].join(' ');
  };
  const contested = (...windows: readonly UsageWindow[]) => {
    const all = [{ ...used, hosts: [...used.hosts, clean] }, ...windows];
    const [rule] = evaluate(denied, listSubjects(all, attribute(all, catalogue, { zone }))).rules;
    return rule?.reasons.map(({ reason }) => reason);
  };

  it('means the machine under each address that it had', () => {
    expect(verdictOf(denied)).toBe(`violated ${HOST} violation`);
    expect(verdictOf(denied, seenAt(25, '10.77.0.3'))).toBe(`violated ${HOST} violation`);
    expect(verdictOf(denied, seenAt(7200, '10.77.0.3'), seenAt(90_000, HOST))).toBe(
      `violated ${HOST} violation`,
    );
    expect(verdictOf(exempt, seenAt(25, '10.77.0.3'))).toBe(`compliant ${HOST} exempt`);
  });

  it.each([
    [
      'one after the other, hundreds of them',
      Array.from({ length: 300 }, (_, i) => seenAt(3700 * (i + 1), `10.78.${i >> 8}.${i & 255}`)),
    ],
    ['at the same time', [seenAt(10, '10.77.0.3')]],
    ['in turn', [seenAt(60, '10.77.0.3'), seenAt(120, HOST)]],
    ['while DHCP shows another machine', [seenAt(7200, '10.77.0.3', [claim({ mac: EVIL })])]],
  ])('is inconclusive where several addresses have the MAC %s', (_, windows) => {
    expect(verdictOf(denied, ...windows)).toBe('inconclusive');
    expect(contested(...windows)).toEqual(['contestedNames']);
    expect(verdictOf(exempt, ...windows)).toBe(`violated ${HOST} violation`);
  });
});

describe('a rule for a host name', () => {
  const denied = policyText(BY_MAC).replace('action: deny', 'scope: { name: [lab-*] }\n    action: deny');
  const policy = loadPolicy(denied, 'p.yaml', facts);
  const found = (windows: readonly UsageWindow[]) =>
    evaluate(policy, listSubjects(windows, attribute(windows, catalogue, { zone }))).findings.map(
      ({ host, result, against }) => ({ host, result, said: against.map(({ detail }) => detail) }),
    );
  const later = (window: UsageWindow): UsageWindow => ({
    ...window,
    startSeconds: START + 3600,
    rows: [],
    hosts: [...window.hosts].map((totals) => ({
      ...totals,
      firstUs: (START + 3600) * US,
      lastUs: (START + 3620) * US,
    })),
  });

  it('means no host whose name a second machine claims, and the finding of another rule lists the claim', () => {
    const one = windowOf({ claims: [claim({})] });
    const [totals] = [...one.hosts] as [HostTotals];
    const thief = { ...totals, host: '10.77.0.66', mac: EVIL, claims: [claim({ mac: EVIL, from: 'mdns' })] };
    expect(found([one]).map(({ result }) => result)).toEqual(['violation']);
    for (const from of ['dhcp', 'mdns', 'nbns'] as const) {
      const claims = [claim({ name: 'LAB-1', mac: EVIL, from })];
      expect(found([{ ...one, hosts: [totals, { ...thief, claims }] }])).toEqual([]);
    }
    const both = [{ ...one, hosts: [totals, thief] }];
    const everyone = loadPolicy(policyText(BY_MAC), 'p.yaml', facts);
    const [finding] = evaluate(everyone, listSubjects(both, attribute(both, catalogue, { zone }))).findings;
    expect(finding?.against.map(({ detail }) => detail)).toContain(
      'the host name is also claimed by other machines: lab-1 (10.77.0.66)',
    );
  });

  it('leaves a ban by name inconclusive once a second machine claims the name, by lists too', () => {
    const one = windowOf({ claims: [claim({})] });
    const [totals] = [...one.hosts] as [HostTotals];
    const thief = { ...totals, host: '10.77.0.66', mac: EVIL, claims: [claim({ mac: EVIL, from: 'mdns' })] };
    const both = [{ ...one, hosts: [totals, thief] }];
    const subjects = listSubjects(both, attribute(both, catalogue, { zone }));
    const reasons = (by: Policy, of: readonly PolicySubject[]) =>
      evaluate(by, of).rules.map(({ verdict, reasons }) => [verdict, ...reasons.map((why) => why.reason)]);
    expect(reasons(policy, subjects)).toEqual([['inconclusive', 'noHosts', 'contestedNames']]);
    const lists = narrowByLists(
      policy,
      subjects,
      listMemberships(policy, subjects, NOT_SMALL, (host) => host),
    );
    expect(reasons(lists.policy, lists.subjects)).toEqual(reasons(policy, subjects));
    const byMac = loadPolicy(policyText(BY_MAC), 'p.yaml', facts);
    expect(reasons(byMac, subjects)[0]).not.toContain('contestedNames');
  });

  it('means the time from the claim on: use before it keeps the earlier name', () => {
    const before = windowOf({ claims: [claim({ name: 'dev-9' })] });
    expect(found([before, later(windowOf({ claims: [claim({})] }))])).toEqual([]);
    const first = windowOf({ claims: [claim({})] });
    expect(found([first, later(windowOf({ claims: [claim({ name: 'dev-9' })] }))])).toHaveLength(1);
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
    const subjects = listSubjects(windows, attribute(windows, catalogue, { zone }));
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
    const [found] = resultsOf({ claims }, `{ mac: ["${OWN}"] }`);
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
    const policy = loadPolicy(policyText(`{ name: [lab-*], mac: ["${OWN}"] }`), 'p.yaml', facts);
    const lists = listMemberships(policy, subjects, NOT_SMALL, (host) => host);
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
    'any machine can announce this name: it exempts no host, and sets no scope once a second machine claims it; list the hosts by mac or cidr',
  ]);
  expect(warned('{ name: [lab-*], cidr: [10.40.0.0/24] }')).toEqual([]);
  expect(warned(BY_MAC)).toEqual([]);
});
