// Decides which possible tools have no row of their own, because the row of a provider represents them.

import type { HostReport, ToolUse } from '../../model/report.ts';

/** True for a possible tool that the row of a provider represents. */
export const isInProviderRow = (use: ToolUse, { providers }: Pick<HostReport, 'providers'>): boolean =>
  use.confidence === 'possible' && providers.some((provider) => mayExplain(use, provider));

/**
 * True if the tool may explain the provider row: it copies the figures of that row, or used a name of it. A tool without
 * a name has the vendor.
 */
export function mayExplain(tool: ToolUse, provider: ToolUse): boolean {
  if (tool.bytesUp === provider.bytesUp && tool.bytesDown === provider.bytesDown) return true;
  if (tool.names.length === 0) return tool.vendor === provider.vendor;
  return tool.names.some(({ name }) => provider.names.some((other) => other.name === name));
}
