// The merge law of what the hellos of hosts show.

import { sumEchConfigs } from '../model/ech.ts';
import type { HelloCounts, UsageWindow } from '../model/usage.ts';
import { sumByKey } from './sums.ts';

type Part = Pick<UsageWindow, 'hellos'>;

/** All of several windows; absent without any. */
export function unionHellos(windows: readonly Part[]): Part {
  const hellos = sumByKey(
    windows.map((window) => [...(window.hellos ?? [])]),
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
