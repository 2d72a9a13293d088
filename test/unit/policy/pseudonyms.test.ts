// A pseudonym hides whether a network, a MAC, a VLAN or a name of a scope means the host: no verdict takes it for outside.
import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/attribution/attribute.ts';
import { catalogueFacts } from '../../../src/catalogue/policy-facts.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { Policy } from '../../../src/model/policy.ts';
import { findFacts, renameFacts } from '../../../src/model/policy-summary.ts';
import type { HostTotals, UsageWindow } from '../../../src/model/usage.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { loadPolicy } from '../../../src/policy/parse-policy.ts';
import {
  listMemberships,
  narrowByLists,
  unseenMembership,
} from '../../../src/policy/pseudonyms/scope-lists.ts';
import { listSubjects, type PolicySubject } from '../../../src/policy/subjects.ts';
import { summarizePolicy } from '../../../src/policy/summary.ts';
import { attest } from '../../../src/query/attest.ts';
import { sourceFromWindows } from '../../../src/query/source.ts';
import { openZone } from '../../../src/time/zone.ts';
import { pseudonymizeWindows } from '../../../src/window/pseudonymize-windows.ts';
import { CLAUDE_START, exchange, FORMS, post, row, START, window } from '../attribution/rows.ts';

const catalogue = await loadCatalogue();
const zone = openZone('UTC');
const US = 1_000_000;
const PSEUDONYM = 'h-BCDFGHJK';
const exchanges = [...CLAUDE_START.https, post(100_000, 1600), exchange()];
const totals = (host: string): HostTotals => ({
  ...{ host, mac: null, macFrom: null, names: [], vlans: [], flows: 1, packets: 90, notVisible: [] },
  ...{ bytesUp: 90_000, bytesDown: 9000, firstUs: START * US, lastUs: (START + 20) * US },
});
const used: UsageWindow = {
  ...window([row('api.anthropic.com', FORMS.bun144Https, { exchanges, payloadUp: 250_000 })]),
  hosts: [totals('10.77.0.2')],
};
const hidden = pseudonymizeWindows([used], () => PSEUDONYM);
/** A host of the office in the same time, which used nothing. */
const clear: UsageWindow = { ...used, sensor: 'office', hosts: [totals('10.20.0.9')], rows: [] };

const policyWith = (scope: string, more = ''): Policy =>
  loadPolicy(
    `version: 1
name: ban
timezone: UTC
groups: { office: { cidr: [10.20.0.0/16] } }
rules:
${more}  - { id: ban, title: No Claude Code, match: { tools: [claude-code] }, action: deny, effective: 2026-01-01${scope} }
exceptions:
  - { id: EX, rule: ban, scope: { cidr: [10.77.0.0/24] }, until: 2027-01-01, reason: the lab }
`,
    'p.yaml',
    catalogueFacts(catalogue),
  );
const subjectsOf = (windows: readonly UsageWindow[]): PolicySubject[] =>
  listSubjects(windows, attribute(windows, catalogue, { zone }));
const none = new Set<string>();
const notSmall = {
  ...{ leastHosts: 1, groups: none, exceptions: none, exempted: none, excluded: none, withheld: none },
};
const byLists = (policy: Policy, subjects: readonly PolicySubject[]) =>
  narrowByLists(
    policy,
    subjects,
    listMemberships(policy, subjects, notSmall, (name) => name),
  );
const verdictOf = (policy: Policy, subjects: readonly PolicySubject[]) =>
  evaluate(policy, subjects).rules.map(({ verdict, reasons }) => [
    verdict,
    ...reasons.map(({ reason, detail }) => `${reason} ${detail ?? ''}`.trim()),
  ])[0];

describe('a rule in a store with pseudonyms', () => {
  it.each([
    ', scope: { cidr: [10.20.0.0/16] }',
    ', scope: { groups: [office] }',
    ', scope: { vlan: [20] }',
    ', scope: { host: [10.20.0.9] }',
  ])('is inconclusive where its scope lists what they hide%s, by lists too', (scope) => {
    const policy = policyWith(scope);
    for (const windows of [hidden, [clear, ...hidden]]) {
      const subjects = subjectsOf(windows);
      expect(verdictOf(policy, subjects)).toEqual(['inconclusive', 'pseudonyms 1']);
      const lists = byLists(policy, subjects);
      expect(verdictOf(lists.policy, lists.subjects)).toEqual(verdictOf(policy, subjects));
    }
  });

  it('knows the hosts that it lists as pseudonyms', () => {
    const [other, own] = ['h-ZZZZZZZZ', PSEUDONYM].map((name) => policyWith(`, scope: { host: [${name}] }`));
    const subjects = subjectsOf([clear, ...hidden]);
    expect(other && verdictOf(other, subjects)).toEqual(['inconclusive', 'noHosts']);
    expect(own && verdictOf(own, subjects)?.[0]).toBe('violated');
  });

  it('is inconclusive for a listed network without traffic, by lists too, and does not name it', () => {
    const policy = policyWith(', scope: { cidr: [10.20.0.0/16, 10.30.0.0/16] }');
    const subjects = subjectsOf([clear]);
    const result = evaluate(policy, subjects);
    expect(verdictOf(policy, subjects)).toEqual(['inconclusive', 'notSeen 10.30.0.0/16']);
    const lists = narrowByLists(policy, subjects, [
      ...unseenMembership(result.summary),
      ...listMemberships(policy, subjects, notSmall, (name) => name),
    ]);
    expect(verdictOf(lists.policy, lists.subjects)).toEqual(['inconclusive', 'notSeen']);
    const [host] = lists.subjects;
    if (host === undefined) throw new TypeError('no host');
    const outside = { ...host, identity: { ...host.identity, host: PSEUDONYM, groups: [] } };
    expect(verdictOf(lists.policy, [...lists.subjects, outside])).toEqual(['inconclusive', 'notSeen']);
    const facts = findFacts(result.summary);
    expect(facts && JSON.stringify(summarizePolicy(renameFacts(facts, () => PSEUDONYM).rules))).not.toContain(
      '10.30',
    );
  });

  it.each(['cidr: [10.77.0.0/24]', 'mac: ["02:00:00:00:00:0a"]'])(
    'has the exceptions and earlier rules that may cover the host as evidence against a finding: %s',
    (lab) => {
      const allow = `  - { id: allow, title: Lab, match: { tools: [claude-code] }, action: allow, scope: { ${lab} } }\n`;
      const policy = policyWith('', allow);
      const subjects = subjectsOf(hidden);
      const lists = byLists(policy, subjects);
      const doubts = [evaluate(policy, subjects), evaluate(lists.policy, lists.subjects)].map(
        ({ findings }) =>
          findings.flatMap(({ result, against }) => [
            result,
            ...against.flatMap(({ rule, detail }) => (rule === 'exception-by-pseudonym' ? detail : [])),
          ]),
      );
      const expected = ['violation', 'this host is a pseudonym, which hides whether EX, allow covers it'];
      expect(doubts).toEqual([expected, expected]);
    },
  );
});

describe('a statement over a store with pseudonyms', () => {
  const tool = catalogue.tool('claude-code');
  it.each([[hidden], [[clear, ...hidden]]])('is not made for a network', (windows) => {
    if (tool === undefined) throw new Error('the catalogue has no Claude Code');
    const read = sourceFromWindows(windows, { catalogue, networks: null }, 'UTC');
    const span = { sinceSeconds: START, untilSeconds: START + 60, timezone: 'UTC' };
    const asked = { tool, ...span, via: [], policy: null, command: '' };
    const { statement } = attest(read, { ...asked, scope: ['10.20.0.0/16'] });
    expect(statement.result).toBe('noStatement');
    const [reason] = statement.reasons.filter((found) => found.reason === 'pseudonyms');
    expect(reason).toMatchObject({ hosts: 1 });
    const reasons = statement.reasons.map((found) => found.reason);
    for (const other of ['noHosts', 'unobserved', 'gap']) expect(reasons).not.toContain(other);
  });
});
