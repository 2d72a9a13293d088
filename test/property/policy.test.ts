// Laws of the policy evaluation: a milder policy never has more findings.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attribute } from '../../src/attribution/attribute.ts';
import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import { loadCatalogue } from '../../src/files/catalogue-files.ts';
import type { CatalogueFacts, Policy, Rule } from '../../src/model/policy.ts';
import type { HostTool, UsageQuarter } from '../../src/model/tool.ts';
import type { UsageWindow } from '../../src/model/usage.ts';
import { UNMEASURED_USE } from '../../src/model/withheld.ts';
import { evaluate } from '../../src/policy/evaluate.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import type { PolicySubject } from '../../src/policy/subjects.ts';
import { listSubjects } from '../../src/policy/subjects.ts';
import { analyze } from '../../src/reading/captures/analyze-captures.ts';
import { openZone } from '../../src/time/zone.ts';
import { mergeWindows } from '../../src/window/merge-windows.ts';

const catalogue: CatalogueFacts = {
  version: '2026.11.1',
  tools: [
    { id: 'claude-code', name: 'Claude Code', vendor: 'Anthropic', kind: 'cli', hasOwnName: false },
    { id: 'anthropic-api', name: 'Anthropic API', vendor: 'Anthropic', kind: 'api', hasOwnName: false },
  ],
};

/** 2026-07-08T00:00:00Z and a week of quarter hours after it. */
const START = 1_783_468_800;
const QUARTERS = 7 * 96;

function policyText(effectiveQuarter: number, exception: string): string {
  const at = (quarter: number): string =>
    new Date((START + quarter * 900) * 1000).toISOString().replace('.000Z', 'Z');
  return `version: 1
name: laws
timezone: Asia/Shanghai
rules:
  - id: R
    title: banned
    match: { tools: [claude-code] }
    related: { tools: [anthropic-api], result: suspected }
    action: deny
    effective: ${at(effectiveQuarter)}
    grace: { until: ${at(effectiveQuarter + 40)} }
    evidence: { confidence: likely, minRequests: 2 }
${exception}`;
}

function policy(effectiveQuarter: number, exception = ''): Policy {
  const parsed = parsePolicy(policyText(effectiveQuarter, exception), catalogue);
  if (parsed.policy === null) throw new Error(JSON.stringify(parsed.errors));
  return parsed.policy;
}

function withEvidence(base: Policy, evidence: Partial<Rule['evidence']>): Policy {
  return {
    ...base,
    rules: base.rules.map((rule) => ({ ...rule, evidence: { ...rule.evidence, ...evidence } })),
  };
}

const quarter = fc
  .record({
    at: fc.nat(QUARTERS - 1),
    confidence: fc.constantFrom('certain', 'likely', 'possible'),
    min: fc.nat(4),
    more: fc.nat(3),
    role: fc.constantFrom('inference', 'telemetry', 'update'),
    minutes: fc.uniqueArray(fc.nat(14), { maxLength: 4 }),
  })
  .map((q): UsageQuarter => {
    const startSeconds = START + q.at * 900;
    const traffic = {
      firstUs: startSeconds * 1e6,
      lastUs: (startSeconds + 60) * 1e6,
      flows: 1,
      bytesUp: 1000,
      bytesDown: 1000,
      payloadUp: 900,
      payloadDown: 900,
      requests: q.role === 'inference' ? { min: q.min, max: q.min + q.more } : null,
    };
    return {
      startSeconds,
      isInRow: true,
      firstUs: startSeconds * 1e6,
      lastUs: (startSeconds + 60) * 1e6,
      confidence: q.confidence,
      flows: 1,
      bytesUp: 1000,
      bytesDown: 1000,
      payloadUp: 900,
      payloadDown: 900,
      requests: { min: q.min, max: q.min + q.more },
      activeMinutes: q.minutes.map((minute) => startSeconds / 60 + minute),
      telemetryPayloadUp: 0,
      modelPayloadUp: 500,
      byRole: { [q.role]: traffic },
    };
  });

function hostTool(tool: string, kind: string, quarters: readonly UsageQuarter[]): HostTool {
  const time = '2026-07-08T00:00:00.000000Z';
  return {
    use: {
      ...UNMEASURED_USE,
      tool,
      name: tool,
      vendor: 'Anthropic',
      kind,
      confidence: 'likely',
      firstSeen: time,
      lastSeen: time,
      firstSeenEver: time,
      flows: quarters.length,
    },
    quarters: [...new Map(quarters.map((q) => [q.startSeconds, q])).values()].sort(
      (a, b) => a.startSeconds - b.startSeconds,
    ),
  };
}

const subject = fc
  .record({
    last: fc.integer({ min: 1, max: 250 }),
    used: fc.array(quarter, { maxLength: 12 }),
    provider: fc.array(quarter, { maxLength: 4 }),
  })
  .map(
    (s): PolicySubject => ({
      identity: { host: `10.20.1.${s.last}`, mac: null, vlans: [], names: [], groups: [] },
      tools: s.used.length > 0 ? [hostTool('claude-code', 'cli', s.used)] : [],
      providers: s.provider.length > 0 ? [hostTool('anthropic-api', 'api', s.provider)] : [],
      activity: [],
    }),
  );
const subjects = fc.uniqueArray(subject, { maxLength: 6, selector: (s) => s.identity.host });

function catalogueFactsOf(catalogue: Catalogue): CatalogueFacts {
  const tools = catalogue.tools.map(({ id, name, vendor, kind }) => ({
    id,
    name,
    vendor,
    kind,
    hasOwnName: true,
  }));
  return { version: catalogue.version, tools };
}

function violations(policyToJudge: Policy, hosts: readonly PolicySubject[]): Set<string> {
  const found = evaluate(policyToJudge, hosts).findings.filter((finding) => finding.result === 'violation');
  return new Set(found.map((finding) => finding.id));
}

function isSubset(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return [...a].every((item) => b.has(item));
}

describe('windows judged in parts', () => {
  it('find what the whole finds', async () => {
    const catalogue = await loadCatalogue();
    const result = await analyze(['captures/recordings/busy-developer-light.pcap.gz'], {
      lookup: catalogue,
      watchlist: catalogue.watchlist(),
    });
    const text = policyText(0, '').replace('timezone: Asia/Shanghai', 'timezone: UTC');
    const parsed = parsePolicy(text, catalogueFactsOf(catalogue));
    if (parsed.policy === null) throw new Error(JSON.stringify(parsed.errors));
    const banned = parsed.policy;
    const findings = (windows: readonly UsageWindow[]): unknown => {
      const attributions = attribute(windows, catalogue, { zone: openZone('UTC') });
      return evaluate(banned, listSubjects(windows, attributions));
    };
    const whole = findings(mergeWindows(result.windows));
    expect(JSON.stringify(whole)).toContain('violation');
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), (sides) => {
        const inFirst = (_: UsageWindow, i: number): boolean => sides[i % 8] === true;
        const first = result.windows.filter(inFirst);
        const second = result.windows.filter((window, i) => !inFirst(window, i) || i % 3 === 0);
        expect(findings(mergeWindows(second, first))).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });
});

describe('the judge', () => {
  it('never finds more violations when the rule takes effect later', () => {
    fc.assert(
      fc.property(subjects, fc.nat(500), fc.nat(100), (hosts, effective, later) => {
        expect(
          isSubset(violations(policy(effective + later), hosts), violations(policy(effective), hosts)),
        ).toBe(true);
      }),
    );
  });

  it('never finds more violations when an exception is added', () => {
    const exception = `exceptions:
  - { id: E, rule: R, scope: { cidr: 10.20.1.0/25 }, until: 2026-07-14, reason: research }
`;
    fc.assert(
      fc.property(subjects, fc.nat(400), (hosts, effective) => {
        expect(
          isSubset(violations(policy(effective, exception), hosts), violations(policy(effective), hosts)),
        ).toBe(true);
      }),
    );
  });

  it('never finds more violations when a threshold rises', () => {
    fc.assert(
      fc.property(
        subjects,
        fc.nat(500),
        fc.nat(6),
        fc.nat(6),
        fc.nat(6),
        (hosts, effective, requests, more, minutes) => {
          const mild = withEvidence(policy(effective), {
            minRequests: requests + more,
            minActiveMinutes: minutes + more,
          });
          const strict = withEvidence(policy(effective), {
            minRequests: requests,
            minActiveMinutes: minutes,
          });
          expect(isSubset(violations(mild, hosts), violations(strict, hosts))).toBe(true);
          const certain = withEvidence(strict, { confidence: 'certain' });
          expect(isSubset(violations(certain, hosts), violations(strict, hosts))).toBe(true);
        },
      ),
    );
  });

  it('does not depend on the order of hosts', () => {
    fc.assert(
      fc.property(subjects, fc.nat(500), (hosts, effective) => {
        expect(evaluate(policy(effective), [...hosts].reverse())).toEqual(evaluate(policy(effective), hosts));
      }),
    );
  });

  it('reports no violation on evidence that is only possible', () => {
    fc.assert(
      fc.property(subjects, fc.nat(500), (hosts, effective) => {
        const doubtful = hosts.map((host) => ({
          ...host,
          tools: host.tools.map((tool) => ({
            ...tool,
            quarters: tool.quarters.map((q) => ({ ...q, confidence: 'possible' as const })),
          })),
        }));
        expect(violations(policy(effective), doubtful).size).toBe(0);
      }),
    );
  });
});
