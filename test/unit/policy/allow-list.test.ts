// A policy whose default denies: when it takes effect, which tools it covers, and a part of its summary.
import { describe, expect, it } from 'vitest';
import type { CatalogueFacts, Policy } from '../../../src/model/policy.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { explainPolicy } from '../../../src/policy/explain-decision.ts';
import { policyHeader } from '../../../src/policy/header.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import { NO_ACTIVITY, type PolicySubject } from '../../../src/policy/subjects.ts';
import { measureObserved } from '../../../src/query/observed.ts';
import { sampleUse } from '../report/sample-document.ts';
import { partOf } from './part-of.ts';
import { at, quarter } from './quarter.ts';

const tool = (id: string, kind = 'cli') => ({
  id,
  name: id.toUpperCase(),
  vendor: id,
  kind,
  hasOwnName: true,
});
const facts: CatalogueFacts = {
  version: '2026.11.1',
  tools: [tool('mine'), tool('other'), tool('chat', 'chat'), tool('api', 'api')],
};

function policyOf(text: string): { policy: Policy; warnings: string[] } {
  const { policy, errors, warnings } = parsePolicy(`version: 1\nname: p\ntimezone: UTC\n${text}`, facts);
  if (policy === null) throw new Error(JSON.stringify(errors));
  return { policy, warnings: warnings.map(({ message }) => message) };
}

const ALLOW = 'rules:\n  - { id: A, title: Mine, match: { tools: [mine] }, action: allow }\n';
const subject = (host: string, used: Readonly<Record<string, readonly string[]>>): PolicySubject => ({
  identity: { host, mac: null, vlans: [], names: [], groups: [] },
  tools: Object.entries(used).map(([id, days]) => ({
    use: {
      ...sampleUse({ tool: id, name: id, vendor: id, confidence: 'likely', minutes: [1], megabytesUp: 1 }),
    },
    quarters: days.map(quarter),
  })),
  providers: [],
  activity: [{ ...NO_ACTIVITY, startSeconds: at('2026-07-12'), bytes: 100 }],
});

/** A tool that was seen by its updates alone. */
const onlyUpdated = (row: PolicySubject['tools'][number]): PolicySubject['tools'][number] => ({
  ...row,
  quarters: row.quarters.map(({ byRole, ...part }) => ({
    ...part,
    requests: { min: 0, max: 0 },
    byRole: byRole.inference === undefined ? {} : { update: byRole.inference },
  })),
});

const found = (policy: Policy, subjects: readonly PolicySubject[]): string[] =>
  evaluate(policy, subjects).findings.map(({ host, tool: id, result, days = [] }) =>
    [host, id, result, ...days].join(' '),
  );

describe('a default that denies', () => {
  const dated = `default: { action: deny, effective: 2026-07-10, grace: { until: 2026-07-12 } }\n${ALLOW}`;
  const days = ['2026-07-08', '2026-07-10', '2026-07-12'];

  it('convicts no day before its own date, and allows what a rule allows', () => {
    const { policy, warnings } = policyOf(dated);
    expect(warnings).toEqual([]);
    expect(found(policy, [subject('10.0.0.1', { mine: days, other: days })])).toEqual([
      '10.0.0.1 other grace 2026-07-10',
      '10.0.0.1 other violation 2026-07-12',
    ]);
  });

  it('has a header, a verdict and counts like any rule', () => {
    const { policy } = policyOf(dated);
    const header = policyHeader(policy, '', facts).rules.find(({ id }) => id === 'default');
    expect(header).toMatchObject({ action: 'deny', tools: ['chat', 'other'], toolNames: ['CHAT', 'OTHER'] });
    const subjects = [
      subject('10.0.0.1', { mine: days, other: days }),
      subject('10.0.0.2', { mine: days }),
      subject('10.0.0.3', { other: ['2026-07-08'] }),
    ];
    const summary = evaluate(policy, subjects).rules.find(({ rule }) => rule === 'default');
    expect(summary).toMatchObject({ verdict: 'violated', after: 1, before: 2, notSeenSince: 1 });
    expect(summary?.earlier).toEqual([
      { host: '10.0.0.1', tool: 'other', days: ['2026-07-08'] },
      { host: '10.0.0.3', tool: 'other', days: ['2026-07-08'] },
    ]);
  });

  it('is inconclusive where an unknown program called an API that no rule is about', () => {
    const providers = subject('', { api: ['2026-07-12'] }).tools.map((row) => ({
      ...row,
      use: { ...row.use, kind: 'api' },
    }));
    const seen = [{ ...subject('10.0.0.1', { mine: days }), providers }, subject('10.0.0.2', { mine: days })];
    const verdictOf = (text: string) => {
      const summary = evaluate(policyOf(text).policy, seen).rules.find(({ rule }) => rule === 'default');
      return [
        summary?.verdict,
        ...(summary?.reasons ?? []).map(({ reason, detail }) => `${reason} ${detail}`),
      ];
    };
    expect(verdictOf(dated)).toEqual(['inconclusive', 'otherPrograms 1']);
    const observed = '  - { id: B, title: APIs, match: { kind: [api] }, action: observe }\n';
    expect(verdictOf(dated + observed)).toEqual(['compliant']);
  });

  it('counts a host with a violation as suspected of nothing else', () => {
    const { policy } = policyOf(dated);
    const both = subject('10.0.0.1', { other: days, chat: days });
    const tools = both.tools.map((row) =>
      row.use.tool === 'other'
        ? row
        : { ...row, quarters: row.quarters.map((one) => ({ ...one, confidence: 'possible' as const })) },
    );
    const { findings, rules } = evaluate(policy, [{ ...both, tools }]);
    expect(findings.map(({ result }) => result)).toContain('suspected');
    expect(rules.find(({ rule }) => rule === 'default')).toMatchObject({ after: 1, suspected: 0 });
  });

  it.each([
    ['takes effect with the first rule that has a date', ', effective: 2026-07-10', 1],
    ['is always in force where no rule has one', '', 3],
  ])('without a date %s, and policy check says so', (_, date, violations) => {
    const { policy, warnings } = policyOf(
      `default: deny\nrules:\n  - { id: A, title: Mine, match: { tools: [mine] }, action: allow${date} }\n`,
    );
    expect(warnings).toEqual([expect.stringContaining('the default has no effective date')]);
    const used = ['2026-07-07', '2026-07-08', '2026-07-12'];
    const finding = evaluate(policy, [subject('10.0.0.1', { other: used })]).findings[0];
    expect(finding).toMatchObject({ result: 'violation', days: used.slice(-violations) });
  });

  it('can have exceptions, is explained, and keeps its id for itself', () => {
    const { policy } = policyOf(
      `${dated}exceptions:\n  - { id: E, rule: default, scope: { host: 10.0.0.9 }, until: 2026-08-01, reason: r }\n`,
    );
    expect(found(policy, [subject('10.0.0.9', { other: days })])).toEqual([
      '10.0.0.9 other exempt 2026-07-10 2026-07-12',
    ]);
    const host = { host: '10.0.0.1', mac: null, vlans: [], names: [], groups: [] };
    const explained = explainPolicy(policy, { host, tool: tool('other'), at: at('2026-07-12') });
    expect(explained).toMatchObject({ rule: 'default', outcome: 'violation', exception: null });
    expect(explained.rules.at(-1)?.text).toMatch(/^default \(rev 1, .*\) applies: use is a violation/);
    const exempt = { ...host, host: '10.0.0.9' };
    expect(explainPolicy(policy, { host: exempt, tool: tool('other'), at: at('2026-07-12') })).toMatchObject({
      ...{ rule: 'default', outcome: 'exempt', exception: 'E' },
    });
    const taken = parsePolicy(
      `version: 1\nname: p\ntimezone: UTC\n${dated.replace('id: A', 'id: default')}`,
      facts,
    );
    expect(taken.errors).toMatchObject([{ message: expect.stringContaining('give the rule another id') }]);
  });
});

describe('a part of a summary', () => {
  const { policy } = policyOf(
    'rules:\n  - { id: B, title: b, match: { tools: [other, mine] }, action: deny, effective: 2026-07-10 }\n',
  );
  const subjects = [
    subject('10.0.0.1', { other: ['2026-07-12'] }),
    subject('10.0.0.2', { mine: ['2026-07-08'] }),
    subject('10.0.0.3', { mine: ['2026-07-08', '2026-07-12'], other: ['2026-07-08'] }),
  ];

  it.each([
    ['hosts', (host: string) => host !== '10.0.0.1', []],
    ['a tool', () => true, ['mine']],
    ['a tool on hosts', (host: string) => host === '10.0.0.3', ['other']],
  ])(
    'of %s is what an evaluation of them alone says',
    (_, isWanted: (host: string) => boolean, tools: string[]) => {
      const alone = subjects
        .filter(({ identity }) => isWanted(identity.host))
        .map((each) => ({
          ...each,
          tools: each.tools.filter(({ use }) => tools.length === 0 || tools.includes(use.tool)),
        }));
      expect(partOf(evaluate(policy, subjects).summary, isWanted, tools)).toEqual(
        evaluate(policy, alone).rules,
      );
    },
  );
});

const FETCH = 'Node 22-26 fetch';

it.each<[string, string, string, string | null | undefined, string[]]>([
  ['at that time', 'byok', '2026-07-12', 'Bun 1.3', ['inconclusive', 'suspected 1']],
  ['on another day', 'byok', '2026-07-11', 'Bun 1.3', ['compliant']],
  [
    'on another day, from the runtime of the tool',
    'byok',
    '2026-07-11',
    FETCH,
    ['inconclusive', 'suspected 1'],
  ],
  ['from a runtime that is not listed', 'byok', '2026-07-11', null, ['inconclusive', 'suspected 1']],
  ['from no runtime, as in a log', 'byok', '2026-07-11', undefined, ['inconclusive', 'suspected 1']],
  [
    'and the runtime of the tool is not known',
    'any',
    '2026-07-11',
    'Bun 1.3',
    ['inconclusive', 'suspected 1'],
  ],
  ['before the rule took effect', 'byok', '2026-07-09', FETCH, ['compliant']],
  ['but the tool calls no API of others', 'other', '2026-07-12', FETCH, ['compliant']],
])('a denied tool was updated, an unknown program called an API: %s', (_, id, day, runtime, expected) => {
  const text = `rules:\n  - { id: R, title: t, match: { tools: [${id}] }, action: deny, effective: 2026-07-10, also: { updateOnly: info } }\n`;
  const byok = [
    { ...tool('byok'), calls: { runtimes: [FETCH], names: null, minUp: 0 } },
    { ...tool('any'), calls: { runtimes: null, names: null, minUp: 0 } },
  ];
  const withKey = { ...facts, tools: [...facts.tools, ...byok] };
  const { policy } = parsePolicy(`version: 1\nname: p\ntimezone: UTC\n${text}`, withKey);
  if (policy === null) throw new Error('no policy');
  const [row] = subject('', { [id]: ['2026-07-12'] }).tools;
  const [api] = subject('', { api: [day] }).tools;
  if (row === undefined || api === undefined) throw new Error('no rows');
  const hello = { ja4: '', ja3: '', alpn: [], flows: 1 };
  const fingerprints = runtime === undefined ? [] : [{ ...hello, runtime }];
  const provider = { ...api, use: { ...api.use, kind: 'api', fingerprints } };
  const summaryOf = (providers: PolicySubject['providers'], tools: PolicySubject['tools']) => {
    const [summary] = evaluate(policy, [{ ...subject('10.0.0.1', {}), tools, providers }]).rules;
    return [summary?.verdict, ...(summary?.reasons ?? []).map(({ reason, detail }) => `${reason} ${detail}`)];
  };
  expect(summaryOf([provider], [onlyUpdated(row)])).toEqual(expected);
  // Without a sign of the tool itself, the runtime alone decides.
  expect(summaryOf([provider], [])).toEqual(
    day === '2026-07-12' && runtime !== FETCH ? ['compliant'] : expected,
  );
  expect(summaryOf([], [onlyUpdated(row)])).toEqual(['compliant']);
});

it.each([
  ['deny', '{ tools: [api] }, action: allow', 'inconclusive'],
  ['deny', '{ kind: [api] }, action: observe', 'inconclusive'],
  ['deny', '{ vendors: [api] }, action: deny', 'inconclusive'],
  ['deny', '{ tools: [byok] }, action: allow', 'compliant'],
  ['default', '{ kind: [api] }, action: allow', 'compliant'],
])(
  'an unknown program that may be a tool called an API: verdict of a %s below a rule about %s',
  (id, above, verdict) => {
    const rules = `rules:\n  - { id: A, title: a, match: ${above}, scope: { cidr: [10.0.0.1/32] } }\n`;
    const denial =
      id === 'default'
        ? `default: { action: deny, effective: 2026-07-10 }\n${rules}`
        : `${rules}  - { id: deny, title: t, match: { tools: [byok, mine] }, action: deny, effective: 2026-07-10 }\n`;
    const { policy, errors } = parsePolicy(`version: 1\nname: p\ntimezone: UTC\n${denial}`, {
      ...facts,
      tools: [...facts.tools, { ...tool('byok'), calls: { runtimes: [FETCH], names: null, minUp: 0 } }],
    });
    if (policy === null) throw new Error(JSON.stringify(errors));
    const providers = subject('', { api: ['2026-07-12'] }).tools.map((row) => ({
      ...row,
      use: {
        ...row.use,
        kind: 'api',
        fingerprints: [{ ja4: '', ja3: '', alpn: [], flows: 1, runtime: FETCH }],
      },
    }));
    const { rules: found } = evaluate(policy, [{ ...subject('10.0.0.1', {}), providers }]);
    expect(found.find((each) => each.rule === id)?.verdict).toBe(verdict);
  },
);

it.each([
  ['of a cloud that the tool calls', 'eu.models.example', 20_000, 'inconclusive'],
  ['of another cloud', 'models.example.test', 20_000, 'compliant'],
  ['of a cloud that the tool calls, with little sent', 'eu.models.example', 19_999, 'compliant'],
])('an unknown program of a log called an API %s', (_, name, payloadUp, verdict) => {
  const calls = { runtimes: [FETCH], names: ['*.models.example'], minUp: 20_000 };
  const text =
    'rules:\n  - { id: R, title: t, match: { tools: [cloud] }, action: deny, effective: 2026-07-10 }\n';
  const { policy } = parsePolicy(`version: 1\nname: p\ntimezone: UTC\n${text}`, {
    ...facts,
    tools: [...facts.tools, { ...tool('cloud'), calls }],
  });
  if (policy === null) throw new Error('no policy');
  const providers = subject('', { api: ['2026-07-12'] }).tools.map((row) => ({
    use: {
      ...row.use,
      ...{ kind: 'api' as const, fingerprints: [] },
      names: row.use.names.map((seen) => ({ ...seen, name })),
    },
    quarters: row.quarters.map((part) => ({ ...part, payloadUp })),
  }));
  const [summary] = evaluate(policy, [{ ...subject('10.0.0.1', {}), providers }]).rules;
  expect(summary?.verdict).toBe(verdict);
});

it.each<[string, number, string, string[]]>([
  ['much was exchanged in them', 8193, '2026-07-12', ['inconclusive', 'suspected 1']],
  ['they were idle', 8192, '2026-07-12', ['compliant']],
  ['the tool was seen at another time', 8193, '2026-07-11', ['compliant']],
])(
  'a denied tool was updated, other connections began before the capture: %s',
  (_, joinedBytes, day, expected) => {
    const text =
      'rules:\n  - { id: R, title: t, match: { tools: [other] }, action: deny, effective: 2026-07-10 }\n';
    const { policy } = parsePolicy(`version: 1\nname: p\ntimezone: UTC\n${text}`, facts);
    if (policy === null) throw new Error('no policy');
    const [row] = subject('', { other: [day] }).tools;
    if (row === undefined) throw new Error('no row');
    const seen: PolicySubject = {
      ...subject('10.0.0.1', {}),
      tools: [onlyUpdated(row)],
      activity: [
        {
          ...NO_ACTIVITY,
          startSeconds: at('2026-07-12'),
          bytes: 1e6,
          notVisibleBytes: joinedBytes,
          joinedBytes,
        },
      ],
    };
    const [summary] = evaluate(policy, [seen]).rules;
    expect([
      summary?.verdict,
      ...(summary?.reasons ?? []).map(({ reason, detail }) => `${reason} ${detail}`),
    ]).toEqual(expected);
  },
);

it.each([
  ['a minute behind its last packet', 60, 'likely', true],
  ['later', 61, 'likely', false],
  ['a minute behind a tool that is only possible', 60, 'possible', false],
] as const)(
  'a denied tool sent telemetry alone, and observation ended %s',
  (_, seconds, confidence, expected) => {
    const { policy } = policyOf(
      'rules:\n  - { id: R, title: t, match: { tools: [other] }, action: deny, effective: 2026-07-10 }\n',
    );
    const whole = subject('10.0.0.1', { other: ['2026-07-12'] });
    const tools = whole.tools.map((row) => {
      const updated = onlyUpdated(row);
      return { ...updated, quarters: updated.quarters.map((part) => ({ ...part, confidence })) };
    });
    const lastUs = at('2026-07-12') * 1e6;
    const reading = { interrupted: false, unread: [], ignored: [], sinceSeconds: null, untilSeconds: null };
    const ended = {
      ...measureObserved([], reading),
      whole: { fromUs: lastUs - 900e6, untilUs: lastUs + seconds * 1e6 },
    };
    const [summary] = evaluate(policy, [{ ...whole, tools }], ended).rules;
    const isOpen = summary?.reasons.some(({ reason }) => reason === 'suspected');
    expect(isOpen).toBe(expected);
  },
);

it.each([
  [3, 'inconclusive'],
  [0, 'compliant'],
])(
  'a denied tool without a connection of its own, and %s requests that may be its or another tool',
  (max, verdict) => {
    const text =
      'rules:\n  - { id: R, title: t, match: { tools: [other] }, action: deny, effective: 2026-07-10 }\n';
    const { policy } = parsePolicy(`version: 1\nname: p\ntimezone: UTC\n${text}`, facts);
    if (policy === null) throw new Error('no policy');
    const whole = subject('10.0.0.1', { other: ['2026-07-12'] });
    const tools = whole.tools.map(onlyUpdated).map((tool) => ({
      ...tool,
      quarters: tool.quarters.map((quarter) => ({ ...quarter, requests: { min: 0, max } })),
    }));
    expect(evaluate(policy, [{ ...whole, tools }]).rules[0]?.verdict).toBe(verdict);
  },
);

it.each([
  ['that shows nothing of its own', { isUnmarked: true as const }, FETCH, 'inconclusive'],
  [
    'that shows nothing of its own, on another runtime',
    { isUnmarked: true as const },
    'Bun 1.3',
    'compliant',
  ],
  ['with signs of its own', {}, FETCH, 'compliant'],
])('a known tool called an API, and a tool is denied %s', (_, signs, runtime, verdict) => {
  const calls = { runtimes: [FETCH], names: null, minUp: 0, ...signs };
  const text =
    'rules:\n  - { id: R, title: t, match: { tools: [byok] }, action: deny, effective: 2026-07-10 }\n';
  const { policy } = parsePolicy(`version: 1\nname: p\ntimezone: UTC\n${text}`, {
    ...facts,
    tools: [...facts.tools, { ...tool('byok'), calls }],
  });
  if (policy === null) throw new Error('no policy');
  const hello = { ja4: '', ja3: '', alpn: [], flows: 1, runtime };
  const [api] = subject('', { api: ['2026-07-12'] }).tools;
  if (api === undefined) throw new Error('no row');
  const part = { ...api, use: { ...api.use, kind: 'api' as const, fingerprints: [hello] } };
  const { tools } = subject('', { mine: ['2026-07-12'] });
  const known = tools.map((row) => ({ ...row, apis: [{ api: part.use, part }] }));
  const [summary] = evaluate(policy, [{ ...subject('10.0.0.1', {}), tools: known }]).rules;
  expect(summary?.verdict).toBe(verdict);
});
