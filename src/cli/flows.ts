// `wiretally flows FILE…`: one NDJSON line per flow; nothing is kept.

import { loadCatalogue } from '../capture/catalogue-files.ts';
import { readFlows } from '../sensor/analyze.ts';
import { flowLine } from './flow-line.ts';
import { toolOfFlow } from './flow-tool.ts';
import {
  addCatalogueOption,
  addCommonOptions,
  addReadingOptions,
  type CatalogueOptions,
  type CommonOptions,
  inputFiles,
  type ReadingOptions,
} from './options.ts';
import { readLines } from './read-lines.ts';
import type { DefineVerb } from './verbs.ts';

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
