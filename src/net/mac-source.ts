// Sources of the mapping from MAC to address, and their strength.

/** The strongest first. A frame shows the MAC of the last router as well as of the host. */
const STRENGTH = { dhcp: 4, ndp: 3, arp: 2, frame: 1 } as const;

export type MacSource = keyof typeof STRENGTH;

export const MAC_SOURCES = Object.keys(STRENGTH) as readonly MacSource[];

/** Higher is stronger; 0: no source. */
export function macStrength(source: MacSource | null): number {
  return source === null ? 0 : STRENGTH[source];
}
