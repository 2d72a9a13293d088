// Remote MCP servers in words: names of the catalogue with this role, and the hosts that connected to them.

import type { ReportDocument } from '../../model/report.ts';
import { compareHosts, compareText } from '../../net/address.ts';
import type { Head } from './heads.ts';
import { formatBytes, formatCount, plural } from './quantity.ts';

export interface McpServer {
  readonly name: string;
  readonly tools: Set<string>;
  readonly hosts: Set<string>;
  flows: number;
  bytes: number;
}

/** Hosts by name in a cell; all of them are in JSON. */
const MAX_NAMED = 4;

export const MCP_TITLE = 'Remote MCP servers';

export const MCP_HEADS: readonly Head<McpServer>[] = [
  { head: 'Name', of: ({ name }) => name },
  { head: 'Tools', of: ({ tools }) => [...tools].sort(compareText).join(', ') },
  { head: 'Hosts', of: hostsText },
  { head: 'Flows', isNumber: true, of: ({ flows }) => formatCount(flows) },
  { head: 'Bytes', isNumber: true, of: ({ bytes }) => formatBytes(bytes) },
];

/** What the table does not show. */
export const MCP_NOTE =
  'Names of MCP servers in the catalogue that hosts connected to. Servers behind such a name, in a tunnel, or under other names are not visible.';

export function mcpServers({ hosts }: ReportDocument): McpServer[] {
  const servers = new Map<string, McpServer>();
  for (const { host, tools, providers } of hosts)
    for (const use of [...tools, ...providers]) {
      // A possible row repeats the names of the provider's row.
      if (use.confidence === 'possible' && providers.length > 0) continue;
      for (const { name, role, flows, bytesUp, bytesDown } of use.names) {
        if (role !== 'mcp') continue;
        const server = servers.get(name) ?? { name, tools: new Set(), hosts: new Set(), flows: 0, bytes: 0 };
        servers.set(name, server);
        server.tools.add(use.name);
        server.hosts.add(host);
        server.flows += flows;
        server.bytes += bytesUp + bytesDown;
      }
    }
  return [...servers.values()].sort((a, b) => compareText(a.name, b.name));
}

function hostsText({ hosts }: McpServer): string {
  const sorted = [...hosts].sort(compareHosts);
  const left = sorted.length - MAX_NAMED;
  return `${sorted.slice(0, MAX_NAMED).join(', ')}${left > 0 ? ` and ${plural(left, 'more host')}` : ''}`;
}
