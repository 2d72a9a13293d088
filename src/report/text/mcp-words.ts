// Remote MCP servers in words: names of the catalogue with this role, and the hosts that connected to them.

import type { ReportDocument } from '../../model/report.ts';
import { compareHosts, compareText } from '../../net/address.ts';
import type { Head } from './heads.ts';
import { formatCount } from './quantity.ts';
import type { ReportWords } from './report-words.ts';

export interface McpServer {
  readonly name: string;
  readonly tools: Set<string>;
  readonly hosts: Set<string>;
  flows: number;
  bytes: number;
}

/** Hosts by name in a cell; all of them are in JSON. */
const MAX_NAMED = 4;

export const mcpHeads = (words: ReportWords): readonly Head<McpServer>[] => [
  { head: words.heads.name, of: ({ name }) => name },
  { head: words.heads.tools, of: ({ tools }) => [...tools].sort(compareText).join(', ') },
  { head: words.heads.hosts, of: (server) => hostsText(server, words) },
  { head: words.heads.flows, isNumber: true, of: ({ flows }) => formatCount(flows) },
  { head: words.heads.bytes, isNumber: true, of: ({ bytes }) => words.bytes(bytes) },
];

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

function hostsText({ hosts }: McpServer, { mcp }: ReportWords): string {
  const sorted = [...hosts].sort(compareHosts);
  return mcp.moreHosts(sorted.slice(0, MAX_NAMED).join(', '), sorted.length - MAX_NAMED);
}
