// Refuses ids that the catalogue does not have, with the nearest one named.

import type { Catalogue } from '../catalogue/catalogue.ts';
import type { ToolEntry } from '../catalogue/schema.ts';
import { WiretallyError } from '../model/errors.ts';
import { nearestWord } from '../model/near-word.ts';

export function requireKnownTool(catalogue: Catalogue, id: string): ToolEntry {
  const tool = catalogue.tool(id);
  if (tool !== undefined) return tool;
  const near = nearestWord(
    id,
    catalogue.tools.map((each) => each.id),
  );
  throw new WiretallyError('USAGE', `no tool is called "${id}"`, {
    next: `${near === null ? '' : `did you mean ${near}? `}wiretally catalogue list shows all ${catalogue.tools.length}`,
  });
}
