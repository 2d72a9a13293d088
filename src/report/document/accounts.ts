// Sums the account of traffic of a report: bytes by class, of each host and of all hosts.

import { accountBytes } from '../../model/entries.ts';
import type { HostReport, ReportDocument, TrafficAccount } from '../../model/report.ts';
import type { UsageWindow } from '../../model/usage.ts';

/** Accounts by host. The empty host has traffic without a local end. */
export type Accounts = ReadonlyMap<string, TrafficAccount>;

export function buildAccounts(windows: readonly Pick<UsageWindow, 'account'>[]): Accounts {
  const sums = new Map<string, TrafficAccount>();
  for (const { account } of windows) {
    for (const { host, lookedInto, harmless, inside, hidden } of account === undefined
      ? []
      : accountBytes(account)) {
      const own = {
        wireBytes: lookedInto + harmless + inside + hidden,
        lookedInto,
        harmless,
        inside,
        hidden,
      };
      const existing = sums.get(host);
      sums.set(host, existing === undefined ? own : addAccounts(existing, own));
    }
  }
  return sums;
}

const addAccounts = (a: TrafficAccount, b: TrafficAccount): TrafficAccount => ({
  wireBytes: a.wireBytes + b.wireBytes,
  lookedInto: a.lookedInto + b.lookedInto,
  harmless: a.harmless + b.harmless,
  inside: a.inside + b.inside,
  hidden: a.hidden + b.hidden,
});

/** Returns the field of a document; absent without any account. */
export function accountTotal(accounts: Iterable<TrafficAccount>): Pick<ReportDocument, 'account'> {
  const [first, ...others] = accounts;
  return first === undefined ? {} : { account: others.reduce(addAccounts, first) };
}

/** Returns the field for a part of the hosts. */
export const buildAccountTotal = (hosts: readonly HostReport[]): Pick<ReportDocument, 'account'> =>
  accountTotal(hosts.flatMap(({ account }) => (account === undefined ? [] : [account])));
