// What hosts tried, for the evaluation of a policy: outcomes of their connections by quarter hour, and the tools of the names.

import { nameKnowledge } from '../attribution/attempts.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { attemptsOf } from '../diagnosis/attempts.ts';
import type { OutcomeCell, UsageWindow } from '../model/usage.ts';
import type { Tries } from '../policy/control.ts';
import type { Named } from '../policy/match.ts';
import { QUARTER_SECONDS } from '../time/units.ts';
import { sumOutcomes } from '../window/outcomes.ts';

type Quarters = Map<number, OutcomeCell[]>;

/** Null where the windows know of no outcome. */
export function triesOf(
  windows: readonly Pick<UsageWindow, 'startSeconds' | 'outcomes'>[],
  catalogue: Catalogue,
): Tries | null {
  const hosts = new Map<string, Quarters>();
  for (const { startSeconds, outcomes = [] } of windows) {
    const start = Math.floor(startSeconds / QUARTER_SECONDS) * QUARTER_SECONDS;
    for (const cell of outcomes) {
      if (cell.name === '') continue;
      const quarters: Quarters = hosts.get(cell.host) ?? new Map();
      hosts.set(cell.host, quarters);
      const cells = quarters.get(start);
      if (cells === undefined) quarters.set(start, [cell]);
      else cells.push(cell);
    }
  }
  if (hosts.size === 0) return null;
  const known = nameKnowledge(catalogue);
  const tools = new Map<string, readonly Named[]>();
  return {
    of: (host) => hosts.get(host) ?? NO_QUARTERS,
    toolsOf: (name) => {
      const found = tools.get(name) ?? ownersOf(catalogue, name);
      tools.set(name, found);
      return found;
    },
    attemptsIn: (cells) => attemptsOf(sumOutcomes([cells]), known),
  };
}

const NO_QUARTERS: Quarters = new Map();

function ownersOf(catalogue: Catalogue, name: string): Named[] {
  const tools = new Map<string, Named>();
  for (const { value } of catalogue.lookup(name)) {
    const { id, vendor, kind } = value.tool;
    if (value.endpoint.specificity !== 'shared') tools.set(id, { id, vendor, kind });
  }
  return [...tools.values()];
}
