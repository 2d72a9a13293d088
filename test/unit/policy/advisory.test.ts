// Advisories: faults of a file are reported with their line; days have the result that their starts support.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogueFacts } from '../../../src/catalogue/policy-facts.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { Advisory } from '../../../src/model/report.ts';
import type { SignDay } from '../../../src/model/tool.ts';
import type { ServedWindow, ServiceSeen } from '../../../src/model/usage.ts';
import {
  advisoryHeaders,
  assessDay,
  Exposures,
  listExposures,
} from '../../../src/policy/advisory-exposure.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { groupServicesByHost } from '../../../src/policy/host-services.ts';
import { loadAdvisory, parseAdvisory } from '../../../src/policy/parse-advisory.ts';
import { loadPolicy } from '../../../src/policy/parse-policy.ts';
import { NO_ACTIVITY } from '../../../src/policy/subjects.ts';
import type { VersionSpan } from '../../../src/text/version.ts';
import { openZone } from '../../../src/time/zone.ts';

const TOOLS = [
  { id: 'claude-code', name: 'Claude Code' },
  { id: 'copilot-cli', name: 'GitHub Copilot CLI' },
];
const EXAMPLE = 'captures/advisories/claude-code-prompt-marking.yaml';
const example = readFileSync(EXAMPLE, 'utf8');
const faults = (text: string): string[] =>
  parseAdvisory(text, TOOLS).errors.map(({ line, path, message }) => `${line}: ${path}: ${message}`);

const facts = catalogueFacts(await loadCatalogue());

describe('an advisory', () => {
  it('names its tool by id or displayed name, in any case', () => {
    for (const tool of ['Claude Code', 'CLAUDE-CODE', 'claude_code'])
      expect(loadAdvisory(example.replace('tool: claude-code', `tool: ${tool}`), EXAMPLE, TOOLS).tool).toBe(
        'claude-code',
      );
  });

  it('as shipped is taken', () => {
    expect(loadAdvisory(example, EXAMPLE, TOOLS)).toMatchObject({
      id: 'claude-code-prompt-marking',
      tool: 'claude-code',
      affected: [['2.1.91', '2.1.196']],
      platforms: [],
    });
  });

  it.each([
    {
      about: 'a reversed range',
      from: 'from: 2.1.91',
      to: 'from: 2.1.197',
      said: /7|8.*affected\[0\]: the range from 2.1.197 to 2.1.196 is reversed/,
    },
    {
      about: 'an empty range',
      from: '{ from: 2.1.91, to: 2.1.196 }',
      to: '{}',
      said: /affected\[0\]: an empty range/,
    },
    {
      about: 'an unknown tool',
      from: 'tool: claude-code',
      to: 'tool: claude-cod',
      said: /tool: no tool "claude-cod".*did you mean "claude-code"/,
    },
    {
      about: 'what is no version',
      from: 'to: 2.1.196',
      to: 'to: newest',
      said: /affected\[0\]\.to: a version of three numbers/,
    },
    { about: 'an unknown key', from: 'severity: high', to: 'severty: high', said: /severty/ },
    { about: 'no source', from: /sources:[\s\S]*(?=action)/, to: 'sources: []\n', said: /sources/ },
    {
      about: 'a day that is none',
      from: 'severity: high',
      to: 'severity: high\ndates: { from: 2026-02-30 }',
      said: /2026-02-30 does not exist/,
    },
  ])('with $about is refused with its line', ({ from, to, said }) => {
    const found = faults(example.replace(from, to));
    expect(found.join('\n')).toMatch(said);
    expect(found[0]).toMatch(/^[1-9]\d*: /);
  });
});

describe('advisories of many hosts', () => {
  const start = (spans: VersionSpan[]): SignDay['sets'][number] => ({ kind: 'start', spans, platforms: [] });
  const day = (date: string, spans: VersionSpan[]): SignDay => ({
    ...{ date, state: 'placed', sets: [start(spans)] },
  });
  const base: Advisory = loadAdvisory(example, EXAMPLE, TOOLS);
  const old = [day('2026-07-01', [['2.1.100', '2.1.100']]), day('2026-07-02', [['2.1.150', '2.1.150']])];
  const mixed = [
    ...old,
    day('2026-07-03', [['2.1.190', '2.1.210']]),
    day('2026-07-04', [['2.1.300', '2.1.300']]),
  ];

  it('are ordered by severity, and give the gravest result with its first and last day', () => {
    const low: Advisory = { ...base, id: 'a-low', severity: 'low', affected: [['2.1.300', null]] };
    const other: Advisory = { ...base, id: 'other', tool: 'copilot-cli' };
    const use = { tool: 'claude-code', days: [] };
    const exposures = new Exposures([low, other, base]);
    exposures.add('10.0.0.10', use, mixed);
    exposures.add('10.0.0.9', use, mixed);
    exposures.add('10.0.0.11', { tool: 'copilot-cli', days: [{ date: '2026-07-01' }] }, undefined);
    const found = exposures.finish();
    expect(
      found.map(({ advisory, host, answer, first, last }) => [advisory, host, answer, first, last]),
    ).toEqual([
      ['claude-code-prompt-marking', '10.0.0.9', 'ran', '2026-07-01', '2026-07-02'],
      ['claude-code-prompt-marking', '10.0.0.10', 'ran', '2026-07-01', '2026-07-02'],
      ['other', '10.0.0.11', 'cannotSay', '2026-07-01', '2026-07-01'],
      ['a-low', '10.0.0.9', 'ran', '2026-07-04', '2026-07-04'],
      ['a-low', '10.0.0.10', 'ran', '2026-07-04', '2026-07-04'],
    ]);
    expect(found[0]?.days.map(({ answer }) => answer)).toEqual(['ran', 'ran', 'may', 'notSeen']);
    const turned = Object.fromEntries(Object.entries(base).reverse()) as unknown as Advisory;
    expect(JSON.stringify(advisoryHeaders([turned]))).toBe(JSON.stringify(advisoryHeaders([base])));
    expect(advisoryHeaders([low, other, base]).map(({ id }) => id)).toEqual([
      'claude-code-prompt-marking',
      'other',
      'a-low',
    ]);
  });

  it('say "may" of versions that are possibly affected, and nothing of what is not mapped', () => {
    const answers = (advisory: Advisory): string[] => mixed.map((one) => assessDay(one, advisory));
    expect(answers({ ...base, affected: [], possible: [['2.1.100', '2.1.100']] })).toEqual([
      ...['may', 'notSeen', 'notSeen', 'notSeen'],
    ]);
    const unmapped = ['a range of commits'];
    expect(answers({ ...base, affected: [], unmapped })).toEqual(Array(4).fill('cannotSay'));
    expect(answers({ ...base, affected: [['2.1.100', '2.1.100']], unmapped })).toEqual([
      ...['ran', 'cannotSay', 'cannotSay', 'cannotSay'],
    ]);
  });
});

describe('the answer of a day', () => {
  const advisory: Advisory = loadAdvisory(example, EXAMPLE, TOOLS);
  const day = (state: SignDay['state'], ...starts: VersionSpan[][]): SignDay => ({
    ...{ date: '2026-07-03', state },
    sets: starts.map((spans) => ({ kind: 'start', spans, platforms: ['linux-x64'] })),
  });
  const IN: VersionSpan[] = [['2.1.181', '2.1.190']];
  const ON_THE_EDGE: VersionSpan[] = [['2.1.191', '2.1.217']];
  const OUT: VersionSpan[] = [['2.1.302', null]];

  it.each([
    { about: 'a start in the range', of: day('placed', IN), answer: 'ran' },
    { about: 'one of several in the range', of: day('partly', OUT, IN), answer: 'ran' },
    { about: 'a start over its edge', of: day('placed', ON_THE_EDGE), answer: 'may' },
    { about: 'no start in the range', of: day('placed', OUT), answer: 'notSeen' },
    { about: 'no start in the range, and use without a start', of: day('partly', OUT), answer: 'may' },
    { about: 'use without a start', of: day('cannotSay'), answer: 'cannotSay' },
  ])('$about: $answer', ({ of, answer }) => expect(assessDay(of, advisory)).toBe(answer));

  it.each<{ reason: string; of: Partial<SignDay>; unmapped?: string[] }>([
    { reason: 'noStart', of: {} },
    { reason: 'startUnknown', of: { hasStart: true } },
    { reason: 'newerStart', of: { hasStart: true, newerSince: '2026-07-01' } },
    { reason: 'unmapped', of: day('placed', OUT), unmapped: ['commits'] },
  ])('has a reason where there is none: $reason', ({ reason, of, unmapped = [] }) => {
    const exposures = new Exposures([{ ...advisory, unmapped }]);
    const days = [{ ...day('cannotSay'), ...of }];
    exposures.add('10.0.0.1', { tool: 'claude-code', days: [{ date: '2026-07-03' }] }, days);
    expect(exposures.finish()[0]?.days).toMatchObject([{ answer: 'cannotSay', reason }]);
  });

  it('names as the reason that no build of the tool is recorded', () => {
    const exposures = new Exposures([advisory]);
    exposures.add('10.0.0.1', { tool: 'claude-code', days: [{ date: '2026-07-03' }] }, undefined);
    expect(exposures.finish()[0]?.days).toMatchObject([{ answer: 'cannotSay', reason: 'noBuilds' }]);
  });

  it('is no more than may on a platform that was not recorded', () => {
    expect(assessDay(day('placed', IN), { ...advisory, platforms: ['darwin-arm64'] })).toBe('may');
    expect(assessDay(day('placed', IN), { ...advisory, platforms: ['linux-x64'] })).toBe('ran');
  });
});

describe('a service', () => {
  const advisory = loadAdvisory(
    example
      .replace('tool: claude-code', 'tool: vLLM')
      .replace('from: 2.1.91, to: 2.1.196', 'from: 0.8.3, to: 0.14.0'),
    EXAMPLE,
    TOOLS,
  );
  const at = (day: string): number => Date.parse(`${day}T23:00:00Z`) / 1000;
  const seen = (port: number, signs: readonly string[], versions: readonly string[]): ServiceSeen => ({
    ...{ host: '10.0.0.9', server: '10.0.0.1', port, firstUs: 0, lastUs: 0, signs, versions },
    ...{
      flows: 1,
      requests: 1,
      uses: 1,
      isUncounted: false,
      bytesUp: 1,
      bytesDown: 1,
      isOtherNetwork: false,
    },
  });
  const vllm = (...versions: string[]): ServiceSeen => seen(8000, ['vllmOwner'], versions);
  const exposureOf = (windows: readonly ServedWindow[]) =>
    listExposures([], [advisory], windows, openZone('Europe/Berlin'));

  it.each<{ about: string; services: ServiceSeen[]; answer: string; reason?: string }>([
    { about: 'an affected version', services: [vllm('0.11.2')], answer: 'ran' },
    { about: 'a fixed version', services: [vllm('0.14.1')], answer: 'notSeen' },
    { about: 'two numbers', services: [vllm('0.9')], answer: 'ran' },
    { about: 'both versions, after an update', services: [vllm('0.11.2', '0.14.1')], answer: 'ran' },
    { about: 'no version', services: [vllm()], answer: 'cannotSay', reason: 'noVersion' },
    {
      about: 'a fixed version on one of two ports',
      services: [vllm('0.14.1'), seen(8001, ['vllmOwner'], [])],
      ...{ answer: 'cannotSay', reason: 'noVersion' },
    },
    {
      about: 'an affected version, with answers of another product',
      services: [seen(8000, ['liteLlmField', 'vllmOwner'], ['0.11.2'])],
      answer: 'none',
    },
    {
      about: 'an affected version that may be of another product on the port',
      services: [seen(8000, ['vllmOwner', 'ollamaBanner'], ['0.11.2'])],
      answer: 'may',
    },
    {
      about: 'a fixed version that may be of another product on the port',
      services: [seen(8000, ['vllmOwner', 'ollamaBanner'], ['0.14.1'])],
      ...{ answer: 'cannotSay', reason: 'noVersion' },
    },
    { about: 'a text that is no version', services: [vllm('0.11.2-rc1')], answer: 'cannotSay' },
  ])('with $about: $answer', ({ services, answer, reason }) => {
    const [found] = exposureOf([{ startSeconds: at('2026-11-21'), services }]);
    expect(found?.answer ?? 'none').toBe(answer);
    if (found === undefined) return;
    expect(found).toMatchObject({ host: '10.0.0.1', tool: 'vllm', first: '2026-11-22' });
    if (reason !== undefined) expect(found.days).toMatchObject([{ reason }]);
  });

  it('has an answer for each day, in any order of the windows', () => {
    const windows = [
      { startSeconds: at('2026-11-22'), services: [vllm('0.14.1')] },
      { startSeconds: at('2026-11-20'), services: [vllm('0.11.2')] },
    ];
    expect(exposureOf(windows)[0]?.days.map(({ date, answer }) => [date, answer])).toEqual([
      ['2026-11-21', 'ran'],
      ['2026-11-23', 'notSeen'],
    ]);
    expect(exposureOf([...windows].reverse())).toEqual(exposureOf(windows));
  });

  it('and a tool of the same name on one host are one row, with the gravest answer of each day', () => {
    const exposures = new Exposures([advisory]);
    exposures.add('10.0.0.1', { tool: 'vllm', days: [{ date: '2026-11-22' }] }, undefined);
    exposures.addServices(
      [{ startSeconds: at('2026-11-21'), services: [vllm('0.11.2')] }],
      openZone('Europe/Berlin'),
    );
    exposures.addServices(
      [{ startSeconds: at('2026-11-22'), services: [vllm('0.14.1')] }],
      openZone('Europe/Berlin'),
    );
    expect(exposures.finish()).toMatchObject([
      {
        answer: 'ran',
        days: [
          { date: '2026-11-22', answer: 'ran' },
          { date: '2026-11-23', answer: 'notSeen' },
        ],
      },
    ]);
  });
});

describe('a rule about advisories', () => {
  const base = loadAdvisory(example, EXAMPLE, TOOLS);

  it.each([
    { versions: ['2.1.100'], verdict: 'violated' },
    { versions: ['2.1.300'], verdict: 'compliant' },
    // A service that states no version is none that is free of the hole.
    { versions: [], verdict: 'inconclusive' },
  ])('about a service that states $versions is $verdict', ({ versions, verdict }) => {
    const vllm = { ...base, id: 'v', tool: 'vllm' };
    const text =
      'version: 1\nname: x\ntimezone: UTC\nrules:\n  - { id: R1, title: x, match: { advisory: v }, action: deny }\n';
    const policy = loadPolicy(text, 'policy.yaml', { ...facts, advisories: [vllm] });
    const service: ServiceSeen = {
      ...{ host: '10.0.0.9', server: '10.0.0.1', port: 8000, firstUs: 0, lastUs: 0, signs: ['vllmOwner'] },
      ...{ versions, flows: 1, requests: 1, uses: 1, isUncounted: false, bytesUp: 1, bytesDown: 1 },
      isOtherNetwork: false,
    };
    const services =
      groupServicesByHost([{ startSeconds: 1_790_000_100, services: [service] }]).get('10.0.0.1') ?? [];
    const identity = { host: '10.0.0.1', mac: null, vlans: [], names: [], groups: [] };
    const activity = [{ ...NO_ACTIVITY, startSeconds: 1_790_000_100, bytes: 2 }];
    const subjects = [{ identity, tools: [], providers: [], services, activity }];
    expect(evaluate(policy, subjects).rules[0]?.verdict).toBe(verdict);
  });
  const given = (['critical', 'high', 'low'] as const).map((severity) => ({
    ...base,
    id: severity[0] ?? '',
    severity,
  }));
  const ruleOf = (advisory: string, advisories: readonly Advisory[]): readonly string[] => {
    const text = `version: 1\nname: x\ntimezone: UTC\nrules:\n  - { id: R1, title: x, match: { advisory: ${advisory} }, action: deny }\n`;
    const policy = loadPolicy(text, 'policy.yaml', { ...facts, advisories });
    return policy.rules[0]?.match.advisories?.map(({ id }) => id) ?? [];
  };

  it.each([
    { advisory: 'all', ids: ['c', 'h', 'l'] },
    { advisory: 'high', ids: ['h'] },
    { advisory: '[high, critical, h]', ids: ['h', 'c'] },
    { advisory: 'medium', ids: [] },
    { advisory: 'l', ids: ['l'] },
  ])('takes $advisory as an ID, a severity or every one', ({ advisory, ids }) => {
    expect(ruleOf(advisory, given)).toEqual(ids);
  });

  it('takes an ID before a word', () => {
    expect(ruleOf('all', [...given, { ...base, id: 'all' }])).toEqual(['all']);
  });

  it('is refused without advisories', () => {
    expect(() => ruleOf('all', [])).toThrow('no advisory was given');
    expect(() => ruleOf('high', [])).toThrow('no advisory was given');
    expect(() => ruleOf('other', given)).toThrow('the advisory "other" was not given');
  });
});
