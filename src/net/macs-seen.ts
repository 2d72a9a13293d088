// Finds the MAC of an address, and detects addresses that several machines used.

import { compareText, parseAddress } from './address.ts';
import { type MacSource, rankMacSource } from './mac-source.ts';

interface MacOfHost {
  readonly mac: string | null;
  readonly macFrom: MacSource | null;
}

interface FramesOfHost extends MacOfHost {
  readonly macs?: readonly { readonly mac: string }[];
}

export function listFrameMacs({ mac, macFrom, macs }: FramesOfHost): readonly string[] {
  if (macs !== undefined) return macs.map((seen) => seen.mac);
  return mac === null || macFrom !== 'frame' ? NONE : [mac];
}

/** Maximum number of hosts counted per MAC. */
const MAX_SHARING = 8;

interface HostOfFrames extends FramesOfHost {
  readonly host: string;
}

/**
 * MACs in frames of more than one host: those of routers. A machine has one address of IPv4, and many of one IPv6
 * network (RFC 8981).
 */
export function listSharedMacs(
  hosts: readonly HostOfFrames[],
): { readonly mac: string; readonly hosts: number }[] {
  const places = new Map<string, { readonly ip4: Set<string>; readonly ip6: Set<string> }>();
  for (const mac of selectMacs(hosts)) places.set(mac, { ip4: new Set(), ip6: new Set() });
  if (places.size === 0) return [];
  for (const totals of hosts) {
    const isIp6 = totals.host.includes(':');
    for (const mac of listFrameMacs(totals)) {
      const existing = places.get(mac);
      const same = isIp6 ? existing?.ip6 : existing?.ip4;
      if (same !== undefined && same.size < MAX_SHARING) same.add(hostPlace(totals.host));
    }
  }
  return [...places]
    .map(([mac, { ip4, ip6 }]) => ({ mac, hosts: Math.max(ip4.size, ip6.size) }))
    .filter((shared) => shared.hosts > 1);
}

/** Selects MACs with several addresses first: most MACs have one and need no list. */
function selectMacs(hosts: readonly HostOfFrames[]): Set<string> {
  const owners = new Map<string, string>();
  const several = new Set<string>();
  const add = (mac: string, host: string): void => {
    const owner = owners.get(mac);
    if (owner === undefined) owners.set(mac, host);
    else if (owner !== host) several.add(mac);
  };
  for (const { host, mac, macFrom, macs } of hosts) {
    if (macs !== undefined) for (const seen of macs) add(seen.mac, host);
    else if (mac !== null && macFrom === 'frame') add(mac, host);
  }
  return several;
}

/** Returns an IPv4 address unchanged, and an IPv6 address as its network. */
export function hostPlace(host: string): string {
  const bytes = host.includes(':') ? parseAddress(host) : null;
  return bytes === null ? host : bytes.subarray(0, 8).join('.');
}

/** A MAC in the frames of more addresses than this belongs to a router. */
const MAX_ADDRESSES = 4;
/** A MAC that this many addresses claim answers for other machines (proxy ARP). */
const MAX_CLAIMED = 8;

/** Maximum number of MACs per address: enough to detect that the address moved to another machine. */
const MAX_MACS = 16;

/** Lists are replaced, not extended: most have at most one entry, and a growing set or list takes much more memory. */
type Macs = readonly string[];
const NONE: Macs = [];

const withMac = (macs: Macs, mac: string): Macs =>
  macs.length >= MAX_MACS || macs.includes(mac) ? macs : [...macs, mac];

export class MacsSeen {
  /** MACs with the strongest proof so far. */
  #best: Macs = NONE;
  #frames: Macs = NONE;
  #from: MacSource | null = null;

  add({ mac, macFrom }: MacOfHost): void {
    if (mac === null || macFrom === null) return;
    // Common case: a repeated observation.
    if (macFrom === this.#from && mac === this.#best[0]) return;
    if (macFrom === 'frame') this.#frames = withMac(this.#frames, mac);
    const better = rankMacSource(macFrom) - rankMacSource(this.#from);
    if (better < 0) return;
    this.#best = withMac(better > 0 ? NONE : this.#best, mac);
    this.#from = macFrom;
  }

  get from(): MacSource | null {
    return this.#from;
  }

  /** The MAC of the address; null if there is none or more than one. */
  get mac(): string | null {
    const [only = null] = this.#best;
    return this.areSeveral ? null : only;
  }

  /**
   * True when the address moved to another machine, or could have: frames carry the MACs of two machines. Behind a router
   * the MAC of the frames is the router's and counts for none.
   */
  get areSeveral(): boolean {
    const [only] = this.#best;
    if (this.#best.length > 1 || only === undefined) return this.#best.length > 1;
    return this.#frames.length > 1 && this.#frames.includes(only);
  }

  get frames(): Macs {
    return this.#frames;
  }

  /** True when MACs show more than one machine; MACs of routers do not count. */
  areSeveralBeside(isRouters: (mac: string) => boolean): boolean {
    if (this.#best.length <= 1 && this.#frames.length <= 1) return false; // nearly all
    const isFramed = this.#from === 'frame' || this.#best.some((mac) => this.#frames.includes(mac));
    const framed = isFramed ? this.#frames.filter((mac) => !isRouters(mac)) : [];
    return new Set(this.#from === 'frame' ? framed : [...this.#best, ...framed]).size > 1;
  }
}

/** Addresses that do not belong to exactly one machine, or the reverse. */
export interface MachineDoubts {
  /** Addresses that several machines used: consecutively, or simultaneously at different sites. */
  readonly several: ReadonlySet<string>;
  /** Addresses of one machine, proven by its MAC, each with the others, sorted. */
  readonly same: ReadonlyMap<string, readonly string[]>;
}

export function machineDoubts(hosts: Iterable<readonly [host: string, macs: MacsSeen]>): MachineDoubts {
  const all = [...hosts];
  const shown = new Map<string, number>();
  for (const [, { frames }] of all) for (const mac of frames) shown.set(mac, (shown.get(mac) ?? 0) + 1);
  const isRouters = (mac: string): boolean => (shown.get(mac) ?? 0) > MAX_ADDRESSES;
  const several = new Set<string>();
  const claimed = new Map<string, string[]>();
  for (const [host, macs] of all) {
    if (macs.areSeveralBeside(isRouters)) several.add(host);
    const { mac, from } = macs;
    if (mac === null || from === 'frame') continue;
    const existing = claimed.get(mac);
    if (existing === undefined) claimed.set(mac, [host]);
    else existing.push(host);
  }
  const same = new Map<string, readonly string[]>();
  for (const together of claimed.values()) {
    if (together.length === 1 || together.length > MAX_CLAIMED) continue;
    for (const host of together) same.set(host, together.filter((other) => other !== host).sort(compareText));
  }
  return { several, same };
}
