// The merge law of the account of traffic.

import type { HostAccount, UsageWindow } from '../model/usage.ts';
import { notVisibleKey, sumByKey, sumNotVisible } from './sums.ts';

type Part = Pick<UsageWindow, 'account'>;

/** All of several windows; absent without any. */
export function unionAccounts(windows: readonly Part[]): Part {
  const account = sumByKey(
    windows.map((window) => [...(window.account ?? [])]),
    ({ host }) => host,
    (a, b): HostAccount => ({
      host: a.host,
      lookedInto: a.lookedInto + b.lookedInto,
      harmless: a.harmless + b.harmless,
      inside: a.inside + b.inside,
      hidden: sumByKey([a.hidden, b.hidden], notVisibleKey, sumNotVisible),
    }),
  );
  return account.length === 0 ? {} : { account };
}

/** Hosts by other names. */
export function renameAccounts({ account }: Part, nameOf: (host: string) => string): Part {
  return account === undefined
    ? {}
    : unionAccounts([
        { account: account.map((one) => (one.host === '' ? one : { ...one, host: nameOf(one.host) })) },
      ]);
}

/** Without the hosts for which `isLeft` is false; traffic without a host stays. */
export function filterAccounts({ account }: Part, isLeft: (host: string) => boolean): Part {
  const left = account?.filter(({ host }) => host === '' || isLeft(host)) ?? [];
  return left.length === 0 ? {} : { account: left };
}
