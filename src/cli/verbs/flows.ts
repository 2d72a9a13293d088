// `wiretally dump flows FILE…`: one NDJSON line per flow; nothing is kept.

import { loadCatalogue } from '../../files/catalogue-files.ts';
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
import { flowLine } from '../output/flow-line.ts';
import { toolOfFlow } from '../output/flow-tool.ts';
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
