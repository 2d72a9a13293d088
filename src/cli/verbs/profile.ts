// `wiretally profile FILE… --tool ID`: what a tool talks to, how often, and how much of it is telemetry.

import { compareProfiles, type ProfileChanges } from '../../attribution/profile/compare.ts';
import { profileOf } from '../../attribution/profile/profile.ts';
import { unknownToolProfile } from '../../attribution/profile/unknown-tool.ts';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import { loadCatalogue } from '../../files/catalogue-files.ts';
import { packageVersion } from '../../files/version.ts';
import { WiretallyError } from '../../model/errors.ts';
import type { ToolProfile } from '../../model/profile.ts';
import { sourceKind } from '../../query/inputs/source-kind.ts';
import { formatBytes, formatCount, formatRange, formatShare, plural } from '../../report/text/quantity.ts';
import { jsonText } from '../../text/json-text.ts';
import { md, table } from '../../text/markdown-text.ts';
import { requireKnownTool } from '../input/known-tool.ts';
import {
  addCatalogueOption,
  addCommonOptions,
  addJsonAlias,
  type CatalogueOptions,
  type CommonOptions,
  formatOption,
  inputFiles,
  OF_TOOLS,
} from '../input/options.ts';
import { readProfile } from '../input/profile-file.ts';
import { readSource } from '../input/read-source.ts';
import { addOptions, flag, type OptionValues, option } from '../options/declare.ts';
import { EXIT } from '../output/exit-code.ts';
import { printWarning } from '../output/messages.ts';
import {
  changeLines,
  idleSentence,
  PHASES,
  phaseText,
  profileText,
  relaySentence,
  telemetryText,
} from '../output/profile-text.ts';
import { printReadSummary } from '../output/read-summary.ts';
import { writeOut } from '../output/stdout.ts';
import { terminalOf } from '../output/terminal.ts';
import type { DefineVerb } from './define-verb.ts';

const profileOptions = {
  tool: option('--tool <id>', {
    group: 'Input',
    description: 'Tool, by id or name (see wiretally catalogue list)',
    isMandatory: true,
    isCommon: true,
    ...OF_TOOLS,
  }),
  allNames: flag('--all-names', {
    group: 'Input',
    description: 'Profile an unknown tool: count every name in the captures as its own',
  }),
  baseline: option('--baseline <old.json>', {
    group: 'Input',
    description: 'Compare with an earlier profile: list new, removed and grown names',
    isCommon: true,
  }),
  format: formatOption('terminal', 'json', 'md'),
};

interface Options extends CommonOptions, CatalogueOptions, OptionValues<typeof profileOptions> {}

export const defineProfile: DefineVerb = (command, done) => {
  command.argument('<source...>', 'Store, .usage files, or captures');
  addOptions(command, profileOptions);
  addCatalogueOption(command);
  addJsonAlias(command);
  addCommonOptions(command);
  command.action(async (files: string[], options: Options) => {
    const baseline = options.baseline === undefined ? null : readProfile(options.baseline, '--baseline');
    const catalogue = await loadCatalogue(options.catalogue);
    const inputs = inputFiles(files, {});
    const takesAll = options.allNames === true;
    const tool = takesAll ? newTool(catalogue, inputs, options) : knownTool(catalogue, inputs, options.tool);
    const source = await readSource(inputs, { ...options, keepsAllNames: takesAll });
    if (takesAll && options.quiet !== true)
      printWarning(`--all-names: every name in the captures, of every host, counts as traffic of "${tool}"`);
    const code = printReadSummary(source, options);
    if (code === EXIT.failed) {
      done(code);
      return;
    }
    const profile = (takesAll ? unknownToolProfile : profileOf)(source.windows, source.catalogue, tool);
    if (profile === null) {
      throw new WiretallyError(
        'INPUT_UNREADABLE',
        `the input has no evidence for ${catalogue.tool(tool)?.name ?? tool}`,
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

/** What is kept of a network holds only names that are known, so "--all-names" helps with captures alone. */
function knownTool(catalogue: Catalogue, inputs: readonly string[], text: string): string {
  const how = '; for a tool that the catalogue does not have, pass --all-names with captures of it alone';
  return requireKnownTool(catalogue, text, sourceKind(inputs) === 'captures' ? how : '').id;
}

/** A known tool under "--all-names" would be given the traffic of everything else in the capture. */
function newTool(catalogue: Catalogue, inputs: readonly string[], { tool }: Options): string {
  const known = catalogue.toolWritten(tool);
  if (known !== undefined)
    throw new WiretallyError(
      'USAGE',
      `the catalogue has ${known.name}: --all-names would count other traffic as its own`,
      {
        where: 'option --all-names',
        next: `leave it out: wiretally profile … --tool ${known.id}`,
      },
    );
  if (sourceKind(inputs) !== 'captures')
    throw new WiretallyError('USAGE', '--all-names needs captures: windows keep known names only', {
      where: 'option --all-names',
      next: 'give the captures, or a tool of "wiretally catalogue list"',
    });
  return tool;
}

function written(profile: ToolProfile, changes: ProfileChanges | null, options: Options): string {
  if (options.format === 'md') return profileMarkdown(profile, changes, packageVersion());
  if (options.format === 'terminal') return profileText(profile, changes, terminalOf(options));
  return `${jsonText(changes === null ? profile : { ...profile, changes }, 2)}\n`;
}

// A tool's profile as Markdown: the document that is attached to a decision about the tool.

function profileMarkdown(profile: ToolProfile, changes: ProfileChanges | null, wiretally: string): string {
  const { telemetry } = profile;
  const share = telemetry.share === null ? 'not known' : `${formatShare(telemetry.share)} of what was sent`;
  const lines = [
    `# What ${md(profile.name)} talks to`,
    '',
    `${md(profile.name)} of ${md(profile.vendor)}, ${profile.confidence ?? 'not named'}, on ${plural(profile.hosts, 'host')} in ${plural(profile.periods, 'stay')}.`,
    '',
    `- Model requests: ${formatRange(profile.requests, 'host')}, with about ${formatBytes(profile.modelPayloadUp)}`,
    `- Telemetry: ${telemetryText(telemetry)}; ${share}`,
    `- Built on: ${profile.runtimes.map(md).join(', ') || 'not known'}`,
    `- ${md(idleSentence(profile))}`,
    `- ${md(relaySentence(profile))}`,
    '',
    '## Names',
    '',
    ...nameTable(profile),
    '## When it talks',
    '',
    'Exchanges and bytes up, by the moment they were sent.',
    '',
    ...phaseTable(profile),
    ...(changes === null ? [] : changeList(changes)),
    '## How this was made',
    '',
    `Wiretally ${md(wiretally)}, catalogue ${md(profile.catalogue)}, from packets alone: no content was read.`,
  ];
  return `${lines.join('\n')}\n`;
}

function nameTable(profile: ToolProfile): string[] {
  return table(
    ['Name', 'Role', 'Owner', 'Protocol', 'Flows', 'Sent', 'Received', 'Requests', 'Telemetry'],
    profile.names.map((name) => [
      md(name.name),
      name.role,
      name.specificity,
      name.protocols.join(', '),
      formatCount(name.flows),
      formatBytes(name.bytesUp),
      formatBytes(name.bytesDown),
      formatRange(name.requests, 'host'),
      name.telemetryPayloadUp === null ? 'not known' : formatBytes(name.telemetryPayloadUp),
    ]),
  );
}

function phaseTable(profile: ToolProfile): string[] {
  return table(
    ['Name', ...PHASES.map(({ head }) => `${head.charAt(0)}${head.slice(1).toLowerCase()}`)],
    profile.names.map((name) => [
      md(name.name),
      ...PHASES.map(({ phase }) => phaseText(name.cadence[phase])),
    ]),
  );
}

function changeList(changes: ProfileChanges): string[] {
  const [, ...lines] = changeLines(changes);
  return ['## Since the baseline', '', ...lines.map((line) => `- ${md(line.trim())}`), ''];
}
