// The verdict of a rule over all hosts, and the counts beside it.

import type { Rule } from '../model/policy.ts';
import type { Finding, RuleSummary } from '../model/report.ts';
import type { PolicySubject } from './check.ts';

/** What a rule's verdict is, over all hosts that it concerns. */
export function summarise(
  rule: Rule,
  inScope: readonly PolicySubject[],
  findings: readonly Finding[],
  hosts: { before: Set<string>; seen: Set<string>; inForce: Set<string> },
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
    verdict:
      rule.action === 'deny' && after > 0 ? 'notKept' : isMostlyDark(rule, inScope) ? 'cannotSay' : 'kept',
    inScope: concerned.size,
    before: hosts.before.size,
    grace: countOnly('grace', 'violation'),
    after,
    suspected: suspectedHosts.size,
    exempt: count('exempt'),
    notSeenSince: [...hosts.before].filter((host) => !hosts.inForce.has(host) && !found.has(host)).length,
  };
}

/** More than half of the bytes of the hosts in scope, while the rule is in force, could not be seen into. */
function isMostlyDark(rule: Rule, subjects: readonly PolicySubject[]): boolean {
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
  return dark * 2 > bytes;
}
