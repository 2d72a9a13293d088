// Remote MCP servers on the page.

import { mcpHeads, mcpServers } from '../text/mcp-words.ts';
import { headedTable } from './headed-table.ts';
import { type Html, html, NOTHING } from './markup.ts';
import type { PageModel } from './page-model.ts';

/** NOTHING without any. */
export function mcpSection({ document, messages }: PageModel): Html {
  const { title, note } = messages.mcp;
  const servers = mcpServers(document);
  if (servers.length === 0) return NOTHING;
  return html`<section id="mcp" aria-labelledby="mcp-h"><h2 id="mcp-h">${title}</h2><p class="lead">${note}</p>
${headedTable(mcpHeads(messages), servers, { label: title, caption: messages.page.tables.mcpCaption, row: 'server' }, messages)}</section>
`;
}
