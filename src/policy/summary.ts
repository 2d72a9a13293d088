// The verdict of a rule over all hosts, and the counts beside it.

import { compareHosts } from '../model/address.ts';
import type { Rule } from '../model/policy.ts';
import type { Finding, RuleSummary } from '../model/report.ts';
import type { PolicySubject } from './check.ts';

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
  inScope: readonly PolicySubject[],
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
  const concerned = new Set([...hosts.seen, ...suspectedHosts]);
  return {
    rule: rule.id,
    verdict: rule.action === 'deny' && after > 0 ? 'notKept' : canSay(rule, inScope) ? 'kept' : 'cannotSay',
    inScope: concerned.size,
    before: hosts.before.size,
    grace: countOnly('grace', 'violation'),
    after,
    suspected: suspectedHosts.size,
    exempt: count('exempt'),
    notSeenSince: [...hosts.before].filter((host) => !hosts.inForce.has(host) && !found.has(host)).length,
    beforeAnnounced: rule.announced === null ? null : hosts.beforeAnnounced.size,
    changes: {
      stopped: sorted([...hosts.before].filter((host) => !hosts.inForce.has(host))),
      wentOn: sorted([...hosts.before].filter((host) => hosts.inForce.has(host))),
      began: sorted([...hosts.inForce].filter((host) => !hosts.before.has(host))),
    },
  };
}

/**
 * Nothing can be said when no traffic of the hosts in scope was seen while the rule was in force, or when more than half
 * of its bytes could not be seen into.
 */
function canSay(rule: Rule, subjects: readonly PolicySubject[]): boolean {
  let bytes = 0;
  let dark = 0;
  for (const subject of subjects) {
    for (const quarter of subject.activity) {
      if (rule.effective !== null && quarter.startSeconds < rule.effective) continue;
      if (rule.until !== null && quarter.startSeconds >= rule.until) continue;
      bytes += quarter.bytes;
      dark += quarter.darkBytes;
    }
  }
  return bytes > 0 && dark * 2 <= bytes;
}

function sorted(hosts: readonly string[]): string[] {
  return [...hosts].sort(compareHosts);
}
