// One host of a window while it is being filled.

import type { AppHint, FlowGlance, FlowRecord, HostTotalsRecord, SightingRecord } from '../model/flow.ts';
import type { DarkKind, DarkTraffic, HostTotals } from '../model/usage.ts';
import { darkKey, smallestNumbers, smallestTexts, strongerMac, sumByKey } from '../window/sums.ts';

/** Host names and VLANs of one host in one window: real hosts have one to three. */
const MAX_HOST_NAMES = 16;
const MAX_HOST_VLANS = 16;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A host of a draft: dark traffic by key, names and VLANs as sets. */
export interface HostDraft extends Omit<Mutable<HostTotals>, 'dark' | 'names' | 'vlans'> {
  names: Set<string> | null;
  vlans: number[];
  dark: Map<string, Mutable<DarkTraffic>> | null;
}

export function emptyHost(address: string, tsUs: number): HostDraft {
  return {
    host: address,
    mac: null,
    macFrom: null,
    names: null,
    vlans: [],
    flows: 0,
    packets: 0,
    bytesUp: 0,
    bytesDown: 0,
    firstUs: tsUs,
    lastUs: tsUs,
    dark: null,
  };
}

/** `flow` has the host as its client. */
export function addToHost(host: HostDraft, flow: FlowGlance | FlowRecord): void {
  host.packets += flow.packetsUp + flow.packetsDown;
  if (flow.isFirstSlice) host.flows++;
  addSeen(host, flow, flow.clientMac);
}

export function addTotalsToHost(host: HostDraft, totals: HostTotalsRecord): void {
  host.packets += totals.packets;
  host.flows += totals.flows;
  addSeen(host, totals, totals.mac);
}

type Seen = Pick<FlowGlance, 'bytesUp' | 'bytesDown' | 'firstUs' | 'lastUs' | 'vlans'>;

function addSeen(host: HostDraft, flow: Seen, mac: string | null): void {
  host.bytesUp += flow.bytesUp;
  host.bytesDown += flow.bytesDown;
  if (flow.firstUs < host.firstUs) host.firstUs = flow.firstUs;
  if (flow.lastUs > host.lastUs) host.lastUs = flow.lastUs;
  if (mac !== null && mac !== host.mac) offerMac(host, mac, 'frame');
  for (const vlan of flow.vlans) {
    if (!host.vlans.includes(vlan)) host.vlans = smallestNumbers([...host.vlans, vlan], MAX_HOST_VLANS);
  }
}

function offerMac(host: HostDraft, mac: string, macFrom: HostTotals['macFrom']): void {
  const best = strongerMac(host, { mac, macFrom });
  host.mac = best.mac;
  host.macFrom = best.macFrom;
}

const MAC_PROOF = { dhcp: 'dhcp', dhcp6: 'dhcp', arp: 'arp', ndp: 'ndp', mdns: null, nbns: null } as const;

export function addSighting(host: HostDraft, sighting: SightingRecord): void {
  if (sighting.tsUs < host.firstUs) host.firstUs = sighting.tsUs;
  if (sighting.tsUs > host.lastUs) host.lastUs = sighting.tsUs;
  const proof = MAC_PROOF[sighting.source];
  if (sighting.mac !== null && proof !== null) offerMac(host, sighting.mac, proof);
  if (sighting.name === null) return;
  host.names = new Set(smallestTexts([...(host.names ?? []), sighting.name], MAX_HOST_NAMES));
}

export function addDark(
  host: HostDraft,
  kind: DarkKind,
  hint: AppHint,
  part: { readonly flows: number; readonly bytes: number; readonly firstUs: number; readonly lastUs: number },
): void {
  host.dark ??= new Map();
  const key = darkKey({ kind, hint });
  const known = host.dark.get(key);
  if (known === undefined) {
    host.dark.set(key, { kind, hint, ...part });
    return;
  }
  known.flows += part.flows;
  known.bytes += part.bytes;
  known.firstUs = Math.min(known.firstUs, part.firstUs);
  known.lastUs = Math.max(known.lastUs, part.lastUs);
}

export function finishHost(draft: HostDraft): HostTotals {
  return {
    ...draft,
    names: smallestTexts(draft.names ?? [], MAX_HOST_NAMES),
    vlans: [...draft.vlans],
    dark: sumByKey([[...(draft.dark?.values() ?? [])]], darkKey, (a) => a),
  };
}
