// Suppresses totals over so few hosts that they would identify people.

import { NO_TOOL_SUMS } from '../../model/counters.ts';
import type { ToolTotals } from '../../model/report.ts';

/**
 * With a limit of one host it suppresses nothing, not even a tool that is only possible and has no host in its totals.
 */
export function suppressSmall(tools: readonly ToolTotals[], leastHosts: number): readonly ToolTotals[] {
  if (leastHosts <= 1) return tools;
  return tools.map((tool) => (tool.hosts >= leastHosts ? tool : suppressTool(tool)));
}

/** Suppresses a tool in each part if it is suppressed in the whole. */
export function suppressAlike(parts: readonly ToolTotals[], whole: readonly ToolTotals[]): ToolTotals[] {
  const hidden = new Set(whole.filter((tool) => tool.suppressed === true).map(({ tool }) => tool));
  return parts.map((tool) => (hidden.has(tool.tool) ? suppressTool(tool) : tool));
}

function suppressTool(tool: ToolTotals): ToolTotals {
  return {
    ...tool,
    hosts: 0,
    hostsByConfidence: { certain: 0, likely: 0, possible: 0 },
    hostsByDay: [],
    ...NO_TOOL_SUMS,
    activeMinutes: null,
    requests: null,
    telemetryPayloadUp: null,
    modelPayloadUp: null,
    suppressed: true,
  };
}
