// Finds MCP servers that `mcp.allow` does not list: names of the catalogue with the role mcp that a host used, and MCP
// servers of the local networks that it runs.

import { MAX_SERVERS } from '../model/ceilings.ts';
import { MCP_RULE } from '../model/findings.ts';
import type { McpMatch, Policy, Rule } from '../model/policy.ts';
import type { EvidenceItem } from '../model/report.ts';
import { asDetail, phrase } from '../model/sentences.ts';
import { evidenceDuring, type HostTool, sensorsDuring, type UsageQuarter } from '../model/tool.ts';
import type { UsageRow } from '../model/usage.ts';
import { compareText, networkContains, parseAddress } from '../net/address.ts';
import { matchesGlob } from '../text/glob.ts';
import { isPseudonym } from '../text/pseudonym.ts';
import { listSome } from '../text/quantity.ts';
import { formatInstant } from '../time/instant.ts';
import type { SeenUse } from './finding.ts';
import { splitPhases } from './phases.ts';
import type { PolicySubject } from './subjects.ts';

/** Lists MCP servers of the catalogue that the host used. */
export function listRemoteMcp(
  policy: Policy,
  rule: Rule,
  subject: PolicySubject,
  match: McpMatch,
): SeenUse[] {
  const { tools, providers } = subject;
  // The rows of a possible tool are also rows of a provider.
  const rows = [
    ...tools.filter(({ use }) => use.confidence !== 'possible' || providers.length === 0),
    ...providers,
  ];
  return rows.flatMap((whole) => {
    const isSelected = (row: UsageRow, role: string): boolean =>
      role === 'mcp' && wasReached(row) && !isAllowed(match, row);
    const part = whole.selectPart?.(isSelected) ?? null;
    if (part === null) return [];
    const { use } = whole;
    const quarters = part.quarters.flatMap(selectMcp);
    const names = [...new Set(part.use.names.map(({ name }) => name))].sort(compareText);
    const tool: HostTool = {
      use,
      quarters,
      evidenceIn: (starts) => [...buildNamesItem(names, quarters, starts), ...evidenceDuring(part, starts)],
      sensorsIn: (starts) => sensorsDuring(part, starts),
    };
    // Rules about tools do not govern the servers that they use.
    const phases = splitPhases(policy, rule, subject, { use, isMcp: true, quarters });
    return [{ use, tool, whole, names: new Set(names), phases }];
  });
}

/**
 * True if the server was reached. A connection that ended before an answer is not use, nor is one with a failed
 * handshake, because a firewall answers too.
 */
const wasReached = ({
  answeredSlices,
  loggedSlices,
  flows,
  failedFlows,
  exchanges,
  cells,
}: UsageRow): boolean =>
  answeredSlices + loggedSlices > 0 && (failedFlows < flows || exchanges.length + cells.length > 0);

/**
 * True if the list allows the row. The address behind a proxy is not that of the server, and a full list may lack a
 * server.
 */
const isAllowed = ({ names, networks }: McpMatch, { name, proxy, servers }: UsageRow): boolean =>
  names.some((pattern) => matchesGlob(pattern, name, 0)) ||
  (proxy === null &&
    servers.length > 0 &&
    servers.length < MAX_SERVERS &&
    servers.every((server) => isIn(networks, server)));

function isIn(networks: McpMatch['networks'], address: string): boolean {
  const bytes = parseAddress(address);
  return bytes !== null && networks.some((network) => networkContains(network, bytes));
}

/** Selects quarter hours with an answer of the server, because MCP requests are not model requests. */
function selectMcp(quarter: UsageQuarter): UsageQuarter[] {
  const { mcp } = quarter.byRole;
  if (mcp === undefined) return [];
  return [{ ...quarter, requests: null, activeMinutes: null, byRole: { mcp: { ...mcp, requests: null } } }];
}

/** Maximum names in the text of a finding. */
const MAX_LISTED_NAMES = 10;

function buildNamesItem(
  names: readonly string[],
  quarters: readonly UsageQuarter[],
  starts: ReadonlySet<number>,
): EvidenceItem[] {
  const own = quarters.filter(({ startSeconds }) => starts.has(startSeconds));
  if (own.length === 0) return [];
  return [
    {
      kind: 'network',
      rule: MCP_RULE,
      for: true,
      communityIds: [],
      ...asDetail(phrase('mcpUnlisted', { listed: listSome(names, MAX_LISTED_NAMES) })),
      first: formatInstant(Math.min(...own.map(({ firstUs }) => firstUs))),
      last: formatInstant(Math.max(...own.map(({ lastUs }) => lastUs))),
      flows: own.reduce((sum, { flows }) => sum + flows, 0),
    },
  ];
}

/** Returns the host with the MCP servers that it runs and the list does not allow; null if it allows all. */
export function findUnlistedServer(subject: PolicySubject, { networks }: McpMatch): PolicySubject | null {
  const { host, addresses = [] } = subject.identity;
  if ([host, ...addresses].some((address) => isIn(networks, address))) return null;
  // A pseudonym does not show a network, so it is unknown if the list contains this server.
  const isUnknown = networks.length > 0 && isPseudonym(host);
  return isUnknown ? { ...subject, services: (subject.services ?? []).map(onlyPossible) } : subject;
}

function onlyPossible<T extends NonNullable<PolicySubject['services']>[number]>(service: T): T {
  const quarters = service.quarters.map((quarter) => ({ ...quarter, confidence: 'possible' as const }));
  return { ...service, quarters };
}
