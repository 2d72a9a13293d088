import { describe, expect, it } from 'vitest';
import { catalogueFacts } from '../../../src/catalogue/policy-facts.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { CatalogueFacts } from '../../../src/model/policy.ts';
import type { Range } from '../../../src/model/report.ts';
import type { UsageQuarter } from '../../../src/model/tool.ts';
import { UNMEASURED_USE } from '../../../src/model/withheld.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { loadPolicy, parsePolicy } from '../../../src/policy/parse-policy.ts';
import { runPolicyTests } from '../../../src/policy/policy-tests.ts';
import { NO_ACTIVITY, type PolicySubject } from '../../../src/policy/subjects.ts';

const facts: CatalogueFacts = {
  version: '2026.11.1',
  tools: [
    { id: 'claude-code', name: 'Claude Code', vendor: 'Anthropic', kind: 'cli', hasOwnName: false },
    { id: 'anthropic-api', name: 'Anthropic API', vendor: 'Anthropic', kind: 'api', hasOwnName: false },
    { id: 'claude-app', name: 'Claude', vendor: 'Anthropic', kind: 'chat', hasOwnName: false },
    { id: 'openai-codex', name: 'Codex', vendor: 'OpenAI', kind: 'cli', hasOwnName: true },
    { id: 'qwen-code', name: 'Qwen Code', vendor: 'Alibaba', kind: 'cli', hasOwnName: true },
    { id: 'qoder', name: 'Qoder', vendor: 'Alibaba', kind: 'ide', hasOwnName: true },
    { id: 'lingma', name: 'Lingma', vendor: 'Alibaba', kind: 'ide-extension', hasOwnName: true },
    { id: 'openrouter', name: 'OpenRouter', vendor: 'OpenRouter', kind: 'gateway', hasOwnName: true },
  ],
};

const head = 'version: 1\nname: P\ntimezone: UTC\n';
const rule =
  'rules:\n  - { id: R1, title: T, match: { tools: [claude-code] }, action: deny, effective: 2026-07-10 }\n';

it('takes tools and vendors by id or displayed name, in any case', () => {
  const parsed = parsePolicy(
    `${head}toolSets: { own: { tools: ['QODER', 'qwen code'], vendors: [openai] } }
rules:
  - { id: R1, title: T, match: { tools: ['Claude Code', CODEX, claude_code], vendors: [ALIBABA] }, related: { tools: [Anthropic API], result: suspected }, action: deny, effective: 2026-07-10 }
  - { id: R2, title: T, match: { toolSet: own }, action: observe }
tests:
  - { at: 2026-07-11, host: 10.0.0.1, tool: claude CODE, expect: violation }
`,
    facts,
  );
  expect(parsed.errors).toEqual([]);
  const [first, second] = parsed.policy?.rules ?? [];
  expect(first?.match).toEqual({ tools: ['claude-code', 'openai-codex'], vendors: ['Alibaba'], kinds: [] });
  expect(first?.related).toEqual(['anthropic-api']);
  expect(second?.match).toEqual({ tools: ['qoder', 'qwen-code'], vendors: ['OpenAI'], kinds: [] });
  expect(parsed.policy?.tests[0]?.tool).toBe('claude-code');
});

it('names the tool that a mistyped name is nearest to', () => {
  const { errors } = parsePolicy(`${head}${rule.replace('claude-code', "'Claude Cod'")}`, facts);
  expect(errors.map(({ message }) => message)).toEqual([
    'the catalogue has no tool "Claude Cod" (did you mean "claude-code"?)',
  ]);
});

const malformed: { name: string; text: string; says: RegExp }[] = [
  { name: 'an empty file', text: '', says: /^1 : the file is empty/ },
  { name: 'a list instead of a map', text: '- a\n', says: /must be a map/ },
  { name: 'a text instead of a map', text: 'hello', says: /contains no "key: value" lines/ },
  { name: 'a tab as indentation', text: 'version: 1\nrules:\n\t- a', says: /^3 : .* indent with spaces$/ },
  { name: 'an open bracket', text: 'rules: [a, b\n', says: /^2 : .* add the missing \] or \}$/ },
  { name: 'an open quote', text: 'name: "a\n', says: /add the closing quote$/ },
  { name: 'a colon in a value', text: 'name: a: b\n', says: /^1 : ": " follows a value: put/ },
  { name: 'a line without a colon', text: 'name: a\nrules\nversion: 1\n', says: /^2 : .*not KEY: VALUE/ },
  { name: 'an item in a wrong column', text: 'rules:\n  - a\n b: 1\n', says: /^3 : .*wrong column/ },
  { name: 'a map as a key', text: '? [a]\n: b\n', says: /^1 : a key must be text/ },
  { name: 'a key twice', text: `${head}name: Q\n${rule}`, says: /^4 : the key "name" appears twice/ },
  {
    name: 'an unknown key',
    text: `${head}timezon: UTC\n${rule}`,
    says: /^4 timezon: the key "timezon" is not known \(did you mean "timezone"\?\)/,
  },
  {
    name: 'an unknown key in a rule',
    text: `${head}${rule.replace('action', 'acton')}`,
    says: /did you mean "action"/,
  },
  {
    name: 'a key of match in the rule itself',
    text: `${head}${rule.replace('match:', 'tools: [claude-code], match:')}`,
    says: /rules\[0\]\.tools: the key "tools" is not known here: it belongs under "match"$/,
  },
  {
    name: 'a key of the rule in match',
    text: `${head}${rule.replace('{ tools:', '{ effective: 2026-07-10, tools:')}`,
    says: /the key "effective" is not known here: it belongs one level up$/,
  },
  {
    name: 'a key of a rule at the top',
    text: `${head}effective: 2026-07-10\n${rule}`,
    says: /the key "effective" is not known here: it belongs under "rules"$/,
  },
  {
    name: 'a key of the top in a rule',
    text: `${head}${rule.replace('action', 'default: deny, action')}`,
    says: /the key "default" is not known here: it belongs at the top of the file$/,
  },
  {
    name: 'an unknown key in a group called as what every object has',
    text: `${head}groups: { constructor: { cdir: [10.0.0.0/8] } }\n${rule}`,
    says: /did you mean "cidr"/,
  },
  {
    name: 'an unknown key in a group',
    text: `${head}groups: { g: { cdir: [10.0.0.0/8] } }\n${rule}`,
    says: /did you mean "cidr"/,
  },
  {
    name: 'a missing version',
    text: `name: P\ntimezone: UTC\n${rule}`,
    says: /version: must be|version: is missing/,
  },
  {
    name: 'a version from the future',
    text: `version: 2\nname: P\ntimezone: UTC\n${rule}`,
    says: /^1 version: must be 1/,
  },
  { name: 'no rules', text: `${head}rules: []\n`, says: /rules: must not be empty/ },
  {
    name: 'groups that are a list, with an example',
    text: `${head}groups: [a]\nrules: []\n`,
    says: /groups: must be a map, as \{ developers: \{ cidr: \[10\.20\.0\.0\/16\] \} \}/,
  },
  { name: 'rules that are a map', text: `${head}rules: { a: 1 }\n`, says: /rules: must be a list/ },
  {
    name: 'a zone that does not exist',
    text: `version: 1\nname: P\ntimezone: Mars/Olympus\n${rule}`,
    says: /^3 timezone: the time zone "Mars\/Olympus" does not exist/,
  },
  {
    name: 'a day that does not exist',
    text: `${head}${rule.replace('2026-07-10', '2026-02-30')}`,
    says: /2026-02-30 does not exist/,
  },
  {
    name: 'a month that does not exist',
    text: `${head}${rule.replace('2026-07-10', '2026-13-01')}`,
    says: /2026-13-01 does not exist/,
  },
  {
    name: 'a date in another order',
    text: `${head}${rule.replace('2026-07-10', '10.07.2026')}`,
    says: /must be a date like 2026-07-10/,
  },
  {
    name: 'an hour that does not exist',
    text: `${head}${rule.replace('2026-07-10', '2026-07-10T25:00:00Z')}`,
    says: /is not a time of day/,
  },
  {
    name: 'an instant off a quarter hour',
    text: `${head}${rule.replace('2026-07-10', '2026-07-10T09:07:00Z')}`,
    says: /quarter hour/,
  },
  {
    name: 'an unknown tool',
    text: `${head}${rule.replace('claude-code', 'cluade-code')}`,
    says: /no tool "cluade-code" \(did you mean "claude-code"\?\)/,
  },
  {
    name: 'an unknown vendor',
    text: `${head}${rule.replace('tools: [claude-code]', 'vendors: [Antropic]')}`,
    says: /no vendor "Antropic" \(did you mean "Anthropic"\?\)/,
  },
  {
    name: 'an unknown kind',
    text: `${head}${rule.replace('tools: [claude-code]', 'kind: [clii]')}`,
    says: /match.*cli/,
  },
  {
    name: 'a match of nothing',
    text: `${head}${rule.replace('tools: [claude-code]', '')}`,
    says: /matches nothing/,
  },
  {
    name: 'an unknown action',
    text: `${head}${rule.replace('deny', 'forbid')}`,
    says: /"forbid" is not allowed here: use deny, allow, observe/,
  },
  {
    name: 'an unknown severity',
    text: `${head}${rule.replace('action', 'severity: hihg, action')}`,
    says: /did you mean "high"/,
  },
  {
    name: 'an undefined tool set',
    text: `${head}${rule.replace('tools: [claude-code]', 'toolSet: approved')}`,
    says: /tool set "approved" is not defined/,
  },
  {
    name: 'a tool set that contains itself',
    text: `${head}toolSets: { a: { sets: b }, b: { sets: a } }\n${rule.replace('tools: [claude-code]', 'toolSet: a')}`,
    says: /contains itself: a > b > a/,
  },
  {
    name: 'an empty tool set',
    text: `${head}toolSets: { a: {} }\n${rule.replace('tools: [claude-code]', 'toolSet: a')}`,
    says: /tool set is empty/,
  },
  {
    name: 'an undefined group',
    text: `${head}${rule.replace('action', 'scope: { groups: [rdn] }, action')}`,
    says: /group "rdn" is not defined/,
  },
  {
    name: 'a network with host bits',
    text: `${head}groups: { g: { cidr: 10.1.2.3/8 } }\n${rule}`,
    says: /"10.1.2.3\/8" is not a network/,
  },
  {
    name: 'a prefix beyond the address',
    text: `${head}groups: { g: { cidr: 10.0.0.0/33 } }\n${rule}`,
    says: /is not a network/,
  },
  {
    name: 'a group that contains itself',
    text: `${head}groups: { a: { groups: [b] }, b: { cidr: 10.1.0.0/16, groups: a } }\n${rule}`,
    says: /the group contains itself/,
  },
  {
    name: 'a group inside another one that is not defined',
    text: `${head}groups: { website: { cidr: 10.1.0.0/16 }, all: { groups: websit } }\n${rule}`,
    says: /the group "websit" is not defined \(did you mean "website"\?\)/,
  },
  {
    name: 'an empty group',
    text: `${head}groups: { a: { exclude: true } }\n${rule}`,
    says: /names no host/,
  },
  {
    name: 'a MAC that is none',
    text: `${head}groups: { a: { mac: "02:00:zz:10:00:01" } }\n${rule}`,
    says: /is not a MAC address/,
  },
  {
    name: 'a VLAN out of range',
    text: `${head}groups: { a: { vlan: 5000 } }\n${rule}`,
    says: /vlan: .*4094/,
  },
  {
    name: 'an undefined evidence',
    text: `${head}${rule.replace('action', 'evidence: strict, action')}`,
    says: /evidence "strict" is not defined/,
  },
  {
    name: 'a negative threshold',
    text: `${head}${rule.replace('action', 'evidence: { minRequests: -1 }, action')}`,
    says: /minRequests: must be at least 0/,
  },
  {
    name: 'a role that is none',
    text: `${head}${rule.replace('action', 'evidence: { roles: [inferense] }, action')}`,
    says: /roles/,
  },
  {
    name: 'grace without an effective date',
    text: `${head}${rule.replace('effective: 2026-07-10', 'grace: { until: 2026-07-13 }')}`,
    says: /needs an effective date/,
  },
  {
    name: 'grace that ends before the rule',
    text: `${head}${rule.replace('action', 'grace: { until: 2026-07-01 }, action')}`,
    says: /grace period ends before/,
  },
  {
    name: 'a rule that ends before it begins',
    text: `${head}${rule.replace('action', 'until: 2026-07-01, action')}`,
    says: /ends before it begins/,
  },
  {
    name: 'an announcement after the date',
    text: `${head}${rule.replace('action', 'announced: 2026-08-01, action')}`,
    says: /announced after it takes effect/,
  },
  {
    name: 'grace on an allowing rule',
    text: `${head}${rule.replace('deny', 'allow, grace: { until: 2026-07-13 }')}`,
    says: /"grace" belongs to a rule with action deny/,
  },
  {
    name: 'a rule id twice',
    text: `${head}${rule}${rule.replace('rules:\n', '')}`,
    says: /id "R1" is used twice/,
  },
  {
    name: 'an id with a space',
    text: `${head}${rule.replace('R1', 'R 1')}`,
    says: /rules\[0\].id: must be an id/,
  },
  {
    name: 'a host name in the list of addresses',
    text: `${head}${rule}exceptions:\n  - { id: E, rule: R1, scope: { host: "bob-*" }, until: 2027-01-01, reason: r }\n`,
    says: /exceptions\[0\].scope.host: "bob-\*" is neither an address nor a pseudonym \(h-…\): write host names as name, networks as cidr/,
  },
  {
    name: 'an exception without an end',
    text: `${head}${rule}exceptions:\n  - { id: E, rule: R1, scope: { host: 10.0.0.1 }, reason: r }\n`,
    says: /exceptions\[0\].until: (is missing|must be)/,
  },
  {
    name: 'an exception that has expired',
    text: `${head}${rule}exceptions:\n  - { id: E, rule: R1, scope: { host: 10.0.0.1 }, until: 2026-07-01, reason: r }\n`,
    says: /expired before rule "R1"/,
  },
  {
    name: 'an exception that ends before it begins',
    text: `${head}${rule}exceptions:\n  - { id: E, rule: R1, scope: { host: 10.0.0.1 }, from: 2026-09-01, until: 2026-08-01, reason: r }\n`,
    says: /exception ends before it begins/,
  },
  {
    name: 'an exception from an unknown rule',
    text: `${head}${rule}exceptions:\n  - { id: E, rule: R2, scope: { host: 10.0.0.1 }, until: 2026-08-01, reason: r }\n`,
    says: /no rule "R2" \(did you mean "R1"\?\)/,
  },
  {
    name: 'an exception for everybody',
    text: `${head}${rule}exceptions:\n  - { id: E, rule: R1, scope: {}, until: 2026-08-01, reason: r }\n`,
    says: /exception must not apply to every host/,
  },
  {
    name: 'an anchor',
    text: `${head}rules:\n  - &a { id: R1, title: T, match: { tools: [claude-code] }, action: deny }\n  - *a\n`,
    says: /anchors and aliases are not allowed/,
  },
  {
    name: 'a bomb of aliases',
    text: 'a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b]\n',
    says: /anchors and aliases are not allowed/,
  },
  {
    name: 'a tag',
    text: `${head}${rule.replace('title: T', 'title: !run "T"')}`,
    says: /tag .* is not allowed|Unresolved tag/,
  },
  { name: 'brackets in each other', text: '['.repeat(9000), says: /^1 : values are nested too deeply/ },
  { name: 'lists in each other on a line', text: `a:\n ${'- '.repeat(9000)}x`, says: /^2 : .*too deeply/ },
  { name: 'keys of keys', text: `${'? '.repeat(9000)}x`, says: /^1 : values are nested too deeply/ },
  {
    name: 'more values than anyone writes',
    text: Array.from({ length: 51_000 }, (_, n) => `k${n}: 1\n`).join(''),
    says: /^50001 : the file holds more than 100000 values/,
  },
  {
    name: 'more empty values than anyone writes',
    text: `a: [${','.repeat(100_001)}]\n`,
    says: /^1 : the file holds more than/,
  },
  { name: 'two documents', text: `${head}---\n${rule}`, says: /^4 : there is more than one document/ },
  { name: 'a file over a mebibyte', text: `# ${'x'.repeat(1_048_600)}\n`, says: /larger than/ },
  {
    name: 'a newer catalogue',
    text: `${head}catalogue: ">=2027.01"\n${rule}`,
    says: /needs catalogue >=2027.01/,
  },
  {
    name: 'a test that expects nonsense',
    text: `${head}${rule}tests:\n  - { at: 2026-07-11, host: 10.0.0.1, tool: claude-code, expect: violated }\n`,
    says: /tests\[0\].expect: must be none/,
  },
  {
    name: 'a number for a name',
    text: `version: 1\nname: 7\ntimezone: UTC\n${rule}`,
    says: /^2 name: must be text/,
  },
];

describe('a malformed policy', () => {
  it.each(malformed)('is refused for $name', ({ text, says }) => {
    const parsed = parsePolicy(text, facts);
    expect(parsed.policy).toBeNull();
    const lines = parsed.errors.map((e) => `${e.line} ${e.path}: ${e.message}`).join('\n');
    expect(lines).toMatch(new RegExp(says.source, 'm'));
  });
});

const acme = `
version: 1
name: ACME
timezone: Asia/Shanghai
groups:
  rnd: { cidr: [10.20.0.0/16] }
  lab: { mac: ["02:00:5e:10:00:01"] }
evidence:
  strict: { confidence: likely, roles: [inference], minRequests: 3, minActiveMinutes: 2 }
rules:
  - id: AI-0710
    title: banned
    match: { tools: [claude-code] }
    related: { tools: [anthropic-api], result: suspected }
    scope: { groups: [rnd] }
    action: deny
    effective: 2026-07-10
    grace: { until: 2026-07-13, severity: info }
    severity: high
    evidence: strict
    also: { telemetryOnly: low, updateOnly: info }
exceptions:
  - { id: EX, rule: AI-0710, scope: { groups: [lab] }, from: 2026-07-10, until: 2026-09-30, reason: research }
tests:
  - { at: 2026-07-09T23:59:59+08:00, host: 10.20.1.5, tool: claude-code, requests: 5, minutes: 4, expect: none }
  - { at: 2026-07-10T00:00:00+08:00, host: 10.20.1.5, tool: claude-code, requests: 5, minutes: 4, expect: grace/info }
  - { at: 2026-07-12T23:59:59+08:00, host: 10.20.1.5, tool: claude-code, requests: 5, minutes: 4, expect: grace/info }
  - { at: 2026-07-13T00:00:00+08:00, host: 10.20.1.5, tool: claude-code, requests: 5, minutes: 4, expect: violation/high }
  - { at: 2026-07-20T09:00:00+08:00, host: 10.20.1.5, tool: claude-code, requests: 2, minutes: 4, expect: suspected }
  - { at: 2026-07-20T09:00:00+08:00, host: 10.20.1.5, tool: claude-code, confidence: possible, requests: 5, minutes: 4, expect: suspected/medium }
  - { at: 2026-07-20T09:00:00+08:00, host: 10.20.1.5, tool: anthropic-api, requests: 5, minutes: 4, expect: suspected }
  - { at: 2026-07-20T09:00:00+08:00, host: 10.20.1.5, tool: claude-code, roles: [update], expect: updateOnly/info }
  - { at: 2026-07-20T09:00:00+08:00, host: 10.20.1.5, tool: claude-code, roles: [telemetry], expect: telemetryOnly/low }
  - { at: 2026-07-20T09:00:00+08:00, host: 10.20.1.5, mac: "02:00:5e:10:00:01", tool: claude-code, requests: 5, minutes: 4, expect: exempt }
  - { at: 2026-09-30T00:00:00+08:00, host: 10.20.1.5, mac: "02:00:5e:10:00:01", tool: claude-code, requests: 5, minutes: 4, expect: violation }
  - { at: 2026-07-20T09:00:00+08:00, host: 10.21.1.5, tool: claude-code, requests: 5, minutes: 4, expect: none }
  - { at: 2026-07-20T09:00:00+08:00, host: 10.20.1.5, tool: openai-codex, requests: 5, minutes: 4, expect: none }
`;

describe('a policy', () => {
  it('judges its own tests on both sides of every date', () => {
    const parsed = parsePolicy(acme, facts);
    expect(parsed.errors).toEqual([]);
    if (parsed.policy === null) throw new Error('no policy');
    for (const result of runPolicyTests(parsed.policy, facts)) expect(result).toMatchObject({ passed: true });
  });

  it.each([
    { match: 'kind: [api]', tool: 'anthropic-api', expect: 'violation/high' },
    { match: 'tools: [anthropic-api]', tool: 'anthropic-api', expect: 'violation/high' },
    { match: 'vendors: [Anthropic]', tool: 'anthropic-api', expect: 'suspected/medium' },
    { match: 'vendors: [Anthropic]', tool: 'claude-app', expect: 'violation/high' },
    { match: 'kind: [gateway]', tool: 'anthropic-api', expect: 'none' },
    { match: 'kind: [gateway]', tool: 'relay', expect: 'none' },
    { match: 'tools: [relay]', tool: 'relay', expect: 'violation/high' },
    { match: 'tools: [claude-code]', tool: 'anthropic-api', expect: 'none' },
  ])('for $match says $expect of $tool', ({ match, tool, expect: expected }) => {
    const relay = { id: 'relay', name: 'Suspected relay', vendor: '', kind: 'gateway', hasOwnName: true };
    const text = `${head}rules:
  - { id: R, title: T, match: { ${match} }, action: deny, effective: 2026-07-10 }
tests:
  - { at: 2026-07-20T09:00:00Z, host: 10.0.0.1, tool: ${tool}, requests: 5, minutes: 4, expect: ${expected} }
`;
    const known = { ...facts, tools: [...facts.tools, relay] };
    const parsed = parsePolicy(text, known);
    expect(parsed.errors).toEqual([]);
    if (parsed.policy === null) throw new Error('no policy');
    expect(runPolicyTests(parsed.policy, known)).toMatchObject([{ passed: true }]);
  });

  it('warns of rules that can never fire', () => {
    const text = `${head}rules:
  - { id: A, title: a, match: { vendors: [Anthropic] }, action: observe }
  - { id: B, title: b, match: { tools: [claude-code] }, action: deny, evidence: { confidence: certain } }
`;
    const parsed = parsePolicy(text, facts);
    expect(parsed.errors).toEqual([]);
    expect(parsed.warnings.map((w) => w.message).join('\n')).toMatch(
      /rule "A" precedes it[\s\S]*no name belongs to claude-code alone|no name belongs to claude-code alone[\s\S]*rule "A" stands above it/,
    );
  });
});

describe('warnings of the life of tools', async () => {
  const listed = catalogueFacts(await loadCatalogue());
  const warned = (rules: string): string[] =>
    parsePolicy(`${head}rules:\n${rules}\n`, listed).warnings.map(({ message }) => message);
  const ofTitle = (rules: string) => warned(rules).filter((message) => message.includes('the title'));
  const deny = (tools: string, title = 'no', id = 'A') =>
    `  - { id: ${id}, title: '${title}', match: { ${tools} }, action: deny, effective: 2026-11-01 }`;

  it.each([
    ['gemini-cli', '2026-06-18', 'antigravity'],
    ['windsurf', '2026-07-01', 'devin'],
    ['amazon-q', '2025-11-17', 'kiro'],
    ['iflow', '2026-04-17', 'qoder'],
    ['gemini-code-assist', '2026-06-18', 'antigravity'],
  ])('%s is named without its successor', (tool, since, successor) => {
    const said = expect.stringMatching(`^${tool} ended on ${since} .*successor ${successor}$`);
    const ofLife = (rules: string) => warned(rules).filter((message) => message.includes('successor'));
    expect(ofLife(deny(`tools: [${tool}]`))).toEqual([said]);
    expect(ofLife(deny(`tools: [${tool}, ${successor}]`))).toEqual([]);
    expect(ofLife(`${deny(`tools: [${tool}]`)}\n${deny(`tools: [${successor}]`, 'no', 'B')}`)).toEqual([]);
  });

  it('says where a successor has no entry, and nothing of a tool that goes on', () => {
    expect(warned(deny('tools: [roo-code]')).join()).toContain('(without a catalogue entry: Zoo Code)');
    expect(warned(deny('tools: [claude-code]'))).toEqual([]);
  });

  it.each([
    'All Anthropic products',
    'No use of any AI tools by Anthropic',
    'Alle Anthropic-Produkte',
    '禁止所有Anthropic产品',
    '禁用 Anthropic 的全部产品',
  ])('the title %s promises more than Claude Code', (title) => {
    expect(ofTitle(deny('tools: [claude-code]', title))).toEqual([
      'the title says all of Anthropic; no rule matches anthropic-api, claude-app (match "vendors: [Anthropic]")',
    ]);
    expect(ofTitle(deny('vendors: [Anthropic]', title))).toEqual([]);
    expect(ofTitle(deny('tools: [claude-code, claude-app, anthropic-api]', title))).toEqual([]);
  });

  it.each([
    'No Claude Code for all employees',
    'Anthropic: Claude Code only',
    'All of Claude Code',
    'All use of Anthropics',
  ])('the title %s does not', (title) => {
    expect(ofTitle(deny('tools: [claude-code]', title))).toEqual([]);
  });
});

describe('dates of a policy', () => {
  it.each([
    ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00Z'],
    ['Europe/Berlin', '2026-03-30', '2026-03-29T22:00:00Z'],
    ['Europe/Berlin', '2026-10-26', '2026-10-25T23:00:00Z'],
    ['America/New_York', '2026-11-02', '2026-11-02T05:00:00Z'],
    ['Asia/Shanghai', '2026-07-10', '2026-07-09T16:00:00Z'],
    ['Asia/Kathmandu', '2026-07-10', '2026-07-09T18:15:00Z'],
    ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00Z'],
  ])('in %s begin %s at %s, whatever the clocks do', (zone, day, instant) => {
    const at = Date.parse(instant);
    const iso = (ms: number): string => new Date(ms).toISOString();
    const text = `version: 1
name: P
timezone: ${zone}
rules:
  - { id: R, title: T, match: { tools: [claude-code] }, action: deny, effective: ${day} }
tests:
  - { at: ${iso(at - 1000).slice(0, 19)}Z, host: 10.0.0.1, tool: claude-code, expect: none }
  - { at: ${iso(at).slice(0, 19)}Z, host: 10.0.0.1, tool: claude-code, expect: violation }
`;
    const parsed = parsePolicy(text, facts);
    expect(parsed.errors).toEqual([]);
    if (parsed.policy === null) throw new Error('no policy');
    expect(parsed.policy.rules[0]?.effective).toBe(at / 1000);
    for (const result of runPolicyTests(parsed.policy, facts)) expect(result).toMatchObject({ passed: true });
  });
});

it.each([
  ['2026-10-25T02:30:00', /comes twice .*T02:30:00\+02:00 or .*T02:30:00\+01:00/],
  ['2026-10-25T01:45:00', null],
  ['2026-10-25T03:00:00', null],
  ['2026-10-25T02:30:00+01:00', null],
  ['2026-10-25', null],
  ['2026-03-29T02:30:00', /does not exist .* is taken for 2026-03-29 03:00:00$/],
  ['2026-03-29T03:00:00', null],
])('a rule from %s, when clocks are changed, has the warning %s', (effective, warning) => {
  const { errors, warnings } = parsePolicy(
    `version: 1\nname: P\ntimezone: Europe/Berlin\nrules:\n  - { id: R, title: T, match: { tools: [claude-code] }, action: deny, effective: "${effective}" }\n`,
    facts,
  );
  expect(errors).toEqual([]);
  const messages = warnings.map(({ message }) => message);
  expect(messages).toEqual(warning === null ? [] : [expect.stringMatching(warning)]);
});

it('says of a bad effective date nothing but that, whatever the grace period', () => {
  const text =
    head + rule.replace('effective: 2026-07-10', 'effective: 2026-02-30, grace: { until: 2026-08-01 }');
  expect(parsePolicy(text, facts).errors.map(({ message }) => message)).toEqual([
    '2026-02-30 does not exist in the calendar',
  ]);
});

describe('what a verdict rests on', () => {
  const at = Date.UTC(2026, 6, 20) / 1000;
  const host = (
    address: string,
    startSeconds: number,
    bytes: number,
    notVisibleBytes: number,
  ): PolicySubject => ({
    identity: { host: address, mac: null, vlans: [], names: [], groups: [] },
    tools: [],
    providers: [],
    activity: [{ ...NO_ACTIVITY, startSeconds, bytes, notVisibleBytes }],
  });

  it.each([
    ['hosts that could be looked into', [host('10.20.1.5', at, 100, 20)], 'compliant', 1, 0.2],
    ['hosts of which most was dark', [host('10.20.1.5', at, 100, 60)], 'inconclusive', 1, 0.6],
    ['no host at all', [], 'inconclusive', 0, null],
    ['only hosts outside the scope', [host('10.99.1.5', at, 100, 0)], 'inconclusive', 0, null],
    ['only traffic before the rule', [host('10.20.1.5', at - 30 * 86_400, 100, 0)], 'inconclusive', 0, null],
  ] as const)('%s', (_, subjects, verdict, hostsSeen, notVisibleShare) => {
    const policy = loadPolicy(acme, 'acme.yaml', facts);
    const [rule] = evaluate(policy, [...subjects]).rules;
    expect(rule).toMatchObject({ verdict, hostsSeen, notVisibleShare, concerned: 0 });
  });

  it('no host that was of a group that is never recorded, at any time', () => {
    const guest = '02:00:00:00:00:07';
    const policy = loadPolicy(
      `${head}groups: { guests: { mac: ['${guest}'], exclude: true } }\n${rule}`,
      'p.yaml',
      facts,
    );
    const used = using([seenAt(at, { min: 1, max: 1 })]);
    const wasGuest = { ...used, identities: new Map([[at + 900, { ...used.identity, mac: guest }]]) };
    expect(evaluate(policy, [used]).findings).toHaveLength(1);
    expect(evaluate(policy, [wasGuest]).findings).toEqual([]);
  });

  it('does not call a use after the grace period proven by what was proven within it', () => {
    const policy = loadPolicy(
      `${head}${rule.replace('effective: 2026-07-10', 'effective: 2026-07-10, grace: { until: 2026-07-13, severity: info }')}`,
      'p.yaml',
      facts,
    );
    const inGrace = seenAt(Date.UTC(2026, 6, 11) / 1000, { min: 12, max: 12 });
    const maybe = seenAt(Date.UTC(2026, 6, 14) / 1000, { min: 0, max: 2 });
    const sure = seenAt(Date.UTC(2026, 6, 14) / 1000, { min: 1, max: 2 });
    const results = (quarters: UsageQuarter[]) =>
      evaluate(policy, [using(quarters)]).findings.map(({ result }) => result);
    expect(results([inGrace, maybe])).toEqual(['grace', 'suspected']);
    expect(results([inGrace, sure])).toEqual(['grace', 'violation']);
  });
});

it('tells all faults of a file in one round, each in its line', () => {
  const text = `${head}colour: red
groups: { rnd: { cidr: 10.20.0.1/16 }, lab: { cider: 10.30.0.0/16 } }
rules:
  - { id: R1, title: T, match: { tools: [claude-code] }, action: forbid }
  - { id: R2, title: T, match: { tools: [cluade-code] }, action: deny, effective: 2026-13-01, scope: { groups: [lab, lob] } }
  - { id: R3, title: T, match: { tools: [cluade-code] }, action: deny, effective: 10.07.2026, grace: { until: 2026-07-13 } }
exceptions: [{ id: EX, rule: R1, scope: { groups: [rnd] }, until: 2027-01-01, reason: x }]
`;
  const { policy, errors } = parsePolicy(text, facts);
  expect(policy).toBeNull();
  expect(errors.map(({ line, path }) => `${line} ${path}`)).toEqual([
    '4 colour',
    '5 groups.rnd.cidr',
    '5 groups.lab.cider',
    '7 rules[0].action',
    '8 rules[1].match.tools',
    '8 rules[1].effective',
    '8 rules[1].scope.groups',
    '9 rules[2].match.tools',
    '9 rules[2].effective',
  ]);
});

it('tells the faults of a part next to those of its required fields', () => {
  const text = `${head}default: { action: dny, effective: 2026-07-10 }
groups: { a: [10.77.0.0/16], b: { cidr: 10.77.0.2/33 } }
toolSets: { s: { kind: clii } }
rules:
  - { id: R1, match: { tools: [cluade-code], kind: [clii] }, action: denny, effective: 2026-13-26, grace: 3, scope: { groups: [a, c] } }
  - { id: R1, title: T, match: { tool: [claude-code] }, action: deny, effective: tomorrow, grace: { until: 2026-02-30 } }
  - { id: R2, title: T, match: { toolSet: s }, action: alow, via: { cidr: x } }
  - nothing
exceptions:
  - { id: E1, rule: R9, hosts: [10.77.0.3], until: 2026-07-35, reason: x }
  - { id: E2, rule: default, scope: { groups: [d] }, until: 2026-10-01 }
`;
  const { policy, errors, warnings } = parsePolicy(text, facts);
  expect(policy).toBeNull();
  expect(warnings).toEqual([]);
  expect(errors.map(({ line, path }) => `${line} ${path}`)).toEqual([
    '4 default.action',
    '5 groups.a',
    '5 groups.b.cidr',
    '6 toolSets.s.kind',
    '8 rules[0].title',
    '8 rules[0].match.tools',
    '8 rules[0].match.kind[0]',
    '8 rules[0].action',
    '8 rules[0].effective',
    '8 rules[0].grace',
    '8 rules[0].scope.groups',
    '9 rules[1].id',
    '9 rules[1].match.tool',
    '9 rules[1].effective',
    '9 rules[1].grace.until',
    '10 rules[2].action',
    '10 rules[2].via.cidr',
    '11 rules[3]',
    '13 exceptions[0].scope',
    '13 exceptions[0].rule',
    '13 exceptions[0].hosts',
    '13 exceptions[0].until',
    '14 exceptions[1].reason',
    '14 exceptions[1].scope.groups',
  ]);
  expect(errors.find(({ path }) => path === 'exceptions[0].hosts')?.message).toBe(
    'the key "hosts" is not known here: it belongs under "scope" as "host"',
  );
});

it('tells an unknown time zone in the same round', () => {
  const { errors } = parsePolicy(
    `${head.replace(/timezone: .*/, 'timezone: Mars')}colour: red\n${rule}`,
    facts,
  );
  expect(errors.map(({ path }) => path)).toEqual(['timezone', 'colour']);
});

it('reports with a finding that an exception by MAC could not be checked', () => {
  const policy = loadPolicy(
    `${head}groups: { lab: { mac: ["02:00:5e:10:00:01"] } }
${rule}exceptions: [{ id: EX, rule: R1, scope: { groups: [lab] }, until: 2027-01-01, reason: x }]
`,
    'p.yaml',
    facts,
  );
  const subject = using([seenAt(Date.UTC(2026, 6, 14) / 1000, { min: 3, max: 3 })]);
  const judged = (mac: string | null) =>
    evaluate(policy, [{ ...subject, identity: { ...subject.identity, mac } }]).findings[0];
  expect(judged('02:00:5e:10:00:01')?.result).toBe('exempt');
  expect(judged('02:00:5e:10:00:02')).toMatchObject({ result: 'violation', against: [] });
  expect(judged(null)).toMatchObject({
    result: 'violation',
    against: [{ detail: expect.stringContaining('not known whether EX covers the host') }],
  });
});

function seenAt(startSeconds: number, requests: Range): UsageQuarter {
  return {
    startSeconds,
    isInRow: true,
    firstUs: startSeconds * 1e6,
    lastUs: startSeconds * 1e6 + 1,
    confidence: 'likely',
    flows: 1,
    bytesUp: 1,
    bytesDown: 1,
    payloadUp: 1,
    payloadDown: 1,
    requests,
    activeMinutes: [startSeconds / 60],
    telemetryPayloadUp: null,
    modelPayloadUp: null,
    byRole: {
      inference: {
        firstUs: startSeconds * 1e6,
        lastUs: startSeconds * 1e6 + 1,
        flows: 1,
        bytesUp: 1,
        bytesDown: 1,
        payloadUp: 1,
        payloadDown: 1,
        requests,
      },
    },
  };
}

function using(quarters: UsageQuarter[]): PolicySubject {
  const when = '2026-07-11T00:00:00Z';
  const use = {
    tool: 'claude-code',
    ...UNMEASURED_USE,
    name: 'Claude Code',
    vendor: 'Anthropic',
    kind: 'cli',
    confidence: 'likely' as const,
    firstSeen: when,
    lastSeen: when,
    firstSeenEver: when,
    activeMinutes: 1,
    flows: 2,
    bytesUp: 1,
    bytesDown: 1,
    payloadUp: 1,
    payloadDown: 1,
  };
  return {
    identity: { host: '10.20.1.5', mac: null, vlans: [], names: [], groups: [] },
    tools: [{ use, quarters }],
    providers: [],
    activity: quarters.map(({ startSeconds }) => ({ ...NO_ACTIVITY, startSeconds, bytes: 1 })),
  };
}
