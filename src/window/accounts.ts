// The merge law of the account of traffic.

import type { HiddenDestination, HostAccount, UsageWindow } from '../model/usage.ts';
import { MAX_HIDDEN_DESTINATIONS } from './ceilings.ts';
import { destinationKey, notVisibleKey, sumByKey, sumNotVisible } from './sums.ts';

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
      destinations: sumDestinations([a.destinations, b.destinations]),
    }),
  );
  return account.length === 0 ? {} : { account };
}

/** Those with the smallest keys, so that the order of sums does not matter. */
const sumDestinations = (lists: readonly (readonly HiddenDestination[])[]): HiddenDestination[] =>
  sumByKey(lists, destinationKey, (a, b) => ({ ...a, bytes: a.bytes + b.bytes })).slice(
    0,
    MAX_HIDDEN_DESTINATIONS,
  );

/** Hosts and destinations by other names. */
export function renameAccounts(
  { account }: Part,
  nameOf: (host: string) => string,
  addressOf: (address: string) => string,
): Part {
  if (account === undefined) return {};
  const renamed = account.map((one) => ({
    ...one,
    host: one.host === '' ? '' : nameOf(one.host),
    destinations: sumDestinations([
      one.destinations.map((part) => ({ ...part, address: addressOf(part.address) })),
    ]),
  }));
  return unionAccounts([{ account: renamed }]);
}

/** Without the hosts for which `isLeft` is false; traffic without a host stays. */
export function filterAccounts({ account }: Part, isLeft: (host: string) => boolean): Part {
  const left = account?.filter(({ host }) => host === '' || isLeft(host)) ?? [];
  return left.length === 0 ? {} : { account: left };
}
