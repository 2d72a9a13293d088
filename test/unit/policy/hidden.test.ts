// Hidden traffic limits verdicts and statements, unless the policy accepts its kind and its destination.

import { describe, expect, it } from 'vitest';
import { CAPTURE_ADVICE } from '../../../src/model/capture-advice.ts';
import { OUTCOME_MAXIMA, OUTCOME_MINIMA, OUTCOME_SUMS } from '../../../src/model/outcome.ts';
import type { CatalogueFacts } from '../../../src/model/policy.ts';
import type {
  HelloCounts,
  HiddenDestination,
  HostAccount,
  NotVisibleTraffic,
  QueriedName,
  UsageRow,
  UsageWindow,
} from '../../../src/model/usage.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { type DestinationLookup, measureHiddenTraffic } from '../../../src/policy/hidden-traffic.ts';
import { loadPolicy, parsePolicy } from '../../../src/policy/parse-policy.ts';
import { listSubjects } from '../../../src/policy/subjects.ts';
import { measureObserved } from '../../../src/query/observed.ts';
import { BARE_HOST } from '../../bare-facts.ts';
import { row } from '../attribution/rows.ts';
import { silentWindow } from '../reading/collector/records.ts';

const facts: CatalogueFacts = {
  version: '2026.11.1',
  tools: [{ id: 'claude-code', name: 'Claude Code', vendor: 'Anthropic', kind: 'cli', hasOwnName: false }],
};
const OWN = ', scope: { cidr: [10.20.0.0/16] }';
const textOf = (more: string, scope = OWN) => `version: 1
name: p
timezone: UTC
${more}
rules:
  - { id: R1, title: t, match: { tools: [claude-code] }, action: deny${scope} }
`;

const START = Date.parse('2026-07-14T08:00:00Z') / 1000;
const HOST = '10.20.1.5';
const VENDOR = '160.79.104.10';

const TOTALS = {
  ...{ host: HOST, ...BARE_HOST },
  ...{ flows: 10, packets: 10_000, bytesUp: 5_000_000, bytesDown: 5_000_000 },
};

const LOOKUP: DestinationLookup = {
  isOfVendor: (_, address) => address === VENDOR,
  isOwned: (address) => address === VENDOR,
  isOfTool: (name) => name === 'api.anthropic.com',
};

type To = Pick<HiddenDestination, 'kind' | 'address' | 'bytes'> & { readonly name?: string };

/** One window a quarter hour with so many bytes that were looked into, and hidden ones. */
function windowsWith(hidden: readonly To[], { host = HOST, quarters = 1, asked = [] as QueriedName[] } = {}) {
  return Array.from({ length: quarters }, (_, i): UsageWindow => {
    const window = { ...silentWindow(START + i * 900), lengthSeconds: 900, queriedNames: asked };
    const time = { firstUs: window.startSeconds * 1e6, lastUs: window.startSeconds * 1e6 };
    const parts = hidden.map(
      ({ kind, bytes }): NotVisibleTraffic => ({ kind, hint: 'unknown', flows: 1, bytes, ...time }),
    );
    return {
      ...window,
      hosts: [{ ...TOTALS, ...time, lastUs: time.lastUs + 899_000_000 }],
      account: [
        {
          ...{ host, lookedInto: 10_000_000, harmless: 0, inside: 0, hidden: parts },
          destinations: hidden
            .filter(({ address }) => address !== '')
            .map(({ kind, address, bytes, name = '' }) => ({ kind, address, name, bytes })),
        },
      ],
    };
  });
}

function resultOf(windows: readonly UsageWindow[], more = '', scope = OWN) {
  const policy = loadPolicy(textOf(more, scope), 'p.yaml', facts);
  const observed = measureObserved(windows, {
    ...{ interrupted: false, unread: [], ignored: [], sinceSeconds: null, untilSeconds: null },
  });
  const hidden = measureHiddenTraffic(windows, policy, LOOKUP);
  const [rule] = evaluate(policy, listSubjects(windows, []), observed, undefined, null, hidden).rules;
  if (rule === undefined) throw new TypeError('no rule');
  return rule;
}

const NO_NUMBERS = Object.fromEntries(
  [...OUTCOME_SUMS, ...OUTCOME_MAXIMA, ...OUTCOME_MINIMA].map((field) => [field, 0]),
) as Record<(typeof OUTCOME_SUMS | typeof OUTCOME_MAXIMA | typeof OUTCOME_MINIMA)[number], number>;
const hello = (host: string): HelloCounts => ({
  ...{ host, hellos: 1, ech: 0, hidden: 0, unlistedRequests: 0, echConfigs: [] },
});
const ssh = (bytes: number, address = '203.0.113.7'): To => ({ kind: 'ssh', address, bytes });
const asked = (name: string, addresses: readonly string[]): QueriedName => ({
  ...{ host: HOST, name, count: 1, firstUs: START * 1e6, lastUs: START * 1e6, addresses },
  ...{ offersEch: false, isLogged: false, echAnswers: [] },
});

describe('the advice of a verdict', () => {
  const TUNNEL = '203.0.113.7';
  const withHello = (name: string) =>
    windowsWith([{ kind: 'tunnel', address: TUNNEL, bytes: 900_000 }]).map((window) => ({
      ...window,
      rows: [row(name, null, { host: HOST, servers: [TUNNEL] })],
    }));
  const askedFor = (name: string) =>
    windowsWith([{ kind: 'unknown', address: TUNNEL, bytes: 900_000 }], { asked: [asked(name, [TUNNEL])] });

  it.each<[string, UsageWindow[], string[]]>([
    [
      'a hello with another name',
      withHello('vpn.corp.example'),
      ['accept: [{ kind: tunnel, to: [203.0.113.7] }]'],
    ],
    ['a hello with the name of a tool', withHello('api.anthropic.com'), [CAPTURE_ADVICE.inClear]],
    [
      'a DNS answer for another name',
      askedFor('corp.example'),
      ['accept: [{ kind: unknown, to: [203.0.113.7] }]'],
    ],
    ['a DNS answer for the name of a tool', askedFor('api.anthropic.com'), [CAPTURE_ADVICE.inClear]],
    [
      'an address of the vendor',
      windowsWith([{ kind: 'midFlow', address: VENDOR, bytes: 900_000 }]),
      [CAPTURE_ADVICE.fromTheBeginning],
    ],
  ])('accepts no server of a tool: %s', (_, windows, advice) => {
    const reason = resultOf(windows).reasons.find(({ reason }) => reason === 'hidden');
    expect(reason?.advice).toEqual(advice);
  });
});

describe('a line of accept for a server', () => {
  const SERVER = '203.0.113.7';
  const withRow = (name: string, proxy: 'connect' | null): UsageWindow[] =>
    windowsWith([{ kind: 'unknown', address: SERVER, bytes: 900_000 }]).map((window) => ({
      ...window,
      rows: [row(name, null, { host: HOST, servers: [SERVER], proxy })],
    }));
  const verdictOf = (windows: readonly UsageWindow[], to: string) => {
    const { reasons, accepted } = resultOf(windows, `accept: [{ kind: unknown, to: ${to} }]`);
    const hidden = reasons.find(({ reason }) => reason === 'hidden');
    return { accepted: accepted?.[0]?.bytes, isStated: hidden?.advice?.includes(CAPTURE_ADVICE.toolServers) };
  };

  it.each<[string, UsageWindow[], string]>([
    ['a hello with the name of a tool', withRow('api.anthropic.com', null), '203.0.113.0/24'],
    [
      'a DNS answer for the name of a tool',
      windowsWith([{ kind: 'unknown', address: SERVER, bytes: 900_000 }], {
        asked: [asked('api.anthropic.com', [SERVER])],
      }),
      '203.0.113.0/24',
    ],
    [
      'an address of the vendor',
      windowsWith([{ kind: 'unknown', address: VENDOR, bytes: 900_000 }]),
      `${VENDOR}/32`,
    ],
  ])('does not accept a server of a tool, and the verdict states it: %s', (_, windows, to) => {
    expect(verdictOf(windows, to)).toEqual({ accepted: 0, isStated: true });
  });

  it.each([
    ['another name', withRow('vpn.corp.example', null)],
    ['a proxy, through which a tool was used', withRow('api.anthropic.com', 'connect')],
  ])('accepts a server of %s', (_, windows) => {
    expect(verdictOf(windows, '203.0.113.0/24')).toEqual({ accepted: 900_000, isStated: undefined });
  });
});

it('counts what began before the capture, also inside the network', () => {
  const [window] = windowsWith([]);
  if (window === undefined) throw new TypeError('no window');
  const time = { firstUs: START * 1e6, lastUs: START * 1e6 };
  const notVisible: NotVisibleTraffic[] = [
    { kind: 'midFlow', hint: 'unknown', flows: 1, bytes: 9000, ...time },
  ];
  const hosts = window.hosts.map((totals) => ({ ...totals, notVisible }));
  const [subject] = listSubjects([{ ...window, hosts }], []);
  expect(subject?.activity).toMatchObject([{ joinedBytes: 9000, notVisibleBytes: 0 }]);
});

describe('a verdict', () => {
  it.each<[string, string[], string[]]>([
    ['a capture filter', ['filtered'], ['filtered']],
    ['servers left out', ['excluded'], ['excluded']],
    ['local hosts left out, as version 0.1.0 recorded it', ['excludedLocal'], ['excludedLocal']],
    ['wrong lengths and times', ['wrongLengths', 'wrongTimes'], ['wrongLengths', 'wrongTimes']],
    ['a word of a newer version', ['other'], []],
  ])('of windows with %s', (_, flaws, expected) => {
    const [window, other] = windowsWith([], { quarters: 2 });
    if (window === undefined || other === undefined) throw new TypeError('no windows');
    const { verdict, reasons } = resultOf([window, { ...other, flaws }]);
    expect(reasons.map(({ reason }) => reason)).toEqual(expected);
    expect(verdict).toBe(expected.length === 0 ? 'compliant' : 'inconclusive');
  });

  const LEFT = '10.30.0.0/16';
  it.each<[string, string, string[], string[]]>([
    ['the whole network', '', [LEFT], ['excludedLocal']],
    ['a network around it', ', scope: { cidr: [10.0.0.0/8] }', [LEFT], ['excludedLocal']],
    [
      'a network in it',
      ', scope: { cidr: [10.20.0.0/16, 10.30.1.0/24] }',
      [LEFT],
      ['notSeen', 'excludedLocal'],
    ],
    ['another network', OWN, [LEFT, 'fd00::/64'], []],
    ['another host', ', scope: { host: [10.20.1.5] }', [LEFT], []],
    ['a host in it', ', scope: { host: [10.20.1.5, 10.30.1.5] }', [LEFT], ['notSeen', 'excludedLocal']],
    ['names', ', scope: { name: [lab-*], cidr: [10.20.0.0/16] }', [LEFT], ['notSeen', 'excludedLocal']],
    [
      'MACs',
      ', scope: { mac: [02:00:00:00:00:01], cidr: [10.20.0.0/16] }',
      [LEFT],
      ['notSeen', 'excludedLocal'],
    ],
    ['another network than one that is not known', OWN, ['*'], ['excludedLocal']],
    ['the whole network but one around it', '10.30.0.0/15', [LEFT], []],
    ['the whole network but one in it', '10.30.1.0/24', [LEFT], ['excludedLocal']],
  ])('about %s, over windows without a local network', (_, scope, excluded, expected) => {
    const [window] = windowsWith([]);
    if (window === undefined) throw new TypeError('no window');
    const council = `groups: { council: { cidr: [${scope}], exclude: true } }\n`;
    const isLeft = scope.startsWith('10.');
    const windows = [{ ...window, flaws: ['excludedLocal'], excluded }];
    const { verdict, reasons } = resultOf(windows, isLeft ? council : '', isLeft ? '' : scope);
    expect(reasons.map(({ reason }) => reason)).toEqual(expected);
    expect(verdict).toBe(expected.length > 0 ? 'inconclusive' : 'compliant');
  });

  it.each<[string, number, string[]]>([
    ['1 % of the bytes of a host', 100_000, []],
    ['more', 102_000, ['loss']],
  ])('of flows of which is missing: %s', (_, bytes, expected) => {
    const [window] = windowsWith([]);
    if (window === undefined) throw new TypeError('no window');
    const time = { firstUs: START * 1e6, lastUs: START * 1e6 };
    const hosts = window.hosts.map((totals) => ({
      ...totals,
      notVisible: [{ kind: 'loss' as const, hint: 'tls' as const, flows: 1, bytes, ...time }],
    }));
    expect(resultOf([{ ...window, hosts }]).reasons.map(({ reason }) => reason)).toEqual(expected);
  });

  const lossy = (all: number, bytes: number) => {
    const [window] = windowsWith([]);
    if (window === undefined) throw new TypeError('no window');
    const time = { firstUs: START * 1e6, lastUs: START * 1e6 };
    const hosts = window.hosts.map((totals) => ({
      ...totals,
      ...{ bytesUp: all, bytesDown: 0 },
      notVisible: [{ kind: 'loss' as const, hint: 'tls' as const, flows: 1, bytes, ...time }],
    }));
    return resultOf([{ ...window, hosts }]);
  };

  it('counts lost bytes as lost, not as hidden', () => {
    const { notVisibleShare, hostsNotVisible, reasons } = lossy(10_000_000, 6_000_000);
    expect([notVisibleShare, hostsNotVisible]).toEqual([0, 0]);
    expect(reasons.map(({ reason }) => reason)).toEqual(['loss']);
  });

  it.each<[string, number, string[]]>([
    ['most of the traffic', 6000, ['loss']],
    ['a small part', 1000, []],
  ])('of few lost bytes that are %s of the only host', (_, bytes, expected) => {
    expect(lossy(8000, bytes).reasons.map(({ reason }) => reason)).toEqual(expected);
  });

  it('of a mirror whose encapsulation is not known', () => {
    const [first, second] = windowsWith([], { quarters: 2 });
    if (first === undefined || second === undefined) throw new TypeError('no windows');
    const inside = (window: UsageWindow): UsageWindow => ({
      ...window,
      account: [...(window.account ?? [])].map((one) => ({ ...one, lookedInto: 0, inside: 10_000_000 })),
    });
    const reasons = (windows: readonly UsageWindow[]) =>
      resultOf(windows).reasons.map(({ reason }) => reason);
    expect(reasons([inside(first), inside(second)])).toEqual(['noHosts']);
    expect(reasons([inside(first), second])).toEqual([]);
  });

  it.each<[string, NotVisibleTraffic['hint'], number, string[]]>([
    ['a VPN with all its traffic', 'wireguard', 10_000_000, ['notVisible']],
    ['a VPN with most of it', 'ipsec', 9_100_000, ['notVisible']],
    ['a VPN with a part of it', 'openvpn', 4_000_000, []],
    ['an unknown protocol, as that of a file server', 'unknown', 10_000_000, []],
  ])('of a host that has %s inside the network', (_, hint, bytes, expected) => {
    const other = '10.20.1.6';
    const [window] = windowsWith([]);
    if (window === undefined) throw new TypeError('no window');
    const time = { firstUs: START * 1e6, lastUs: START * 1e6 };
    const notVisible: NotVisibleTraffic[] = [{ kind: 'tunnel', hint, flows: 1, bytes, ...time }];
    const account = { host: other, lookedInto: 10_000_000 - bytes, harmless: 0, inside: bytes, hidden: [] };
    const { reasons, hostsNotVisible } = resultOf([
      {
        ...window,
        hosts: [...window.hosts, ...[...window.hosts].map((one) => ({ ...one, host: other, notVisible }))],
        account: [...(window.account ?? []), { ...account, destinations: [] }],
      },
    ]);
    expect(reasons.map(({ reason }) => reason)).toEqual(expected);
    expect(hostsNotVisible).toBe(expected.length);
  });

  it('of routers and address servers alone, which are no hosts of the scope', () => {
    const [first, second] = windowsWith([], { quarters: 2 });
    if (first === undefined || second === undefined) throw new TypeError('no windows');
    const sums = (window: UsageWindow, account: Partial<HostAccount>, bytesDown = 0): UsageWindow => ({
      ...window,
      hosts: [...window.hosts].map((one) => ({ ...one, bytesUp: 10_000_000, bytesDown })),
      account: [...(window.account ?? [])].map((one) => ({ ...one, lookedInto: 0, ...account })),
    });
    const quiet = (window: UsageWindow): UsageWindow => ({
      ...window,
      account: [],
      hosts: [...window.hosts].map((one) => ({
        ...{ ...one, mac: '02:00:00:00:00:01', macFrom: 'arp' },
        ...{ flows: 0, packets: 0, bytesUp: 0, bytesDown: 0 },
      })),
    });
    const result = (...windows: readonly UsageWindow[]) => {
      const { inScope, hostsSeen, reasons } = resultOf(windows);
      return { inScope, hostsSeen, reasons: reasons.map(({ reason }) => reason) };
    };
    const none = { inScope: 0, hostsSeen: 0, reasons: ['noHosts'] };
    // DHCP and neighbors: a router, also where its ARP is all that a later window shows.
    expect(result(sums(first, { harmless: 10_000_000 }))).toEqual(none);
    expect(result(sums(first, { harmless: 10_000_000 }), quiet(second))).toEqual(none);
    expect(result(quiet(first))).toEqual(none);
    // A client that asks for the time, and is answered.
    expect(result(sums(first, { harmless: 10_000_000 }, 10_000))).toMatchObject({ inScope: 1, hostsSeen: 1 });
    // A client that also asks for an address.
    expect(result(sums(first, { harmless: 10_000_000 }), second)).toMatchObject({ inScope: 1, hostsSeen: 1 });
    // SYN packets that nothing answers carry nothing, and their sender is a client.
    const silent = { ...NO_NUMBERS, host: HOST, name: 'api.anthropic.com', server: VENDOR, port: 443 };
    const time = { firstUs: START * 1e6, lastUs: START * 1e6, by: '', detail: 0 };
    const outcomes = [{ ...silent, ...time, kind: 'synSilent' as const }];
    expect(result({ ...sums(first, { harmless: 10_000_000 }), outcomes })).toMatchObject({
      inScope: 1,
      hostsSeen: 1,
    });
  });

  it('of nothing but connections that a gateway refused, as a log of these alone', () => {
    const [first] = windowsWith([]);
    if (first === undefined) throw new TypeError('no window');
    const [totals] = [...first.hosts];
    const { bytesUp = 0, bytesDown = 0 } = totals ?? {};
    const tried = row('api.anthropic.com', null, { host: HOST, loggedSlices: 1, bytesUp, bytesDown });
    const reasons = (changes: Partial<UsageRow>) =>
      resultOf([{ ...first, rows: [{ ...tried, ...changes }] }]).reasons.map(({ reason }) => reason);
    expect(reasons({ establishedFlows: 0, answeredSlices: 0 })).toEqual(['noHosts']);
    expect(reasons({ establishedFlows: 0, answeredSlices: 0, bytesUp: 1, bytesDown: 1 })).toEqual([]);
    expect(reasons({ establishedFlows: 0, answeredSlices: 0, loggedSlices: 0 })).toEqual([]);
  });

  const opened = {
    ...{
      host: HOST,
      name: 'api.anthropic.com',
      server: VENDOR,
      port: 443,
      kind: 'opened' as const,
      detail: 0,
    },
    ...{ firstUs: START * 1e6, lastUs: START * 1e6, by: '' },
  };
  it.each<[string, QueriedName, Partial<UsageWindow>, string[]]>([
    ['and of connections nothing', asked('api.anthropic.com', [VENDOR]), {}, ['unconnected']],
    [
      'and their SYN packets',
      asked('api.anthropic.com', [VENDOR]),
      { outcomes: [{ ...NO_NUMBERS, ...opened }] },
      ['unconnected'],
    ],
    ['and a connection', asked('api.anthropic.com', [VENDOR]), { hellos: [hello(HOST)] }, []],
    [
      'and the connection of another host',
      asked('api.anthropic.com', [VENDOR]),
      { hellos: [hello('10.20.1.6')] },
      ['unconnected'],
    ],
    [
      'and an attempt',
      asked('api.anthropic.com', [VENDOR]),
      { outcomes: [{ ...NO_NUMBERS, ...opened, kind: 'synSilent' }] },
      [],
    ],
    ['without an answer', asked('api.anthropic.com', []), {}, []],
    ['in a log', { ...asked('api.anthropic.com', [VENDOR]), isLogged: true }, {}, []],
    [
      'in a log, of a host without connections',
      { ...asked('api.anthropic.com', []), host: '10.20.1.7', isLogged: true },
      {},
      ['unconnected'],
    ],
    [
      'in a log, of a host without connections out of scope',
      { ...asked('api.anthropic.com', []), host: '10.30.1.7', isLogged: true },
      {},
      [],
    ],
  ])('of packets with a DNS query %s', (_, question, more, expected) => {
    const windows = windowsWith([], { quarters: 2 });
    const [first] = windows;
    if (first === undefined) throw new TypeError('no window');
    windows[0] = { ...first, queriedNames: [question], ...more };
    const { verdict, reasons } = resultOf(windows);
    expect(reasons.map(({ reason }) => reason)).toEqual(expected);
    expect(verdict).toBe(expected.length === 0 ? 'compliant' : 'inconclusive');
  });

  it.each<[string, UsageWindow[], string, string[]]>([
    ['few hidden bytes', windowsWith([ssh(10_000)]), '', []],
    ['more of a host in a quarter hour', windowsWith([ssh(10_001)]), '', ['hidden']],
    [
      'fewer than a statement of the policy accepts',
      windowsWith([ssh(50_000)]),
      'attest: { hiddenBytes: 50000 }',
      [],
    ],
    ['few in each of many quarter hours', windowsWith([ssh(10_000)], { quarters: 25 }), '', []],
    ['more of a host on a day', windowsWith([ssh(10_000)], { quarters: 26 }), '', ['hidden']],
    [
      'few of the host, and of no local end that may be its own',
      [...windowsWith([ssh(6000)]), ...windowsWith([ssh(6000, '')], { host: '' })],
      '',
      ['hidden'],
    ],
    ['less than a limit of the policy', windowsWith([ssh(400_000)]), 'verdict: { hiddenBytes: 400000 }', []],
    ['traffic without a local end', windowsWith([ssh(300_000, '')], { host: '' }), '', ['hidden']],
    [
      'less of the host, and of no local end that may be its own',
      [...windowsWith([ssh(200_000)]), ...windowsWith([ssh(100_000, '')], { host: '' })],
      '',
      ['hidden'],
    ],
    ['another host', windowsWith([ssh(300_000)], { host: '10.30.0.1' }), '', []],
    ['few bytes to the vendor', windowsWith([ssh(4000, VENDOR)]), '', []],
    ['more to the vendor', windowsWith([ssh(4001, VENDOR)]), '', ['hiddenVendor']],
    ['an accepted network', windowsWith([ssh(900_000)]), 'accept: [{ kind: ssh, to: 203.0.113.0/24 }]', []],
    [
      'another kind to it',
      windowsWith([{ kind: 'tor', address: '203.0.113.7', bytes: 900_000 }]),
      'accept: [{ kind: ssh, to: 203.0.113.0/24 }]',
      ['hidden'],
    ],
    ['another network', windowsWith([ssh(900_000)]), 'accept: [{ kind: ssh, to: 10.0.0.0/8 }]', ['hidden']],
    [
      'an accepted name by DNS',
      windowsWith([ssh(900_000)], { asked: [asked('git.example', ['203.0.113.7'])] }),
      'accept: [{ kind: ssh, to: ["*.corp.example", git.example] }]',
      [],
    ],
    [
      'a name that DNS did not give the address',
      windowsWith([ssh(900_000)], { asked: [asked('git.example', ['203.0.113.8'])] }),
      'accept: [{ kind: ssh, to: git.example }]',
      ['hidden'],
    ],
    [
      'a named tunnel',
      windowsWith([{ kind: 'tunnel', address: '203.0.113.7', name: 'a.vpn.example', bytes: 900_000 }]),
      'accept: [{ kind: tunnel, to: "*.vpn.example" }]',
      [],
    ],
    [
      'unknown traffic to the end of an accepted tunnel',
      windowsWith([{ kind: 'unknown', address: '203.0.113.7', bytes: 900_000 }]),
      'accept: [{ kind: tunnel, to: 203.0.113.7 }]',
      [],
    ],
    [
      'bytes without a destination',
      windowsWith([ssh(100_000), ssh(300_000, '')]),
      'accept: [{ kind: ssh, to: 203.0.113.7 }]',
      ['hidden'],
    ],
  ])('over %s', (_, windows, more, reasons) => {
    const { verdict, reasons: found } = resultOf(windows, more);
    expect(found.map(({ reason }) => reason)).toEqual(reasons);
    expect(verdict).toBe(reasons.length === 0 ? 'compliant' : 'inconclusive');
  });

  it('lists what would resolve it, and accepted bytes by line', () => {
    const { reasons, accepted } = resultOf(
      windowsWith([
        ssh(300_000),
        ssh(400_000, '203.0.113.9'),
        { kind: 'midFlow', address: '', bytes: 500_000 },
      ]),
      'accept: [{ kind: ssh, to: 203.0.113.7 }]',
    );
    expect(accepted).toEqual([{ kind: 'ssh', to: ['203.0.113.7'], bytes: 300_000 }]);
    expect(reasons).toMatchObject([
      {
        ...{ reason: 'hidden', detail: '1', kinds: ['midFlow', 'ssh'] },
        advice: [
          'capture from before the connections begin, with whole packets (snap length 0)',
          'accept: [{ kind: ssh, to: [203.0.113.9] }]',
        ],
      },
    ]);
  });

  it('gives no all-clear over packets without an account', () => {
    const [window] = windowsWith([]);
    if (window === undefined) throw new TypeError('no window');
    const { account: _, ...old } = { ...window, stats: { ...window.stats, packets: 10 } };
    expect(resultOf([old]).reasons).toMatchObject([
      { reason: 'noAccount', since: expect.stringMatching(/^2026-07-14T08:00:00/) },
    ]);
    expect(resultOf([{ ...old, stats: { ...old.stats, packets: 0 } }]).verdict).toBe('compliant');
  });
});

describe('a line of accept', () => {
  it.each([
    ['{ kind: ssh, to: 0.0.0.0/0 }', 'at least /8'],
    ['{ kind: ssh, to: "::/0" }', 'at least /16'],
    ['{ kind: ssh, to: "*" }', 'neither a network nor a name'],
    ['{ kind: ssh, to: "a*.example.com" }', 'neither a network nor a name'],
    ['{ kind: ssh }', 'to'],
    ['{ to: 10.0.0.0/8 }', 'kind'],
    ['{ kind: relay, to: 10.0.0.0/8 }', 'kind'],
  ])('%s is refused', (line, message) => {
    const { errors } = parsePolicy(textOf(`accept: [${line}]`), facts);
    expect(JSON.stringify(errors)).toContain(message);
  });
});

it('a verdict counts hidden traffic without a local end, but not as a host', () => {
  const [window] = windowsWith([ssh(200_000, '')], { host: '' });
  if (window === undefined) throw new TypeError('no window');
  const small = [
    { ...TOTALS, bytesUp: 50_000, bytesDown: 50_000, firstUs: START * 1e6, lastUs: START * 1e6 + 1 },
  ];
  expect(resultOf([{ ...window, hosts: small }]).reasons).toMatchObject([
    { reason: 'notVisible', share: 2 / 3 },
    { reason: 'hidden', detail: '0' },
  ]);
  // The same traffic next to a host that hides as much.
  const [own] = windowsWith([ssh(200_000)]);
  if (own === undefined) throw new TypeError('no window');
  expect(resultOf([own, { ...window, hosts: small }]).reasons).toContainEqual(
    expect.objectContaining({ reason: 'hidden', detail: '1' }),
  );
});
