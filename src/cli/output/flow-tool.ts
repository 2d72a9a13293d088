// Names the tool of one flow by its server name alone, and only where no other program uses that name.

import type { Catalogue } from '../../catalogue/catalogue.ts';
import { isProviderKind } from '../../catalogue/rules.ts';
import type { FlowRecord } from '../../model/flow.ts';
import type { NamedTool } from './flow-line.ts';

export function toolOfFlow(flow: FlowRecord, catalogue: Catalogue): NamedTool | null {
  const name = flow.sni ?? hostOf(flow.proxy?.target ?? null);
  if (name === null) return null;
  const found = catalogue.lookup(name.toLowerCase());
  const own = found.find(({ value }) => value.endpoint.specificity === 'tool' && !isProviderKind(value.tool));
  // One flow does not show what a program does with the name: a monitor opens the same.
  return own === undefined ? null : { tool: own.value.tool.id, confidence: 'possible' };
}

/** "host:port" or "[v6]:port" without the port. */
function hostOf(target: string | null): string | null {
  return target === null ? null : target.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}
