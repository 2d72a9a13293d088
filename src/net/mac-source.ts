// Sources of the mapping from MAC to address, and their strength.

/** Strength by source. Frames are the weakest, because behind a router they have the MAC of the router. */
const STRENGTH = { dhcp: 4, ndp: 3, arp: 2, frame: 1 } as const;

export type MacSource = keyof typeof STRENGTH;

export const MAC_SOURCES = Object.keys(STRENGTH) as readonly MacSource[];

/** Returns the strength of a source; 0 without one. */
export function rankMacSource(source: MacSource | null): number {
  return source === null ? 0 : STRENGTH[source];
}
