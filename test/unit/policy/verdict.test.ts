// A verdict covers the observed part only: time, interruptions of the read, hosts, and the available evidence of the rule.
import { describe, expect, it } from 'vitest';
import type { CatalogueFacts } from '../../../src/model/policy.ts';
import { findFacts, type SummaryFacts } from '../../../src/model/policy-summary.ts';
import type { PolicySummary } from '../../../src/model/report.ts';
import type { HostTool } from '../../../src/model/tool.ts';
import type { CaptureGap, UsageWindow } from '../../../src/model/usage.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import type { ReadingFacts } from '../../../src/policy/observed.ts';
import { loadPolicy, parsePolicy } from '../../../src/policy/parse-policy.ts';
import { NO_ACTIVITY, type PolicySubject } from '../../../src/policy/subjects.ts';
import { narrowSummary } from '../../../src/policy/summary.ts';
import { measureObserved } from '../../../src/query/observed.ts';
import { silentWindow } from '../reading/collector/records.ts';
import { sampleUse } from '../report/sample-document.ts';
import { quarter } from './quarter.ts';

const WHOLE: ReadingFacts = {
  interrupted: false,
  unread: [],
  ignored: [],
  sinceSeconds: null,
  untilSeconds: null,
};
const HOUR = 3600;
const at = (text: string): number => Date.parse(text) / 1000;

const claude = {
  id: 'claude-code',
  name: 'Claude Code',
  vendor: 'Anthropic',
  kind: 'cli',
  hasOwnName: false,
};
const facts: CatalogueFacts = { version: '2026.11.1', tools: [claude] };

const ruleFrom = (dates: string, groups = '') =>
  loadPolicy(
    `version: 1
name: p
timezone: UTC
${groups}rules:
  - { id: R1, title: t, match: { tools: [claude-code] }, action: deny, ${dates} }
`,
    'p.yaml',
    facts,
  );

/** Windows of one sensor over a span, with a host that is always present. */
function watched(from: string, to: string, sensor = 'a', gaps: readonly CaptureGap[] = []) {
  const windows: UsageWindow[] = [];
  for (let start = at(from); start < at(to); start += 900) {
    windows.push({ ...silentWindow(start), lengthSeconds: 900, sensor });
  }
  const [first] = windows;
  if (first !== undefined && gaps.length > 0) windows[0] = { ...first, gaps };
  return windows;
}

const there = (windows: readonly UsageWindow[], notVisibleBytes = 0): PolicySubject => ({
  identity: { host: '10.20.1.5', mac: null, vlans: [], names: [], groups: [] },
  tools: [],
  providers: [],
  activity: windows.map(({ startSeconds }) => ({
    ...NO_ACTIVITY,
    startSeconds,
    bytes: 100,
    notVisibleBytes,
  })),
});

function verdictOf(dates: string, windows: readonly UsageWindow[], facts: Partial<ReadingFacts> = {}) {
  const observed = measureObserved(windows, { ...WHOLE, ...facts });
  const [rule] = evaluate(ruleFrom(dates), [there(windows)], observed).rules;
  return {
    verdict: rule?.verdict,
    reasons: rule?.reasons.map(({ reason }) => reason),
    observed: rule?.observed,
  };
}

const gap = (from: string, to: string, reason: CaptureGap['reason'] = 'logMissing'): CaptureGap => ({
  fromUs: at(from) * 1e6,
  toUs: at(to) * 1e6,
  reason,
});

const BAN = 'effective: 2026-07-10T00:00:00Z';
const GRACE = `${BAN}, grace: { until: "2026-07-13T00:00:00Z" }`;

const factsIn = (summary: PolicySummary): SummaryFacts => {
  const facts = findFacts(summary);
  if (facts === undefined) throw new TypeError('the summary has no facts');
  return facts;
};

describe('a rule is kept', () => {
  it('of the time in force after grace that was observed, and says of which', () => {
    const seen = verdictOf(GRACE, watched('2026-07-08T00:00:00Z', '2026-07-14T18:00:00Z'));
    expect(seen).toEqual({
      verdict: 'compliant',
      reasons: [],
      observed: {
        since: '2026-07-13T00:00:00.000000Z',
        until: '2026-07-14T18:00:00.000000Z',
        seconds: 42 * HOUR,
        share: 1,
      },
    });
  });

  it('in spite of a short gap', () => {
    const gaps = [gap('2026-07-11T03:00:00Z', '2026-07-11T03:40:00Z')];
    const seen = verdictOf(BAN, watched('2026-07-08T00:00:00Z', '2026-07-12T00:00:00Z', 'a', gaps));
    expect(seen).toMatchObject({ verdict: 'compliant', observed: { seconds: 48 * HOUR - 2400 } });
  });

  it('where another sensor observed what one did not', () => {
    const gaps = [gap('2026-07-11T03:00:00Z', '2026-07-11T09:00:00Z')];
    const one = watched('2026-07-08T00:00:00Z', '2026-07-12T00:00:00Z', 'a', gaps);
    const other = watched('2026-07-11T02:00:00Z', '2026-07-11T10:00:00Z', 'b');
    expect(verdictOf(BAN, [...one, ...other])).toMatchObject({
      verdict: 'compliant',
      observed: { share: 1 },
    });
    expect(verdictOf(BAN, one)).toMatchObject({ verdict: 'inconclusive', reasons: ['unobserved'] });
  });

  it('whatever was cut before it took effect', () => {
    const early = watched('2026-07-08T00:00:00Z', '2026-07-12T00:00:00Z', 'a', [
      gap('2026-07-08T03:00:00Z', '2026-07-08T09:00:00Z', 'cut'),
    ]);
    expect(verdictOf(BAN, early)).toMatchObject({ verdict: 'compliant', reasons: [] });
  });
});

describe('a host all of whose traffic is in a tunnel', () => {
  const windows = watched('2026-07-10T00:00:00Z', '2026-07-11T00:00:00Z');
  const others = Array.from({ length: 9 }, (_, i) => {
    const other = there(windows);
    return { ...other, identity: { ...other.identity, host: `10.20.2.${i}` } };
  });
  const tunnelled = (share: number, insideBytes = 0): PolicySubject => ({
    ...there(windows),
    activity: windows.map(({ startSeconds }) => ({
      ...NO_ACTIVITY,
      ...{ startSeconds, bytes: 100, notVisibleBytes: share, tunnelBytes: share, insideBytes },
    })),
  });

  it.each([
    [95, 0, 'inconclusive', ['notVisible']],
    [80, 0, 'compliant', []],
    [80, 15, 'inconclusive', ['notVisible']],
    [80, 5, 'compliant', []],
    [45, 50, 'compliant', []],
  ])('leaves the verdict open among ten: %i %%, and %i %% inside', (share, inside, verdict, reasons) => {
    const [rule] = evaluate(
      ruleFrom(BAN),
      [tunnelled(share, inside), ...others],
      measureObserved(windows, WHOLE),
    ).rules;
    expect({ verdict: rule?.verdict, reasons: rule?.reasons.map(({ reason }) => reason) }).toEqual({
      verdict,
      reasons,
    });
  });
});

describe('a suspected relay', () => {
  const windows = watched('2026-07-10T00:00:00Z', '2026-07-11T00:00:00Z');
  const NODE = 'Node.js';
  const known: CatalogueFacts = { ...facts, tools: [{ ...claude, runtimes: [NODE] }] };
  const use = sampleUse({
    tool: 'relay',
    name: 'gate',
    vendor: '',
    confidence: 'possible',
    minutes: [1],
    megabytesUp: 1,
  });
  const relayOn = (runtime: string): HostTool => ({
    use: { ...use, fingerprints: [{ ja4: 'a', ja3: 'b', alpn: [], runtime, flows: 1 }] },
    quarters: ['2026-07-10'].map((day) => {
      const { byRole, ...rest } = quarter(day);
      return { ...rest, confidence: 'possible', byRole: { relay: byRole.inference ?? never() } };
    }),
  });
  const never = (): never => {
    throw new Error('no use');
  };
  const reasonsFor = (subject: Partial<PolicySubject>, more = '', tools = known) => {
    const policy = loadPolicy(
      `version: 1\nname: p\ntimezone: UTC\n${more}rules:\n  - { id: R1, title: t, match: { tools: [claude-code] }, action: deny, ${BAN} }\n`,
      'p.yaml',
      tools,
    );
    const all = [{ ...there(windows), ...subject }];
    const [rule] = evaluate(policy, all, measureObserved(windows, WHOLE)).rules;
    return rule?.reasons.map(({ reason }) => reason);
  };
  const activityWith = (relayedBytes: number) =>
    there(windows).activity.map((quarter, i) => (i === 0 ? { ...quarter, relayedBytes } : quarter));

  it('leaves the verdict open about a tool of its runtime, also without a severity for relays', () => {
    expect(reasonsFor({ providers: [relayOn(NODE)] })).toEqual(['suspected']);
    expect(reasonsFor({ providers: [relayOn('Bun')] })).toEqual([]);
  });

  it('leaves it open about any program where its requests have no row', () => {
    expect(reasonsFor({ activity: activityWith(60) })).toEqual(['suspected']);
    expect(reasonsFor({ activity: activityWith(0) })).toEqual([]);
    expect(reasonsFor({ activity: activityWith(60) }, '', facts)).toEqual([]);
  });

  it('leaves nothing open in a policy that ignores relays', () => {
    const ignored = 'attest: { relays: ignored }\n';
    expect(reasonsFor({ providers: [relayOn(NODE)], activity: activityWith(60) }, ignored)).toEqual([]);
  });
});

describe('a gap that the sensor tells of', () => {
  const day = (gaps: readonly CaptureGap[]) =>
    watched('2026-07-10T00:00:00Z', '2026-07-11T00:00:00Z', 'a', gaps);

  it.each([
    ['at the start', '2026-07-10T00:00:00Z', '2026-07-10T00:00:47Z'],
    ['in the middle', '2026-07-10T12:00:00Z', '2026-07-10T12:00:47Z'],
    ['at the end', '2026-07-10T23:59:13Z', '2026-07-11T00:00:00Z'],
  ])('is no time observed, however short: %s', (_, from, to) => {
    expect(verdictOf(BAN, day([gap(from, to, 'interfaceDown')])).observed).toEqual({
      since: '2026-07-10T00:00:00.000000Z',
      until: '2026-07-11T00:00:00.000000Z',
      seconds: 24 * HOUR - 47,
      share: (24 * HOUR - 47) / (24 * HOUR),
    });
  });

  it('rounds the observed time down, as texts do', () => {
    const half = gap('2026-07-10T12:00:00Z', '2026-07-10T12:00:46.500Z', 'interfaceDown');
    expect(verdictOf(BAN, day([half])).observed?.seconds).toBe(24 * HOUR - 47);
  });

  it('leaves nothing to say while it is open, and where all of the time is in it', () => {
    const down = [{ interface: 'uxm0', sinceSeconds: at('2026-07-10T23:58:00Z') }];
    const open = verdictOf(BAN, day([gap('2026-07-10T23:58:00Z', '2026-07-11T00:00:00Z', 'interfaceDown')]), {
      down,
    });
    expect(open).toMatchObject({ verdict: 'inconclusive', reasons: ['blind'] });
    const never = verdictOf(BAN, day([gap('2026-07-10T00:00:00Z', '2026-07-11T00:00:00Z', 'interfaceDown')]));
    expect(never).toMatchObject({
      verdict: 'inconclusive',
      reasons: ['unobserved'],
      observed: { seconds: 0 },
    });
  });
});

describe('nothing can be said', () => {
  const week = watched('2026-07-08T00:00:00Z', '2026-07-14T00:00:00Z');
  const open = (reason: CaptureGap['reason']) =>
    watched('2026-07-08T00:00:00Z', '2026-07-14T00:00:00Z', 'a', [
      gap('2026-07-14T00:00:00Z', '2026-07-14T00:00:00Z', reason),
    ]);
  it.each([
    ['before the rule', 'effective: 2026-08-01', week, {}, ['notYetInForce']],
    ['inside the grace period', `${BAN}, grace: { until: "2026-07-14T00:00:00Z" }`, week, {}, ['onlyGrace']],
    ['behind the rule', 'until: 2026-07-01', week, {}, ['ended']],
    ['of a rule that ends within its grace period', `${GRACE}, until: 2026-07-12`, week, {}, ['onlyGrace']],
    ['of an interrupted reading', BAN, week, { interrupted: true }, ['interrupted']],
    ['of windows of an interrupted reading', BAN, open('interrupted'), {}, ['interrupted']],
    ['of a cut capture', BAN, open('cut'), {}, ['cut']],
    ['with an input that was not read', BAN, week, { unread: ['b.pcap'] }, ['unread']],
    ['of no windows', BAN, [], {}, ['noHosts']],
    ['of no windows of an interrupted reading', BAN, [], { interrupted: true }, ['noHosts', 'interrupted']],
    [
      'of two captures with days between',
      BAN,
      [
        ...watched('2026-07-10T00:00:00Z', '2026-07-10T06:00:00Z', 'a'),
        ...watched('2026-07-13T00:00:00Z', '2026-07-13T06:00:00Z', 'b'),
      ],
      {},
      ['unobserved'],
    ],
    [
      'of days with a gap of two hours, though it is a small share',
      BAN,
      watched('2026-07-08T00:00:00Z', '2026-07-14T00:00:00Z', 'a', [
        gap('2026-07-11T03:00:00Z', '2026-07-11T05:00:00Z'),
      ]),
      {},
      ['unobserved'],
    ],
    [
      'of a month of which one day was kept',
      BAN,
      watched('2026-07-20T00:00:00Z', '2026-07-21T00:00:00Z'),
      { sinceSeconds: at('2026-07-10T00:00:00Z'), untilSeconds: at('2026-08-10T00:00:00Z') },
      ['unobserved'],
    ],
  ] as const)('%s', (_, dates, windows, reading, reasons) => {
    expect(verdictOf(dates, windows, reading)).toMatchObject({ verdict: 'inconclusive', reasons });
  });

  it('of hosts that were there before the end of the grace period only', () => {
    const windows = watched('2026-07-08T00:00:00Z', '2026-07-14T00:00:00Z');
    const gone = there(windows.filter(({ startSeconds }) => startSeconds < at('2026-07-13T00:00:00Z')));
    const [rule] = evaluate(ruleFrom(GRACE), [gone], measureObserved(windows, WHOLE)).rules;
    expect(rule).toMatchObject({
      verdict: 'inconclusive',
      reasons: [{ reason: 'noHosts' }],
      inScope: 1,
      hostsSeen: 0,
    });
  });

  it.each([
    ['host: [10.20.1.5]', null],
    ['cidr: [10.20.0.0/16]', null],
    ['host: [10.20.1.5, 10.20.1.6]', '10.20.1.6'],
    // Hosts with both families may use one of them.
    ['cidr: [10.20.0.0/16, 10.30.0.0/16, fd00:20::/32]', '10.30.0.0/16'],
    ['cidr: [fd00:20::/32], host: [10.20.1.5]', 'fd00:20::/32'],
    ['mac: [02:00:00:00:00:01], cidr: [10.20.0.0/16]', '02:00:00:00:00:01'],
    ['vlan: [20], name: [lab-*], cidr: [10.20.0.0/16]', 'VLAN 20, lab-*'],
    ['groups: [office]', '10.20.1.7'],
    // No network uses each block of private addresses, and the policy records no guest.
    ['cidr: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fc00::/7, 0.0.0.0/0]', null],
    ['groups: [guests], cidr: [10.20.0.0/16, 10.99.1.0/24], host: [10.99.2.1]', null],
  ])('of a part of a scope: %s', (scope, notSeen) => {
    const groups = `groups:
  office: { cidr: [10.20.1.0/24], host: [10.20.1.7] }
  guests: { cidr: [10.99.0.0/16], mac: [02:00:00:00:00:02], exclude: true }
`;
    const policy = ruleFrom(`scope: { ${scope} }`, groups);
    const windows = watched('2026-07-10T00:00:00Z', '2026-07-11T00:00:00Z');
    const { summary } = evaluate(policy, [there(windows)], measureObserved(windows, WHOLE));
    const reasons = notSeen === null ? [] : [{ reason: 'notSeen', detail: notSeen }];
    const verdict = notSeen === null ? 'compliant' : 'inconclusive';
    expect(summary.rules[0]).toMatchObject({ verdict, reasons });
    const part = narrowSummary(factsIn(summary), () => true, ['claude-code']);
    expect(part.rules[0]).toMatchObject({ verdict, reasons });
  });

  it('of a listed host that had no traffic since the rule took effect', () => {
    const windows = watched('2026-07-08T00:00:00Z', '2026-07-12T00:00:00Z');
    const early = windows.filter(({ startSeconds }) => startSeconds < at('2026-07-09T00:00:00Z'));
    const gone = { ...there(early), identity: { ...there(early).identity, host: '10.20.1.6' } };
    const policy = ruleFrom(`${BAN}, scope: { host: [10.20.1.5, 10.20.1.6] }`);
    const { summary } = evaluate(policy, [there(windows), gone], measureObserved(windows, WHOLE));
    expect(summary.rules[0]).toMatchObject({
      verdict: 'inconclusive',
      reasons: [{ reason: 'notSeen', detail: '10.20.1.6' }],
    });
    const part = narrowSummary(factsIn(summary), (host) => host === '10.20.1.5', []);
    expect(part.rules[0]?.verdict).toBe('compliant');
  });

  it.each([
    [46, 54, 'inconclusive', 1],
    [10, 85, 'inconclusive', 10 / 15],
    [10, 50, 'compliant', 0.2],
    [0, 100, 'compliant', 0],
  ])('where %i %% is hidden and %i %% is not parsed inside the network', (hidden, inside, verdict, share) => {
    const windows = watched('2026-07-10T00:00:00Z', '2026-07-11T00:00:00Z');
    const host = there(windows, hidden);
    const activity = host.activity.map((quarter) => ({ ...quarter, insideBytes: inside }));
    const [rule] = evaluate(ruleFrom(BAN), [{ ...host, activity }], measureObserved(windows, WHOLE)).rules;
    expect(rule).toMatchObject({
      verdict,
      reasons: verdict === 'compliant' ? [] : [{ reason: 'notVisible', share: expect.closeTo(share) }],
      hostsSeen: 1,
      notVisibleShare: expect.closeTo(share),
    });
  });

  it('where most hosts are dark, however little they sent', () => {
    const windows = watched('2026-07-10T00:00:00Z', '2026-07-11T00:00:00Z');
    const host = (address: string, bytes: number, notVisibleBytes: number): PolicySubject => ({
      ...there([]),
      identity: { host: address, mac: null, vlans: [], names: [], groups: [] },
      activity: [{ ...NO_ACTIVITY, startSeconds: at('2026-07-10T00:00:00Z'), bytes, notVisibleBytes }],
    });
    const subjects = [host('10.0.0.1', 1e6, 0), host('10.0.0.2', 100, 90), host('10.0.0.3', 100, 90)];
    const [rule] = evaluate(ruleFrom(BAN), subjects, measureObserved(windows, WHOLE)).rules;
    expect(rule).toMatchObject({
      verdict: 'inconclusive',
      hostsSeen: 3,
      hostsNotVisible: 2,
      reasons: [{ reason: 'notVisible' }],
    });
  });

  it('where the sensor lost more than a hundredth of the packets', () => {
    const lossy = (kernelDrops: number) =>
      watched('2026-07-10T00:00:00Z', '2026-07-11T00:00:00Z').map((window) => ({
        ...window,
        stats: { ...window.stats, packets: 1000, kernelDrops },
      }));
    expect(verdictOf(BAN, lossy(5)).verdict).toBe('compliant');
    expect(verdictOf(BAN, lossy(20))).toMatchObject({ verdict: 'inconclusive', reasons: ['loss'] });
  });
});

describe('evidence that can never be seen', () => {
  const never: CatalogueFacts = {
    version: '2026.11.1',
    tools: [
      {
        ...claude,
        id: 'shown',
        hasOwnName: true,
        best: 'certain',
        roles: ['inference', 'telemetry'],
        tellsRequests: true,
      },
      { ...claude, id: 'unnamed', best: 'likely', roles: ['inference'], tellsRequests: true },
      {
        ...claude,
        id: 'page',
        kind: 'chat',
        hasOwnName: true,
        best: 'certain',
        roles: ['web'],
        tellsRequests: false,
      },
    ],
  };
  const text = (tools: string, evidence: string) => `version: 1
name: p
timezone: UTC
rules:
  - id: R1
    title: t
    match: { tools: [${tools}] }
    action: deny
    evidence: { ${evidence} }
`;
  it.each([
    ['unnamed', 'confidence: certain', 'no name belongs to unnamed alone', 'inconclusive', 'evidence'],
    ['shown', 'roles: [mcp]', 'no name of shown has the role mcp', 'inconclusive', 'evidence'],
    [
      'page',
      'roles: [web]',
      'requests of page are never reported, so minRequests 1',
      'inconclusive',
      'evidence',
    ],
    [
      'page',
      'roles: [web], minRequests: 0, minActiveMinutes: 5',
      'minActiveMinutes 5',
      'inconclusive',
      'evidence',
    ],
    [
      'shown, unnamed',
      'confidence: certain',
      'no name belongs to unnamed alone',
      'compliant',
      'someEvidence',
    ],
  ] as const)('of %s, asked for %s', (tools, evidence, says, verdict, reason) => {
    const { policy, warnings } = parsePolicy(text(tools, evidence), never);
    expect(warnings.map(({ line, message }) => [line, message])).toEqual([
      [9, expect.stringContaining(says)],
    ]);
    if (policy === null) throw new Error('no policy');
    const windows = watched('2026-07-10T00:00:00Z', '2026-07-11T00:00:00Z');
    const [rule] = evaluate(policy, [there(windows)], measureObserved(windows, WHOLE)).rules;
    expect(rule).toMatchObject({ verdict, reasons: [{ reason, detail: expect.stringContaining(says) }] });
  });

  it('is not said of what can be', () => {
    expect(parsePolicy(text('page', 'roles: [web], minRequests: 0'), never).warnings).toEqual([]);
    expect(parsePolicy(text('shown', 'confidence: certain'), never).warnings).toEqual([]);
  });
});
