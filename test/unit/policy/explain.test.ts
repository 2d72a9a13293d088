// `policy explain`: which rule decides about a host, a tool and a time, and why.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CatalogueFacts, HostIdentity, Policy } from '../../../src/model/policy.ts';
import { policyExplanation } from '../../../src/model/policy-explanation.ts';
import { explainPolicy, explanationLines } from '../../../src/policy/explain-decision.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';

const tool = (id: string) => ({ id, name: id.toUpperCase(), vendor: id, kind: 'cli' });
const facts: CatalogueFacts = {
  version: '2026.11.1',
  tools: ['copilot', 'cursor'].map((id) => ({ ...tool(id), hasOwnName: true })),
};

const POLICY = `version: 1
name: p
timezone: UTC
default: allow
groups:
  company: { cidr: 10.9.0.0/16, groups: [dept] }
  dept: { groups: [web] }
  web: { cidr: 10.1.0.0/24, name: 'web-*', vlan: 7 }
  lab: { mac: '02:00:5e:10:00:01', host: 10.3.0.9 }
  guests: { groups: [wifi], exclude: true }
  wifi: { cidr: 10.99.0.0/16 }
rules:
  - { id: WEB, title: w, match: { tools: [copilot] }, scope: { groups: [web] }, action: allow, until: 2026-07-12 }
  - { id: BAN, title: b, match: { tools: [copilot] }, scope: { groups: [company, lab] }, action: deny, effective: 2026-07-10, grace: { until: 2026-07-11 }, severity: critical }
  - { id: SEE, title: s, match: { tools: [copilot] }, action: observe }
exceptions:
  - { id: EX, rule: BAN, scope: { groups: [lab] }, from: 2026-07-12, until: 2026-07-14, reason: r }
`;

function policyOf(text = POLICY): Policy {
  const { policy, errors } = parsePolicy(text, facts);
  if (policy === null) throw new Error(JSON.stringify(errors));
  return policy;
}

const host = (address: string, more: Partial<HostIdentity> = {}): HostIdentity => ({
  ...{ host: address, mac: null, vlans: [], names: [], groups: [] },
  ...more,
});

const explain = (of: HostIdentity, day: string, id = 'copilot') =>
  explainPolicy(policyOf(), { host: of, tool: tool(id), at: Date.parse(`${day}T09:00:00Z`) / 1000 });

describe('the explanation', () => {
  it.each([
    { day: '2026-07-11', address: '10.1.0.5', rule: 'WEB', outcome: 'allowed', severity: null },
    { day: '2026-07-12', address: '10.1.0.5', rule: 'BAN', outcome: 'violation', severity: 'critical' },
    { day: '2026-07-10', address: '10.9.0.1', rule: 'BAN', outcome: 'grace', severity: 'info' },
    { day: '2026-07-09', address: '10.9.0.1', rule: 'SEE', outcome: 'observed', severity: null },
    { day: '2026-07-13', address: '10.3.0.9', rule: 'BAN', outcome: 'exempt', severity: 'info' },
    { day: '2026-07-14', address: '10.3.0.9', rule: 'BAN', outcome: 'violation', severity: 'critical' },
    { day: '2026-07-14', address: '10.99.0.9', rule: null, outcome: 'notRecorded', severity: null },
  ] as const)('of $address on $day is $outcome by $rule', ({ day, address, rule, outcome, severity }) => {
    const explained = explain(host(address), day);
    expect(explained).toMatchObject({ rule, outcome, severity });
    expect(policyExplanation.parse(explained)).toEqual(explained);
  });

  it('has the default where no rule applies', () => {
    const explained = explain(host('10.1.0.5'), '2026-07-11', 'cursor');
    expect(explained).toMatchObject({ rule: null, outcome: 'allowed', default: 'allow' });
    expect(explanationLines(explained, 'UTC').at(-1)).toBe("no rule applies; the policy's default is allow");
  });

  it('writes an exception without a beginning, and only the amounts that a rule needs', () => {
    const policy = policyOf(POLICY.replace('from: 2026-07-12, until', 'until'));
    const at = Date.parse('2026-07-13T09:00:00Z') / 1000;
    const linesFor = (address: string) =>
      explanationLines(explainPolicy(policy, { host: host(address), tool: tool('copilot'), at }), 'UTC');
    expect(linesFor('10.3.0.9')).toContain('  exception EX covers the host until 2026-07-14 00:00:00 (UTC)');
    expect(linesFor('10.9.0.1').join('\n')).toContain(
      'it needs at least likely, 1 request in roles inference, mcp, less than that is suspected',
    );
  });

  it('says why each rule applies or not, and which exceptions it has', () => {
    const { rules } = explain(host('10.3.0.9'), '2026-07-15');
    expect(rules.map(({ rule, answer, before }) => [rule, answer, before])).toEqual([
      ['WEB', 'outsideScope', null],
      ['BAN', 'applies', null],
      ['SEE', 'afterOther', 'BAN'],
    ]);
    expect(rules[1]?.exceptions).toMatchObject([{ id: 'EX', answer: 'ended' }]);
    const early = explain(host('10.3.0.9'), '2026-07-11').rules[1]?.exceptions;
    expect(early).toMatchObject([{ id: 'EX', answer: 'notYet' }]);
    const ended = explain(host('10.1.0.5'), '2026-07-13').rules;
    expect(ended.map(({ answer }) => answer)).toEqual(['ended', 'applies', 'afterOther']);
  });

  it.each([
    {
      of: host('10.1.0.5'),
      groups: ['company>dept>web cidr 10.1.0.0/24', 'dept>web cidr 10.1.0.0/24', 'web cidr 10.1.0.0/24'],
    },
    { of: host('10.9.0.1'), groups: ['company cidr 10.9.0.0/16'] },
    {
      of: host('10.4.0.1', { names: ['WEB-3'] }),
      groups: ['company>dept>web name web-*', 'dept>web name web-*', 'web name web-*'],
    },
    {
      of: host('10.4.0.1', { vlans: [7] }),
      groups: ['company>dept>web vlan 7', 'dept>web vlan 7', 'web vlan 7'],
    },
    { of: host('10.3.0.9'), groups: ['lab host 10.3.0.9'] },
    { of: host('10.4.0.1', { mac: '02:00:5e:10:00:01' }), groups: ['lab mac 02:00:5e:10:00:01'] },
    {
      of: host('10.4.0.1', { groups: ['dept', 'own'] }),
      groups: ['company>dept hostsFile null', 'dept hostsFile null', 'own hostsFile null'],
    },
    { of: host('10.4.0.1'), groups: [] },
  ])('names the way of $of.host into its groups: $groups', ({ of, groups }) => {
    const { groups: told } = explain(of, '2026-07-11');
    expect(told.map(({ path, by, value }) => `${path.join('>')} ${by} ${value}`)).toEqual(groups);
  });

  it('reads as lines', () => {
    expect(explanationLines(explain(host('10.1.0.5'), '2026-07-11'), 'UTC')).toEqual([
      '10.1.0.5 at 2026-07-11 09:00:00 (UTC) is in company (dept > web, cidr 10.1.0.0/24), dept (web, cidr 10.1.0.0/24), web (cidr 10.1.0.0/24)',
      'WEB (rev 1, w) applies: use is allowed',
      'BAN would apply, but WEB comes first',
      '  exception EX does not cover the host',
      'SEE would apply, but WEB comes first',
    ]);
  });

  it('writes times in the zone of the policy', () => {
    const at = Date.parse('2026-07-09T12:00:00Z') / 1000;
    const policy = policyOf(POLICY.replace('timezone: UTC', 'timezone: Asia/Shanghai'));
    const explained = explainPolicy(policy, { host: host('10.3.0.9'), tool: tool('copilot'), at });
    expect(explanationLines(explained, policy.timezone)).toEqual([
      '10.3.0.9 at 2026-07-09 20:00:00 (Asia/Shanghai) is in lab (host 10.3.0.9)',
      'WEB does not apply: the host is outside its scope',
      'BAN does not apply: it takes effect on 2026-07-10 00:00:00 (Asia/Shanghai)',
      '  exception EX covers the host from 2026-07-12 00:00:00 (Asia/Shanghai)',
      'SEE (rev 1, s) applies: use is only observed',
    ]);
  });

  it('is documented: every field of its schema is in docs/policy.md', () => {
    const [, block = ''] =
      /prints the answer:\n\n```json\n([\s\S]*?)```/.exec(readFileSync('docs/policy.md', 'utf8')) ?? [];
    const documented: unknown = JSON.parse(block);
    expect(policyExplanation.parse(documented)).toEqual(documented);
  });
});
