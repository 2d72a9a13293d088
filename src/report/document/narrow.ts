// Narrows a document to some hosts and tools: removes other rows and computes the totals of the remaining ones.

import { omitUndefined } from '../../model/omit-undefined.ts';
import type { HostReport, ReportDocument, ReportService, ToolUse } from '../../model/report.ts';
import type { HostAttribution } from '../../model/tool.ts';
import { hasUndecided } from '../../model/withheld.ts';
import { buildAccountTotal } from './accounts.ts';
import { narrowEch } from './ech-rows.ts';
import { sumNotVisible, toolTotals } from './report-totals.ts';
import { narrowRows } from './rows-of-hosts.ts';
import { suppressAlike } from './suppress.ts';

/** A part that is absent or empty matches everything. */
export interface Narrowing {
  /** Addresses, names or MACs of hosts. A host remains if any matches. */
  readonly hosts?: readonly string[];
  readonly groups?: readonly string[];
  /** Ids of tools and providers. */
  readonly tools?: readonly string[];
  /** Names by id of tools without a row. */
  readonly toolNames?: ReadonlyMap<string, string>;
}

/** Returns the options of `analyze` that select this part. */
export const narrowingOptions = ({ hosts, groups, tools }: Narrowing) => ({
  '--host': hosts,
  '--group': groups,
  '--tool': tools,
});

export const isEverything = ({ hosts = [], groups = [], tools = [] }: Narrowing): boolean =>
  hosts.length + groups.length + tools.length === 0;

export function narrow(document: ReportDocument, narrowing: Narrowing): ReportDocument {
  if (isEverything(narrowing)) return document;
  const { hosts = [], groups = [], tools = [] } = narrowing;
  const selection = {
    hosts,
    groups,
    tools,
    toolNames: tools.map((tool) => getName(document, tool, narrowing)),
    // The limit of these rows is one of the selected tools: their program may be one of these tools.
    ...(tools.length > 0 && document.hosts.some((host) => isWantedHost(host, narrowing) && hasUndecided(host))
      ? { undecided: true as const }
      : {}),
  };
  return { ...narrowTo(document, (host) => isWantedHost(host, narrowing), narrowing), selection };
}

function getName({ tools, hosts, policy }: ReportDocument, tool: string, { toolNames }: Narrowing): string {
  const toolName = toolNames?.get(tool) ?? tools.find((candidate) => candidate.tool === tool)?.name;
  if (toolName !== undefined) return toolName;
  const provider = hosts.flatMap(({ providers }) => providers).find((candidate) => candidate.tool === tool);
  const ruled = policy?.rules.find((rule) => rule.tools?.includes(tool));
  return provider?.name ?? ruled?.toolNames?.[ruled.tools?.indexOf(tool) ?? -1] ?? tool;
}

/** Narrows to hosts of any kind and to the requested uses. Verdicts of a policy are unchanged. */
export function narrowTo(
  document: ReportDocument,
  isWantedHost: (host: HostReport) => boolean,
  narrowing: Narrowing = {},
): ReportDocument {
  const isWantedTool = (tool: string): boolean => isWantedUse({ tool }, narrowing);
  const hosts = document.hosts.filter(isWantedHost).map((host) => ({
    ...host,
    tools: host.tools.filter((use) => isWantedUse(use, narrowing)),
    providers: host.providers.filter((use) => isWantedUse(use, narrowing)),
  }));
  const names = new Set(hosts.map((host) => host.host));
  const isWanted = (row: { readonly host: string; readonly tool: string }): boolean =>
    names.has(row.host) && isWantedTool(row.tool);
  const findings = document.findings?.filter(isWanted);
  const isWhole = hosts.length === document.hosts.length;
  const register = document.register && {
    ...document.register,
    entries: isWhole ? document.register.entries.filter(({ tool }) => isWantedTool(tool)) : [],
    uses: document.register.uses.filter(isWanted),
  };
  const { ech: _, account: __, groupUse: ___, ...rest } = document;
  return {
    ...narrowRows(rest, (host) => names.has(host), isWantedTool),
    hosts,
    tools: suppressAlike(toolTotals(hosts), document.tools),
    notVisible: sumNotVisible(hosts),
    ...buildAccountTotal(hosts),
    services: narrowServices(document.services, names, isWantedTool),
    ...narrowEch(document, (host) => names.has(host)),
    ...omitUndefined({ findings, register }),
  };
}

/** Selects services of the requested hosts, and services that they use, with these clients only. */
function narrowServices(
  services: readonly ReportService[],
  hosts: ReadonlySet<string>,
  isWantedProduct: (product: string) => boolean,
): ReportService[] {
  return services.flatMap((service) => {
    if (!isWantedProduct(service.product)) return [];
    if (hosts.has(service.host)) return [service];
    const clients = service.clients.filter(({ host }) => hosts.has(host));
    return clients.length === 0 ? [] : [{ ...service, clients }];
  });
}

export type KnownHost = Pick<HostReport, 'host' | 'name' | 'mac'>;

/** Tests if a word is the address (or pseudonym), name or MAC of the host. */
export function isHost({ host, name, mac }: KnownHost, word: string): boolean {
  const plain = word.toLowerCase();
  return host === word || [host, name, mac].some((identifier) => identifier?.toLowerCase() === plain);
}

export function isWantedHost(host: HostReport, { hosts = [], groups = [] }: Narrowing): boolean {
  const fitsHost = hosts.length === 0 || hosts.some((word) => isHost(host, word));
  return fitsHost && (groups.length === 0 || host.groups.some((group) => groups.includes(group)));
}

export const isWantedUse = ({ tool }: Pick<ToolUse, 'tool'>, { tools = [] }: Narrowing): boolean =>
  tools.length === 0 || tools.includes(tool);

/** True for hosts whose use a trend compares: those shown, and requested ones without traffic. */
export function isHostOfTrend(
  document: ReportDocument,
  { hosts = [], groups = [] }: Narrowing,
): (host: string) => boolean {
  const names = new Set([...document.hosts.map(({ host }) => host), ...hosts]);
  return (host) => hosts.length + groups.length === 0 || names.has(host);
}

/** Narrows the sums of a breakdown or trend. */
export function narrowAttributions(
  attributions: readonly HostAttribution[],
  isWantedHost: (host: string) => boolean,
  narrowing: Narrowing,
): HostAttribution[] {
  const isWanted = ({ use }: HostAttribution['tools'][number]): boolean => isWantedUse(use, narrowing);
  return attributions
    .filter(({ host }) => isWantedHost(host))
    .map((attribution) => ({
      host: attribution.host,
      tools: attribution.tools.filter(isWanted),
      providers: attribution.providers.filter(isWanted),
    }));
}
