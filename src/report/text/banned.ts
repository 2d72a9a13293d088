// Describes what a rule bans: a single tool by its name, several by their number.

import { DEFAULT_RULE, MCP_RULE } from '../../model/findings.ts';
import type { PolicyHeader } from '../../model/report.ts';
import { visibleText } from '../../text/visible-text.ts';
import type { Banned } from './messages.ts';

type PolicyRule = PolicyHeader['rules'][number];

/** `rowName`: the name of the tool if only a row has it. */
export function findBan(
  { id, services, tools = [], toolNames = [] }: PolicyRule,
  rowName: string | null,
): Banned {
  if (services !== undefined) return { kind: 'services' };
  if (id === MCP_RULE) return { kind: 'mcp' };
  if (id === DEFAULT_RULE) return { kind: 'unlisted' };
  if (tools.length > 1) return { kind: 'several', count: tools.length };
  const name = toolNames[0] ?? rowName;
  return { kind: 'tool', name: name === null ? null : visibleText(name) };
}
