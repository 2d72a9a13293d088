// Lints exclusive names: each states why no other program requests it, and is neither a gateway nor a list of models.

import type { Role } from '../model/words.ts';
import type { LintProblem } from './lint-problem.ts';
import { matchesName } from './name-index.ts';
import { isProviderKind, PROGRAM_ROLES } from './rules.ts';
import type { Endpoint, ToolEntry } from './schema.ts';

/** Lists of models that programs of many vendors read; each was considered exclusive before it was examined. */
const MODEL_LISTS = ['models.dev', 'models.opencode.ai', 'catwalk.charm.land'] as const;

/** A chat is used in a browser: its page names it. */
const CHAT_ROLES: ReadonlySet<Role> = new Set(['inference', 'web']);

/** True for a name that can identify its tool: pages and documents cannot. */
function mayName(tool: ToolEntry, { specificity, role }: Endpoint): boolean {
  if (specificity !== 'tool' || isProviderKind(tool)) return false;
  return (tool.kind === 'chat' ? CHAT_ROLES : PROGRAM_ROLES).has(role);
}

/** Faults of exclusive names; an operator's additional entries need no justification. */
export function lintExclusive(tools: readonly ToolEntry[], own: ReadonlySet<string>): LintProblem[] {
  const gateways = tools.filter(isProviderKind).flatMap(gatewayNames);
  const problems: LintProblem[] = [];
  for (const tool of tools) {
    for (const [i, endpoint] of tool.endpoints.entries()) {
      if (!mayName(tool, endpoint)) continue;
      const path = `endpoints[${i}]`;
      const say = (message: string): void => {
        problems.push({ tool: tool.id, path, message: `${endpoint.host}: ${message}` });
      };
      if (endpoint.alsoUsedBy !== undefined)
        say(`claimed alone, and also used by ${endpoint.alsoUsedBy.join(', ')}`);
      const list = MODEL_LISTS.find((name) => matchesName(endpoint.host, name) && !lists(tool, name));
      if (list !== undefined) say(`claimed alone, and takes in ${list}, a list of models that many read`);
      const gateway = gateways.find(
        ({ name, id }) => id !== tool.id && matchesName(endpoint.host, name) && !lists(tool, name),
      );
      if (gateway !== undefined) say(`claimed alone, and takes in ${gateway.name} of ${gateway.id}`);
      if (endpoint.exclusive === undefined && endpoint.confidence !== 'low' && !own.has(tool.id))
        say('claimed alone without "exclusive": say why no other program asks for it, and who says so');
    }
  }
  return problems;
}

function gatewayNames({ id, endpoints }: ToolEntry): { name: string; id: string }[] {
  return endpoints
    .filter(({ role, host }) => (role === 'inference' || role === 'relay') && !host.includes('*'))
    .map(({ host }) => ({ name: host, id }));
}

/** True when the entry lists this name as shared, in addition to an exclusive suffix. */
function lists(tool: ToolEntry, name: string): boolean {
  return tool.endpoints.some(({ host, specificity }) => host === name && specificity !== 'tool');
}
