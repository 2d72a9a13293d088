// Counts of a running sensor that lag: the last request of a connection is counted once the connection is silent.

import type { Range } from '../../model/range.ts';
import type { HostReport, ReportDocument, ToolUse } from '../../model/report.ts';
import { SETTLE_SECONDS } from '../../model/sensor.ts';
import { unixSeconds } from '../text/instant.ts';

/** Marks the requests of uses that were not silent for long enough at the end of the last window, in Unix seconds. */
export function withOpenRequests(document: ReportDocument, endSeconds: number): ReportDocument {
  const isOpen = (use: ToolUse): boolean => unixSeconds(use.lastSeen) > endSeconds - SETTLE_SECONDS;
  const marked = <T extends { readonly requests: Range | null }>(each: T): T =>
    each.requests === null ? each : { ...each, requests: { ...each.requests, isOpen: true } };
  const uses = (list: readonly ToolUse[]): ToolUse[] => list.map((use) => (isOpen(use) ? marked(use) : use));
  const open = new Set<string>();
  for (const { host, tools, providers } of document.hosts)
    for (const use of [...tools, ...providers])
      if (isOpen(use)) open.add(use.tool).add(`${host}\n${use.tool}`);
  if (open.size === 0) return document;
  const { findings } = document;
  return {
    ...document,
    hosts: document.hosts.map(
      (host): HostReport => ({ ...host, tools: uses(host.tools), providers: uses(host.providers) }),
    ),
    tools: document.tools.map((tool) => (open.has(tool.tool) ? marked(tool) : tool)),
    ...(findings === undefined
      ? {}
      : {
          findings: findings.map((finding) =>
            open.has(`${finding.host}\n${finding.tool}`) ? marked(finding) : finding,
          ),
        }),
  };
}
