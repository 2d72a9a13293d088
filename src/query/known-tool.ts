// Finds the tool that an option names, by id or name; refuses others, with the nearest ones named.

import type { Catalogue } from '../catalogue/catalogue.ts';
import type { ToolEntry } from '../catalogue/schema.ts';
import { RELAY_ID } from '../model/catalogue-words.ts';
import { usageError } from '../model/errors.ts';
import { compareText } from '../net/address.ts';
import { nearestWord } from '../text/near-word.ts';

/** Finds a subject of report rows by its id or name. Throws as below. */
export function requireKnownRow(catalogue: Catalogue, text: string): Pick<ToolEntry, 'id' | 'name'> {
  return text === RELAY_ID ? { id: RELAY_ID, name: 'Suspected relay' } : requireKnownTool(catalogue, text);
}

/** `how`: advice for a tool that the catalogue does not have. Throws USAGE with the nearest ids. */
export function requireKnownTool(catalogue: Catalogue, text: string, how = ''): ToolEntry {
  const tool = catalogue.toolWritten(text);
  if (tool !== undefined) return tool;
  const nearest = nearestTools(catalogue, text);
  throw usageError(
    `no tool is called "${text}"`,
    `${nearest.length === 0 ? '' : `did you mean ${nearest.join(' or ')}? `}wiretally catalogue list shows all ${catalogue.tools.length}${how}`,
  );
}

/** Maximum number of suggestions. */
const FEW = 4;

/** Ids of the tools whose id or name holds the word ("claude", "codex"), else the nearest id or those with the nearest part. */
function nearestTools(catalogue: Catalogue, text: string): string[] {
  const word = text.trim().toLowerCase();
  const holding = idsHolding(catalogue, word);
  if (holding.length > 0) return holding;
  const ids = catalogue.tools.map((tool) => tool.id);
  // Words that many names share, such as "code", do not count.
  const parts = ids
    .flatMap((id) => id.split('-'))
    .filter((part) => part.length > 3 && idsHolding(catalogue, part).length < FEW);
  const near = nearestWord(word, [...ids, ...parts]);
  if (near === null) return [];
  return ids.includes(near) ? [near] : idsHolding(catalogue, near);
}

function idsHolding({ tools }: Catalogue, word: string): string[] {
  const holding = tools.filter(
    ({ id, name }) => word.length > 2 && `${id} ${name.toLowerCase()}`.includes(word),
  );
  return holding
    .map(({ id }) => id)
    .sort((a, b) => a.length - b.length || compareText(a, b))
    .slice(0, FEW);
}
