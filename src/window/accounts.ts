// The merge law of the account of traffic.

import type { HiddenTraffic, HostAccount } from '../model/account.ts';
import type { UsageWindow } from '../model/usage.ts';
import { NOT_VISIBLE_KINDS } from '../model/words.ts';
import { MAX_HIDDEN_SERVERS } from './ceilings.ts';
import { sumByKey } from './sums.ts';

type Part = Pick<UsageWindow, 'account'>;

const hiddenKey = ({ kind, hint, server }: HiddenTraffic): string =>
  `${String(NOT_VISIBLE_KINDS.indexOf(kind)).padStart(2, '0')} ${hint} ${server}`;

/**
 * Hidden traffic of several lists, in the order of its keys. Beyond the limit the smallest keys keep their servers, so that
 * the order of sums does not matter.
 */
export function sumHidden(lists: readonly (readonly HiddenTraffic[])[]): HiddenTraffic[] {
  const all = sumParts(lists);
  if (all.filter(({ server }) => server !== '').length <= MAX_HIDDEN_SERVERS) return all;
  let left = MAX_HIDDEN_SERVERS;
  return sumParts([all.map((part) => (part.server === '' || left-- > 0 ? part : { ...part, server: '' }))]);
}

const sumParts = (lists: readonly (readonly HiddenTraffic[])[]): HiddenTraffic[] =>
  sumByKey(lists, hiddenKey, (a, b) => ({
    ...a,
    flows: a.flows + b.flows,
    bytes: a.bytes + b.bytes,
    firstUs: Math.min(a.firstUs, b.firstUs),
    lastUs: Math.max(a.lastUs, b.lastUs),
  }));

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
      hidden: sumHidden([a.hidden, b.hidden]),
    }),
  );
  return account.length === 0 ? {} : { account };
}

/** Hosts and servers by other names. */
export function renameAccounts(
  { account }: Part,
  nameOf: (host: string) => string,
  addressOf: (address: string) => string,
): Part {
  if (account === undefined) return {};
  const renamed = account.map(
    (one): HostAccount => ({
      ...one,
      host: one.host === '' ? '' : nameOf(one.host),
      hidden: sumHidden([
        one.hidden.map((part) => ({ ...part, server: part.server === '' ? '' : addressOf(part.server) })),
      ]),
    }),
  );
  return unionAccounts([{ account: renamed }]);
}

/** Without the hosts for which `isLeft` is false; traffic without a host stays. */
export function filterAccounts({ account }: Part, isLeft: (host: string) => boolean): Part {
  const left = account?.filter(({ host }) => host === '' || isLeft(host)) ?? [];
  return left.length === 0 ? {} : { account: left };
}
