// Remote MCP servers for a terminal: a line for each name.

import type { ReportDocument } from '../../model/report.ts';
import { type Painter, wrap } from '../../text/text-layout.ts';
import { MCP_HEADS, MCP_NOTE, MCP_TITLE, mcpServers } from '../text/mcp-words.ts';
import { headedTable } from './headed-table.ts';

/** Nothing without any. */
export function mcpLines(document: ReportDocument, width: number, paint: Painter): string[] {
  const servers = mcpServers(document);
  if (servers.length === 0) return [];
  return [
    '',
    paint('head', MCP_TITLE.toUpperCase()),
    ...headedTable(MCP_HEADS, servers, width, paint),
    ...wrap(MCP_NOTE, width).map((line) => paint('quiet', line)),
  ];
}
