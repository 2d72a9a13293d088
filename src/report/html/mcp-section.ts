// Remote MCP servers on the page: names of the catalogue with this role, and the hosts that connected to them.

import type { ReportDocument } from '../../model/report.ts';
import { compareHosts, compareText } from '../../net/address.ts';
import type { Head } from '../text/heads.ts';
import { formatBytes, formatCount, plural } from '../text/quantity.ts';
import { headedTable } from './headed-table.ts';
import { type Html, html, NOTHING } from './markup.ts';
import type { PageModel } from './page-model.ts';

interface McpServer {
  readonly name: string;
  readonly tools: Set<string>;
  readonly hosts: Set<string>;
  flows: number;
  bytes: number;
}

/** Hosts by name in a cell; all of them are in the data. */
const MAX_NAMED = 4;

const HEADS: readonly Head<McpServer>[] = [
  { head: 'Name', of: ({ name }) => name },
  { head: 'Tools', of: ({ tools }) => [...tools].sort(compareText).join(', ') },
  { head: 'Hosts', of: hostsText },
  { head: 'Flows', isNumber: true, of: ({ flows }) => formatCount(flows) },
  { head: 'Bytes', isNumber: true, of: ({ bytes }) => formatBytes(bytes) },
];

const WORDS = {
  label: 'Remote MCP servers, table',
  caption: 'Remote MCP servers and their clients',
  row: 'server',
};

/** NOTHING without any. */
export function mcpSection({ document }: PageModel): Html {
  const servers = mcpServers(document);
  if (servers.length === 0) return NOTHING;
  return html`<section id="mcp" aria-labelledby="mcph"><h2 id="mcph">Remote MCP servers</h2><p class="lead">Names of MCP servers in the catalogue that hosts connected to. Servers behind such a name, in a tunnel, or under other names are not visible.</p>
${headedTable(HEADS, servers, WORDS)}</section>
`;
}

function mcpServers({ hosts }: ReportDocument): McpServer[] {
  const servers = new Map<string, McpServer>();
  for (const { host, tools, providers } of hosts)
    for (const use of [...tools, ...providers]) {
      // A possible row repeats the figures of another.
      if (use.confidence === 'possible' && providers.length > 0 && tools.includes(use)) continue;
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
