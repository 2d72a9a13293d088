// A rule about an API, or about the vendor of one, means every client of it; what cannot be named is not called kept.
import { describe, expect, it } from 'vitest';
import type { Confidence } from '../../../src/model/confidence.ts';
import type { CatalogueFacts } from '../../../src/model/policy.ts';
import type { HostTool, UsageQuarter } from '../../../src/model/tool.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { loadPolicy } from '../../../src/policy/parse-policy.ts';
import { NO_ACTIVITY, type PolicySubject } from '../../../src/policy/subjects.ts';
import { applyView } from '../../../src/query/view.ts';
import { sampleAudit, sampleUse } from '../report/sample-document.ts';

const START = Date.UTC(2026, 6, 14, 10) / 1000;
const HOST = '10.0.0.1';

const tool = (id: string, vendor: string, kind: string) => ({ id, name: id, vendor, kind, hasOwnName: true });
const facts: CatalogueFacts = {
  version: '2026.11.1',
  tools: [
    tool('claude-code', 'Anthropic', 'cli'),
    tool('anthropic-api', 'Anthropic', 'api'),
    tool('openai-api', 'OpenAI', 'api'),
    tool('opencode', 'SST', 'cli'),
    tool('grok', 'xAI', 'cli'),
  ],
};

function quarter(requests: number, most = requests, confidence: Confidence = 'likely'): UsageQuarter {
  const at = { firstUs: START * 1e6, lastUs: START * 1e6 + 1e6 };
  const bytes = { flows: 1, bytesUp: 9000, bytesDown: 9000, payloadUp: 9000, payloadDown: 9000 };
  const counted = { requests: { min: requests, max: most } };
  return {
    ...{ startSeconds: START, ...at, confidence, isInRow: true, ...bytes, ...counted },
    ...{ activeMinutes: [], telemetryPayloadUp: 0, modelPayloadUp: 0 },
    byRole: { inference: { ...at, ...bytes, ...counted } },
  };
}

const row = (id: string, quarters: readonly UsageQuarter[], confidence: Confidence = 'likely'): HostTool => {
  const { name = id, vendor = '', kind = '' } = facts.tools.find((one) => one.id === id) ?? {};
  const use = sampleUse({ tool: id, name, vendor, kind, confidence, minutes: [1], megabytesUp: 1 });
  return { use, quarters };
};

/** opencode with keys of two vendors: five requests to one, two to the other. */
const opencode: HostTool = {
  ...row('opencode', [quarter(7)]),
  apis: [
    { api: row('anthropic-api', []).use, part: row('anthropic-api', [quarter(5, 5, 'certain')], 'certain') },
    { api: row('openai-api', []).use, part: row('openai-api', [quarter(2, 2, 'certain')], 'certain') },
  ],
};

function audit(rules: string, seen: Partial<Pick<PolicySubject, 'tools' | 'providers'>>) {
  const policy = loadPolicy(`version: 1\nname: p\ntimezone: UTC\nrules:\n${rules}`, 'p.yaml', facts);
  const subject: PolicySubject = {
    identity: { host: HOST, mac: null, vlans: [], names: [], groups: [] },
    ...{ tools: [], providers: [], ...seen },
    activity: [{ ...NO_ACTIVITY, startSeconds: START, bytes: 18_000 }],
  };
  const { findings, rules: summaries, summary } = evaluate(policy, [subject]);
  return {
    summary,
    verdict: summaries.at(-1)?.verdict,
    reasons: summaries.at(-1)?.reasons.map(({ reason }) => reason),
    findings: findings.map(({ tool, result, confidence, requests }) => ({
      tool,
      result,
      confidence,
      requests,
    })),
  };
}

const deny = (match: string, more = ''): string =>
  `  - { id: R, title: T, match: { ${match} }, action: deny, effective: 2026-07-10${more} }\n`;

describe('a rule about an API', () => {
  it.each([
    ['tools: [anthropic-api]', 5],
    ['vendors: [Anthropic]', 5],
    ['tools: [openai-api]', 2],
    ['kind: [api]', 7],
    ['tools: [opencode, anthropic-api]', 7],
  ])('%s finds the tool that asked it, %i times', (match, requests) => {
    expect(audit(deny(match), { tools: [opencode] })).toMatchObject({
      verdict: 'violated',
      reasons: [],
      findings: [
        {
          tool: 'opencode',
          result: 'violation',
          confidence: 'likely',
          requests: { min: requests, max: requests },
        },
      ],
    });
  });

  it('stays in the part of a report about a client that violates it, and in no other', () => {
    const { summary } = audit(deny('tools: [anthropic-api]'), { tools: [opencode] });
    const { policy, hosts, ...sample } = sampleAudit();
    if (policy === undefined) throw new Error('the sample has no policy');
    const rules = policy.rules.map((rule) => ({ ...rule, id: 'R', tools: ['anthropic-api'] }));
    const document = { ...sample, hosts: hosts.map((one) => ({ ...one, host: HOST })), summary };
    const rulesOf = (tool: string) =>
      applyView({ ...document, policy: { ...policy, rules } }, { tools: [tool] }).summary?.rules;
    expect(rulesOf('opencode')).toMatchObject([{ verdict: 'violated', after: 1 }]);
    expect(rulesOf('grok')).toEqual([]);
  });

  it('asks how sure the API is, and says how sure the tool is', () => {
    const strict = deny('tools: [anthropic-api]', ', evidence: { confidence: certain }');
    expect(audit(strict, { tools: [opencode] }).findings).toMatchObject([
      { result: 'violation', confidence: 'likely' },
    ]);
  });

  it('counts both the tool and what no tool explains', () => {
    const seen = { tools: [opencode], providers: [row('anthropic-api', [quarter(3)], 'certain')] };
    expect(audit(deny('tools: [anthropic-api]'), seen).findings).toMatchObject([
      { tool: 'anthropic-api', requests: { min: 3, max: 3 } },
      { tool: 'opencode', requests: { min: 5, max: 5 } },
    ]);
  });

  it.each([
    ['the tool', 'tools: [opencode]'],
    ['the API', 'tools: [anthropic-api]'],
  ])('gives way to a rule above it that allows %s', (_, match) => {
    const allow = `  - { id: A, title: T, match: { ${match} }, action: allow }\n`;
    expect(audit(allow + deny('vendors: [Anthropic]'), { tools: [opencode] })).toMatchObject({
      verdict: 'compliant',
      findings: [],
    });
  });

  it.each(['tools: [claude-code]', 'kind: [gateway]'])('of another kind finds nothing: %s', (match) => {
    expect(audit(deny(match), { tools: [opencode] })).toMatchObject({ verdict: 'compliant', findings: [] });
  });
});

describe('a verdict on use of an unknown program', () => {
  it('is open for a ban of the vendor, where its API was asked', () => {
    const providers = [row('anthropic-api', [quarter(3)], 'certain')];
    expect(audit(deny('vendors: [Anthropic]'), { providers })).toMatchObject({
      verdict: 'inconclusive',
      reasons: ['suspected'],
      findings: [{ tool: 'anthropic-api', result: 'suspected' }],
    });
  });

  it.each(['tools: [grok]', 'kind: [cli]', 'vendors: [xAI]'])(
    'is open for a ban of a program, where an API of its vendor was asked: %s',
    (match) => {
      expect(audit(deny(match), { providers: [row('grok', [quarter(3)], 'certain')] })).toMatchObject({
        verdict: 'inconclusive',
        findings: [{ tool: 'grok', result: 'suspected' }],
      });
    },
  );

  it('has one finding of a tool and of the API of its vendor with the same ID: that of the larger row', () => {
    const [less, more] = [quarter(1, 1, 'possible'), { ...quarter(3), payloadUp: 50_000 }];
    const tools = [row('grok', [less], 'possible')];
    const requestsOf = (providers: readonly HostTool[]): unknown[] =>
      audit(deny('tools: [grok]'), { tools, providers }).findings.map(({ requests }) => requests?.max);
    expect(requestsOf([])).toEqual([1]);
    expect(requestsOf([row('grok', [more], 'certain')])).toEqual([3]);
  });

  it('is open for a ban of a program, where another tool asked an API of its vendor', () => {
    const apis = [{ api: row('grok', []).use, part: row('grok', [quarter(5, 5, 'certain')], 'certain') }];
    expect(audit(deny('tools: [grok]'), { tools: [{ ...opencode, apis }] })).toMatchObject({
      verdict: 'inconclusive',
      findings: [{ tool: 'opencode', result: 'suspected', confidence: 'possible' }],
    });
  });

  it('is open for a ban of a tool that is only possible', () => {
    const tools = [row('claude-code', [quarter(3, 3, 'possible')], 'possible')];
    expect(audit(deny('tools: [claude-code]'), { tools })).toMatchObject({
      verdict: 'inconclusive',
      reasons: ['suspected'],
    });
  });

  it.each([
    ['may be enough', quarter(1, 4), 'inconclusive'],
    ['cannot be enough', quarter(1, 2), 'compliant'],
  ])('rests on the number of requests: %s', (_, found, verdict) => {
    const rule = deny('tools: [claude-code]', ', evidence: { minRequests: 3 }');
    expect(audit(rule, { tools: [row('claude-code', [found])] })).toMatchObject({
      verdict,
      findings: [{ result: 'suspected' }],
    });
  });

  it('remains in addition to a related tool: that one is known', () => {
    const rule = deny('tools: [claude-code]', ', related: { tools: [opencode], result: suspected }');
    expect(audit(rule, { tools: [opencode] })).toMatchObject({
      verdict: 'compliant',
      findings: [{ tool: 'opencode', result: 'suspected' }],
    });
  });
});
