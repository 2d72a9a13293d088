// Reads what a report about a span needs from the time before it: first uses, and the span that a trend compares with.

import type { FirstUse } from '../attribution/first-use.ts';
import { isWantedUse, type Narrowing } from '../report/document/narrow.ts';
import type { EarlierUse } from '../report/document/trend.ts';
import { type TimestampUs, US } from '../time/units.ts';

/** Time at which a host was first seen with a tool, separately for use that is only possible. Null: never seen. */
export function makeFirstSeen(
  firstUses: readonly FirstUse[],
): (host: string, tool: string) => TimestampUs | null {
  const first = new Map(
    firstUses.map(({ host, tool, firstUs, countedUs }) => [`${tool} ${host}`, countedUs ?? firstUs]),
  );
  return (host, tool) => first.get(`${tool} ${host}`) ?? null;
}

/** Finds which of the wanted hosts and tools were used before a time. */
export function findEarlierUse(
  firstUses: readonly FirstUse[],
  beforeSeconds: number,
  isWantedHost: (host: string) => boolean,
  narrowing: Narrowing,
): EarlierUse {
  const earlier = firstUses.filter(
    (use) =>
      use.countedUs !== null &&
      use.countedUs < beforeSeconds * US &&
      isWantedHost(use.host) &&
      isWantedUse(use, narrowing),
  );
  return {
    hosts: new Set(earlier.map(({ host }) => host)),
    tools: new Set(earlier.map(({ tool }) => tool)),
  };
}

/** Returns the span of equal length just before; empty if the span itself is. */
export function spanBefore(since: number, until: number): { from: number; to: number } {
  return { from: since - Math.max(0, until - since), to: since };
}
