// Outcome cells: their key, and their merge law: sums, minima, maxima.

import type { Mutable } from '../model/immutable.ts';
import { addCounts, OUTCOME_DELAYS, OUTCOME_MAXIMA, OUTCOME_MINIMA, OUTCOME_SUMS } from '../model/outcome.ts';
import type { OutcomeCell, UsageWindow } from '../model/usage.ts';
import { compareText } from '../net/address.ts';
import { MAX_OUTCOMES } from './ceilings.ts';
import { smallestAboveZero } from './sums.ts';

type CellKey = Pick<OutcomeCell, 'host' | 'name' | 'server' | 'port' | 'kind' | 'detail'>;
export type CellNumbers = Omit<OutcomeCell, keyof CellKey>;

/** Joined: a template gives a text in parts, which is put together again in each comparison. */
const outcomeKey = ({ host, name, server, port, kind, detail }: CellKey): string =>
  [host, name, server, port, kind, detail].join(' ');

/** Adds the numbers of `more` to `cell`. */
function addToCell(cell: Mutable<CellNumbers>, more: CellNumbers): void {
  for (const name of OUTCOME_SUMS) cell[name] += more[name];
  for (const name of OUTCOME_MAXIMA) cell[name] = Math.max(cell[name], more[name]);
  for (const name of OUTCOME_MINIMA) cell[name] = smallestAboveZero(cell[name], more[name]);
  for (const name of OUTCOME_DELAYS) {
    const counts = addCounts(cell[name], more[name]);
    if (counts !== undefined) cell[name] = counts;
  }
  cell.firstUs = Math.min(cell.firstUs, more.firstUs);
  cell.lastUs = Math.max(cell.lastUs, more.lastUs);
  if (cell.by === '' || (more.by !== '' && more.by < cell.by)) cell.by = more.by;
}

export function sumOutcomes(lists: readonly Iterable<OutcomeCell>[]): OutcomeCell[] {
  const cells = new Map<string, Mutable<OutcomeCell>>();
  for (const list of lists) {
    for (const one of list) {
      const key = outcomeKey(one);
      const cell = cells.get(key);
      if (cell === undefined) cells.set(key, { ...one });
      else addToCell(cell, one);
    }
  }
  return [...cells].sort((a, b) => compareText(a[0], b[0])).map(([, cell]) => cell);
}

/** Absent where there are none. */
export const withOutcomes = (cells: readonly OutcomeCell[] | undefined): Pick<UsageWindow, 'outcomes'> =>
  cells === undefined || cells.length === 0 ? {} : { outcomes: sumOutcomes([cells]).slice(0, MAX_OUTCOMES) };
