// Counts the uses of all rows in one pass. In a large network uses are packed, and reading them again for each chart
// and tally takes longer than the rest of the page.

import { computeOnce } from '../../model/computed-once.ts';
import type { Confidence } from '../../model/confidence.ts';
import type { HostRow, HostUse } from './host-row.ts';
import { findAmount, findDayCell, isUse, type PageModel } from './page-model.ts';

export type Confidences = Record<Confidence, number>;

export interface RowFigures {
  /** Rows with a tool that is more than possible. */
  readonly named: number;
  readonly hosts: Confidences;
  readonly tools: Confidences;
  /** Rows with use of a tool that is more than possible, by cell. */
  readonly hostsInCell: readonly number[];
  /** Number of uses without a finding, by row. */
  readonly notFoundOfRow: readonly number[];
}

export const figuresOf = computeOnce(countRows);

export const isNotFound = ({ outcome }: HostUse): boolean => outcome === null || outcome.finding === null;

function countRows(model: PageModel): RowFigures {
  const hosts: Confidences = { certain: 0, likely: 0, possible: 0 };
  const tools: Confidences = { certain: 0, likely: 0, possible: 0 };
  const hostsInCell: number[] = model.cells.days.map(() => 0);
  const notFoundOfRow: number[] = [];
  let named = 0;
  for (const { uses } of model.rows) {
    const countedTools = uses.filter(({ isProvider, use }) => !isProvider && use.confidence !== 'possible');
    for (const { isProvider, use } of uses) if (!isProvider) tools[use.confidence]++;
    if (countedTools.length > 0) named++;
    hosts[findHighestConfidence(countedTools)]++;
    for (const cell of cellsWithUse(model, countedTools)) hostsInCell[cell] = (hostsInCell[cell] ?? 0) + 1;
    notFoundOfRow.push(uses.filter(isNotFound).length);
  }
  return { named, hosts, tools, hostsInCell, notFoundOfRow };
}

function findHighestConfidence(uses: HostRow['uses']): Confidence {
  if (uses.length === 0) return 'possible';
  return uses.some(({ use }) => use.confidence === 'certain') ? 'certain' : 'likely';
}

function cellsWithUse(model: PageModel, uses: HostRow['uses']): ReadonlySet<number> {
  const cells = new Set<number>();
  for (const { use } of uses)
    for (const { date } of use.days) {
      const cell = findDayCell(model, date);
      if (!cells.has(cell) && isUse(findAmount(model, use, cell))) cells.add(cell);
    }
  return cells;
}
