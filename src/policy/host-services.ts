// Prepares AI services that hosts run for rules: the use of each by hosts of its own network and by hosts of other
// networks.

import { sumOf } from '../model/extremes.ts';
import { groupBy } from '../model/grouped-by.ts';
import type { HostIdentity } from '../model/policy.ts';
import { findServiceName, isFromOtherNetwork, isReached, type ServiceName } from '../model/services.ts';
import type { UsageQuarter } from '../model/tool.ts';
import type { ServedWindow, ServiceSeen } from '../model/usage.ts';
import { floorToQuarter } from '../time/units.ts';
import {
  type HostService,
  NO_ACTIVITY,
  type PolicySubject,
  type ServiceEntry,
  type SubjectBuilder,
} from './subjects.ts';

/**
 * Adds the services that hosts run. A host that only answers has no totals of its own. `groupsOf`: groups from a hosts
 * file.
 */
export function withServices(
  { hosts, build }: SubjectBuilder,
  windows: readonly ServedWindow[],
  groupsOf: (host: HostIdentity) => readonly string[] = () => [],
): SubjectBuilder {
  const byHost = groupServicesByHost(windows);
  const hostSet = new Set(hosts);
  return {
    hosts: [...hosts, ...[...byHost.keys()].filter((host) => !hostSet.has(host))],
    build: (host, own) => {
      const services = byHost.get(host);
      if (services === undefined) return build(host, own);
      const isSilent = own === undefined && !hostSet.has(host);
      return isSilent ? buildServer(host, services, groupsOf) : { ...build(host, own), services };
    },
  };
}

function buildServer(
  host: string,
  services: readonly HostService[],
  groupsOf: (host: HostIdentity) => readonly string[],
): PolicySubject {
  const identity: HostIdentity = { host, mac: null, vlans: [], names: [], groups: [] };
  const activity = services.flatMap(({ quarters }) =>
    quarters.map(({ startSeconds, bytesUp, bytesDown }) => ({
      ...NO_ACTIVITY,
      startSeconds,
      bytes: bytesUp + bytesDown,
    })),
  );
  const groups = [...groupsOf(identity)];
  return { identity: { ...identity, groups }, tools: [], providers: [], services, activity };
}

/** Groups services by the host that runs them. All windows determine the name, as in the report. */
export function groupServicesByHost(
  windows: readonly ServedWindow[],
): ReadonlyMap<string, readonly HostService[]> {
  const all = windows.flatMap(({ services = [], startSeconds }) => {
    const start = floorToQuarter(startSeconds);
    return services.map((seen): ServiceEntry => ({ ...seen, startSeconds: start }));
  });
  const places = groupBy(all, ({ server, port }) => `${server} ${port}`);
  const byHost = new Map<string, HostService[]>();
  for (const entries of places.values()) {
    const [first] = entries;
    if (first === undefined) continue;
    const own = byHost.get(first.server) ?? [];
    byHost.set(first.server, own);
    own.push(...listParts(first.port, entries));
  }
  return byHost;
}

function listParts(port: number, entries: readonly ServiceEntry[]): HostService[] {
  const name = findServiceName(new Set(entries.flatMap(({ signs }) => signs)), port);
  if (name === null) return [];
  const { product, class: serviceClass } = name;
  const reached = entries.filter(isReached);
  return [false, true].flatMap((isExposed) => {
    const own = reached.filter((seen) => isFromOtherNetwork(seen) === isExposed);
    if (own.length === 0) return [];
    const quarters = listQuarters(own, name);
    return [{ name, port, product, class: serviceClass, isExposed, entries: own, quarters }];
  });
}

function listQuarters(entries: readonly ServiceEntry[], { confidence }: ServiceName): UsageQuarter[] {
  return [...groupBy(entries, ({ startSeconds }) => startSeconds)].map(([startSeconds, own]) =>
    buildServiceQuarter(startSeconds, own, confidence),
  );
}

/**
 * Builds a quarter hour of a service. A rule only requires that the service answered: requests belong to its clients
 * and have no threshold.
 */
export function buildServiceQuarter(
  startSeconds: number,
  entries: readonly Pick<ServiceSeen, 'firstUs' | 'lastUs' | 'bytesUp' | 'bytesDown'>[],
  confidence: UsageQuarter['confidence'],
): UsageQuarter {
  const traffic = {
    firstUs: entries.reduce((least, { firstUs }) => Math.min(least, firstUs), Number.POSITIVE_INFINITY),
    lastUs: entries.reduce((most, { lastUs }) => Math.max(most, lastUs), Number.NEGATIVE_INFINITY),
    flows: 1,
    bytesUp: sumOf(entries, ({ bytesUp }) => bytesUp),
    bytesDown: sumOf(entries, ({ bytesDown }) => bytesDown),
    payloadUp: sumOf(entries, ({ bytesUp }) => bytesUp),
    payloadDown: sumOf(entries, ({ bytesDown }) => bytesDown),
    requests: null,
  };
  return {
    startSeconds,
    isInRow: true,
    confidence,
    ...traffic,
    activeMinutes: null,
    telemetryPayloadUp: null,
    modelPayloadUp: null,
    byRole: { inference: traffic },
  };
}
