// The merge law of what clients did with services.

import { isFromOtherNetwork, serviceKey, sumServices } from '../model/services.ts';
import type { UsageWindow } from '../model/usage.ts';
import { sumByKey } from './sums.ts';

/** All of several windows; absent without any. */
export function unionServices(
  windows: readonly Pick<UsageWindow, 'services'>[],
): Pick<UsageWindow, 'services'> {
  const services = sumByKey(
    windows.map((window) => window.services ?? []),
    serviceKey,
    sumServices,
  );
  return services.length === 0 ? {} : { services };
}

/** Clients and servers by other names, which show no network. */
export function renameServices(
  { services }: Pick<UsageWindow, 'services'>,
  nameOf: (host: string) => string,
): Pick<UsageWindow, 'services'> {
  if (services === undefined) return {};
  return unionServices([
    {
      services: services.map((seen) => ({
        ...seen,
        host: nameOf(seen.host),
        server: nameOf(seen.server),
        isOtherNetwork: isFromOtherNetwork(seen),
      })),
    },
  ]);
}

/** Without the clients and servers for which `isLeft` is false. */
export function filterServices(
  { services }: Pick<UsageWindow, 'services'>,
  isLeft: (host: string) => boolean,
): Pick<UsageWindow, 'services'> {
  const left = services?.filter(({ host, server }) => isLeft(host) && isLeft(server)) ?? [];
  return left.length === 0 ? {} : { services: left };
}
