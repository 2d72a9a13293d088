// The merge law of what the hellos of hosts show.

import type { EchConfigCount, HelloCounts, UsageWindow } from '../model/usage.ts';
import { ECH_CONFIG_IDS } from './ceilings.ts';
import { sumByKey } from './sums.ts';

type Part = Pick<UsageWindow, 'hellos'>;

/** All of several windows; absent without any. */
export function unionHellos(windows: readonly Part[]): Part {
  const hellos = sumByKey(
    windows.map((window) => window.hellos ?? []),
    ({ host }) => host,
    (a, b) => ({
      host: a.host,
      hellos: a.hellos + b.hellos,
      ech: a.ech + b.ech,
      hidden: a.hidden + b.hidden,
      unlistedRequests: a.unlistedRequests + b.unlistedRequests,
      echConfigs: sumEchConfigs([a.echConfigs, b.echConfigs]),
    }),
  );
  return hellos.length === 0 ? {} : { hellos };
}

export function sumEchConfigs(lists: readonly (readonly EchConfigCount[])[]): EchConfigCount[] {
  return sumByKey(
    lists.map((list) => list.filter(({ id }) => id < ECH_CONFIG_IDS)),
    // Fixed width: the order of keys is that of names and numbers.
    ({ outer, id }) => `${outer} ${String(id).padStart(3, '0')}`,
    (a, b) => ({ ...a, hellos: a.hellos + b.hellos }),
  );
}

/** Hosts by other names. */
export function renameHellos({ hellos }: Part, nameOf: (host: string) => string): Part {
  return hellos === undefined
    ? {}
    : unionHellos([{ hellos: hellos.map((one): HelloCounts => ({ ...one, host: nameOf(one.host) })) }]);
}

/** Without the hosts for which `isLeft` is false. */
export function filterHellos({ hellos }: Part, isLeft: (host: string) => boolean): Part {
  const left = hellos?.filter(({ host }) => isLeft(host)) ?? [];
  return left.length === 0 ? {} : { hellos: left };
}
