// Builds windows from hellos only, for connections whose window has not closed yet. Such a window contains hellos of a
// host without answers, so that a tool is at most *possible*.

import { ROW_ZEROS } from '../../model/counters.ts';
import { groupBy } from '../../model/grouped-by.ts';
import type { FirstHello } from '../../model/sensor.ts';
import type { HostTotals, UsageLookup, UsageRow, UsageWindow } from '../../model/usage.ts';
import { US } from '../../time/units.ts';
import { EMPTY_STATS, rowKey, sumByKey, sumHosts, sumRows } from '../../window/sums.ts';
import type { LocalNetworks } from './local-networks.ts';

export interface HelloWindowOptions {
  readonly lookup: Pick<UsageLookup, 'isListed'>;
  readonly local: LocalNetworks;
  readonly windowSeconds: number;
  readonly sensor: string;
}

/** Returns windows sorted by start. They contain only hellos to names of the catalogue. */
export function windowsOfHellos(hellos: readonly FirstHello[], options: HelloWindowOptions): UsageWindow[] {
  const { lookup, local, windowSeconds } = options;
  // A flow from outside to a local server belongs to no host.
  const ownHellos = hellos.filter(
    ({ name, host, server }) => lookup.isListed(name) && (local.contains(host) || !local.contains(server)),
  );
  const byStart = groupBy(ownHellos, ({ tsUs }) => Math.floor(tsUs / US / windowSeconds) * windowSeconds);
  return [...byStart].sort(([a], [b]) => a - b).map(([start, part]) => buildWindow(start, part, options));
}

function buildWindow(
  startSeconds: number,
  hellos: readonly FirstHello[],
  { windowSeconds, sensor }: HelloWindowOptions,
): UsageWindow {
  return {
    sensor,
    startSeconds,
    revision: 0,
    lengthSeconds: windowSeconds,
    stats: { ...EMPTY_STATS, packets: hellos.length, flows: hellos.length },
    hosts: sumByKey([hellos.map(buildTotals)], ({ host }) => host, sumHosts),
    rows: sumByKey([hellos.map(buildRow)], rowKey, sumRows),
    queriedNames: [],
  };
}

function buildRow({ host, name, fingerprint, tsUs, helloBytes, server, serverPort }: FirstHello): UsageRow {
  return {
    ...ROW_ZEROS,
    host,
    name,
    nameFrom: 'sni',
    fingerprint,
    proxy: null,
    userAgent: null,
    flows: 1,
    oneWay: 1,
    packetsUp: 1,
    bytesUp: helloBytes,
    payloadUp: helloBytes,
    firstUs: tsUs,
    lastUs: tsUs,
    openSeconds: 0,
    helloTimesUs: [tsUs],
    helloBytesMin: helloBytes,
    helloBytesMax: helloBytes,
    servers: [server],
    serverPorts: [serverPort],
    communityIds: [],
    macs: [],
    exchanges: [],
    cells: [],
  };
}

function buildTotals({ host, helloBytes, tsUs }: FirstHello): HostTotals {
  return {
    host,
    mac: null,
    macFrom: null,
    names: [],
    vlans: [],
    notVisible: [],
    flows: 1,
    packets: 1,
    bytesUp: helloBytes,
    bytesDown: 0,
    firstUs: tsUs,
    lastUs: tsUs,
  };
}
