// Telemetry that a rule switches off: kept, not kept, or neither, and never surer than the estimate.
import { beforeAll, describe, expect, it } from 'vitest';
import { attribute } from '../../../src/attribution/attribute.ts';
import type { Catalogue } from '../../../src/catalogue/catalogue.ts';
import { catalogueFacts } from '../../../src/catalogue/policy-facts.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { UsageRow, UsageWindow } from '../../../src/model/usage.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { explainPolicy } from '../../../src/policy/explain-decision.ts';
import type { Observed } from '../../../src/policy/observed.ts';
import { loadPolicy, parsePolicy } from '../../../src/policy/parse-policy.ts';
import { runPolicyTests } from '../../../src/policy/policy-tests.ts';
import { listSubjects } from '../../../src/policy/subjects.ts';
import { analyze } from '../../../src/query/library-analyze.ts';
import { measureObserved } from '../../../src/query/observed.ts';
import { openZone } from '../../../src/time/zone.ts';

const HOST = '10.77.0.2';
const ON = 'claude-code-2.1.328-prompt';
const OFF = 'claude-code-2.1.328-rt-notelemetry-short';
const NAMED = 'codex-0.169.0-prompt';
const RELAYED_ON = 'codex-0.169.0-rt-relay';
const RELAYED_OFF = 'pi-0.73.1-rt-relay';
const NONE_BY_DEFAULT = 'opencode-1.18.33-anthropic';

let catalogue: Catalogue;
const seen = new Map<string, readonly UsageWindow[]>();
beforeAll(async () => {
  catalogue = await loadCatalogue([]);
  for (const name of [ON, OFF, NAMED, RELAYED_ON, RELAYED_OFF, NONE_BY_DEFAULT]) {
    const { windows } = await analyze([`captures/recordings/${name}.pcap.gz`], { catalogue });
    seen.set(name, windows);
  }
});

const windowsOf = (recording: string): readonly UsageWindow[] => seen.get(recording) ?? [];
const withRows = (recording: string, change: (row: UsageRow) => UsageRow): UsageWindow[] =>
  windowsOf(recording).map((window) => ({ ...window, rows: window.rows.map(change) }));

const ruleWith = (more = '', match = 'kind: [cli]'): string =>
  `version: 1
name: telemetry
timezone: UTC
rules:
  - { id: OFF, title: telemetry is off, match: { ${match} }, action: allow, telemetry: off${more} }
`;

function judge(
  text: string,
  windows: readonly UsageWindow[],
  observed: Observed | null = null,
  facts = catalogueFacts(catalogue),
) {
  const policy = loadPolicy(text, 'p.yaml', facts);
  const attributions = attribute(windows, catalogue, { zone: openZone('UTC') });
  const { findings, rules } = evaluate(policy, listSubjects(windows, attributions), observed);
  const [rule] = rules;
  return {
    findings,
    said: findings.map(({ tool, result, confidence }) => `${tool} ${result} ${confidence}`),
    answers: (rule?.optOuts ?? []).map(({ tool, answer, reasons }) => [tool, answer, ...reasons].join(' ')),
    optOuts: rule?.optOuts ?? [],
    verdict: rule?.verdict,
    reasons: rule?.reasons.map(({ reason }) => reason),
  };
}

describe('telemetry that is switched off', () => {
  it('is kept by a session of ten requests that sent none', () => {
    const { said, answers, optOuts, verdict } = judge(ruleWith(), windowsOf(OFF));
    expect(said).toEqual([]);
    expect(answers).toEqual(['claude-code kept']);
    expect(optOuts[0]?.payloadUp).toEqual({ min: 0, max: 0 });
    expect(verdict).toBe('compliant');
  });

  it('is not kept where telemetry was sent, with its bytes and since when', () => {
    const { said, findings, optOuts, verdict } = judge(ruleWith(), windowsOf(ON));
    expect(said).toEqual(['claude-code telemetrySent likely']);
    expect(verdict).toBe('violated');
    const [{ answer, since, payloadUp } = {}] = optOuts;
    expect(answer).toBe('notKept');
    expect(since).toBe(findings[0]?.first);
    expect(payloadUp?.min).toBeGreaterThan(260_000);
    expect(payloadUp?.max).toBe(payloadUp?.min);
    expect(findings[0]?.severity).toBe('high');
    expect(findings[0]?.evidence.map(({ rule }) => rule)).toContain('telemetry');
  });

  it('is not kept by what went to a name of telemetry alone', () => {
    const { answers, findings } = judge(ruleWith(), windowsOf(NAMED));
    expect(answers).toEqual(['openai-codex notKept']);
    const item = findings[0]?.evidence.find(({ rule }) => rule === 'telemetry');
    expect(item?.detail).toContain('ab.chatgpt.com');
  });

  it('is no matter of a rule before it takes effect', () => {
    const { said, answers } = judge(ruleWith(', effective: 2030-01-01'), windowsOf(ON));
    expect([said, answers]).toEqual([[], []]);
  });

  it('is a grace finding before the end of the grace period, and no answer is given', () => {
    const dates = ', effective: 2020-01-01, grace: { until: 2030-01-01 }';
    const { said, answers } = judge(ruleWith(dates), windowsOf(ON));
    expect(said).toEqual(['claude-code grace likely']);
    expect(answers).toEqual([]);
  });

  it('cannot be said to be kept where less than ten minutes were observed', () => {
    const windows = windowsOf(OFF);
    const facts = { interrupted: false, unread: [], ignored: [], sinceSeconds: null, untilSeconds: null };
    const { answers, verdict, reasons } = judge(ruleWith(), windows, measureObserved(windows, facts));
    expect(answers).toEqual(['claude-code cannotSay short']);
    expect(verdict).toBe('inconclusive');
    expect(reasons).toContain('optOut');
  });

  it('cannot be said to be kept by a tool whose telemetry was never recorded', () => {
    const { tools, ...facts } = catalogueFacts(catalogue);
    const unrecorded = tools.map((tool) => ({ ...tool, telemetry: { isKnown: false, contacts: [] } }));
    const { answers } = judge(ruleWith(), windowsOf(OFF), null, { ...facts, tools: unrecorded });
    expect(answers).toEqual(['claude-code cannotSay notRecorded']);
  });

  it('is kept by a tool that sends none by default', () => {
    expect(judge(ruleWith(), windowsOf(NONE_BY_DEFAULT)).answers).toEqual(['opencode kept']);
  });

  it('is kept through a relay where each upload has a streamed answer, and not where telemetry is sent elsewhere', () => {
    const { answers, verdict } = judge(ruleWith(), windowsOf(RELAYED_OFF));
    expect(answers).toEqual(['pi-agent kept']);
    expect(verdict).toBe('compliant');
    expect(judge(ruleWith(), windowsOf(RELAYED_ON)).answers).toEqual(['openai-codex notKept']);
  });

  it('cannot be said to be kept where an upload to a relay has a short answer, or several have one', () => {
    for (const change of [{ recordsDown: 1 }, { recordsDown: 0, bytesDown: 0 }, { messagesUp: 2 }]) {
      const changed = withRows(RELAYED_OFF, (row) => ({
        ...row,
        exchanges: row.exchanges.map((one, i) => (one.bytesUp > 1000 && i > 2 ? { ...one, ...change } : one)),
      }));
      const [answer] = judge(ruleWith(), changed).answers;
      expect(answer).toMatch(/^pi-agent cannotSay .*relay/);
    }
  });

  it('cannot be said to be kept from a log, which counts no requests', () => {
    const logged = withRows(OFF, (row) => ({ ...row, loggedSlices: row.flows, exchanges: [] }));
    const { said, answers } = judge(ruleWith(), logged);
    expect(said).toEqual([]);
    expect(answers).toEqual(['claude-code cannotSay noEstimate noRequest']);
  });

  it('cannot be said to be kept without a request', () => {
    const idle = withRows(OFF, (row) => ({
      ...row,
      exchanges: row.exchanges.filter(({ bytesUp }) => bytesUp < 1000),
    }));
    const { said, answers } = judge(ruleWith(), idle);
    expect(said).toEqual([]);
    expect(answers.every((answer) => answer.includes('cannotSay'))).toBe(true);
  });

  it('is not accused for a request whose answer had begun when observation ended', () => {
    const rows = windowsOf(OFF).flatMap((window) => window.rows);
    const isLarge = ({ bytesUp }: { readonly bytesUp: number }): boolean => bytesUp > 20_000;
    const lastUs = Math.max(
      ...rows.filter(({ exchanges }) => exchanges.some(isLarge)).map((row) => row.lastUs),
    );
    const begun = withRows(OFF, (row) => {
      const large = row.exchanges.findLast(isLarge);
      const small = row.exchanges.filter(({ bytesUp }) => bytesUp < 1000);
      return large === undefined || row.lastUs < lastUs
        ? { ...row, exchanges: small }
        : { ...row, exchanges: [...small, { ...large, bytesDown: 794, recordsDown: 1 }] };
    });
    const facts = { interrupted: false, unread: [], ignored: [], sinceSeconds: null, untilSeconds: null };
    const ended = judge(ruleWith(), begun, measureObserved(begun, facts));
    expect([judge(ruleWith(), begun).said, ended.said]).toEqual([
      ['claude-code telemetrySent likely'],
      ['claude-code suspected possible'],
    ]);
    expect(ended.answers[0]).toMatch(/^claude-code cannotSay doubtful/);
  });

  it('is not accused for a request that got no answer', () => {
    const stopped = withRows(OFF, (row) => ({
      ...row,
      exchanges: row.exchanges.map((one, i) =>
        one.bytesUp > 20_000 && i === row.exchanges.length - 1
          ? { ...one, bytesDown: 0, recordsDown: 0 }
          : one,
      ),
    }));
    const last = withRows(OFF, (row) => row).flatMap(({ rows }) => rows);
    expect(last.some(({ exchanges }) => (exchanges.at(-1)?.bytesUp ?? 0) > 20_000)).toBe(true);
    const { said, answers } = judge(ruleWith(), stopped);
    expect(said.filter((text) => text.includes('telemetrySent'))).toEqual([]);
    expect(answers).toEqual(['claude-code cannotSay doubtful']);
  });

  it('is not accused for calls that a provider refused, all with the same error page', () => {
    const answeredBy = (bytesDown: (bytesUp: number) => number) =>
      withRows(ON, (row) => ({
        ...row,
        exchanges: row.exchanges.map((one) => ({
          ...one,
          recordsDown: 1,
          bytesDown: bytesDown(one.bytesUp),
        })),
      }));
    const refused = judge(
      ruleWith(),
      answeredBy(() => 389),
    );
    expect(refused.said.filter((text) => text.includes('telemetrySent'))).toEqual([]);
    expect(refused.answers).toEqual([expect.stringContaining('claude-code cannotSay')]);
    // Telemetry has an acknowledgement of its own.
    const taken = judge(
      ruleWith(),
      answeredBy((bytesUp) => (bytesUp < 1000 ? 232 : 285)),
    );
    expect(taken.answers).toEqual(['claude-code notKept']);
  });

  it('is an exempt finding of a host with an exception', () => {
    const exception = `exceptions:
  - { id: EX, rule: OFF, scope: { cidr: ${HOST}/32 }, until: 2030-01-01, reason: support case }
`;
    const { said, answers } = judge(`${ruleWith()}${exception}`, windowsOf(ON));
    expect(said).toEqual(['claude-code exempt likely']);
    expect(answers).toEqual([]);
  });

  it.each([
    ['http-429', 'a prompt that is refused each time'],
    ['http-401-all', 'a server that refuses all calls'],
  ])('is no finding where posts may be refused requests: %s, %s', async (fault) => {
    const file = `captures/faults/claude-code-2.1.332-${fault}.pcap.gz`;
    const { windows } = await analyze([file], { catalogue });
    expect(judge(ruleWith(), windows).said).toEqual(['claude-code suspected possible']);
  });

  it('is what policy test and policy explain say', () => {
    const facts = catalogueFacts(catalogue);
    const policy = loadPolicy(
      `${ruleWith()}tests:
  - { at: 2026-07-11, host: ${HOST}, tool: claude-code, roles: [inference, telemetry], expect: telemetrySent/high }
  - { at: 2026-07-11, host: ${HOST}, tool: claude-code, expect: none }
`,
      'p.yaml',
      facts,
    );
    expect(runPolicyTests(policy, facts).map(({ passed, actual }) => `${passed} ${actual}`)).toEqual([
      'true telemetrySent/high',
      'true none',
    ]);
    const host = { host: HOST, mac: null, vlans: [], names: [], groups: [] };
    const tool = { id: 'claude-code', name: 'Claude Code', vendor: 'Anthropic', kind: 'cli' };
    expect(explainPolicy(policy, { host, tool, at: 0 }).rules[0]?.text).toContain(
      'use is allowed; telemetry is a finding (high)',
    );
  });

  it.each([
    ['action: allow, telemetry: off', 'action: deny, telemetry: off', 'rule with action allow'],
    ['telemetry: off', 'telemetry: off, via: { host: 10.0.0.5 }', 'belong to different rules'],
    ['telemetry: off', 'telemetry: off, evidence: { minRequests: 2 }', 'belongs to a rule about use'],
    ['kind: [cli]', 'services: all', 'belongs to a rule about tools'],
  ])('is refused: %s as %s', (from, to, fault) => {
    const { errors } = parsePolicy(ruleWith().replace(from, to), catalogueFacts(catalogue));
    expect(errors.map(({ message }) => message).join('\n')).toContain(fault);
  });
});
