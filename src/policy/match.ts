// Lists the rules of a policy and matches them with tools.

import { RELAY_ID } from '../model/catalogue-words.ts';
import type { Policy, Rule, RuleService, RuleTool, ServiceMatch, ToolMatch } from '../model/policy.ts';
import type { ToolUse } from '../model/report.ts';

/** All rules: those of the file, and the defaults for everything else. */
export const allRules = ({ rules, otherTools, otherServices, otherMcp }: Policy): readonly Rule[] => [
  ...rules,
  ...[otherTools, otherServices, otherMcp].filter((rule) => rule !== null),
];

/** True for rules that create findings: deny rules, and allow rules with a condition. */
export const isEvaluated = ({
  action,
  via,
  telemetry,
  upload,
}: Pick<Rule, 'action' | 'via' | 'telemetry' | 'upload'>): boolean =>
  action === 'deny' || via !== null || telemetry !== null || upload !== null;

/** True if the match contains the tool: by id, vendor or kind. */
export function matchesTool(match: ToolMatch, tool: RuleTool): boolean {
  return match.vendors.includes(tool.vendor) || matchesProvider(match, tool);
}

/**
 * True if the match contains an API, a gateway or a relay itself, by id or kind. Such a row is traffic without a known
 * tool. A suspected relay belongs to no vendor, so only its id matches.
 */
export function matchesProvider(match: ToolMatch, { id, kind }: Pick<RuleTool, 'id' | 'kind'>): boolean {
  return match.tools.includes(id) || (id !== RELAY_ID && match.kinds.some((named) => named === kind));
}

/**
 * True if the match contains the tool or the API that it uses. A rule about an API or its vendor applies to every
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

/** A tool, the part of its traffic with one API or with MCP servers, or a service. */
export interface UseOfTool {
  readonly use: Part;
  readonly api?: Part;
  readonly service?: RuleService;
  /** The part is the use of MCP servers. */
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
