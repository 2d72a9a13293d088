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
  const { hostsSeen, darkShare } = whatWasSeen(rule, inScope);
  // Nothing can be said when no traffic was seen, or when more than half of it could not be seen into.
  const canSay = darkShare !== null && darkShare <= 0.5;
  return {
    rule: rule.id,
    verdict: rule.action === 'deny' && after > 0 ? 'notKept' : canSay ? 'kept' : 'cannotSay',
    inScope: concerned.size,
    hostsSeen,
    darkShare,
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

/** What the sensor saw of the hosts in scope while the rule was in force. */
function whatWasSeen(
  rule: Rule,
  subjects: readonly PolicySubject[],
): { readonly hostsSeen: number; readonly darkShare: number | null } {
  let [hostsSeen, bytes, dark] = [0, 0, 0];
  for (const subject of subjects) {
    const inForce = subject.activity.filter(
      ({ startSeconds }) =>
        (rule.effective === null || startSeconds >= rule.effective) &&
        (rule.until === null || startSeconds < rule.until),
    );
    if (inForce.some((quarter) => quarter.bytes > 0)) hostsSeen++;
    for (const quarter of inForce) {
      bytes += quarter.bytes;
      dark += quarter.darkBytes;
    }
  }
  return { hostsSeen, darkShare: bytes === 0 ? null : dark / bytes };
}

function sorted(hosts: readonly string[]): string[] {
  return [...hosts].sort(compareHosts);
}
