// Marks counts of a running sensor that lag: the last request of a connection counts when the connection is silent.

import { omitUndefined } from '../../model/omit-undefined.ts';
import type { Finding, HostReport, Range, ReportDocument, ToolUse } from '../../model/report.ts';
import { SETTLE_SECONDS } from '../../model/sensor.ts';
import { asReason, phrase } from '../../model/sentences.ts';
import { NO_REQUEST_SEEN } from '../../model/withheld.ts';
import { unixSeconds } from '../text/instant-text.ts';

/** True if a use was not silent for long enough at an end, in Unix seconds. */
const isOpenAt = ({ lastSeen }: Pick<ToolUse, 'lastSeen'>, endSeconds: number): boolean =>
  unixSeconds(lastSeen) > endSeconds - SETTLE_SECONDS;

/** Marks the requests of a finding if its last sign is too recent. */
export function withOpenFinding(finding: Finding, endSeconds: number): Finding {
  const { requests, last } = finding;
  if (requests === null || !isOpenAt({ lastSeen: last }, endSeconds)) return finding;
  return { ...finding, requests: { ...requests, isOpen: true } };
}

const UNDER_WAY = phrase('underWay', { number: SETTLE_SECONDS });

/**
 * Marks the requests of a use if it was not silent for long enough. It does not state that no request was seen, because
 * the first may be in progress.
 */
export function withOpenUse<T extends Pick<ToolUse, 'requests' | 'withheld' | 'lastSeen'>>(
  use: T,
  endSeconds: number,
): T {
  if (!isOpenAt(use, endSeconds)) return use;
  if (use.requests !== null) return { ...use, requests: { ...use.requests, isOpen: true } };
  if (!use.withheld.some(({ field, reason }) => field === 'requests' && reason === NO_REQUEST_SEEN.text))
    return use;
  const withheld = use.withheld.flatMap((entry) => {
    if (entry.field === 'requests') return [];
    return [entry.reason === NO_REQUEST_SEEN.text ? { ...entry, ...asReason(UNDER_WAY) } : entry];
  });
  return { ...use, requests: { min: 0, max: 0, isOpen: true }, withheld };
}

/** Marks the requests of uses that were not silent for long enough at an end, in Unix seconds. */
export function withOpenRequests(document: ReportDocument, endSeconds: number): ReportDocument {
  const isOpen = (use: ToolUse): boolean => isOpenAt(use, endSeconds);
  const markRow = <T extends { readonly requests: Range | null }>(row: T): T =>
    row.requests === null ? row : { ...row, requests: { ...row.requests, isOpen: true } };
  const uses = (list: readonly ToolUse[]): ToolUse[] => list.map((use) => withOpenUse(use, endSeconds));
  const open = new Set<string>();
  for (const { host, tools, providers } of document.hosts)
    for (const use of [...tools, ...providers])
      if (isOpen(use)) open.add(use.tool).add(`${host}\n${use.tool}`);
  if (open.size === 0) return document;
  return {
    ...document,
    hosts: document.hosts.map(
      (host): HostReport => ({ ...host, tools: uses(host.tools), providers: uses(host.providers) }),
    ),
    tools: document.tools.map((tool) => (open.has(tool.tool) ? markRow(tool) : tool)),
    ...omitUndefined({
      findings: document.findings?.map((finding) =>
        open.has(`${finding.host}\n${finding.tool}`) ? markRow(finding) : finding,
      ),
    }),
  };
}
