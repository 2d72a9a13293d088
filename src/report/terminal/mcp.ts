// Remote MCP servers for a terminal: a line for each name.

import type { ReportDocument } from '../../model/report.ts';
import { type Painter, wrap } from '../../text/text-layout.ts';
import { ENGLISH_WORDS } from '../text/english-words.ts';
import { mcpHeads, mcpServers } from '../text/mcp-words.ts';
import { headedTable } from './headed-table.ts';

/** Nothing without any. */
export function mcpLines(document: ReportDocument, width: number, paint: Painter): string[] {
  const servers = mcpServers(document);
  if (servers.length === 0) return [];
  return [
    '',
    paint('head', ENGLISH_WORDS.mcp.title.toUpperCase()),
    ...headedTable(mcpHeads(ENGLISH_WORDS), servers, width, paint),
    ...wrap(ENGLISH_WORDS.mcp.note, width).map((line) => paint('quiet', line)),
  ];
}
