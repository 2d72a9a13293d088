// Compares names and addresses in messages with the frames of the address: accepts names and reports contradictions.
// Any machine can send a message about any other.

import { compareText } from './address.ts';
import { formatList } from './claimants.ts';

interface Claim {
  readonly name: string | null;
  readonly mac: string | null;
  readonly from: string;
  readonly isOwn: boolean;
}

/** MACs of machines in frames with the address; those of routers are left out. */
export type OwnMacs = ReadonlySet<string>;

const FROM_SERVER: ReadonlySet<string> = new Set(['dhcp', 'dhcp6']);

export const isGranted = ({ from }: Pick<Claim, 'from'>): boolean => FROM_SERVER.has(from);

/** The machine at the address, if all claims agree on one. */
export interface Machine {
  readonly mac: string | null;
  /** Lower case, sorted. */
  readonly names: readonly string[];
}

/**
 * A name is accepted when the frames of the address carry the same MAC as the message. Behind a router, frames carry the
 * MAC of the router; there DHCP decides, if it names a single machine.
 */
export function buildMachine(claims: readonly Claim[], own: OwnMacs): Machine {
  const granted = claims.filter(isGranted);
  const [mac = null, ...others] = own.size > 0 ? own : collectMacs(granted);
  if (mac === null || others.length > 0) return { mac: null, names: [] };
  const counts = own.size > 0 ? claims.filter((claim) => claim.isOwn && claim.mac === mac) : granted;
  const names = counts.flatMap(({ name }) => (name === null ? [] : [name.toLowerCase()]));
  return { mac, names: [...new Set(names)].sort(compareText) };
}

const collectMacs = (claims: readonly Claim[]): Set<string> =>
  new Set(claims.flatMap(({ mac }) => (mac === null ? [] : [mac])));

/** Name of the rule of this evidence against a finding. */
export const CLAIMS = 'contradicting-claims';

const SOURCES: Readonly<Record<string, string>> = {
  dhcp: 'DHCP',
  dhcp6: 'DHCPv6',
  arp: 'ARP',
  ndp: 'neighbour discovery',
  mdns: 'multicast DNS',
  nbns: 'NetBIOS',
};

/** Claims about one address that contradict each other, as lists for readers; null without a contradiction. */
export interface Contradictions {
  readonly names: string | null;
  readonly macs: string | null;
}

/** Lists the names and the MACs of an address that has more of them than one machine can have. */
export function contradictions(
  claims: readonly Claim[],
  own: OwnMacs,
  isRouters: (mac: string) => boolean,
): Contradictions {
  const withMac = claims.filter(({ mac }) => mac !== null && !isRouters(mac));
  const named = withMac.filter(({ name }) => name !== null);
  const names = new Set(named.map(({ name }) => name?.toLowerCase()));
  const inFrames = [...own].map((mac) => ({ mac, from: 'its frames' }));
  const macs = [
    ...inFrames,
    ...withMac
      .filter(({ mac }) => !own.has(mac ?? ''))
      .map(({ mac, from }) => ({ mac, from: SOURCES[from] ?? from })),
  ];
  return {
    names: names.size > 1 && collectMacs(named).size > 1 ? formatList(sortUnique(named.map(nameText))) : null,
    macs:
      new Set(macs.map(({ mac }) => mac)).size > 1
        ? formatList(sortUnique(macs.map(({ mac, from }) => `${mac} (${from})`)))
        : null,
  };
}

const nameText = ({ name, mac, from }: Claim): string => `${name} (${SOURCES[from] ?? from}, ${mac})`;

const sortUnique = (texts: readonly string[]): string[] => [...new Set(texts)].sort(compareText);
