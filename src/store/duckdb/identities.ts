// Hosts as they were known in a window: address, MAC and names under one number, so that sums over months group by a
// number and not by texts.

import type { DuckDBConnection } from '@duckdb/node-api';
import type { HostTotals, UsageWindow } from '../../model/usage.ts';

type Identity = Pick<HostTotals, 'host' | 'mac' | 'macFrom' | 'names' | 'addresses'>;

export interface Identities {
  /** Of a host that is in the windows given. */
  of(host: Identity): number;
}

const listText = (list: readonly unknown[]): string => JSON.stringify(list);

/** In the notation of their columns, for comparison without parsing. */
const keyOf = ({ host, mac, macFrom, names, addresses }: Identity): string =>
  JSON.stringify([host, mac, macFrom, listText(names), addresses === undefined ? null : listText(addresses)]);

/** Looks up or creates the number of every host in the windows, within the transaction of the caller. */
export async function identify(
  connection: DuckDBConnection,
  windows: readonly UsageWindow[],
): Promise<Identities> {
  const wanted = new Map<string, Identity>();
  for (const { hosts } of windows) for (const host of hosts) wanted.set(keyOf(host), host);
  const numbers = new Map<string, number>();
  if (wanted.size === 0) return { of: () => 0 };
  let next = 0;
  const known = await connection.runAndReadAll(
    'SELECT identity, host, mac, mac_from, names, addresses FROM host_identities',
  );
  for (const [identity, host, mac, macFrom, names, addresses] of known.getRows()) {
    const key = JSON.stringify([host, mac, macFrom, names, addresses]);
    numbers.set(key, Number(identity));
    next = Math.max(next, Number(identity) + 1);
  }
  const appender = await connection.createAppender('host_identities');
  try {
    for (const [key, { host, mac, macFrom, names, addresses }] of wanted) {
      if (numbers.has(key)) continue;
      numbers.set(key, next);
      appender.appendInteger(next++);
      appender.appendVarchar(host);
      for (const text of [mac, macFrom]) {
        if (text === null) appender.appendNull();
        else appender.appendVarchar(text);
      }
      appender.appendVarchar(listText(names));
      if (addresses === undefined) appender.appendNull();
      else appender.appendVarchar(JSON.stringify(addresses));
      appender.endRow();
    }
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
  return { of: (host) => numbers.get(keyOf(host)) ?? 0 };
}

/** Names and addresses that no window holds any more are no longer known either. */
export const FORGET_IDENTITIES =
  'DELETE FROM host_identities WHERE identity NOT IN (SELECT DISTINCT identity FROM host_totals)';
