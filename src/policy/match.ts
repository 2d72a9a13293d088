// Defines the rules of a policy, and the tools that a rule matches.

import { RELAY_ID } from '../model/catalogue-words.ts';
import type { Policy, Rule, RuleService, RuleTool, ServiceMatch, ToolMatch } from '../model/policy.ts';
import type { ToolUse } from '../model/report.ts';

/** Rules of the file, and the defaults for everything else. */
export const allRules = ({ rules, rest, otherServices, otherMcp }: Policy): readonly Rule[] => [
  ...rules,
  ...[rest, otherServices, otherMcp].filter((rule) => rule !== null),
];

/** Rules that create findings: denying ones, and allowing ones with a condition. */
export const isEvaluated = ({
  action,
  via,
  telemetry,
  upload,
}: Pick<Rule, 'action' | 'via' | 'telemetry' | 'upload'>): boolean =>
  action === 'deny' || via !== null || telemetry !== null || upload !== null;

/** True when a match names the tool: by id, or by vendor or kind. */
export function matchesTool(match: ToolMatch, tool: RuleTool): boolean {
  return match.vendors.includes(tool.vendor) || matchesProvider(match, tool);
}

/**
 * True when a match names an API, a gateway or similar itself, by id or kind: such a row is traffic without a known tool.
 * A suspected relay is no gateway of a vendor: only its id matches it.
 */
export function matchesProvider(match: ToolMatch, { id, kind }: Pick<RuleTool, 'id' | 'kind'>): boolean {
  return match.tools.includes(id) || (id !== RELAY_ID && match.kinds.some((named) => named === kind));
}

/**
 * True when a match names the tool or the API that it uses: a rule about an API, or about its vendor, applies to every
 * client of it.
 */
export function matchesUse(match: ToolMatch, { use, api, service, isMcp }: UseOfTool): boolean {
  if (isMcp === true) return match.mcp !== undefined;
  if (service !== undefined) return match.services !== undefined && matchesService(match.services, service);
  return [use, ...(api === undefined ? [] : [api])].some((part) =>
    matchesTool(match, { ...part, id: part.tool }),
  );
}

type Part = Pick<ToolUse, 'tool' | 'vendor' | 'kind'>;

/** A tool, or the part of its traffic with one API or with MCP servers; or a service. */
export interface UseOfTool {
  readonly use: Part;
  readonly api?: Part;
  readonly service?: RuleService;
  /** Its use of MCP servers. */
  readonly isMcp?: true;
}

export const buildUse = (subject: RuleTool | RuleService): UseOfTool =>
  'id' in subject
    ? { use: { tool: subject.id, vendor: subject.vendor, kind: subject.kind } }
    : { use: { tool: subject.product, vendor: '', kind: subject.class }, service: subject };

export function matchesService(
  { classes, products, isExposed }: ServiceMatch,
  service: RuleService,
): boolean {
  if (isExposed && !service.isExposed) return false;
  if (classes.length + products.length === 0) return true;
  return classes.some((name) => name === service.class) || products.includes(service.product);
}
