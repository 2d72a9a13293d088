// What pages of pseudonyms leave out: groups and totals of so few hosts that a pseudonym among them is none.

import type { ReportDocument } from '../../model/report.ts';
import { suppressSmall } from '../../report/document/suppress.ts';

/** Where a policy asks for more, its own limit came first. */
export const LEAST_GROUP = 5;

export function withoutSmallGroups(document: ReportDocument): ReportDocument {
  const sizes = new Map<string, number>();
  for (const { groups } of document.hosts)
    for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const isLarge = (group: string): boolean => (sizes.get(group) ?? 0) >= LEAST_GROUP;
  return {
    ...document,
    hosts: document.hosts.map((host) => ({ ...host, groups: host.groups.filter(isLarge) })),
    tools: suppressSmall(document.tools, LEAST_GROUP),
  };
}
