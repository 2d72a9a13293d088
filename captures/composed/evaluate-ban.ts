// Compares the audit of a ban with the machines that broke it.
import type { ReportDocument } from '../../src/model/report.ts';
import type { BanTruth } from './case.ts';

export interface BanResult {
  readonly accused: readonly string[];
  readonly hidden: readonly string[];
  readonly exempted: readonly string[];
  /** The verdict is `inconclusive`. */
  readonly isOpen: boolean;
}

export function evaluateBan({ summary, findings }: ReportDocument, ban: BanTruth): BanResult {
  const verdict = summary?.rules[0]?.verdict;
  const isOpen = verdict === 'inconclusive';
  const hostsWith = (wanted: string): Set<string> =>
    new Set(findings?.filter(({ result }) => result === wanted).map(({ host }) => host));
  const [violating, exempt] = [hostsWith('violation'), hostsWith('exempt')];
  const users = new Set([...ban.users, ...(ban.free ?? [])].flat());
  const accused = [...violating].filter((host) => !users.has(host)).map((host) => `violation on ${host}`);
  const hidden: string[] = [];
  const exempted: string[] = [];
  for (const addresses of ban.users) {
    const has = (hosts: ReadonlySet<string>): boolean => addresses.some((address) => hosts.has(address));
    if (has(violating)) continue;
    if (has(exempt)) exempted.push(`${addresses[0]} is exempt, the verdict ${verdict}`);
    else if (!isOpen) hidden.push(`no violation on ${addresses[0]}, the verdict ${verdict}`);
  }
  if (verdict === 'compliant' && !ban.mayBeKept && hidden.length === 0) hidden.push('the verdict is kept');
  return { accused, hidden, exempted, isOpen };
}
