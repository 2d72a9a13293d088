// Provides facts of the catalogue for policies: tools by id, vendor and kind, and which of them can be proved.

import type { Role } from '../model/catalogue-words.ts';
import type { Confidence } from '../model/confidence.ts';
import { omitUndefined } from '../model/omit-undefined.ts';
import type { CallsOfTool, CatalogueFacts } from '../model/policy.ts';
import type { Catalogue } from './catalogue.ts';
import { isProviderKind, listRules } from './rules.ts';
import type { ToolEntry } from './schema.ts';

export function catalogueFacts(catalogue: Catalogue): CatalogueFacts {
  return {
    version: catalogue.version,
    mcpNames: catalogue.tools.flatMap(({ endpoints }) =>
      endpoints.filter(({ role }) => role === 'mcp').map(({ host }) => host),
    ),
    tools: catalogue.tools.map((tool) => ({
      id: tool.id,
      name: tool.name,
      vendor: tool.vendor,
      kind: tool.kind,
      hasOwnName: tool.endpoints.some((endpoint) => endpoint.specificity === 'tool'),
      best: findBestGrade(tool),
      roles: listRoles(tool),
      tellsRequests: tool.kind !== 'chat',
      telemetry: {
        isKnown: tool.optOut !== undefined || tool.calibration?.telemetry !== undefined,
        contacts: tool.optOut?.contacts ?? [],
      },
      ...(isProgram(tool) ? { runtimes: listRuntimeLabels(catalogue, tool.runtimes) } : {}),
      ...omitUndefined({ calls: findCalls(catalogue, tool), formerly: tool.formerly, ended: tool.ended }),
    })),
  };
}

function findCalls(catalogue: Catalogue, tool: ToolEntry): CallsOfTool | undefined {
  const unmarked = isUnmarkedTool(tool) ? { isUnmarked: true as const } : {};
  if (tool.ownKey === true)
    return { runtimes: listRuntimeLabels(catalogue, tool.runtimes), names: null, minUp: 0, ...unmarked };
  const upload = tool.evidence?.find((rule) => rule.kind === 'upload');
  if (upload === undefined) return undefined;
  const { runtimes = tool.runtimes, names, minUp } = upload;
  return { runtimes: listRuntimeLabels(catalogue, runtimes), names, minUp, ...unmarked };
}

/** True for a tool that no evidence makes likely. Without a known runtime, no program would be excluded. */
export const isUnmarkedTool = (tool: ToolEntry): boolean =>
  tool.runtimes !== undefined && findBestGrade(tool) === 'possible';

function listRuntimeLabels({ data }: Catalogue, runtimes: readonly string[] | undefined): string[] | null {
  if (runtimes === undefined) return null;
  return data.runtimes
    .filter(({ id }) => runtimes.includes(id))
    .flatMap(({ name, builds }) => [name, ...builds.map(({ label }) => label)]);
}

/** A provider row identifies the destination, not a program, so it is as certain as the name. */
function findBestGrade(tool: ToolEntry): Confidence {
  if (isProviderKind(tool)) return 'certain';
  const grades = listRules(tool).map((rule) => ('gives' in rule ? rule.gives : 'possible'));
  const best = GRADES.find((grade) => grades.includes(grade)) ?? 'possible';
  return best === 'certain' && !canBeProved(tool) ? 'likely' : best;
}

/** True if a name is verified as exclusive, and the runtime of the tool is known. */
function canBeProved({ runtimes, userAgents, endpoints }: ToolEntry): boolean {
  if (runtimes === undefined && userAgents === undefined) return false;
  return endpoints.some(({ specificity, confidence }) => specificity === 'tool' && confidence !== 'low');
}

const GRADES: readonly Confidence[] = ['certain', 'likely', 'possible'];

/** Roles of names that programs contact although their files do not list them: providers, collectors and relays. */
const FOREIGN_ROLES: readonly Role[] = ['inference', 'telemetry', 'relay'];

function listRoles(tool: ToolEntry): Role[] {
  const own = tool.endpoints.map(({ role }) => role);
  return [...new Set([...own, ...(isProgram(tool) ? FOREIGN_ROLES : [])])].sort();
}

const isProgram = (tool: ToolEntry): boolean => !isProviderKind(tool) && tool.kind !== 'chat';
