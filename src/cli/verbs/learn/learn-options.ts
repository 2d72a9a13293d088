// The options of `wiretally catalogue learn`.

import type { Command } from 'commander';
import {
  type CatalogueOptions,
  type CommonOptions,
  day,
  type PlainFormat,
  repeatable,
} from '../../input/options.ts';

export interface LearnOptions extends CommonOptions, CatalogueOptions {
  readonly format: PlainFormat;
  readonly tool: string;
  readonly version: string;
  readonly platform: string;
  readonly date?: string;
  readonly against: readonly string[];
  readonly sign?: string;
  readonly write?: string;
}

export function addLearnOptions(command: Command): void {
  command
    .requiredOption('--tool <id>', 'id of the tool that was recorded')
    .option('--version <version>', 'its version', 'unknown')
    .option('--platform <id>', 'what its program was built for, as builds name it', 'linux-x64')
    .option('--date <date>', "day of the recording (default: the capture's)", day)
    .option(
      '--against <dir>',
      'test the draft on the captures of this folder, in which the tool did not run unless a manifest.json names it (repeatable; default: captures of a checkout)',
      repeatable,
      [],
    )
    .option('--sign <name>', 'who checked the draft and signs it; with --write')
    .option(
      '--write <dir>',
      'write the signed entry into this folder: src/catalogue, or one for --catalogue',
    );
}
