// The verdict of a rule over all hosts, and the counts beside it.

import type { Rule } from '../model/policy.ts';
import type { Finding, RuleSummary } from '../model/report.ts';
import { compareHosts } from '../net/address.ts';
import type { Limits } from './limits.ts';

/** Hosts with use that the evidence of a rule accepts, by the time of the use. */
export interface UseByTime {
  readonly beforeAnnounced: Set<string>;
  readonly before: Set<string>;
  readonly seen: Set<string>;
  readonly inForce: Set<string>;
}

/** What a rule's verdict is, over all hosts that it concerns. */
export function summarise(
  rule: Rule,
  limits: Limits,
  findings: readonly Finding[],
  hosts: UseByTime,
): RuleSummary {
  const count = (result: Finding['result']): number =>
    new Set(findings.filter((item) => item.result === result).map((item) => item.host)).size;
  const countOnly = (result: Finding['result'], but: Finding['result']): number => {
    const others = new Set(findings.filter((item) => item.result === but).map((item) => item.host));
    return new Set(
      findings.filter((item) => item.result === result && !others.has(item.host)).map((item) => item.host),
    ).size;
  };
  const suspectedHosts = new Set(
    findings.filter((item) => item.result === 'suspected').map((item) => item.host),
  );
  const found = new Set(findings.map((item) => item.host));
  const after = count('violation');
  const { observed, reasons, inScope, hostsSeen, hostsDark, darkShare } = limits;
  const canSay = reasons.every(({ reason }) => reason === 'someEvidence');
  return {
    rule: rule.id,
    // What was found stays found, whatever was not seen; that nothing was found is worth what was seen.
    verdict: rule.action === 'deny' && after > 0 ? 'notKept' : canSay ? 'kept' : 'cannotSay',
    observed,
    reasons,
    inScope,
    hostsSeen,
    hostsDark,
    darkShare,
    concerned: new Set([...hosts.seen, ...suspectedHosts]).size,
    before: hosts.before.size,
    grace: countOnly('grace', 'violation'),
    after,
    suspected: suspectedHosts.size,
    exempt: count('exempt'),
    // Where nobody was seen since, nobody can be said to be missing.
    notSeenSince:
      hostsSeen === 0
        ? 0
        : [...hosts.before].filter((host) => !hosts.inForce.has(host) && !found.has(host)).length,
    beforeAnnounced: rule.announced === null ? null : hosts.beforeAnnounced.size,
    changes: {
      stopped: sorted([...hosts.before].filter((host) => !hosts.inForce.has(host))),
      wentOn: sorted([...hosts.before].filter((host) => hosts.inForce.has(host))),
      began: sorted([...hosts.inForce].filter((host) => !hosts.before.has(host))),
    },
  };
}

function sorted(hosts: readonly string[]): string[] {
  return [...hosts].sort(compareHosts);
}
