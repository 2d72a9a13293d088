// Refuses ids that the catalogue does not have, with the nearest one named.

import type { Catalogue } from '../catalogue/catalogue.ts';
import type { ToolEntry } from '../catalogue/schema.ts';
import { WiretallyError } from '../model/errors.ts';
import { nearestWord } from '../model/near-word.ts';

/** The row of suspected relays: it is in reports, and in no catalogue. */
const RELAY = 'relay';

/** The same for what a report has rows of. */
export function requireKnownRow(catalogue: Catalogue, id: string): void {
  if (id !== RELAY) requireKnownTool(catalogue, id);
}

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
