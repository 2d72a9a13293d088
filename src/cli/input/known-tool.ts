// Refuses ids that the catalogue does not have, with the nearest one named.

import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { ToolEntry } from '../../catalogue/schema.ts';
import { WiretallyError } from '../../model/errors.ts';
import { RELAY_ID } from '../../model/tool.ts';
import { compareText } from '../../net/address.ts';
import { nearestWord } from '../../text/near-word.ts';

/** The same for what a report has rows of. */
export function requireKnownRow(catalogue: Catalogue, id: string): void {
  if (id !== RELAY_ID) requireKnownTool(catalogue, id);
}

export function requireKnownTool(catalogue: Catalogue, id: string): ToolEntry {
  const tool = catalogue.tool(id);
  if (tool !== undefined) return tool;
  const meant = probablyMeant(catalogue, id);
  throw new WiretallyError('USAGE', `no tool is called "${id}"`, {
    next: `${meant.length === 0 ? '' : `did you mean ${meant.join(' or ')}? `}wiretally catalogue list shows all ${catalogue.tools.length}`,
  });
}

/** Of an id that the catalogue does not have, where a new tool is meant: it may be a slip all the same. */
export function strangerNote(catalogue: Catalogue, id: string): string {
  const meant = probablyMeant(catalogue, id);
  const hint = meant.length === 0 ? '' : ` (did you mean ${meant.join(' or ')}?)`;
  return `no tool is called "${id}"${hint}: every name in the capture is taken for its own`;
}

/** So many are named. */
const FEW = 4;

/** Ids of the tools whose id or name holds the word ("claude", "codex"), else the nearest id. */
function probablyMeant(catalogue: Catalogue, id: string): string[] {
  const word = id.toLowerCase();
  const holding = catalogue.tools
    .filter((tool) => word.length > 2 && `${tool.id} ${tool.name.toLowerCase()}`.includes(word))
    .map((tool) => tool.id)
    .sort((a, b) => a.length - b.length || compareText(a, b));
  if (holding.length > 0) return holding.slice(0, FEW);
  const near = nearestWord(
    word,
    catalogue.tools.map((tool) => tool.id),
  );
  return near === null ? [] : [near];
}
