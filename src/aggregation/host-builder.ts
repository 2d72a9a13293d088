// One host of a window while it is being filled.

import type { FlowRecord, FlowSummary, HostObservationRecord, HostTotalsRecord } from '../model/flow.ts';
import type { HostClaim, HostTotals, MacSeen, NotVisibleTraffic } from '../model/usage.ts';
import type { AppHint, NotVisibleKind } from '../model/words.ts';
import { compareText } from '../net/address.ts';
import {
  notVisibleKey,
  smallestNumbers,
  smallestTexts,
  strongerMac,
  unionFrames,
  withClaims,
  withMacs,
} from '../window/sums.ts';

/** Host names and VLANs of one host in one window: real hosts have one to three. */
const MAX_HOST_NAMES = 16;
const MAX_HOST_VLANS = 16;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Becomes the totals of the finished window: a busy network has hundreds of thousands, most without any list. */
export interface HostBuilder extends Omit<Mutable<HostTotals>, 'notVisible' | 'macs' | 'claims'> {
  said: readonly HostClaim[];
  /** MACs in frames of the host; null: one, which is its `mac`, in all of its packets. */
  frames: readonly Mutable<MacSeen>[] | null;
  notVisible: readonly Mutable<NotVisibleTraffic>[];
}

const NONE: readonly never[] = [];

export function emptyHost(address: string, tsUs: number): HostBuilder {
  return {
    host: address,
    mac: null,
    macFrom: null,
    frames: NONE,
    said: NONE,
    names: NONE,
    vlans: NONE,
    flows: 0,
    packets: 0,
    bytesUp: 0,
    bytesDown: 0,
    firstUs: tsUs,
    lastUs: tsUs,
    notVisible: NONE,
  };
}

/** `flow` has the host as its client. */
export function addToHost(host: HostBuilder, flow: FlowSummary | FlowRecord): void {
  host.packets += flow.packetsUp + flow.packetsDown;
  if (flow.isFirstSlice) host.flows++;
  addSeen(host, flow, flow.clientMac);
}

export function addTotalsToHost(host: HostBuilder, totals: HostTotalsRecord): void {
  host.packets += totals.packets;
  host.flows += totals.flows;
  addSeen(host, totals, totals.mac);
}

type Seen = Pick<FlowSummary, 'bytesUp' | 'bytesDown' | 'firstUs' | 'lastUs' | 'vlans'>;

function addSeen(host: HostBuilder, flow: Seen, mac: string | null): void {
  if (host.frames === null && mac !== host.mac) host.frames = framesSoFar(host);
  host.bytesUp += flow.bytesUp;
  host.bytesDown += flow.bytesDown;
  if (flow.firstUs < host.firstUs) host.firstUs = flow.firstUs;
  if (flow.lastUs > host.lastUs) host.lastUs = flow.lastUs;
  if (mac !== null && host.frames !== null) {
    offerMac(host, mac, 'frame');
    addFrames(host, host.frames, mac, flow);
  }
  for (const vlan of flow.vlans) {
    if (!host.vlans.includes(vlan)) host.vlans = smallestNumbers([...host.vlans, vlan], MAX_HOST_VLANS);
  }
}

function offerMac(host: HostBuilder, mac: string, macFrom: HostTotals['macFrom']): void {
  const best = strongerMac(host, { mac, macFrom });
  host.mac = best.mac;
  host.macFrom = best.macFrom;
}

/** The list that null stands for. */
const framesSoFar = ({ mac, firstUs, lastUs, bytesDown }: HostBuilder): Mutable<MacSeen>[] =>
  mac === null ? [] : [{ mac, firstUs, lastUs, isAnswered: bytesDown > 0 }];

function addFrames(
  host: HostBuilder,
  frames: readonly Mutable<MacSeen>[],
  mac: string,
  { firstUs, lastUs, bytesDown }: Seen,
): void {
  const isAnswered = bytesDown > 0;
  const [only] = frames;
  if (only === undefined) {
    const isAllOfHost =
      host.macFrom === 'frame' &&
      host.mac === mac &&
      host.firstUs === firstUs &&
      host.lastUs === lastUs &&
      host.bytesDown > 0 === isAnswered;
    host.frames = isAllOfHost ? null : [{ mac, firstUs, lastUs, isAnswered }];
    return;
  }
  if (frames.length !== 1 || only.mac !== mac) {
    host.frames = unionFrames(frames, [{ mac, firstUs, lastUs, isAnswered }]);
    return;
  }
  only.isAnswered ||= isAnswered;
  only.firstUs = Math.min(only.firstUs, firstUs);
  only.lastUs = Math.max(only.lastUs, lastUs);
}

const MAC_PROOF = { dhcp: 'dhcp', dhcp6: 'dhcp', arp: 'arp', ndp: 'ndp', mdns: null, nbns: null } as const;

/** Maximum distinct claims about one host in one window; further ones are dropped. */
const MAX_SAID = 64;

export function addObservation(host: HostBuilder, observation: HostObservationRecord): void {
  host.frames ??= framesSoFar(host);
  const { source: from, mac, name, isByOwner: isOwn } = observation;
  const proof = MAC_PROOF[from];
  // A DHCP server reports leases of others; ARP and neighbor discovery for others are proxy answers.
  if (mac !== null && proof !== null && (isOwn || proof === 'dhcp')) offerMac(host, mac, proof);
  const isKnown = (one: HostClaim): boolean =>
    one.name === name && one.mac === mac && one.from === from && one.isOwn === isOwn;
  if (!host.said.some(isKnown) && host.said.length < MAX_SAID)
    host.said = [...host.said, { name, mac, from, isOwn }];
  if (observation.tsUs < host.firstUs) host.firstUs = observation.tsUs;
  if (observation.tsUs > host.lastUs) host.lastUs = observation.tsUs;
  if (observation.name === null) return;
  host.names = smallestTexts([...host.names, observation.name], MAX_HOST_NAMES);
}

export function addNotVisible(
  host: HostBuilder,
  kind: NotVisibleKind,
  hint: AppHint,
  part: { readonly flows: number; readonly bytes: number; readonly firstUs: number; readonly lastUs: number },
): void {
  const known = host.notVisible.find((one) => one.kind === kind && one.hint === hint);
  if (known === undefined) {
    host.notVisible = [...host.notVisible, { kind, hint, ...part }];
    return;
  }
  known.flows += part.flows;
  known.bytes += part.bytes;
  known.firstUs = Math.min(known.firstUs, part.firstUs);
  known.lastUs = Math.max(known.lastUs, part.lastUs);
}

export function finishHost(builder: HostBuilder): HostTotals {
  if (builder.notVisible.length > 1) {
    builder.notVisible = [...builder.notVisible].sort((a, b) =>
      compareText(notVisibleKey(a), notVisibleKey(b)),
    );
  }
  if (builder.frames === null && builder.said.length === 0) return bareHost(builder);
  const { frames: list, said, ...host } = builder;
  const frames = list ?? framesSoFar(builder);
  // A known MAC of the host adds nothing.
  const isNew = ({ name, mac }: HostClaim): boolean =>
    name !== null || (mac !== host.mac && !frames.some((frame) => frame.mac === mac));
  const claims = said.length === 0 ? {} : withClaims([said.filter(isNew)], frames);
  return { ...host, ...withMacs(host, frames), ...claims };
}

/** Written out: nearly all hosts are so, and a copy by name takes several times as long. */
const bareHost = (builder: HostBuilder): HostTotals => ({
  host: builder.host,
  mac: builder.mac,
  macFrom: builder.macFrom,
  names: builder.names,
  vlans: builder.vlans,
  flows: builder.flows,
  packets: builder.packets,
  bytesUp: builder.bytesUp,
  bytesDown: builder.bytesDown,
  firstUs: builder.firstUs,
  lastUs: builder.lastUs,
  notVisible: builder.notVisible,
});
