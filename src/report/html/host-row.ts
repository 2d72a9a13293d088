// Describes a host of the page and its uses: one row of the strip, and one line of evidence for each use.

import type { HostReport, ToolUse } from '../../model/report.ts';
import type { Outcome, OutcomeKind } from '../text/policy-outcome.ts';

export interface HostUse {
  readonly host: HostReport;
  readonly use: ToolUse;
  readonly isProvider: boolean;
  readonly outcome: Outcome | null;
  /** Fragment of its evidence in the address of the page. */
  readonly anchor: string;
}

export interface HostRow {
  readonly host: HostReport;
  /** Computed at each access, because the uses of all hosts of a large network do not fit into memory. */
  readonly uses: readonly HostUse[];
  /** The outcome of the most severe use; null without a policy. */
  readonly outcome: OutcomeKind | null;
}
