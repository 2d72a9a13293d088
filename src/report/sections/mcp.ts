// Declares the section on remote MCP servers: names of the catalogue with this role, and the hosts that connected to
// them.

import type { ReportDocument } from '../../model/report.ts';
import { compareHosts, compareText } from '../../net/address.ts';
import type { ReportWords } from '../text/english-words.ts';
import type { Section, SectionTable } from './section.ts';

interface McpServer {
  readonly name: string;
  readonly tools: Set<string>;
  readonly hosts: Set<string>;
  flows: number;
  bytes: number;
}

/** Maximum hosts in a cell; JSON has all of them. */
const MAX_NAMED = 4;

const table: SectionTable<McpServer> = {
  texts: ({ mcp }) => mcp,
  rows: mcpServers,
  columns: ({ words }) => [
    { head: words.heads.name, kind: 'text', of: ({ name }) => name },
    {
      head: words.heads.tools,
      kind: 'text',
      of: ({ tools }) => [...tools].sort(compareText).join(words.listSeparator),
    },
    { head: words.heads.hosts, kind: 'text', of: (server) => hostsText(server, words) },
    { head: words.heads.flows, kind: 'number', of: ({ flows }) => flows },
    { head: words.heads.bytes, kind: 'bytes', of: ({ bytes }) => bytes },
  ],
  noun: 'server',
};

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

function hostsText({ hosts }: McpServer, { sections, listSeparator }: ReportWords): string {
  const sorted = [...hosts].sort(compareHosts);
  return sections.mcp.moreHosts(
    sorted.slice(0, MAX_NAMED).join(listSeparator),
    Math.max(0, sorted.length - MAX_NAMED),
  );
}

export const MCP: Section = {
  id: 'mcp',
  tables: [table],
  notes: ({ words }) => [words.sections.mcp.note],
  pages: ['services'],
  isInFullOnly: true,
};
