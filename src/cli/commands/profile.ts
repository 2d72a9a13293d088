// `wiretally profile FILE… --tool ID`: prints the servers of a tool, how often it contacts them, and its share of telemetry.

import { buildAllowList, type ListEntry, listEntries } from '../../attribution/profile/allow-list.ts';
import {
  compareProfiles,
  type NameChange,
  type ProfileChanges,
} from '../../attribution/profile/compare-profiles.ts';
import { findProfile } from '../../attribution/profile/tool-profile.ts';
import { unknownToolProfile } from '../../attribution/profile/unknown-tool.ts';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import { describeCompression } from '../../catalogue/compression.ts';
import { loadCatalogue } from '../../files/catalogue-files.ts';
import { packageVersion } from '../../files/package-version.ts';
import { causeRefusal, readBounded } from '../../files/read-bounded.ts';
import { optionError, WiretallyError } from '../../model/errors.ts';
import type {
  AllowList,
  ListedName,
  PhaseSum,
  ProfileName,
  ToolProfile,
  UsePhase,
} from '../../model/profile.ts';
import type { Sentence } from '../../model/sentences.ts';
import { isUnproven, warnEmptyList } from '../../policy/export/allow.ts';
import { sourceKind } from '../../query/inputs/source-kind.ts';
import { requireKnownTool } from '../../query/known-tool.ts';
import { ASCII_GLYPHS, type RenderOptions, UNICODE_GLYPHS } from '../../report/text/render-options.ts';
import { jsonText } from '../../text/json-text.ts';
import { md, table } from '../../text/markdown-text.ts';
import {
  formatBetween,
  formatBytes,
  formatCount,
  formatRange,
  formatShare,
  plural,
} from '../../text/quantity.ts';
import { type Column, painter, wrap, wrapLabelled } from '../../text/text-layout.ts';
import { MAX_TEXT_BYTES } from '../../text/text-size.ts';
import { visibleText } from '../../text/visible-text.ts';
import { defineCommand, example } from '../command.ts';
import { flag, type OptionValues, option } from '../input/declare-option.ts';
import {
  catalogueOptions,
  commonOptions,
  formatOption,
  jsonAlias,
  listFilledInputs,
  logOptions,
  TOOL_VALUES,
} from '../input/options.ts';
import { readProfile } from '../input/profile-file.ts';
import { parseDateTime } from '../input/time-options.ts';
import { EXIT } from '../output/exit-code.ts';
import { printWarning } from '../output/print-errors.ts';
import { printReadSummary } from '../output/read-summary.ts';
import { writeOut } from '../output/stdout.ts';
import { buildTerminal } from '../output/terminal.ts';
import { fitColumns } from '../output/text-columns.ts';
import { readSource } from '../reading/read-source.ts';

const options = {
  tool: option('--tool <id>', 'Input', 'Tool, by id or name (see wiretally catalogue list)', {
    isMandatory: true,
    ...TOOL_VALUES,
  }),
  allNames: flag(
    '--all-names',
    'Input',
    'Profile an unknown tool: every name in the captures counts as its own',
  ),
  baseline: option(
    '--baseline <old.json>',
    'Input',
    'Compare with an earlier profile: list new, removed and grown names',
    { isCommon: true },
  ),
  allowList: flag(
    '--allow-list',
    'Output',
    'List the names that the tool needs, the optional ones, updates and telemetry, with evidence for each',
  ),
  against: option(
    '--against <list>',
    'Input',
    'With --allow-list: compare with an allow list, one name per line: unused, dead and missing names',
  ),
  since: option('--since <time>', 'Input', 'With --against: entries count as used if seen since this time'),
  format: formatOption('terminal', 'json', 'md'),
  ...logOptions,
  ...catalogueOptions,
  ...jsonAlias,
  ...commonOptions,
};

type Options = OptionValues<typeof options>;
type ComparedEntry = NonNullable<AllowList['entries']>[number];

export const command = defineCommand({
  group: 'Analyze',
  summary: 'Profile the traffic of a tool: names, roles, bytes, intervals, telemetry',
  arguments: [{ name: '<source...>', description: 'Captures or a store' }],
  options,
  examples: [
    example('profile office.pcap.gz --tool qwen-code', 'Print names, roles, bytes, telemetry'),
    example('profile office.pcap.gz --tool qwen-code --allow-list', 'Print names to allow'),
    example(
      'profile office.pcap.gz --tool qwen-code --json > before.json',
      'Save a profile for a later --baseline',
    ),
  ],
  async run(files, options) {
    const listed = readAllowList(options);
    const baseline = options.baseline === undefined ? null : readProfile(options.baseline, '--baseline');
    const catalogue = await loadCatalogue(options.catalogue);
    const inputs = listFilledInputs(files, {});
    const isUnknownTool = options.allNames === true;
    const tool = isUnknownTool
      ? requireNewTool(catalogue, inputs, options)
      : findCataloguedTool(catalogue, inputs, options.tool);
    const source = await readSource(inputs, { ...options, keepsAllNames: isUnknownTool });
    if (isUnknownTool && options.quiet !== true)
      printWarning(`--all-names: every name in the captures, of every host, counts as traffic of "${tool}"`);
    const code = printReadSummary(source, options);
    if (code === EXIT.failed) {
      return code;
    }
    const profile = (isUnknownTool ? unknownToolProfile : findProfile)(
      source.windows,
      source.catalogue,
      tool,
    );
    const entry = source.catalogue.tool(tool);
    if (options.allowList === true && entry !== undefined) {
      const since = options.since === undefined ? null : parseDateTime('--since', options.since, 'UTC');
      const list = buildAllowList(source.windows, source.catalogue, entry, profile, listed, since);
      await writeOut(formatAllowList(list, options));
      return code;
    }
    if (profile === null) {
      throw new WiretallyError(
        'INPUT_UNREADABLE',
        `the input has no evidence for ${catalogue.toolName(tool)}`,
        { next: 'wiretally analyze with the same input lists what was seen' },
      );
    }
    const changes = baseline === null ? null : compareProfiles(baseline, profile);
    const compression = entry === undefined ? null : describeCompression(entry);
    await writeOut(formatProfile(profile, changes, compression, options));
    return code;
  },
});

/** Reads the allow list of `--against`; null without the option. Throws USAGE. */
function readAllowList({ allowList, against, since, baseline, allNames }: Options): ListEntry[] | null {
  if (allowList !== true && (against ?? since) !== undefined)
    throw optionError(against === undefined ? '--since' : '--against', 'it needs --allow-list');
  if (allowList === true && (baseline !== undefined || allNames === true))
    throw optionError('--allow-list', 'it cannot be combined with --baseline or --all-names');
  if (against === undefined) {
    if (since !== undefined) throw optionError('--since', 'it needs --against');
    return null;
  }
  const entries = listEntries(listText(against));
  if (entries.length === 0)
    throw optionError('--against', `${against}: has no server name`, 'use one name per line, as UTF-8 text');
  return entries;
}

function listText(file: string): string {
  try {
    return readBounded(file, MAX_TEXT_BYTES).toString('utf8');
  } catch (cause) {
    throw optionError('--against', `${file}: not a readable list: ${causeRefusal(cause)}`);
  }
}

/** Finds a catalogued tool. Windows contain only catalogued names, so "--all-names" has an effect only with captures. */
function findCataloguedTool(catalogue: Catalogue, inputs: readonly string[], text: string): string {
  const hint = '; for a tool without a catalogue entry, pass --all-names with captures of this tool only';
  return requireKnownTool(catalogue, text, sourceKind(inputs) === 'captures' ? hint : '').id;
}

/** Refuses a catalogued tool with "--all-names": it would get all other traffic of the capture. */
function requireNewTool(catalogue: Catalogue, inputs: readonly string[], { tool }: Options): string {
  const catalogueTool = catalogue.toolWritten(tool);
  if (catalogueTool !== undefined)
    throw optionError(
      '--all-names',
      `the catalogue has ${catalogueTool.name}: --all-names would count other traffic as its own`,
      `remove it: wiretally profile … --tool ${catalogueTool.id}`,
    );
  if (sourceKind(inputs) !== 'captures')
    throw optionError(
      '--all-names',
      '--all-names needs captures: stores keep known names only',
      'pass the captures, or a tool of "wiretally catalogue list"',
    );
  return tool;
}

function formatProfile(
  profile: ToolProfile,
  changes: ProfileChanges | null,
  compression: Sentence | null,
  options: Options,
): string {
  const compressionNote = compression === null ? '' : `; ${compression.text}`;
  const telemetry = `${formatTelemetry(profile)}${compressionNote}`;
  if (options.format === 'md') return renderMarkdown(profile, changes, telemetry, packageVersion());
  if (options.format === 'terminal') return renderText(profile, changes, telemetry, buildTerminal(options));
  return `${jsonText(changes === null ? profile : { ...profile, changes }, 2)}\n`;
}

/** Formats the profile of a tool as a Markdown document, for example to attach it to a decision about the tool. */
function renderMarkdown(
  profile: ToolProfile,
  changes: ProfileChanges | null,
  telemetry: string,
  wiretally: string,
): string {
  const lines = [
    `# Network profile of ${md(profile.name)}`,
    '',
    `${md(profile.name)} of ${md(profile.vendor)}, ${profile.confidence ?? 'not named'}, on ${plural(profile.hosts, 'host')} in ${plural(profile.periods, 'activity period')}.`,
    '',
    `- Model requests: ${formatRange(profile.requests, 'host')}, with ${formatModelBytes(profile)}`,
    `- Telemetry: ${telemetry}`,
    `- Built on: ${profile.runtimes.map(md).join(', ') || 'not known'}`,
    `- ${md(describeIdle(profile))}`,
    `- ${md(describeRelay(profile))}`,
    '',
    '## Names',
    '',
    ...nameTable(profile),
    '## Traffic by phase',
    '',
    'Exchanges and bytes sent, by phase.',
    '',
    ...renderPhases(profile),
    ...(changes === null ? [] : changeList(changes)),
    '## Source',
    '',
    `Wiretally ${md(wiretally)}, catalogue ${md(profile.catalogue)}, without the content of packets.`,
  ];
  return `${lines.join('\n')}\n`;
}

function nameTable({ names }: ToolProfile): string[] {
  return table(
    NAME_COLUMNS.map(({ head }) => capitalizeHead(head)),
    names.map((name) =>
      NAME_COLUMNS.map(({ text }, i) => (i === 0 ? md(name.name) : text(name, MARKDOWN_WORDS))),
    ),
  );
}

function renderPhases({ names }: ToolProfile): string[] {
  return table(
    ['Name', ...PHASES.map(({ head }) => capitalizeHead(head))],
    names.map(({ name, cadence }) => [md(name), ...PHASES.map(({ phase }) => formatPhase(cadence[phase]))]),
  );
}

const MARKDOWN_WORDS: CellWords = { dash: '–', unknown: 'not known' };

const capitalizeHead = (head: string): string => `${head.charAt(0)}${head.slice(1).toLowerCase()}`;

function changeList(changes: ProfileChanges): string[] {
  const [, ...lines] = changeLines(changes);
  return ['## Since the baseline', '', ...lines.map((line) => `- ${md(line.trim())}`), ''];
}

/** Formats the profile of a tool for a terminal: first totals, then every name, then idle traffic and the names behind a relay. */
function renderText(
  profile: ToolProfile,
  changes: ProfileChanges | null,
  telemetry: string,
  terminal: RenderOptions,
): string {
  const paint = painter(terminal.color);
  const { dash } = terminal.unicode ? UNICODE_GLYPHS : ASCII_GLYPHS;
  const { names } = profile;
  const formatLabelled = (label: string, text: string): string[] =>
    wrapLabelled(`  ${label}`, text, terminal.width, 19);
  const lines = [
    `${paint('head', profile.name)} (${profile.vendor}), ${profile.confidence ?? 'not named'}, on ${plural(profile.hosts, 'host')}`,
    '',
    ...formatLabelled('requests', formatRange(profile.requests, 'host', dash)),
    ...formatLabelled('sent to models', formatModelBytes(profile)),
    ...formatLabelled('telemetry', telemetry),
    ...formatLabelled('built on', profile.runtimes.join(', ') || 'not known'),
    '',
    ...(names.length === 0
      ? wrap(
          'No flow to a name of this tool was seen: the evidence is of another kind, for example a DNS query.',
          terminal.width,
        )
      : [
          ...fitColumns(nameColumns(names, dash), terminal),
          '',
          ...fitColumns(phaseColumns(names), terminal),
          '',
          ...wrap(describeIdle(profile), terminal.width),
          ...wrap(describeRelay(profile), terminal.width),
        ]),
    ...(changes === null ? [] : ['', ...changeLines(changes)]),
  ];
  return `${lines.join('\n')}\n`;
}

type Sums = Pick<ToolProfile, 'requests' | 'modelPayloadUp' | 'telemetry'>;

/** Marks bytes as inexact if the number of requests is unknown. */
const markInexact = ({ min, max }: ToolProfile['requests']): string => (min === max ? '' : 'about ');

/** Formats bytes of model requests. Bytes of posts that are indistinguishable from requests may belong to either. */
export function formatModelBytes({ requests, modelPayloadUp, telemetry: { min, max } }: Sums): string {
  const bytes = { min: modelPayloadUp, max: modelPayloadUp + max - min };
  return `${min === max ? markInexact(requests) : ''}${formatBetween(bytes, formatBytes, ' to ')}`;
}

/** Formats bytes of telemetry: a range if posts and requests to one name are indistinguishable. */
export function formatTelemetry({ requests, modelPayloadUp, telemetry: { min, max } }: Sums): string {
  const all = modelPayloadUp + max;
  const shares = formatBetween({ min: min / all, max: max / all }, formatShare, ' to ');
  const share =
    all === 0 ? '' : `, ${min === max ? markInexact(requests) : ''}${shares} of model requests and telemetry`;
  const reason = min === max ? '' : ': posts to the name of the model are indistinguishable from requests';
  return `${formatBetween({ min, max }, formatBytes, ' to ')}${share}${reason}`;
}

/** Texts between the ends of a range, and for unknown values. */
interface CellWords {
  readonly dash: string;
  readonly unknown: string;
}

interface NameColumn extends Pick<Column, 'head' | 'align' | 'isOptional'> {
  readonly text: (name: ProfileName, words: CellWords) => string;
}

const NAME_COLUMNS: readonly NameColumn[] = [
  { head: 'NAME', align: 'left', text: (name) => visibleText(name.name) },
  { head: 'ROLE', align: 'left', text: (name) => name.role },
  { head: 'OWNER', align: 'left', text: (name) => name.specificity },
  { head: 'PROTOCOL', align: 'left', text: (name) => name.protocols.join(', '), isOptional: true },
  { head: 'FLOWS', align: 'right', text: (name) => formatCount(name.flows) },
  { head: 'SENT', align: 'right', text: (name) => formatBytes(name.bytesUp) },
  { head: 'RECEIVED', align: 'right', text: (name) => formatBytes(name.bytesDown) },
  { head: 'REQUESTS', align: 'right', text: (name, { dash }) => formatRange(name.requests, 'host', dash) },
  {
    head: 'TELEMETRY',
    align: 'right',
    text: ({ telemetryPayloadUp: up }, { unknown }) => (up === null ? unknown : formatBytes(up)),
  },
];

const nameColumns = (names: readonly ProfileName[], dash: string): Column[] =>
  NAME_COLUMNS.map(({ text, ...column }) => ({
    ...column,
    cells: names.map((name) => ({ text: text(name, { dash, unknown: dash }) })),
  }));

/** Headings of the phases of use. */
const PHASES: readonly { readonly phase: UsePhase; readonly head: string }[] = [
  { phase: 'start', head: 'AT START' },
  { phase: 'activity', head: 'IN USE' },
  { phase: 'idle', head: 'IDLE' },
  { phase: 'exit', head: 'AT EXIT' },
];

function formatPhase({ exchanges, bytesUp }: PhaseSum): string {
  return exchanges === 0 ? '0' : `${formatCount(exchanges)}, ${formatBytes(bytesUp)}`;
}

function phaseColumns(names: readonly ProfileName[]): Column[] {
  return [
    {
      head: 'EXCHANGES, BYTES UP',
      align: 'left',
      cells: names.map(({ name }) => ({ text: visibleText(name) })),
    },
    ...PHASES.map(({ phase, head }) => ({
      head,
      align: 'right' as const,
      cells: names.map(({ cadence }) => ({ text: formatPhase(cadence[phase]) })),
    })),
  ];
}

function describeIdle(profile: ToolProfile): string {
  const { idle } = profile;
  if (idle.exchanges === 0) return 'When idle: no traffic.';
  return `When idle: ${plural(idle.exchanges, 'exchange')}, ${formatBytes(idle.bytesUp)} up, to ${idle.names.map(visibleText).join(', ')}.`;
}

function describeRelay(profile: ToolProfile): string {
  const names = profile.relay.visible.map(visibleText).join(', ') || 'nothing';
  return profile.relay.inUse
    ? `Model requests went to a name of another operator; these names stayed visible: ${names}.`
    : `Behind a relay, these names would stay visible: ${names}.`;
}

function changeLines(changes: ProfileChanges): string[] {
  const formatNames = (
    head: string,
    names: readonly { readonly name: string; readonly role: string }[],
  ): string[] => names.map((name) => `  ${head} ${visibleText(name.name)} (${name.role})`);
  const formatSizes = (head: string, names: readonly NameChange[]): string[] =>
    names.map(
      (name) =>
        `  ${head} ${visibleText(name.name)}: ${formatBytes(name.before)} to ${formatBytes(name.after)} per activity period`,
    );
  const lines = [
    ...formatNames('new  ', changes.newNames),
    ...formatNames('gone ', changes.goneNames),
    ...formatSizes('grown', changes.grown),
    ...formatSizes('less ', changes.shrunk),
    ...changes.newRuntimes.map((runtime) => `  new   runtime ${runtime}`),
    ...changes.goneRuntimes.map((runtime) => `  gone  runtime ${runtime}`),
  ];
  const { before, after } = changes.telemetry;
  return [
    'SINCE THE BASELINE',
    ...(lines.length === 0 ? ['  the same names and runtimes'] : lines),
    `  telemetry per activity period: ${formatBytes(before)} to ${formatBytes(after)}`,
  ];
}

const UNPROVEN =
  '"May be needed": neither a recording nor a host of this source used the name; another login or account type may need it';

interface TextColumn<Row> {
  readonly head: string;
  readonly text: (row: Row) => string;
}

const LIST_COLUMNS: readonly TextColumn<ListedName>[] = [
  { head: 'NAME', text: ({ name }) => visibleText(name) },
  { head: 'NEED', text: (name) => (isUnproven(name) ? 'may be needed' : name.need) },
  { head: 'ROLE', text: ({ role }) => role },
  { head: 'RECORDINGS', text: ({ recordings }) => formatCount(recordings) },
  { head: 'HOSTS', text: ({ hosts }) => (hosts === null ? 'not recorded' : formatCount(hosts)) },
  { head: 'LAST SEEN', text: ({ lastSeen }) => lastSeen?.slice(0, 10) ?? '' },
  {
    head: 'WITHOUT IT',
    text: ({ stopped }) => (stopped === 0 ? '' : `no work in ${plural(stopped, 'recording')}`),
  },
];

const ENTRY_COLUMNS: readonly TextColumn<ComparedEntry>[] = [
  { head: 'LINE', text: ({ line }) => String(line) },
  { head: 'NAME', text: ({ name }) => visibleText(name) },
  {
    head: 'NEED',
    text: ({ need, ended }) => (need === 'dead' ? `dead since ${ended}` : (need ?? 'no name of the tool')),
  },
  { head: 'USED', text: ({ isUsed }) => (isUsed === null ? 'not recorded' : isUsed ? 'yes' : 'no') },
  { head: 'LAST SEEN', text: ({ lastSeen }) => lastSeen?.slice(0, 10) ?? '' },
];

/** Formats an allow list. Terminal and Markdown have the same tables. */
function formatAllowList(list: AllowList, options: Options): string {
  if (options.format === 'json') return `${jsonText(list, 2)}\n`;
  const { names, entries, missing = [] } = list;
  const title = `Names that ${visibleText(list.name)} needs`;
  const notes = [
    ...(names.some(isUnproven) ? [UNPROVEN] : []),
    ...warnEmptyList(visibleText(list.name), names),
  ].map((line) => `${line}.`);
  const missingNames = missing.map(visibleText).join(', ') || 'none';
  if (options.format === 'md') {
    const renderRows = <Row>(columns: readonly TextColumn<Row>[], rows: readonly Row[]) =>
      table(
        columns.map(({ head }) => capitalizeHead(head)),
        rows.map((row) => columns.map(({ text }) => md(text(row)))),
      );
    const comparison =
      entries === undefined
        ? []
        : [
            '## The list',
            '',
            ...renderRows(ENTRY_COLUMNS, entries),
            `Needed and missing: ${md(missingNames)}`,
            '',
          ];
    return `${[`# ${md(title)}`, '', ...renderRows(LIST_COLUMNS, names), ...notes.map(md), ...comparison].join('\n').trimEnd()}\n`;
  }
  const terminal = buildTerminal(options);
  const buildColumns = <Row>(columns: readonly TextColumn<Row>[], rows: readonly Row[]): Column[] =>
    columns.map(({ head, text }) => ({
      head,
      align: 'left' as const,
      cells: rows.map((row) => ({ text: text(row) })),
    }));
  const comparison =
    entries === undefined
      ? []
      : [
          '',
          ...fitColumns(buildColumns(ENTRY_COLUMNS, entries), terminal),
          '',
          `Needed and missing: ${missingNames}`,
        ];
  const head = painter(terminal.color)('head', title);
  const noteLines = notes.flatMap((line) => ['', ...wrap(line, terminal.width)]);
  return `${[head, '', ...fitColumns(buildColumns(LIST_COLUMNS, names), terminal), ...noteLines, ...comparison].join('\n')}\n`;
}
