// Counts, for each use, connections that gateways decrypted, passed without inspection, or made no statement about.

import { INSPECTIONS, type Inspection } from '../../model/outcome.ts';
import type { ToolUse } from '../../model/report.ts';
import type { OutcomeCell } from '../../model/usage.ts';

type Counts = Record<Inspection, number>;

/** Served connections by host and name. */
export type InspectionsByName = ReadonlyMap<string, Readonly<Counts>>;

const getKey = (host: string, name: string): string => `${host} ${name}`;
const buildCounts = (): Counts => ({ unknown: 0, inspected: 0, notInspected: 0 });

export function inspectionsIn(cells: readonly OutcomeCell[]): InspectionsByName {
  const found = new Map<string, Counts>();
  for (const { host, name, kind, detail, count } of cells) {
    if (kind !== 'served') continue;
    const key = getKey(host, name);
    const counts = found.get(key) ?? buildCounts();
    found.set(key, counts);
    counts[INSPECTIONS[detail] ?? 'unknown'] += count;
  }
  return found;
}

/** True if a log makes a statement about any connection. */
export const areAnyInspected = (inspections: InspectionsByName): boolean =>
  [...inspections.values()].some(({ inspected, notInspected }) => inspected + notInspected > 0);

/** Returns the use unchanged if no log makes a statement. */
export function withInspection(host: string, use: ToolUse, inspections: InspectionsByName): ToolUse {
  const inspection = buildCounts();
  for (const { name } of use.names) {
    const counts = inspections.get(getKey(host, name)) ?? buildCounts();
    for (const word of INSPECTIONS) inspection[word] += counts[word];
  }
  return inspection.inspected + inspection.notInspected === 0 ? use : { ...use, inspection };
}
