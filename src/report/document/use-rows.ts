// The rows of a report table: one per host and tool, and which tools a provider row may stand for.

import type { HostReport, ReportDocument, ToolUse } from '../../model/report.ts';
import type { Outcome, OutcomeIndex } from '../text/outcome.ts';

export interface UseRow {
  readonly host: HostReport;
  readonly isFirstOfHost: boolean;
  readonly use: ToolUse;
  readonly outcome: Outcome | null;
  /** Tools that a provider row may stand for, by name. */
  readonly possible: readonly string[];
}

export function useRows(document: ReportDocument, outcomes: OutcomeIndex | null): UseRow[] {
  return document.hosts.flatMap((host) => rowsOf(host, outcomes));
}

/** Tools that are named first; what only a vendor is known of next, with the tools that it may be. */
function rowsOf(host: HostReport, outcomes: OutcomeIndex | null): UseRow[] {
  const row = (use: ToolUse, possible: readonly string[] = []): Omit<UseRow, 'isFirstOfHost'> => ({
    host,
    use,
    outcome: outcomes?.of(host.host, use) ?? null,
    possible,
  });
  const named = host.tools.filter((use) => use.confidence !== 'possible').map((use) => row(use));
  const possible = host.tools.filter((use) => use.confidence === 'possible');
  // A possible tool has a line of its own where the policy says something about it, or where nothing else would carry it.
  const own = possible.filter((use) => outcomes?.of(host.host, use).finding || host.providers.length === 0);
  const rest = possible.filter((use) => !own.includes(use));
  const providers = host.providers.map((use) =>
    row(
      use,
      rest.filter((tool) => explains(tool, use)).map((tool) => tool.name),
    ),
  );
  return [...named, ...own.map((use) => row(use)), ...providers].map((each, i) => ({
    ...each,
    isFirstOfHost: i === 0,
  }));
}

/** A possible tool has the figures of the provider row that it may explain, by contract. */
function explains(tool: ToolUse, provider: ToolUse): boolean {
  return (
    tool.vendor === provider.vendor ||
    (tool.bytesUp === provider.bytesUp && tool.bytesDown === provider.bytesDown)
  );
}
