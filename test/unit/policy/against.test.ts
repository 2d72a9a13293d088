// Which names of recorded traffic an export would have matched.

import { expect, it } from 'vitest';
import { catalogueFacts } from '../../../src/catalogue/policy-facts.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { UsageRow } from '../../../src/model/usage.ts';
import { testAgainst } from '../../../src/policy/export/against.ts';
import type { BlockPlan } from '../../../src/policy/export/plan.ts';
import { loadPolicy } from '../../../src/policy/parse-policy.ts';
import type { PolicySubject } from '../../../src/policy/subjects.ts';
import { row } from '../attribution/rows.ts';

const policy = loadPolicy(
  `version: 1
name: p
timezone: UTC
rules:
  - { id: R1, title: t, match: { tools: [claude-code] }, action: deny }
`,
  'p.yaml',
  catalogueFacts(await loadCatalogue()),
);
const entry = (name: string, match: 'exact' | 'suffix' | 'glob') => ({
  ...{ name, match, isVendorWide: false, isTelemetry: false, tools: ['claude-code'] },
});
const plan = {
  ...{ rule: policy.rules[0], networks: [{ cidr: '198.51.100.0/24', tool: 'claude-code' }], allowed: [] },
  names: [entry('claude.test', 'suffix'), entry('api.test', 'exact'), entry('m.*.test', 'glob')],
} as unknown as BlockPlan;

function subjectWith(rows: readonly UsageRow[]): PolicySubject {
  const use = { tool: 'claude-code', vendor: 'Anthropic', kind: 'cli' };
  const selectPart = (wants: (one: UsageRow, role: string, isForeign: boolean) => boolean): null => {
    for (const one of rows) wants(one, 'inference', false);
    return null;
  };
  return {
    identity: { host: '10.77.0.2', mac: null, vlans: [], names: [], groups: [] },
    ...{ tools: [{ use, quarters: [], selectPart }], providers: [], activity: [] },
  } as unknown as PolicySubject;
}

const TLS = {
  sees: ['tls'],
  names: 'asWritten',
  hasGlobs: false,
  hasNetworks: false,
  hasScope: false,
} as const;

it.each([
  ['claude.test', TLS, '*.claude.test'],
  ['a.claude.test', TLS, '*.claude.test'],
  ['notclaude.test', TLS, null],
  ['claude.test.example', TLS, null],
  ['api.test', TLS, 'api.test'],
  ['a.api.test', TLS, null],
  ['a.api.test', { ...TLS, names: 'below' }, 'api.test'],
  ['m.x.test', TLS, null],
  ['m.x.test', { ...TLS, hasGlobs: true }, 'm.*.test'],
  ['other.example', { ...TLS, hasNetworks: true }, '198.51.100.0/24'],
] as const)('of traffic to %s, with %o, the entry is %s', (name, reach, expected) => {
  const [rule] = testAgainst(policy, [plan], { device: reach }, [subjectWith([row(name, null)])], []);
  expect(rule?.attempts).toHaveLength(1);
  expect(rule?.attempts[0]?.formats.device?.entry).toBe(expected);
});
