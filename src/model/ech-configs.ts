// Merges counts of Encrypted ClientHello configurations.

import { compareText } from '../net/address.ts';
import type { EchConfigCount } from './usage.ts';
import { ECH_CONFIG_IDS } from './window-words.ts';

/** Sums by name and id, sorted by both. An id that is not a byte is omitted. */
export function sumEchConfigs(lists: readonly (readonly EchConfigCount[])[]): EchConfigCount[] {
  const sums = new Map<string, EchConfigCount>();
  for (const echConfigCount of lists.flat()) {
    const { outer, id, hellos } = echConfigCount;
    if (id >= ECH_CONFIG_IDS) continue;
    const key = `${outer} ${id}`;
    sums.set(key, { outer, id, hellos: hellos + (sums.get(key)?.hellos ?? 0) });
  }
  return [...sums.values()].sort((a, b) => compareText(a.outer, b.outer) || a.id - b.id);
}
