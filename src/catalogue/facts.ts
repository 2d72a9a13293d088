// What a policy must know of the catalogue: its tools by id, vendor and kind, and which of them can be proved.

import type { Catalogue } from './catalogue.ts';

/** The shape that src/policy/ asks for; a policy is read against it and never sees more of the catalogue. */
export interface ToolFacts {
  readonly version: string;
  readonly tools: readonly {
    readonly id: string;
    readonly name: string;
    readonly vendor: string;
    readonly kind: string;
    /** True when some name belongs to this tool alone, so that "certain" can be reached. */
    readonly hasOwnName: boolean;
  }[];
}

export function catalogueFacts(catalogue: Catalogue): ToolFacts {
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
