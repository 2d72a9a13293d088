// A host for which earlier rules decide about everything that a rule is about is none of that rule.
import { describe, expect, it } from 'vitest';
import type { CatalogueFacts, Policy } from '../../../src/model/policy.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { policyHeader } from '../../../src/policy/header.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import { listGroups, networksExcludedBy } from '../../../src/policy/scope.ts';
import { NO_ACTIVITY, type PolicySubject } from '../../../src/policy/subjects.ts';
import { sampleUse } from '../report/sample-document.ts';
import { at, quarter } from './quarter.ts';

const facts: CatalogueFacts = {
  version: '2026.11.1',
  tools: ['copilot', 'cursor', 'codex'].map((id) => ({
    ...{ id, name: id.toUpperCase(), vendor: id, kind: 'cli', hasOwnName: true },
  })),
};

function policyOf(rules: string): Policy {
  const text = `version: 1\nname: p\ntimezone: UTC\ngroups:\n  web: { cidr: 10.1.0.0/24 }\nrules:\n${rules}`;
  const { policy, errors } = parsePolicy(text, facts);
  if (policy === null) throw new Error(JSON.stringify(errors));
  return policy;
}

const DAYS = ['2026-07-08', '2026-07-11', '2026-07-13'];

const useOf = (id: string) => ({
  ...sampleUse({ tool: id, name: id, vendor: id, confidence: 'likely', minutes: [1], megabytesUp: 1 }),
  days: DAYS.map((date) => ({
    ...{ date, activeMinutes: 1, flows: 1, bytesUp: 9, bytesDown: 9 },
    confidence: 'likely' as const,
  })),
});

/** Uses its tools on all days, and is on the network on all of them. */
const subject = (host: string, ...tools: readonly string[]): PolicySubject => ({
  identity: { host, mac: null, vlans: [], names: [], groups: [] },
  tools: tools.map((id) => ({ use: useOf(id), quarters: DAYS.map(quarter) })),
  providers: [],
  activity: DAYS.map((day) => ({ ...NO_ACTIVITY, startSeconds: at(day), bytes: 100 })),
});

const SUBJECTS = [
  subject('10.1.0.1', 'copilot', 'cursor'),
  subject('10.1.0.2'),
  subject('10.2.0.1', 'copilot', 'codex'),
  subject('10.2.0.2'),
];

const countsOf = (policy: Policy) =>
  Object.fromEntries(
    evaluate(policy, SUBJECTS).rules.map(({ rule, inScope, hostsSeen, after, before }) => [
      rule,
      { inScope, hostsSeen, after, before },
    ]),
  );

describe('hosts of a rule', () => {
  const allow = (more = '') =>
    `  - { id: WEB, title: w, match: { tools: [copilot] }, scope: { groups: [web] }, action: allow${more} }\n`;
  const ban = '  - { id: BAN, title: b, match: { tools: [copilot] }, action: deny, effective: 2026-07-10 }\n';

  it('are without those that an earlier rule allows the tool', () => {
    expect(countsOf(policyOf(allow() + ban)).BAN).toEqual({ inScope: 2, hostsSeen: 2, after: 1, before: 1 });
    expect(countsOf(policyOf(ban + allow())).BAN).toEqual({ inScope: 4, hostsSeen: 4, after: 2, before: 2 });
  });

  it('are those of the tools that are left to it', () => {
    const both = ban.replace('[copilot]', '[copilot, cursor]');
    expect(countsOf(policyOf(allow() + both)).BAN).toEqual({ inScope: 4, hostsSeen: 4, after: 2, before: 2 });
    const two = allow() + allow().replace('id: WEB', 'id: TWO').replace('[copilot]', '[cursor]') + both;
    expect(countsOf(policyOf(two)).BAN).toEqual({ inScope: 2, hostsSeen: 2, after: 1, before: 1 });
  });

  it('are those of its time: an earlier rule counts only while it is in force', () => {
    const ended = countsOf(policyOf(allow(', until: 2026-07-12') + ban));
    expect(ended.BAN).toMatchObject({ inScope: 4, hostsSeen: 4, after: 2 });
    const late = countsOf(policyOf(allow(', effective: 2026-07-12') + ban));
    expect(late.BAN).toMatchObject({ inScope: 4, hostsSeen: 4, after: 2 });
    const always = countsOf(policyOf(allow(', effective: 2026-07-10') + ban));
    expect(always.BAN).toMatchObject({ inScope: 2, hostsSeen: 2, after: 1 });
  });

  it('are none where all of them are allowed it, and then nothing is compliant', () => {
    const all = allow().replace('[web]', '[web, rest]');
    const text = `version: 1\nname: p\ntimezone: UTC\ngroups: { web: { cidr: 10.1.0.0/24 }, rest: { cidr: 10.2.0.0/24 } }\nrules:\n${all}${ban}`;
    const { policy } = parsePolicy(text, facts);
    if (policy === null) throw new Error('no policy');
    const summary = evaluate(policy, SUBJECTS).rules.find(({ rule }) => rule === 'BAN');
    expect(summary).toMatchObject({ verdict: 'inconclusive', inScope: 0, hostsSeen: 0 });
    expect(summary?.reasons[0]?.reason).toBe('noHosts');
  });
});

describe('traffic with unlisted names', () => {
  const relayed = (confidence: 'likely' | 'possible', tool = 'copilot'): PolicySubject => {
    const [day = ''] = DAYS.slice(-1);
    const { byRole, ...rest } = quarter(day);
    const { inference } = byRole;
    if (inference === undefined) throw new Error('no use');
    const relay = { ...inference, bytesUp: 60, bytesDown: 30 };
    return {
      ...subject('10.1.0.1'),
      tools: [{ use: useOf(tool), quarters: [{ ...rest, confidence, byRole: { relay } }] }],
      activity: [{ ...NO_ACTIVITY, startSeconds: at(day), bytes: 100, notVisibleBytes: 90 }],
    };
  };
  const policy = policyOf(
    '  - { id: MINE, title: m, match: { tools: [copilot] }, action: allow }\n' +
      '  - { id: BAN, title: b, match: { tools: [copilot, codex] }, action: deny }\n',
  );
  const verdictOn = (on: PolicySubject) => {
    const { verdict, notVisibleShare } =
      evaluate(policy, [on]).rules.find(({ rule }) => rule === 'BAN') ?? {};
    return { verdict, notVisibleShare };
  };

  it('is not dark where it is that of a tool about which an earlier rule decides', () => {
    expect(verdictOn(relayed('likely'))).toEqual({ verdict: 'compliant', notVisibleShare: 0 });
  });

  it('is dark where the tool is only possible, or another one', () => {
    expect(verdictOn(relayed('possible'))).toEqual({ verdict: 'inconclusive', notVisibleShare: 0.9 });
    expect(verdictOn(relayed('likely', 'cursor'))).toEqual({ verdict: 'inconclusive', notVisibleShare: 0.9 });
  });
});

describe('groups that overlap and nest', () => {
  const policyWith = (groups: string, rules: string): Policy => {
    const { policy, errors } = parsePolicy(
      `version: 1\nname: p\ntimezone: UTC\ngroups:\n${groups}rules:\n${rules}`,
      facts,
    );
    if (policy === null) throw new Error(JSON.stringify(errors));
    return policy;
  };
  const groups: readonly (readonly [string, string])[] = [
    ['by network', '  company: { cidr: 10.0.0.0/8 }\n  web: { cidr: 10.1.0.0/24 }\n'],
    [
      'by name',
      '  company: { cidr: 10.2.0.0/24, groups: [dept] }\n  dept: { groups: web }\n  web: { cidr: 10.1.0.0/24 }\n',
    ],
    ['by overlap', '  company: { cidr: [10.2.0.0/16, 10.1.0.0/25] }\n  web: { cidr: 10.1.0.0/24 }\n'],
  ];
  const allow =
    '  - { id: WEB, title: w, match: { tools: [copilot] }, scope: { groups: [web] }, action: allow }\n';
  const ban =
    '  - { id: BAN, title: b, match: { tools: [copilot] }, scope: { groups: [company] }, action: deny }\n';
  const violators = (policy: Policy): string[] =>
    evaluate(policy, SUBJECTS).findings.map(({ rule, host }) => `${rule} ${host}`);

  it.each(groups)('%s: the first rule that matches decides', (_, text) => {
    expect(violators(policyWith(text, allow + ban))).toEqual(['BAN 10.2.0.1']);
    expect(violators(policyWith(text, ban + allow))).toEqual(['BAN 10.1.0.1', 'BAN 10.2.0.1']);
    expect(countsOf(policyWith(text, allow + ban)).BAN).toMatchObject({ inScope: 2 });
  });

  it.each(groups)('%s: a host is in each of them', (_, text) => {
    const policy = policyWith(text, allow + ban);
    const host = (address: string) => ({ host: address, mac: null, vlans: [], names: [], groups: [] });
    expect(listGroups(policy, host('10.1.0.1')).filter((id) => id !== 'dept')).toEqual(['company', 'web']);
    expect(listGroups(policy, host('10.2.0.1'))).toEqual(['company']);
  });

  it('never records hosts inside a group that is not recorded', () => {
    const text =
      '  guests: { groups: [wifi], exclude: true }\n  wifi: { cidr: 10.1.0.0/24 }\n  company: { cidr: 10.0.0.0/8 }\n';
    const policy = policyWith(text, ban);
    expect(networksExcludedBy(policy)).toEqual(['10.1.0.0/24']);
    expect(violators(policy)).toEqual(['BAN 10.2.0.1']);
  });

  it('contain what a hosts file puts into a group inside them', () => {
    const policy = policyWith('  company: { groups: web }\n  web: { cidr: 10.9.0.0/24 }\n', ban);
    const listed = SUBJECTS.map((each) => ({ ...each, identity: { ...each.identity, groups: ['web'] } }));
    expect(evaluate(policy, listed).findings).toHaveLength(2);
  });
});

describe('the days of a row', () => {
  const policy = policyOf(
    `  - { id: WEB, title: w, match: { tools: [copilot] }, scope: { groups: [web] }, action: allow, until: 2026-07-12 }
  - { id: BAN, title: b, match: { tools: [copilot] }, action: deny, effective: 2026-07-10 }
`,
  );
  const { rulesOfDays } = evaluate(policy, SUBJECTS);
  const daysOf = (host: string) =>
    rulesOfDays
      .noteIn(host, [useOf('copilot'), useOf('codex')])
      .map(({ days }) => days.map(({ rules, upcomingRules }) => ({ rules, upcomingRules })));

  it('say which rule decides about them, and which will', () => {
    expect(daysOf('10.1.0.1')[0]).toEqual([
      { rules: ['WEB'], upcomingRules: undefined },
      { rules: ['WEB'], upcomingRules: undefined },
      { rules: ['BAN'], upcomingRules: undefined },
    ]);
    expect(daysOf('10.2.0.1')).toEqual([
      [
        { rules: undefined, upcomingRules: ['BAN'] },
        { rules: ['BAN'], upcomingRules: undefined },
        { rules: ['BAN'], upcomingRules: undefined },
      ],
      DAYS.map(() => ({ rules: undefined, upcomingRules: undefined })),
    ]);
  });

  it('belong to no rule in whose place another one always decides: its header names no such tool', () => {
    const taken = policyOf(
      `  - { id: ALL, title: a, match: { tools: [codex] }, action: allow }
  - { id: TWO, title: t, match: { tools: [codex, cursor] }, action: deny }
`,
    );
    expect(policyHeader(taken, '', facts).rules.map(({ tools }) => tools)).toEqual([['codex'], ['cursor']]);
  });
});
