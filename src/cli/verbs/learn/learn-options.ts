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
  tool: option('--tool <id>', 'Input', 'Recorded tool', { isMandatory: true, ...OF_TOOLS }),
  version: option('--version <version>', 'Input', 'Version of the tool', {
    byDefault: 'unknown',
    isCommon: true,
  }),
  date: option('--date <date>', 'Input', "Day of the recording (default: the capture's)", { parse: day }),
  against: list(
    '--against <dir>',
    'Input',
    'Test the draft on the captures of this folder, in which the tool did not run unless a manifest.json names it (default: captures of a checkout)',
  ),
  sign: option('--sign <name>', 'Output', 'Reviewer who signs the draft; with --write'),
  write: option(
    '--write <dir>',
    'Output',
    'Write the signed entry to this folder: src/catalogue, or one for --catalogue',
    { isCommon: true, notInConfig: REPLACES_A_FILE },
  ),
};

export interface LearnOptions extends CommonOptions, CatalogueOptions, OptionValues<typeof learnOptions> {
  readonly format: PlainFormat;
}

export const addLearnOptions = (command: Command): void => addOptions(command, learnOptions);
