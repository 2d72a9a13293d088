// `wiretally catalogue learn`: drafts changes of the catalogue from recordings of one tool, tests them on these and on
// recordings of other programs, and prints them as a diff for a person to sign.

import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { explainGap, type Learnt, learnTool, testLeftOut } from '../../../attribution/learning/learn-tool.ts';
import { buildRecorded, listVisitedNames, type Recorded } from '../../../attribution/learning/recorded.ts';
import type { LeftOut } from '../../../attribution/learning/select-rules.ts';
import { isNamed, listFoundTools, type Tested, testDraft } from '../../../attribution/learning/test-draft.ts';
import type { Catalogue } from '../../../catalogue/catalogue.ts';
import type { DraftOptions } from '../../../catalogue/draft-entry.ts';
import { findLine, findRulePlace } from '../../../catalogue/entry-place.ts';
import { formatEntry, learnedRuntimes, signEntry } from '../../../catalogue/entry-text.ts';
import { findMissingNames, listRemarks } from '../../../catalogue/learn-entry.ts';
import { lintCatalogue } from '../../../catalogue/lint-catalogue.ts';
import { isProviderKind } from '../../../catalogue/rules.ts';
import type { RuntimeEntry, ToolEntry } from '../../../catalogue/schema.ts';
import { loadCatalogue } from '../../../files/catalogue-files.ts';
import { replaceFile } from '../../../files/durable-file.ts';
import { optionError, usageError } from '../../../model/errors.ts';
import { nearestWord } from '../../../text/near-word.ts';
import { joinWords, plural } from '../../../text/quantity.ts';
import { visibleText } from '../../../text/visible-text.ts';
import { defineCommand } from '../../command.ts';
import { list, type OptionValues, option } from '../../input/declare-option.ts';
import { catalogueListing, parseDay, REPLACES_A_FILE, TOOL_VALUES } from '../../input/options.ts';
import {
  type Accusation,
  listAccusations,
  projectRecordings,
  readRecordings,
} from '../../learn/known-recordings.ts';
import { EXIT, type ExitCode } from '../../output/exit-code.ts';
import { printWarning } from '../../output/print-errors.ts';
import { printReadSummary } from '../../output/read-summary.ts';
import { writeLines, writeOut } from '../../output/stdout.ts';
import { readSource } from '../../reading/read-source.ts';

const options = {
  ...catalogueListing,
  tool: option('--tool <id>', 'Input', 'Recorded tool', { isMandatory: true, ...TOOL_VALUES }),
  version: option('--version <version>', 'Input', 'Version of the tool', {
    byDefault: 'unknown',
    isCommon: true,
  }),
  date: option('--date <date>', 'Input', "Day of the recording (default: the capture's)", {
    parse: parseDay,
  }),
  against: list(
    '--against <dir>',
    'Input',
    'Folder of captures in which the draft must not find the tool, except those that manifest.json lists for the tool (default: captures of a checkout)',
  ),
  sign: option('--sign <name>', 'Output', 'Reviewer who signs the draft; with --write'),
  write: option(
    '--write <dir>',
    'Output',
    'Write the signed entry to this folder: src/catalogue, or one for --catalogue',
    { isCommon: true, notInConfig: REPLACES_A_FILE },
  ),
};

type LearnOptions = OptionValues<typeof options>;

const CATALOGUE = 'src/catalogue';
const TOOL_ID = /^[a-z0-9][a-z0-9.-]{0,99}$/;
const SIGNATURE = /^[^\p{Cc}]{1,100}$/u;

interface Draft {
  readonly before: ToolEntry | undefined;
  readonly entry: ToolEntry;
  readonly runtimes: readonly RuntimeEntry[];
  readonly remarks: readonly string[];
}

export const command = defineCommand({
  summary: 'Draft an entry from recordings of one tool, as a diff to sign',
  arguments: [{ name: '<files...>' }],
  options,
  permissions: { writes: ['write'] },
  examples: [],
  /** Drafts, tests and prints the entry, and writes it if a person signed it. */
  async run(files, options) {
    checkSignature(options);
    const read = await readTestedRecordings(files, options);
    if (read.code === EXIT.failed) return read.code;
    const { catalogue, recordings: own, recordsFrom } = read;
    const names = own.map(({ name }) => name);
    const about: DraftOptions = {
      tool: findToolId(options.tool, catalogue),
      version: options.version,
      date: options.date ?? recordsFrom?.slice(0, 10) ?? '',
      source: `${names.length === 1 ? 'recording' : 'recordings'} ${joinWords(names)}`,
    };
    requireNames(own);
    const folders = options.against.length > 0 ? options.against : projectRecordings();
    const recordings = await readRecordings(about.tool, catalogue, folders, options.catalogue, files);
    const learnt = learnTool(own, recordings.others, catalogue, about);
    const draft = buildDraft(learnt, own, catalogue, about);
    const { sign, write } = options;
    const entry = sign === undefined ? draft.entry : signEntry(draft.entry, draft.before, sign, about.date);
    if (options.format === 'json') await writeOut(`${formatJson(draft, own, catalogue, about)}\n`);
    else await writeLines(listDiff({ ...draft, entry }, catalogue, options));
    const { accusations, possible } = listAccusations(entry, catalogue, recordings.others);
    if (options.quiet !== true) {
      if (draft.before === undefined) printWarning(formatNewTool(about.tool, catalogue));
      const given = testDraft(entry, own, catalogue);
      const tests = {
        given,
        leftOneOut: testLeftOut(own, recordings.others, catalogue, about),
        more: testDraft(entry, recordings.own, catalogue),
        others: { recordings: recordings.others.length, named: accusations.length, possible },
      };
      const elsewhere = listVisitedNames(recordings.others);
      const why = ({ recording }: Tested): string => explainGap(recording, entry, catalogue, elsewhere);
      for (const other of listFoundTools(own, catalogue, about.tool))
        printWarning(formatOtherTool(other, own.length));
      for (const line of testLines(tests)) printWarning(line);
      for (const line of formatUnlearned([...given, ...tests.more], learnt.leftOut, why)) printWarning(line);
    }
    const faults = [
      ...listFaults(entry, catalogue, sign !== undefined),
      ...accusations.flatMap((accusation) => formatAccusation(entry, accusation)),
    ];
    for (const fault of faults) printWarning(fault);
    if (faults.length > 0) {
      if (sign !== undefined) printWarning('not signed: nothing was written');
      return EXIT.usage;
    }
    if (sign !== undefined && write !== undefined) await writeSigned({ ...draft, entry }, catalogue, write);
    return read.code;
  },
});

interface TestedRecordings {
  readonly code: ExitCode;
  readonly catalogue: Catalogue;
  readonly recordings: readonly Recorded[];
  /** Time of the earliest record. */
  readonly recordsFrom: string | null;
}

/** Reads each file as one recording: names that occur in several of them belong to the tool. */
async function readTestedRecordings(
  files: readonly string[],
  options: LearnOptions,
): Promise<TestedRecordings> {
  const catalogue = await loadCatalogue(options.catalogue);
  const recordings: Recorded[] = [];
  const codes: ExitCode[] = [];
  let recordsFrom: string | null = null;
  for (const file of files) {
    const source = await readSource([file], { ...options, keepsAllNames: true });
    codes.push(printReadSummary(source, options));
    if (source.inputsRead === 0) continue;
    recordings.push(buildRecorded(basename(file), source.windows, catalogue));
    const from = source.recordsFrom;
    if (from !== null && (recordsFrom === null || from < recordsFrom)) recordsFrom = from;
  }
  const isNone = recordings.length === 0;
  const worst = codes.reduce<ExitCode>((most, exitCode) => (exitCode > most ? exitCode : most), EXIT.done);
  const code = worst === EXIT.failed && !isNone ? EXIT.damaged : worst;
  return { code, catalogue, recordings, recordsFrom };
}

function checkSignature({ sign, write }: LearnOptions): void {
  if ((sign === undefined) !== (write === undefined)) {
    throw usageError(
      '--sign and --write go together',
      'review the diff, then add --sign "YOUR NAME" --write src/catalogue',
    );
  }
  if (sign !== undefined && !SIGNATURE.test(sign))
    throw optionError('--sign', '--sign takes a name of at most 100 characters');
}

/** Returns the id of a catalogued tool, or a valid id of a new entry. */
function findToolId(text: string, catalogue: Catalogue): string {
  const catalogueTool = catalogue.toolWritten(text);
  if (catalogueTool !== undefined && isProviderKind(catalogueTool))
    throw optionError(
      '--tool',
      `${catalogueTool.id} is an API, a gateway or a hub: only tools can be learned from recordings`,
      'pass the id of the recorded program',
    );
  if (catalogueTool !== undefined) return catalogueTool.id;
  if (TOOL_ID.test(text)) return text;
  const near = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '');
  throw optionError(
    '--tool',
    `"${visibleText(text)}" is not a tool id: use lower-case letters, digits, "-" and "."`,
    near === '' ? 'pass an id, for example my-tool' : `--tool ${near}`,
  );
}

/** Names the nearest known tool, because a typing error would make a new entry. */
function formatNewTool(tool: string, catalogue: Catalogue): string {
  const near = nearestWord(
    tool,
    catalogue.tools.map(({ id }) => id),
  );
  const suggestion = near === null ? '' : `; did you mean --tool ${near}?`;
  return `${tool} is not in the catalogue: this drafts a new entry${suggestion}`;
}

function requireNames(own: readonly Recorded[]): void {
  const empty = own.filter(({ windows }) =>
    windows.every(({ rows }) => rows.every(({ name }) => name.startsWith('['))),
  );
  if (empty.length < own.length) return;
  const names = empty.map(({ name }) => name).join(', ');
  throw usageError(
    `nothing to learn: no flow with a server name in ${names}`,
    'start the capture before the tool, and check with "wiretally dump hellos FILE" that it contains ClientHellos',
  );
}

function buildDraft(
  { entry }: Learnt,
  own: readonly Recorded[],
  catalogue: Catalogue,
  about: DraftOptions,
): Draft {
  const windows = own.flatMap((recording) => recording.windows);
  return {
    before: catalogue.tool(about.tool),
    entry,
    runtimes: learnedRuntimes(windows, catalogue, about),
    remarks: listRemarks(windows, catalogue, about),
  };
}

/** Formats the entry of a new tool, or the changes of a catalogued one. */
function formatJson(
  { before, entry }: Draft,
  own: readonly Recorded[],
  catalogue: Catalogue,
  about: DraftOptions,
): string {
  if (before === undefined) return JSON.stringify(entry, null, 2);
  const windows = own.flatMap((recording) => recording.windows);
  const rules = (entry.evidence ?? []).slice(before.evidence?.length ?? 0);
  const startUp = (entry.startUp ?? []).slice(before.startUp?.length ?? 0);
  return JSON.stringify(
    { ...findMissingNames(windows, catalogue, about), evidence: rules, startUp },
    null,
    2,
  );
}

const formatJsonFile = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Returns the paths in the folder of the catalogue, which has a subfolder of tools, or in a folder of own entries. */
function getPaths(folder: string, tool: string): { readonly tool: string; readonly runtimes: string | null } {
  const isWhole = folder === CATALOGUE || existsSync(join(folder, 'tools'));
  return isWhole
    ? { tool: join(folder, 'tools', `${tool}.json`), runtimes: join(folder, 'runtimes.json') }
    : { tool: join(folder, `${tool}.json`), runtimes: null };
}

function listDiff(
  { before, entry, runtimes, remarks }: Draft,
  catalogue: Catalogue,
  options: LearnOptions,
): string[] {
  const paths = getPaths(options.write ?? CATALOGUE, entry.id);
  const runtimesBefore = formatJsonFile({ runtimes: catalogue.data.runtimes });
  const diffs = [
    ...diffFile(paths.tool, before === undefined ? null : formatEntry(before), formatEntry(entry)),
    ...(paths.runtimes === null
      ? []
      : diffFile(paths.runtimes, runtimesBefore, formatJsonFile({ runtimes }))),
  ];
  const next =
    diffs.length === 0
      ? 'nothing new'
      : options.sign === undefined
        ? 'check roles and specificity, then sign: --sign "YOUR NAME" --write src/catalogue'
        : `signed by ${options.sign}`;
  return [`# ${entry.id} ${options.version}: ${next}`, ...remarks.map((remark) => `# ${remark}`), ...diffs];
}

async function writeSigned(
  { before, entry, runtimes }: Draft,
  catalogue: Catalogue,
  folder: string,
): Promise<void> {
  const paths = getPaths(folder, entry.id);
  const write = (path: string, text: string): Promise<void> => replaceFile(path, Buffer.from(text));
  if (before === undefined || formatEntry(before) !== formatEntry(entry))
    await write(paths.tool, formatEntry(entry));
  const isNew = runtimes.some((runtime, i) => runtime !== catalogue.data.runtimes[i]);
  if (paths.runtimes !== null && isNew) await write(paths.runtimes, formatJsonFile({ runtimes }));
}

/** Lists the faults for which the file of the entry would be refused; a missing signature is not one. */
function listFaults(entry: ToolEntry, catalogue: Catalogue, isSigned: boolean): string[] {
  const text = formatEntry(entry);
  return lintCatalogue(catalogue.with(entry).data, new Set([entry.id]))
    .filter(({ tool, path }) => tool === entry.id && (isSigned || path !== 'notes'))
    .map(({ path, message }) => `${entry.id}.json:${findLine(text, path)}: ${path}: ${message}`);
}

function formatAccusation(entry: ToolEntry, { recording, confidence, evidence }: Accusation): string[] {
  const text = formatEntry(entry);
  return evidence.map(({ rule, detail }) => {
    const { line, path } = findRulePlace(entry, text, rule, detail);
    return `${entry.id}.json:${line}: ${path}: would accuse ${recording}: ${entry.id} ${confidence} by rule ${rule}: ${detail}`;
  });
}

// Prints the tests of a draft, and the facts that it could not learn.

/** Maximum number of lines of one kind. */
const MAX_LINES = 12;

interface LearningTests {
  readonly given: readonly Tested[];
  /** The same recordings, each tested with a draft from the others. */
  readonly leftOneOut: readonly Tested[];
  /** More recordings of the tool, which the draft was not made from. */
  readonly more: readonly Tested[];
  readonly others: { readonly recordings: number; readonly named: number; readonly possible: number };
}

function testLines({ given, leftOneOut, more, others }: LearningTests): string[] {
  const [only] = given;
  const rest = leftOneOut.length === 2 ? 'the other one' : `the other ${given.length - 1}`;
  return [
    `tested on ${given.length === 1 ? 'its recording' : `its ${plural(given.length, 'recording')}`}: ${formatCounts(given)}`,
    ...(leftOneOut.length === 0
      ? []
      : [`each of ${leftOneOut.length} tested with a draft from ${rest}: ${formatCounts(leftOneOut)}`]),
    ...(given.length === 1 && only !== undefined
      ? ['one recording does not show which names and calls repeat: record a second session and pass both']
      : []),
    ...(more.length === 0
      ? []
      : [
          `tested on ${plural(more.length, 'recording')} of the tool that the draft was not made from: ${formatCounts(more)}`,
        ]),
    others.recordings === 0
      ? 'not tested on other programs: pass a folder of captures without the tool, with --against DIR'
      : `tested on ${plural(others.recordings, 'recording')} of other programs: named in ${others.named}, possible in ${others.possible}`,
  ];
}

/** Warns of recordings that identify another tool. */
function formatOtherTool(
  [tool, named]: readonly [{ readonly id: string; readonly name: string }, number],
  recordings: number,
): string {
  return `the catalogue names ${tool.name} in ${named} of ${plural(recordings, 'recording')}: if it is the same program, pass --tool ${tool.id}; if both ran, record the tool alone`;
}

/** Counts possible evidence separately, because other programs produce the same traffic. */
function formatCounts(tested: readonly Tested[]): string {
  const named = tested.filter(({ confidence }) => isNamed(confidence)).length;
  const possible = tested.filter(({ confidence }) => confidence === 'possible').length;
  return `certain or likely in ${named}, possible in ${possible}, not seen in ${tested.length - named - possible}`;
}

/** `why`: reasons for recordings in which the tool is not identified. */
function formatUnlearned(
  tested: readonly Tested[],
  leftOut: readonly LeftOut[],
  why: (result: Tested) => string,
): string[] {
  const missed = tested.filter(({ confidence }) => !isNamed(confidence));
  const accusing = leftOut.flatMap(({ what, recording }) =>
    recording === null ? [] : [`left out: ${what}: would name the tool in ${recording}`],
  );
  return [
    ...limitLines(
      missed.map(
        (result) =>
          `not learned: ${result.recording.name}: ${result.confidence ?? 'not seen'}: ${why(result)}`,
      ),
    ),
    ...limitLines(accusing),
  ];
}

function limitLines(lines: readonly string[]): string[] {
  if (lines.length <= MAX_LINES) return [...lines];
  return [...lines.slice(0, MAX_LINES), `and ${lines.length - MAX_LINES} more of this kind`];
}

// Makes a unified diff of one text file.

/** Returns the lines of the diff; none without a change. `before` is null for a new file. */
export function diffFile(name: string, before: string | null, after: string): string[] {
  if (before === after) return [];
  const from = before === null ? '/dev/null' : `a/${name}`;
  const patch = createTwoFilesPatch(from, `b/${name}`, before ?? '', after, undefined, undefined, {
    headerOptions: FILE_HEADERS_ONLY,
  });
  return patch.trimEnd().split('\n');
}
