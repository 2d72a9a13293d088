// Lists whether the telemetry of tools stays switched off where a rule wants that, for the summary of the rule.

import type { OptOutReason } from '../model/findings.ts';
import type { OptOutUse } from '../model/policy-summary.ts';
import type { OptOut } from '../model/report.ts';
import { compareHosts, compareText } from '../net/address.ts';
import { formatInstant } from '../time/instant.ts';

/** The least observed time since the first use: a batch of events is sent within a minute, or when the program ends. */
const LEAST_OBSERVED_SECONDS = 600;
/** The verdict of the rule uses these limits of one host. */
export interface HostLimits {
  /** Seconds observed since an instant. */
  readonly observedSince: (us: number) => number;
  /** Nothing prevents a compliant verdict about the host alone. */
  readonly isClear: boolean;
}

/** Answers are found by host and tool; a use without a quarter hour in force has no answer. */
export function optOuts(uses: readonly OptOutUse[], limitsOf: (host: string) => HostLimits): OptOut[] {
  return uses
    .filter(({ firstUseUs }) => Number.isFinite(firstUseUs))
    .map(({ host, tool, payloadUp, times, firstUseUs, reasons }): OptOut => {
      const found = { host, tool, payloadUp };
      if (times !== null) {
        const [since, last] = [formatInstant(times.firstUs), formatInstant(times.lastUs)];
        return { ...found, answer: 'notKept', since, last, reasons: [] };
      }
      const { observedSince, isClear } = limitsOf(host);
      const all: OptOutReason[] = [
        ...reasons,
        ...(observedSince(firstUseUs) < LEAST_OBSERVED_SECONDS ? (['short'] as const) : []),
        ...(isClear ? [] : (['limits'] as const)),
      ];
      const answer = all.length === 0 ? 'kept' : 'cannotSay';
      return { ...found, answer, since: null, last: null, reasons: all };
    })
    .sort((a, b) => compareHosts(a.host, b.host) || compareText(a.tool, b.tool));
}
