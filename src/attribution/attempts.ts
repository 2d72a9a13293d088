// Finds attempts to reach names of a catalogue, from the outcomes of connections and from activity periods.

import type { Catalogue } from '../catalogue/catalogue.ts';
import { listAttempts } from '../diagnosis/blocked-attempts.ts';
import type { NameKnowledge } from '../diagnosis/facts.ts';
import { type ConnectionCount, type ConnectionResult, connectionResult } from '../model/outcome.ts';
import type { ReportAttempt } from '../model/report.ts';
import type { OutcomeCell, UsageWindow } from '../model/usage.ts';
import { compareText } from '../net/address.ts';
import { sumOutcomes } from '../window/host-parts.ts';

export const buildNameKnowledge = (catalogue: Catalogue): NameKnowledge => ({
  toolsOf: (name) => [...new Set(catalogue.lookup(name).map(({ value }) => value.tool.id))].sort(),
  isModel: (name) => catalogue.lookup(name).some(({ value }) => value.endpoint.role === 'inference'),
  isMixed: (name) =>
    catalogue.lookup(name).some(({ value: { tool, endpoint } }) => {
      if (endpoint.role === 'telemetry') return true;
      const { mixed = [], postedTo = [], copiedTo = [] } = tool.exchange ?? {};
      return [...mixed, ...postedTo, ...copiedTo].includes(name);
    }),
  runtimeOf: (fingerprint) => {
    const { id, label } = catalogue.runtimes.seen(fingerprint);
    return label === null ? null : { id, label };
  },
});

/** Sums the outcomes of all windows. */
export const listOutcomes = (windows: readonly Pick<UsageWindow, 'outcomes'>[]): OutcomeCell[] =>
  sumOutcomes(windows.flatMap(({ outcomes }) => (outcomes === undefined ? [] : [outcomes])));

/** Returns attempts of hosts to reach names of the catalogue, as a part of a document; absent without any. */
export function buildAttempts(
  cells: readonly OutcomeCell[],
  catalogue: Catalogue,
): { readonly attempts?: readonly ReportAttempt[] } {
  const attempts = listAttempts(cells, buildNameKnowledge(catalogue));
  return attempts.length === 0
    ? {}
    : {
        attempts: attempts.map((attempt) => ({
          ...attempt,
          toolNames: attempt.tools.map((id) => catalogue.toolName(id)),
        })),
      };
}

/** Counts connections to the names of each tool since the start, in one sum per tool of the catalogue. */
export class ConnectionCounts {
  readonly #counts = new Map<string, Record<ConnectionResult, number>>();

  add(windows: readonly Pick<UsageWindow, 'outcomes'>[], { toolsOf }: Pick<NameKnowledge, 'toolsOf'>): void {
    for (const { outcomes = [] } of windows) {
      for (const { name, kind, detail, count } of outcomes) {
        const result = connectionResult(kind, detail);
        if (result === null) continue;
        for (const tool of toolsOf(name)) {
          const counts = this.#counts.get(tool) ?? { passed: 0, stopped: 0, unresolved: 0 };
          this.#counts.set(tool, counts);
          counts[result] += count;
        }
      }
    }
  }

  /** All counts, sorted by tool. */
  get all(): ConnectionCount[] {
    return [...this.#counts]
      .map(([tool, counts]) => ({ tool, ...counts }))
      .sort((a, b) => compareText(a.tool, b.tool));
  }
}
