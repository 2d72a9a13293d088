// Merges items of evidence for texts. Documents keep them apart, because their flows differ.

import { sumOf } from './extremes.ts';
import { groupBy } from './grouped-by.ts';
import type { EvidenceItem } from './report.ts';

/** Merges items of one rule that list the same words in another order. */
export function mergeEvidence(items: readonly EvidenceItem[]): EvidenceItem[] {
  const groups = groupBy(items, ({ rule, for: isFor, detail }) =>
    [rule, isFor, ...detail.split(/[ ,]+/).sort()].join(' '),
  );
  return [...groups.values()].flatMap((group) => {
    const [item] = group;
    if (item === undefined || group.length === 1) return group;
    const [first = item.first] = group.map((alike) => alike.first).sort();
    const last =
      group
        .map((alike) => alike.last)
        .sort()
        .at(-1) ?? item.last;
    const communityIds = group.flatMap((alike) => alike.communityIds);
    return [{ ...item, first, last, flows: sumOf(group, ({ flows }) => flows), communityIds }];
  });
}
