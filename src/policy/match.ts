// Which tools a rule means.

import type { ToolMatch } from '../model/policy.ts';

/** True when a match names the tool: by id, or by vendor or kind. */
export function matchesTool(match: ToolMatch, tool: { id: string; vendor: string; kind: string }): boolean {
  return (
    match.tools.includes(tool.id) ||
    match.vendors.includes(tool.vendor) ||
    match.kinds.some((kind) => kind === tool.kind)
  );
}
