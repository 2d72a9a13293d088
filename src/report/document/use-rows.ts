// Lists the rows of a report table, one per host and tool, and the tools that a provider row may stand for.

import type { HostReport, ReportDocument, ToolUse } from '../../model/report.ts';
import { MAX_TABLE_HOSTS } from '../sections/section.ts';
import { ENGLISH_WORDS, type ReportWords } from '../text/english-words.ts';
import type { Outcome, OutcomeIndex } from '../text/policy-outcome.ts';
import { isInProviderRow, mayExplain } from '../text/provider-rows.ts';

export interface UseRow {
  readonly host: HostReport;
  readonly isFirstOfHost: boolean;
  readonly use: ToolUse;
  readonly outcome: Outcome | null;
  /** Names of tools that a provider row may stand for. */
  readonly possible: readonly string[];
}

export interface UseRows {
  readonly rows: readonly UseRow[];
  /** Number of hosts whose rows exceed the limit of a table. */
  readonly hostsLeftOut: number;
}

/** Selects rows of the first hosts that have any. */
export function listUseRows(
  { hosts }: ReportDocument,
  outcomes: OutcomeIndex | null,
  maxHosts: number = MAX_TABLE_HOSTS,
): UseRows {
  const rows: UseRow[] = [];
  let [hostsShown, hostsLeftOut] = [0, 0];
  for (const host of hosts) {
    if (host.tools.length + host.providers.length === 0) continue;
    if (hostsShown === maxHosts) {
      hostsLeftOut++;
      continue;
    }
    hostsShown++;
    for (const row of listRows(host, outcomes)) rows.push(row);
  }
  return { rows, hostsLeftOut };
}

/** Returns the note after a truncated table; empty if it is complete. */
export function leftOutSentence(
  hostsLeftOut: number,
  { hostsLeftOut: sentence }: ReportWords = ENGLISH_WORDS,
): string {
  return hostsLeftOut === 0 ? '' : sentence(hostsLeftOut);
}

/** Lists identified tools first, then providers with the tools that they may stand for. */
function listRows(host: HostReport, outcomes: OutcomeIndex | null): UseRow[] {
  const buildRow = (use: ToolUse, possible: readonly string[] = []): Omit<UseRow, 'isFirstOfHost'> => ({
    host,
    use,
    outcome: outcomes?.of(host.host, use) ?? null,
    possible,
  });
  const named = host.tools.filter((use) => use.confidence !== 'possible').map((use) => buildRow(use));
  const possible = host.tools.filter((use) => use.confidence === 'possible');
  // A possible tool has its own row if the policy has a result for it, or if no other row represents it.
  const own = possible.filter((use) => outcomes?.of(host.host, use).finding || !isInProviderRow(use, host));
  const rest = possible.filter((use) => !own.includes(use));
  const providers = host.providers.map((use) =>
    buildRow(
      use,
      rest.filter((tool) => tool.tool !== use.tool && mayExplain(tool, use)).map((tool) => tool.name),
    ),
  );
  return [...named, ...own.map((use) => buildRow(use)), ...providers].map((useRow, i) => ({
    ...useRow,
    isFirstOfHost: i === 0,
  }));
}
