// The merge law of what clients did with services.

import type { ServiceSeen, UsageWindow } from '../model/usage.ts';
import { MAX_SIGNS } from './ceilings.ts';
import { smallestTexts, sumByKey } from './sums.ts';

export const serviceKey = ({ host, server, port }: Pick<ServiceSeen, 'host' | 'server' | 'port'>): string =>
  `${host}\u0000${server}\u0000${port}`;

export function sumServices(a: ServiceSeen, b: ServiceSeen): ServiceSeen {
  return {
    host: a.host,
    server: a.server,
    port: a.port,
    firstUs: Math.min(a.firstUs, b.firstUs),
    lastUs: Math.max(a.lastUs, b.lastUs),
    signs: smallestTexts([...a.signs, ...b.signs], MAX_SIGNS),
    flows: a.flows + b.flows,
    requests: a.requests + b.requests,
    uses: a.uses + b.uses,
    isUncounted: a.isUncounted || b.isUncounted,
    bytesUp: a.bytesUp + b.bytesUp,
    bytesDown: a.bytesDown + b.bytesDown,
  };
}

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

/** Clients and servers by other names. */
export function renameServices(
  { services }: Pick<UsageWindow, 'services'>,
  nameOf: (host: string) => string,
): Pick<UsageWindow, 'services'> {
  if (services === undefined) return {};
  return unionServices([
    { services: services.map((seen) => ({ ...seen, host: nameOf(seen.host), server: nameOf(seen.server) })) },
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
