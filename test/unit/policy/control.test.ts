// Whether a control stops what a rule denies: attempts by phase of the rule, their finding, and their sums.
import { beforeAll, describe, expect, it } from 'vitest';
import type { Catalogue } from '../../../src/catalogue/catalogue.ts';
import { catalogueFacts } from '../../../src/catalogue/policy-facts.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { OutcomeKind } from '../../../src/model/outcome.ts';
import type { OutcomeCell, QueriedName, UsageWindow } from '../../../src/model/usage.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { loadPolicy } from '../../../src/policy/parse-policy.ts';
import { NO_ACTIVITY, type PolicySubject } from '../../../src/policy/subjects.ts';
import { findAttemptFacts } from '../../../src/query/apply-policy.ts';
import { openZone } from '../../../src/time/zone.ts';
import { row } from '../attribution/rows.ts';
import { numbersAt } from '../cell-numbers.ts';
import { partOf } from './part-of.ts';

const ZONE = openZone('UTC');
const NAME = 'api.anthropic.com';
const at = (text: string): number => Date.parse(text) / 1000;
const BEFORE = at('2026-07-09T12:00:00Z');
const AFTER = at('2026-07-11T12:00:00Z');

let catalogue: Catalogue;
beforeAll(async () => {
  catalogue = await loadCatalogue([]);
});

const ban = (more = '', match = 'tools: [claude-code]') => `version: 1
name: p
timezone: UTC
rules:
  - { id: R1, title: t, match: { ${match} }, action: deny, effective: 2026-07-10, also: { attempted: low }${more} }
`;

const subject = (host: string): PolicySubject => ({
  identity: { host, mac: null, vlans: [], names: [], groups: [] },
  tools: [],
  providers: [],
  activity: [{ ...NO_ACTIVITY, startSeconds: AFTER, bytes: 100 }],
});

function cell(host: string, kind: OutcomeKind, startSeconds: number, more: Partial<OutcomeCell> = {}) {
  const key = { host, name: NAME, server: '160.79.104.10', port: 443, kind, detail: 0 };
  return { ...key, ...numbersAt(startSeconds * 1_000_000, 0), ...more };
}

type Tried = Pick<UsageWindow, 'startSeconds' | 'outcomes' | 'rows' | 'queriedNames'>;

const windowOf = (startSeconds: number, outcomes: readonly OutcomeCell[]): Tried => ({
  startSeconds,
  outcomes,
  rows: [],
  queriedNames: [],
});

const silent = (host: string, startSeconds: number, count: number) =>
  cell(host, 'synSilent', startSeconds, { count, value: 3 * count });

function judge(text: string, windows: readonly Tried[], hosts = ['10.1.0.5']) {
  const policy = loadPolicy(text, 'p.yaml', catalogueFacts(catalogue));
  const { findings, rules, summary } = evaluate(
    policy,
    hosts.map(subject),
    null,
    ZONE,
    findAttemptFacts(windows, catalogue),
  );
  return { findings, control: rules[0]?.control, verdict: rules[0]?.verdict, summary };
}

describe('an attempt while a ban is in force', () => {
  it('is a finding of its own and no violation', () => {
    const { findings, control, verdict } = judge(ban(), [windowOf(AFTER, [silent('10.1.0.5', AFTER, 6)])]);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      id: 'R1/1/10.1.0.5/claude-code/attempted',
      ...{ tool: 'claude-code', result: 'attempted', severity: 'low', confidence: 'possible' },
      ...{ days: ['2026-07-11'], activeMinutes: 0, requests: { min: 0, max: 0 }, payloadUp: 0 },
    });
    expect(findings[0]?.evidence.map(({ detail }) => detail)).toEqual([
      `${NAME}: 6 blocked before any request, likely tcp-blackhole (local-firewall)`,
    ]);
    expect(findings[0]?.against[0]?.detail).toMatch(/^other programs use these names: .*anthropic-api/);
    expect(verdict).not.toBe('violated');
    expect(control).toEqual({
      ...{ blocked: 6, failed: 0, passed: 0, hostsBlocked: 1, hostsPassed: 0 },
      legs: [{ leg: 'local-firewall', blocked: 6 }],
    });
  });

  it('counts where and how far, over all hosts', () => {
    const dns = { server: '10.1.0.1', port: 53, detail: 3 };
    const { control, summary } = judge(
      ban(),
      [
        windowOf(AFTER, [silent('10.1.0.5', AFTER, 6), cell('10.1.0.7', 'served', AFTER, { count: 3 })]),
        windowOf(AFTER + 900, [cell('10.1.0.6', 'dnsError', AFTER + 900, { ...dns, count: 9 })]),
      ],
      ['10.1.0.5', '10.1.0.6', '10.1.0.7'],
    );
    expect(control).toEqual({
      ...{ blocked: 15, failed: 0, passed: 3, hostsBlocked: 2, hostsPassed: 1 },
      legs: [
        { leg: 'resolver', blocked: 9 },
        { leg: 'local-firewall', blocked: 6 },
      ],
    });
    const part = partOf(summary, (host) => host === '10.1.0.6')[0]?.control;
    expect(part).toMatchObject({ blocked: 9, passed: 0, hostsBlocked: 1 });
  });
});

describe('nothing is said of attempts', () => {
  it.each([
    ['before the rule', ban(), [BEFORE]],
    ['in its grace period', ban(', grace: { until: 2026-08-01 }'), [AFTER]],
    ['of a host outside its scope', ban(', scope: { cidr: 10.2.0.0/16 }'), [AFTER]],
    [
      'at names that a tool which is allowed uses too',
      `version: 1\nname: p\ntimezone: UTC\ndefault: { action: deny, also: { attempted: low } }\nrules:\n  - { id: A, title: t, match: { tools: [claude-code] }, action: allow }\n`,
      [AFTER],
    ],
    ['at names of tools that it does not mean', ban('', 'tools: [openai-codex]'), [AFTER]],
    [
      'under an exception',
      `${ban()}exceptions:\n  - { id: E1, rule: R1, scope: { cidr: 10.1.0.0/16 }, until: 2027-01-01, reason: trial }\n`,
      [AFTER],
    ],
  ])('%s', (_, text, starts) => {
    const windows = starts.map((start) => windowOf(start, [silent('10.1.0.5', start, 6)]));
    const { findings, control } = judge(text, windows);
    expect(findings).toEqual([]);
    expect(control).toBeUndefined();
  });

  it('as a finding, where the policy does not ask for them', () => {
    const text = ban().replace(', also: { attempted: low }', '');
    const { findings, control } = judge(text, [windowOf(AFTER, [silent('10.1.0.5', AFTER, 6)])]);
    expect(findings).toEqual([]);
    expect(control?.blocked).toBe(6);
  });
});

it('has one finding for the names of one tool, and of a rule about a vendor the tool that explains the most', () => {
  const other = { name: 'claude.ai' };
  const windows = [
    windowOf(AFTER, [silent('10.1.0.5', AFTER, 6), { ...silent('10.1.0.5', AFTER, 4), ...other }]),
  ];
  const { findings } = judge(ban('', 'vendors: [Anthropic]'), windows);
  expect(findings.map(({ tool }) => tool)).toHaveLength(1);
  expect(findings[0]?.evidence).toHaveLength(2);
});

describe('a query that a log has for a name of the denied tool', () => {
  const query: QueriedName = {
    ...{ host: '10.1.0.5', name: NAME, count: 1, firstUs: AFTER * 1_000_000, lastUs: AFTER * 1_000_000 },
    ...{ addresses: ['160.79.104.10'], offersEch: false, isLogged: true, echAnswers: [] },
  };
  const queried = (parts: Partial<QueriedName> = {}, startSeconds = AFTER): Tried => ({
    ...windowOf(startSeconds, [cell('10.1.0.5', 'dnsAnswered', startSeconds)]),
    queriedNames: [{ ...query, ...parts }],
  });
  const reasonsOf = (...windows: readonly Tried[]) =>
    judge(ban(), windows).summary.rules[0]?.reasons.map(({ reason }) => reason);

  it('leaves the rule inconclusive where no connection follows', () => {
    expect(reasonsOf(queried())).toContain('unconnected');
    expect(reasonsOf(queried(), windowOf(AFTER + 3600, [silent('10.1.0.5', AFTER + 3600, 1)]))).toContain(
      'unconnected',
    );
  });

  it.each([
    ['a connection to the name follows', queried(), { rows: [row(NAME, null, { host: '10.1.0.5' })] }],
    ['to its address', queried(), { rows: [row('[160.79.104.10]', null, { host: '10.1.0.5' })] }],
    ['the connection was blocked', queried(), { outcomes: [silent('10.1.0.5', AFTER, 1)] }],
    ['the resolver refused it', queried(), { outcomes: [cell('10.1.0.5', 'dnsError', AFTER)] }],
    ['packets show the query', queried({ isLogged: false }), {}],
    ['the name is of another tool', queried({ name: 'api2.cursor.sh' }), {}],
    ['the rule was not in force', queried({}, BEFORE), {}],
  ] as const)('does not where %s', (_, window, more) => {
    expect(reasonsOf(window, { ...windowOf(AFTER + 900, []), ...more })).not.toContain('unconnected');
  });
});
