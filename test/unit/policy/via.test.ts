// Required paths: what went through a named gateway, what went around it, and what is not known.
import { beforeAll, describe, expect, it } from 'vitest';
import { attribute } from '../../../src/attribution/attribute.ts';
import type { Catalogue } from '../../../src/catalogue/catalogue.ts';
import { catalogueFacts } from '../../../src/catalogue/policy-facts.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { UsageRow, UsageWindow } from '../../../src/model/usage.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { explainPolicy } from '../../../src/policy/explain-decision.ts';
import type { ReadingFacts } from '../../../src/policy/observed.ts';
import { loadPolicy, parsePolicy } from '../../../src/policy/parse-policy.ts';
import { runPolicyTests } from '../../../src/policy/policy-tests.ts';
import { listSubjects } from '../../../src/policy/subjects.ts';
import { analyze } from '../../../src/query/library-analyze.ts';
import { measureObserved } from '../../../src/query/observed.ts';
import { openZone } from '../../../src/time/zone.ts';

const HOST = '10.77.0.2';
const PROVIDER = '198.51.100.2';
const PROXY = '10.77.0.1';
const GATEWAY = '10.77.0.40';
const DIRECT = 'claude-code-2.1.328-prompt';
const PROXIED = 'claude-code-2.1.328-connect-proxy';
const REDIRECTED = 'claude-code-2.1.328-relay';

let catalogue: Catalogue;
const seen = new Map<string, readonly UsageWindow[]>();
beforeAll(async () => {
  catalogue = await loadCatalogue([]);
  for (const name of [DIRECT, PROXIED, REDIRECTED]) {
    const { windows } = await analyze([`captures/recordings/${name}.pcap.gz`], { catalogue });
    seen.set(name, windows);
  }
});

const WHOLE: ReadingFacts = {
  ...{ interrupted: false, unread: [], ignored: [], sinceSeconds: null, untilSeconds: null },
};

type Change = (row: UsageRow) => UsageRow;

function windowsOf(recording: string, change: Change = (row) => row): readonly UsageWindow[] {
  return (seen.get(recording) ?? []).map((window) => ({ ...window, rows: window.rows.map(change) }));
}

/** The same capture with the host under another address. */
const asHost = (windows: readonly UsageWindow[], host: string): UsageWindow[] =>
  windows.map((window) => ({
    ...window,
    hosts: window.hosts.map((each) => (each.host === HOST ? { ...each, host } : each)),
    rows: window.rows.map((each) => (each.host === HOST ? { ...each, host } : each)),
    queriedNames: window.queriedNames.map((each) => (each.host === HOST ? { ...each, host } : each)),
  }));

const ruleWith = (via: string, more = '', match = 'tools: [claude-code]'): string =>
  `version: 1
name: paths
timezone: UTC
rules:
  - { id: PATH, title: through the gateway, match: { ${match} }, action: allow, via: { ${via} }${more} }
`;

function judge(text: string, windows: readonly UsageWindow[], isTimed = false) {
  const policy = loadPolicy(text, 'p.yaml', catalogueFacts(catalogue));
  const attributions = attribute(windows, catalogue, { zone: openZone('UTC') });
  const observed = isTimed ? measureObserved(windows, WHOLE) : null;
  const { findings, rules } = evaluate(policy, listSubjects(windows, attributions), observed);
  const [rule] = rules;
  return {
    findings,
    said: findings.map(({ host, tool, result, confidence }) => `${host} ${tool} ${result} ${confidence}`),
    paths: rule?.paths,
    verdict: rule?.verdict,
    reasons: rule?.reasons.map(({ reason }) => reason),
  };
}

describe('a tool with a required path', () => {
  it('bypasses it by a direct connection, with the evidence', () => {
    const { said, findings, paths, verdict } = judge(ruleWith(`host: ${PROXY}`), windowsOf(DIRECT));
    expect(said).toEqual([`${HOST} claude-code bypass likely`]);
    expect(verdict).toBe('violated');
    expect(paths).toMatchObject({ through: [], around: [HOST], unclear: [], unknown: [] });
    const [found] = findings;
    expect(found?.severity).toBe('high');
    expect(found?.requests).toEqual({ min: 1, max: 1 });
    const path = found?.evidence.find(({ rule }) => rule === 'path');
    expect(path?.detail).toBe(`api.anthropic.com: directly to ${PROVIDER}; the rule lists ${PROXY}`);
    expect(path?.communityIds.length).toBeGreaterThan(0);
    expect(found?.against.map(({ rule }) => rule)).toContain('path-lookalike');
  });

  it('keeps it through a named proxy, by address and by network', () => {
    for (const via of [`host: ${PROXY}`, 'cidr: 10.77.0.0/31']) {
      const { said, paths, verdict } = judge(ruleWith(via), windowsOf(PROXIED));
      expect(said).toEqual([]);
      expect(verdict).toBe('compliant');
      expect(paths?.through).toEqual([HOST]);
    }
  });

  it('keeps it through a gateway by name or by address, although its first call is direct', () => {
    for (const via of ['name: ai-gateway.corp.example', "name: '*.corp.example'", `host: ${GATEWAY}`]) {
      const { said, paths, verdict } = judge(ruleWith(via), windowsOf(REDIRECTED));
      expect(said).toEqual([]);
      expect(verdict).toBe('compliant');
      expect(paths).toMatchObject({ through: [HOST], around: [], unclear: [], unknown: [] });
    }
  });

  it('is suspected behind a proxy that the rule does not name, and no more', () => {
    const { said, findings, verdict, reasons } = judge(ruleWith('host: 10.66.0.1'), windowsOf(PROXIED));
    expect(said).toEqual([`${HOST} claude-code suspected possible`]);
    expect(findings[0]?.evidence[0]?.detail).toContain('may forward the connection');
    expect(verdict).toBe('inconclusive');
    expect(reasons).toContain('suspected');
  });

  it('is suspected where a strange name receives its traffic, and says what that may mean', () => {
    const { said, findings, verdict } = judge(ruleWith('host: 10.66.0.1'), windowsOf(REDIRECTED));
    expect(said).toEqual([`${HOST} claude-code suspected possible`]);
    expect(findings[0]?.severity).toBe('low');
    expect(findings[0]?.evidence[0]?.detail).toContain('its owner may keep the keys');
    expect(verdict).toBe('inconclusive');
  });

  it('of both kinds on one host is a bypass for its direct part alone', () => {
    const both = [...windowsOf(DIRECT), ...asHost(windowsOf(PROXIED), '10.77.0.3')];
    const { said, paths } = judge(ruleWith(`host: ${PROXY}`), both);
    expect(said).toEqual([`${HOST} claude-code bypass likely`]);
    expect(paths?.through).toEqual(['10.77.0.3']);
    expect(paths?.around).toEqual([HOST]);
  });

  it('is no bypass by the gateway itself', () => {
    const own = asHost(windowsOf(DIRECT), GATEWAY);
    const { said, verdict, paths } = judge(ruleWith(`host: ${GATEWAY}`), own);
    expect(said).toEqual([]);
    expect(verdict).toBe('compliant');
    expect(paths?.around).toEqual([]);
    // Another machine with the same traffic is one.
    expect(judge(ruleWith('host: 10.77.0.41'), own).said).toEqual([`${GATEWAY} claude-code bypass likely`]);
  });

  it('is not clear at a private address that the rule does not name', () => {
    const inside: Change = (row) => ({ ...row, servers: ['10.9.9.9'] });
    const { said } = judge(ruleWith(`host: ${PROXY}`), windowsOf(DIRECT, inside));
    expect(said).toEqual([`${HOST} claude-code suspected possible`]);
  });

  it('is not clear where some connections of a row went to the gateway', () => {
    const mixed: Change = (row) => ({ ...row, servers: [PROXY, PROVIDER] });
    expect(judge(ruleWith(`host: ${PROXY}`), windowsOf(DIRECT, mixed)).said).toEqual([
      `${HOST} claude-code suspected possible`,
    ]);
  });

  it('cannot be called a bypass by packets of one side, or that contradict each other', () => {
    const forged: readonly Change[] = [
      (row) => ({ ...row, answeredSlices: 0 }),
      (row) => ({ ...row, contradictedSlices: row.answeredSlices }),
    ];
    for (const change of forged) {
      const { findings } = judge(ruleWith(`host: ${PROXY}`), windowsOf(DIRECT, change));
      expect(findings.filter(({ result }) => result === 'bypass')).toEqual([]);
    }
  });

  it('is not judged by the log of a proxy, and the verdict says so', () => {
    const logged: Change = (row) => ({ ...row, loggedSlices: 1, servers: [PROVIDER] });
    const { said, verdict, reasons, paths } = judge(
      ruleWith(`host: ${PROXY}`, ', evidence: { minRequests: 0 }'),
      windowsOf(PROXIED, logged),
    );
    expect(said).toEqual([]);
    expect(verdict).toBe('inconclusive');
    expect(reasons).toContain('path');
    expect(paths?.unknown).toEqual([HOST]);
  });

  it('passed the gateway whose log lists it, and what went around is not observed there', () => {
    const logged: Change = (row) => ({ ...row, loggedSlices: 1, servers: [PROVIDER] });
    const byLog = windowsOf(PROXIED, logged).map((window) => ({ ...window, sensor: 'squid-1' }));
    const { said, verdict, reasons, paths } = judge(
      ruleWith(`host: ${PROXY}, log: 'squid-*'`, ', evidence: { minRequests: 0 }'),
      byLog,
      true,
    );
    expect(said).toEqual([]);
    expect(paths?.unknown).toEqual([]);
    expect(paths?.days.map(({ host, through, around }) => ({ host, through, around }))).toEqual([
      { host: HOST, through: 9, around: 0 },
    ]);
    expect(reasons).not.toContain('path');
    expect(reasons).toContain('unobserved');
    expect(verdict).toBe('inconclusive');
    // Next to packets of the host its time is observed.
    const both = judge(ruleWith(`host: ${PROXY}, log: squid-1`), [...byLog, ...windowsOf(PROXIED)], true);
    expect(both.reasons).not.toContain('unobserved');
    expect(both.verdict).toBe('compliant');
  });

  it('counts the connections by path, and lists the direct ones', () => {
    const both = [...windowsOf(DIRECT), ...asHost(windowsOf(PROXIED), '10.77.0.3')];
    const days = judge(ruleWith(`host: ${PROXY}`), both).paths?.days ?? [];
    expect(days.map(({ host, through, around }) => [host, through, around].join(' '))).toEqual([
      `${HOST} 0 8`,
      '10.77.0.3 9 0',
    ]);
    expect(days[0]?.direct).toEqual([{ name: 'api.anthropic.com', servers: [PROVIDER], flows: 8 }]);
    expect(days[1]?.direct).toBeUndefined();
  });

  it('is in grace, exempt or before the rule by the time of the event', () => {
    const first = Math.min(...windowsOf(DIRECT).map(({ startSeconds }) => startSeconds));
    const day = (days: number): string => new Date((first + days * 86_400) * 1000).toISOString().slice(0, 10);
    const grace = `, effective: ${day(-2)}, grace: { until: ${day(2)} }`;
    expect(judge(ruleWith(`host: ${PROXY}`, grace), windowsOf(DIRECT)).said).toEqual([
      `${HOST} claude-code grace likely`,
    ]);
    const later = `, effective: ${day(2)}`;
    expect(judge(ruleWith(`host: ${PROXY}`, later), windowsOf(DIRECT)).said).toEqual([]);
    const excepted = `${ruleWith(`host: ${PROXY}`)}exceptions:
  - { id: EX, rule: PATH, scope: { host: ${HOST} }, until: ${day(9)}, reason: test }
`;
    expect(judge(excepted, windowsOf(DIRECT)).said).toEqual([`${HOST} claude-code exempt likely`]);
    expect(
      judge(ruleWith(`host: ${PROXY}`, ', scope: { cidr: 10.1.0.0/16 }'), windowsOf(DIRECT)).said,
    ).toEqual([]);
  });

  it('yields to a denying rule above it', () => {
    const denied = ruleWith(`host: ${PROXY}`).replace(
      'rules:\n',
      'rules:\n  - { id: BAN, title: banned, match: { tools: [claude-code] }, action: deny }\n',
    );
    expect(judge(denied, windowsOf(DIRECT)).findings.map(({ rule, result }) => `${rule} ${result}`)).toEqual([
      'BAN violation',
    ]);
  });

  it('of a rule about the API holds for every client of it', () => {
    const api = ruleWith(`host: ${PROXY}`, '', 'tools: [anthropic-api]');
    expect(judge(api, windowsOf(DIRECT)).said).toEqual([`${HOST} claude-code bypass likely`]);
    expect(judge(api, windowsOf(PROXIED)).said).toEqual([]);
  });
});

describe('a rule with a required path', () => {
  const errorsOf = (text: string): string[] =>
    parsePolicy(text, catalogueFacts(catalogue)).errors.map(({ message }) => message);

  it('allows, and names gateways', () => {
    expect(errorsOf(ruleWith(`host: ${PROXY}`))).toEqual([]);
    expect(errorsOf(ruleWith(`host: ${PROXY}`).replace('allow', 'deny')).join()).toContain('action allow');
    expect(errorsOf(ruleWith('')).join()).toContain('no gateway is named');
    expect(errorsOf(ruleWith('host: gateway')).join()).toContain('is not an address');
    expect(errorsOf(ruleWith("name: '*'")).join()).toContain('is not a server name');
    expect(errorsOf(ruleWith('cidr: 0.0.0.0/0')).join()).toContain('contains the providers too');
    expect(errorsOf(ruleWith('log: squid-1'))).toEqual([]);
    expect(errorsOf(ruleWith("log: '*'")).join()).toContain('means every sensor');
  });

  it('is explained', () => {
    const policy = loadPolicy(ruleWith(`host: ${PROXY}`), 'p.yaml', catalogueFacts(catalogue));
    const host = { host: HOST, mac: null, vlans: [], names: [], groups: [] };
    const tool = { id: 'claude-code', name: 'Claude Code', vendor: 'Anthropic', kind: 'cli' };
    expect(explainPolicy(policy, { host, tool, at: 0 }).rules[0]?.text).toContain(
      `use through ${PROXY} is allowed; use around them is a bypass (high)`,
    );
  });

  it('has tests of its own in the file', () => {
    const text = `${ruleWith(`host: ${PROXY}`)}tests:
  - { at: 2026-07-11, host: ${HOST}, tool: claude-code, to: 160.79.104.10, expect: bypass/high }
  - { at: 2026-07-11, host: ${HOST}, tool: claude-code, to: ${PROXY}, expect: none }
  - { at: 2026-07-11, host: ${PROXY}, tool: claude-code, to: 160.79.104.10, expect: none }
  - { at: 2026-07-11, host: ${HOST}, tool: claude-code, to: 10.5.5.5, expect: suspected }
`;
    const policy = loadPolicy(text, 'p.yaml', catalogueFacts(catalogue));
    const results = runPolicyTests(policy, catalogueFacts(catalogue));
    expect(results.map(({ passed, actual }) => `${passed} ${actual}`)).toEqual([
      'true bypass/high',
      'true none',
      'true none',
      'true suspected/low',
    ]);
  });
});
