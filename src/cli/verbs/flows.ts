// `wiretally dump flows FILE…`: one NDJSON line per flow; nothing is kept.

import type { Catalogue } from '../../catalogue/catalogue.ts';
import { isProviderKind } from '../../catalogue/rules.ts';
import { loadCatalogue } from '../../files/catalogue-files.ts';
import type { FlowRecord } from '../../model/flow.ts';
import { readFlows } from '../../sensor/analyze.ts';
import {
  addCatalogueOption,
  addCommonOptions,
  addReadingOptions,
  type CatalogueOptions,
  type CommonOptions,
  inputFiles,
  type ReadingOptions,
} from '../input/options.ts';
import { flowLine, type NamedTool } from '../output/flow-line.ts';
import type { DefineVerb } from './define-verb.ts';
import { readLines } from './read-lines.ts';

export const defineFlows: DefineVerb = (command, done) => {
  addReadingOptions(command);
  addCatalogueOption(command);
  addCommonOptions(command);
  command.action(async (files: string[], options: ReadingOptions & CatalogueOptions & CommonOptions) => {
    const inputs = inputFiles(files, options);
    const catalogue = await loadCatalogue(options.catalogue);
    done(
      await readLines(inputs, options, (reading, print) =>
        readFlows(inputs, reading, ({ file, flow }) =>
          print(flowLine(file, flow, toolOfFlow(flow, catalogue))),
        ),
      ),
    );
  });
};

// Names the tool of one flow by its server name alone, and only where no other program uses that name.

function toolOfFlow(flow: FlowRecord, catalogue: Catalogue): NamedTool | null {
  const name = flow.sni ?? hostOf(flow.proxy?.target ?? null);
  if (name === null) return null;
  const found = catalogue.lookup(name.toLowerCase());
  const own = found.find(({ value }) => value.endpoint.specificity === 'tool' && !isProviderKind(value.tool));
  // One flow does not show what a program does with the name: a monitor opens the same.
  return own === undefined ? null : { tool: own.value.tool.id, confidence: 'possible' };
}

/** "host:port" or "[v6]:port" without the port. */
function hostOf(target: string | null): string | null {
  return target === null ? null : target.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}
