// Which tools a rule means.

import type { ToolMatch } from '../model/policy.ts';
import { RELAY_ID } from '../model/tool.ts';

type Named = { readonly id: string; readonly vendor: string; readonly kind: string };

/** True when a match names the tool: by id, or by vendor or kind. */
export function matchesTool(match: ToolMatch, tool: Named): boolean {
  return match.vendors.includes(tool.vendor) || matchesProvider(match, tool);
}

/**
 * True when a match names an API, a gateway or the like itself, by id or kind: a row of it is traffic that no tool explains.
 * A suspected relay is nobody's gateway: only its id means it.
 */
export function matchesProvider(match: ToolMatch, { id, kind }: Pick<Named, 'id' | 'kind'>): boolean {
  return match.tools.includes(id) || (id !== RELAY_ID && match.kinds.some((meant) => meant === kind));
}
