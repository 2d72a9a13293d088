// Rules about AI services: which services and which time a rule means, how certain a finding is, and who is in it.
import { beforeAll, describe, expect, it } from 'vitest';
import { catalogueFacts } from '../../../src/catalogue/policy-facts.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { CatalogueFacts } from '../../../src/model/policy.ts';
import type { ServiceSeen } from '../../../src/model/usage.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { explainPolicy } from '../../../src/policy/explain-decision.ts';
import { planBlocks } from '../../../src/policy/export/plan.ts';
import { policyHeader } from '../../../src/policy/header.ts';
import { withServices } from '../../../src/policy/host-services.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import { runPolicyTests } from '../../../src/policy/policy-tests.ts';
import { buildSubjects, NO_ACTIVITY, type PolicySubject } from '../../../src/policy/subjects.ts';
import { describeFinding } from '../../../src/report/format/events.ts';

const DAY = '2026-07-10T';
const at = (time: string): number => Date.parse(`${DAY}${time}Z`) / 1000;
const SERVER = '10.0.0.7';

let facts: CatalogueFacts;
beforeAll(async () => {
  facts = catalogueFacts(await loadCatalogue([]));
});

function policyOf(text: string) {
  const { policy, errors } = parsePolicy(`version: 1\nname: p\ntimezone: UTC\n${text}`, facts);
  if (policy === null) throw new Error(JSON.stringify(errors));
  return policy;
}

function faultsOf(text: string): string[] {
  const { errors } = parsePolicy(`version: 1\nname: p\ntimezone: UTC\n${text}`, facts);
  return errors.map(({ message }) => message);
}

/** What a client did with a service in one quarter hour. */
function seen(
  client: string,
  time: string,
  { signs = ['ollamaAnswer'], port = 11434, ...more }: Partial<ServiceSeen> = {},
) {
  const startSeconds = at(time);
  const service: ServiceSeen = {
    ...{ host: client, server: SERVER, port, firstUs: startSeconds * 1e6, lastUs: startSeconds * 1e6 + 1000 },
    ...{
      signs,
      flows: 1,
      requests: 2,
      uses: 1,
      isUncounted: false,
      bytesUp: 100,
      bytesDown: 200,
      isOtherNetwork: false,
    },
    ...more,
  };
  return { startSeconds, services: [service] };
}

const PROBE = { uses: 0, signs: ['ollamaBanner'] };

function subjects(windows: readonly ReturnType<typeof seen>[]): PolicySubject[] {
  const subject: PolicySubject = {
    identity: { host: SERVER, mac: null, vlans: [], names: [], groups: [] },
    ...{ tools: [], providers: [] },
    activity: [{ ...NO_ACTIVITY, startSeconds: at('08:00:00'), bytes: 100 }],
  };
  return buildSubjects(withServices({ hosts: [SERVER], build: () => subject }, windows), []);
}

const found = (text: string, windows: readonly ReturnType<typeof seen>[]) =>
  evaluate(policyOf(text), subjects(windows)).findings;

const said = (text: string, windows: readonly ReturnType<typeof seen>[]): string[] =>
  found(text, windows).map(({ rule, tool, result, confidence }) => `${rule} ${tool} ${result} ${confidence}`);

const deny = (services: string, more = '') =>
  `rules:\n  - { id: S, title: t, match: { services: ${services} }, action: deny${more} }\n`;

describe('a rule about services', () => {
  const windows = [seen('10.0.0.8', '08:00:00')];

  it.each([
    ['all', ['S ollama:11434 violation certain']],
    ['{ class: ollama }', ['S ollama:11434 violation certain']],
    ['{ class: [mcp, ollama] }', ['S ollama:11434 violation certain']],
    ['{ product: ollama }', ['S ollama:11434 violation certain']],
    ['{ class: mcp }', []],
    ['{ product: vllm }', []],
    ['{ exposed: true }', []],
  ])('%s', (match, expected) => {
    expect(said(deny(match), windows)).toEqual(expected);
  });

  it('spares the hosts that a rule above it allows', () => {
    const allow = `rules:\n  - { id: A, title: t, match: { services: { product: ollama } }, scope: { host: ${SERVER} }, action: allow }\n`;
    expect(said(`services: deny\n${allow}`, windows)).toEqual([]);
    expect(said(`services: deny\n${allow.replace(SERVER, '10.0.0.9')}`, windows)).toEqual([
      'services ollama:11434 violation certain',
    ]);
    expect(said(`services: allow\n${allow.replace(SERVER, '10.0.0.9')}`, windows)).toEqual([]);
  });

  it('has dates, a grace period and exceptions', () => {
    const rule = deny('all', `, effective: ${DAY}09:00Z, grace: { until: ${DAY}10:00Z }`);
    const exception = `exceptions:\n  - { id: E, rule: S, scope: { host: ${SERVER} }, from: ${DAY}11:00Z, until: ${DAY}12:00Z, reason: r }\n`;
    const times = ['08:00:00', '09:00:00', '10:00:00', '11:00:00'];
    const all = found(
      rule + exception,
      times.map((time) => seen('10.0.0.8', time)),
    );
    expect(all.map(({ result, first, exception: by }) => [result, first.slice(11, 19), by])).toEqual([
      ['exempt', '11:00:00', 'E'],
      ['grace', '09:00:00', null],
      ['violation', '10:00:00', null],
    ]);
  });

  it('never concerns tools, and a rule about tools never concerns services', () => {
    expect(
      said('rules:\n  - { id: T, title: t, match: { tools: [ollama] }, action: deny }\n', windows),
    ).toEqual([]);
    expect(
      said('default: deny\nrules:\n  - { id: T, title: t, match: { kind: [cli] }, action: deny }\n', windows),
    ).toEqual([]);
  });

  it('is part of no export', () => {
    const context = { policy: policyOf(deny('all')), policySha256: '', catalogueVersion: '1', tools: [] };
    expect(planBlocks({ ...context, sha1: () => '' })).toEqual([]);
  });
});

describe('a finding about a service', () => {
  it('lists its clients, and counts those that only asked', () => {
    const windows = [
      seen('10.0.0.8', '08:00:00'),
      seen('10.0.0.8', '08:15:00', { requests: 3 }),
      seen('10.0.0.9', '08:00:00', PROBE),
    ];
    const [finding] = found(deny('all'), windows);
    expect(finding?.host).toBe(SERVER);
    expect(finding?.service).toEqual({
      ...{ product: 'ollama', class: 'ollama', port: 11434, exposed: false, probes: 1 },
      clients: [{ host: '10.0.0.8', requests: { min: 5, max: 5 }, firstSeen: `${DAY}08:00:00.000000Z` }],
    });
    expect(finding?.requests).toEqual({ min: 5, max: 5 });
    expect(JSON.stringify(finding)).not.toContain('10.0.0.9');
    expect(describeFinding(finding ?? never(), '')).toBe(
      'AI service ollama runs on 10.0.0.7:11434, 1 client (S rev 1, certain)',
    );
  });

  it('is about the host that runs it, also where it was only asked', () => {
    const [finding] = found(deny('all'), [seen('10.0.0.9', '08:00:00', PROBE)]);
    expect(finding).toMatchObject({ host: SERVER, result: 'violation', service: { clients: [], probes: 1 } });
  });

  it('claims no more than the service is known by', () => {
    const [possible] = found(deny('all'), [seen('10.0.0.8', '08:00:00', { signs: ['chatRequest'] })]);
    expect(possible).toMatchObject({ result: 'suspected', confidence: 'possible' });
    expect(possible?.against.map(({ rule }) => rule)).toEqual(['unsure-service']);
    const [likely] = found(deny('all'), [seen('10.0.0.8', '08:00:00', { signs: ['lmStudioOwner'] })]);
    expect(likely).toMatchObject({ result: 'violation', confidence: 'likely' });
    const strict = deny('all', ', evidence: { confidence: certain }');
    expect(said(strict, [seen('10.0.0.8', '08:00:00', { signs: ['lmStudioOwner'] })])).toEqual([
      'S lm-studio:11434 suspected likely',
    ]);
  });

  it('has no sum of requests where some were not counted', () => {
    const [finding] = found(deny('all'), [seen('10.0.0.8', '08:00:00', { isUncounted: true })]);
    expect(finding?.requests).toBeNull();
    expect(finding?.service?.clients[0]?.requests).toEqual({ min: 2, max: null });
  });

  it('about other networks covers the time and the clients of those alone', () => {
    const windows = [seen('10.0.0.8', '08:00:00'), seen('10.9.0.8', '09:00:00')];
    const [finding] = found(deny('{ exposed: true }'), windows);
    expect(finding?.first.slice(11, 19)).toBe('09:00:00');
    expect(finding?.service?.clients.map(({ host }) => host)).toEqual(['10.9.0.8']);
    // The rest is left to the next rule.
    const both = `${deny('{ exposed: true }')}  - { id: B, title: t, match: { services: all }, action: deny }\n`;
    expect(found(both, windows).map(({ rule, first }) => [rule, first.slice(11, 19)])).toEqual([
      ['B', '08:00:00'],
      ['S', '09:00:00'],
    ]);
  });

  it('is not made of a request without an answer, or of signs without a name', () => {
    expect(said(deny('all'), [seen('10.0.0.8', '08:00:00', { signs: [], uses: 0 })])).toEqual([]);
    expect(said(deny('all'), [seen('10.0.0.8', '08:00:00', { signs: ['routerMessage'], port: 80 })])).toEqual(
      [],
    );
  });

  it('has a verdict that states what is never visible', () => {
    const { rules } = evaluate(policyOf(deny('{ class: mcp }')), subjects([seen('10.0.0.8', '08:00:00')]));
    expect(rules[0]).toMatchObject({ verdict: 'compliant', reasons: [{ reason: 'hiddenServices' }] });
  });
});

describe('a policy file', () => {
  it('tests and explains services', () => {
    const policy = policyOf(
      `${deny('{ class: ollama }', `, scope: { cidr: 10.0.0.0/24 }`)}tests:
  - { at: ${DAY}08:00Z, host: ${SERVER}, service: ollama, expect: violation/high }
  - { at: ${DAY}08:00Z, host: ${SERVER}, service: ollama, confidence: possible, expect: suspected }
  - { at: ${DAY}08:00Z, host: 10.0.9.7, service: ollama, expect: none }
  - { at: ${DAY}08:00Z, host: ${SERVER}, service: vllm, expect: violation }
`,
    );
    expect(runPolicyTests(policy, facts).map(({ passed, actual }) => [passed, actual])).toEqual([
      [true, 'violation/high'],
      [true, 'suspected/medium'],
      [true, 'none'],
      [false, 'none'],
    ]);
    const host = { host: SERVER, mac: null, vlans: [], names: [], groups: [] };
    const service = (product: string, serviceClass: string) => ({
      product,
      class: serviceClass,
      isExposed: false,
    });
    const textOf = (product: string): string | undefined =>
      explainPolicy(policy, { host, tool: service(product, product), at: at('08:00:00') }).rules[0]?.text;
    expect(textOf('ollama')).toContain('the service is a violation (high)');
    expect(textOf('mcp')).toBe('S does not apply: it is about AI services of class ollama');
    expect(policyHeader(policy, '', facts).rules[0]).toMatchObject({
      services: 'AI services of class ollama',
    });
  });

  it.each([
    [
      deny('all', ', related: { tools: [openai-codex], result: suspected }'),
      '"related" belongs to a rule about tools',
    ],
    [deny('all', ', also: { updateOnly: low }'), '"also" belongs to a rule about tools'],
    [deny('all', ', evidence: { minRequests: 3 }'), '"minRequests" belongs to a rule about tools'],
    [
      'rules:\n  - { id: S, title: t, match: { services: all, kind: cli }, action: deny }\n',
      '"services" excludes',
    ],
    [
      `${deny('all')}tests:\n  - { at: 2026-07-10, host: 10.0.0.1, expect: none }\n`,
      'give tool, service or mcp',
    ],
    [
      `${deny('all')}tests:\n  - { at: 2026-07-10, host: 10.0.0.1, tool: claude-code, exposed: true, expect: none }\n`,
      '"exposed" belongs to the test of a service',
    ],
  ])('is refused: %#', (text, message) => {
    expect(faultsOf(text)).toEqual([expect.stringContaining(message)]);
  });
});

const never = (): never => {
  throw new Error('no finding');
};
