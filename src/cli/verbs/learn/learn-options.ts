// The options of `wiretally catalogue learn`.

import type { Command } from 'commander';
import {
  type CatalogueOptions,
  type CommonOptions,
  day,
  OF_TOOLS,
  type PlainFormat,
  REPLACES_A_FILE,
} from '../../input/options.ts';
import { addOptions, list, type OptionValues, option } from '../../options/declare.ts';

const learnOptions = {
  tool: option('--tool <id>', {
    group: 'Input',
    description: 'Recorded tool',
    isMandatory: true,
    isCommon: true,
    ...OF_TOOLS,
  }),
  version: option('--version <version>', {
    group: 'Input',
    description: 'Version of the tool',
    byDefault: 'unknown',
    isCommon: true,
  }),
  date: option('--date <date>', {
    group: 'Input',
    description: "Day of the recording (default: the capture's)",
    parse: day,
  }),
  against: list('--against <dir>', {
    group: 'Input',
    description:
      'Test the draft on the captures of this folder, in which the tool did not run unless a manifest.json names it (default: captures of a checkout)',
  }),
  sign: option('--sign <name>', {
    group: 'Output',
    description: 'Reviewer who signs the draft; with --write',
  }),
  write: option('--write <dir>', {
    group: 'Output',
    description: 'Write the signed entry to this folder: src/catalogue, or one for --catalogue',
    isCommon: true,
    notInConfig: REPLACES_A_FILE,
  }),
};

export interface LearnOptions extends CommonOptions, CatalogueOptions, OptionValues<typeof learnOptions> {
  readonly format: PlainFormat;
}

export const addLearnOptions = (command: Command): void => addOptions(command, learnOptions);
