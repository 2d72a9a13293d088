// What says that a MAC belongs to an address, and how strongly.

/** The strongest first. A frame shows the MAC of the last router as well as of the host. */
const STRENGTH = { dhcp: 4, ndp: 3, arp: 2, frame: 1 } as const;

export type MacSource = keyof typeof STRENGTH;

export const MAC_SOURCES: readonly string[] = Object.keys(STRENGTH);

/** The higher the better; 0 where nothing says so. */
export function macStrength(source: MacSource | null): number {
  return source === null ? 0 : STRENGTH[source];
}
