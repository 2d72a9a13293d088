// What a policy must know of the catalogue: its tools by id, vendor and kind, and which of them can be proved.

import type { CatalogueFacts } from '../model/policy.ts';
import type { Catalogue } from './catalogue.ts';

export function catalogueFacts(catalogue: Catalogue): CatalogueFacts {
  return {
    version: catalogue.version,
    tools: catalogue.tools.map((tool) => ({
      id: tool.id,
      name: tool.name,
      vendor: tool.vendor,
      kind: tool.kind,
      hasOwnName: tool.endpoints.some((endpoint) => endpoint.specificity === 'tool'),
    })),
  };
}
