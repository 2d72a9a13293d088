// Remote MCP servers on the page.

import { MCP_HEADS, MCP_NOTE, MCP_TITLE, mcpServers } from '../text/mcp-words.ts';
import { headedTable } from './headed-table.ts';
import { type Html, html, NOTHING } from './markup.ts';
import type { PageModel } from './page-model.ts';

const WORDS = {
  label: 'Remote MCP servers, table',
  caption: 'Remote MCP servers and their clients',
  row: 'server',
};

/** NOTHING without any. */
export function mcpSection({ document }: PageModel): Html {
  const servers = mcpServers(document);
  if (servers.length === 0) return NOTHING;
  return html`<section id="mcp" aria-labelledby="mcph"><h2 id="mcph">${MCP_TITLE}</h2><p class="lead">${MCP_NOTE}</p>
${headedTable(MCP_HEADS, servers, WORDS)}</section>
`;
}
