// `wiretally profile FILE… --tool ID`: what a tool talks to, how often, and how much of it is telemetry.

import { compareProfiles, type ProfileChanges } from '../../attribution/profile/compare.ts';
import { profileOf, type ToolProfile } from '../../attribution/profile/profile.ts';
import { strangerProfile } from '../../attribution/profile/stranger.ts';
import { loadCatalogue } from '../../files/catalogue-files.ts';
import { packageVersion } from '../../files/version.ts';
import { WiretallyError } from '../../model/errors.ts';
import { jsonText } from '../../text/json-text.ts';
import { requireKnownTool, strangerNote } from '../input/known-tool.ts';
import {
  addCatalogueOption,
  addCommonOptions,
  addJsonAlias,
  type CatalogueOptions,
  type CommonOptions,
  formatAmong,
  inputFiles,
} from '../input/options.ts';
import { readProfile } from '../input/profile-file.ts';
import { readSource } from '../input/source.ts';
import { sourceKind } from '../input/source-kind.ts';
import { EXIT } from '../output/exit-code.ts';
import { printWarning } from '../output/messages.ts';
import { profileMarkdown } from '../output/profile-markdown.ts';
import { profileText } from '../output/profile-text.ts';
import { printReadSummary } from '../output/read-summary.ts';
import { writeOut } from '../output/stdout.ts';
import { terminalOf } from '../output/terminal.ts';
import type { DefineVerb } from './define-verb.ts';

type ProfileFormat = 'terminal' | 'json' | 'md';

interface Options extends CommonOptions, CatalogueOptions {
  readonly tool: string;
  readonly baseline?: string;
  readonly format: ProfileFormat;
}

export const defineProfile: DefineVerb = (command, done) => {
  command
    .argument('<source...>', 'a store, .usage files, or captures')
    .requiredOption(
      '--tool <id>',
      'the tool, as "wiretally catalogue list" has it, or a new name for the one that a capture holds',
    )
    .option('--baseline <old.json>', 'a profile made before: say what is new, gone or grown')
    .option(
      '--format <name>',
      'terminal, json or md',
      formatAmong<ProfileFormat>('terminal', 'json', 'md'),
      'terminal' as const,
    );
  addCatalogueOption(command);
  addJsonAlias(command);
  addCommonOptions(command);
  command.action(async (files: string[], options: Options) => {
    const baseline = options.baseline === undefined ? null : readProfile(options.baseline, '--baseline');
    const catalogue = await loadCatalogue(options.catalogue);
    const inputs = inputFiles(files, {});
    const isKnown = catalogue.tool(options.tool) !== undefined;
    // What is kept of a network holds only names that are known: a capture holds all.
    if (!isKnown && sourceKind(inputs) !== 'captures') requireKnownTool(catalogue, options.tool);
    const source = await readSource(inputs, { ...options, keepsAllNames: !isKnown });
    if (!isKnown && options.quiet !== true) printWarning(strangerNote(catalogue, options.tool));
    const code = printReadSummary(source, options);
    if (code === EXIT.failed) {
      done(code);
      return;
    }
    const profile = (isKnown ? profileOf : strangerProfile)(source.windows, source.catalogue, options.tool);
    if (profile === null) {
      throw new WiretallyError(
        'INPUT_UNREADABLE',
        `nothing in the input speaks for ${catalogue.tool(options.tool)?.name ?? options.tool}`,
        {
          next: 'wiretally analyze with the same input says what was seen',
        },
      );
    }
    const changes = baseline === null ? null : compareProfiles(baseline, profile);
    await writeOut(written(profile, changes, options));
    done(code);
  });
};

function written(profile: ToolProfile, changes: ProfileChanges | null, options: Options): string {
  if (options.format === 'md') return profileMarkdown(profile, changes, packageVersion());
  if (options.format === 'terminal') return profileText(profile, changes, terminalOf(options));
  return `${jsonText(changes === null ? profile : { ...profile, changes }, 2)}\n`;
}
