// `wiretally catalogue learn`: what recordings of one tool would change in the catalogue, held against all recordings with
// known content, as a diff for a person to sign.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { draftBuilds } from '../../../attribution/builds/draft-builds.ts';
import type { Catalogue } from '../../../catalogue/catalogue.ts';
import type { DraftOptions } from '../../../catalogue/draft.ts';
import { lineOfPath, placeOfRule } from '../../../catalogue/entry-place.ts';
import { entryText } from '../../../catalogue/entry-text.ts';
import { learnEntry, learnedEntry, learningRemarks } from '../../../catalogue/learn.ts';
import { learnedRuntimes } from '../../../catalogue/learnt-runtimes.ts';
import { lintCatalogue } from '../../../catalogue/lint.ts';
import type { RuntimeEntry, ToolEntry } from '../../../catalogue/schema.ts';
import { signEntry } from '../../../catalogue/sign.ts';
import { replaceFile } from '../../../files/durable-file.ts';
import { WiretallyError } from '../../../model/errors.ts';
import type { SourceRead } from '../../../query/source.ts';
import { plural } from '../../../report/text/quantity.ts';
import { readSource } from '../../input/read-source.ts';
import { EXIT, type ExitCode } from '../../output/exit-code.ts';
import { fileDiff } from '../../output/file-diff.ts';
import { printWarning } from '../../output/messages.ts';
import { printReadSummary } from '../../output/read-summary.ts';
import { writeLines, writeOut } from '../../output/stdout.ts';
import { type HeldAgainst, holdAgainst, projectRecordings } from './against.ts';
import type { LearnOptions } from './learn-options.ts';

const CATALOGUE = 'src/catalogue';
const SIGNATURE = /^[^\p{Cc}]{1,100}$/u;

interface Draft {
  readonly before: ToolEntry | undefined;
  readonly entry: ToolEntry;
  readonly runtimes: readonly RuntimeEntry[];
  readonly remarks: readonly string[];
}

export async function learn(files: readonly string[], options: LearnOptions): Promise<ExitCode> {
  checkSignature(options);
  const source = await readSource(files, { ...options, keepsAllNames: true });
  const code = printReadSummary(source, options);
  if (code === EXIT.failed) return code;
  const names = files.map((file) => file.split('/').at(-1) ?? file);
  const about: DraftOptions = {
    tool: source.catalogue.toolWritten(options.tool)?.id ?? options.tool,
    version: options.version,
    date: options.date ?? source.recordsFrom?.slice(0, 10) ?? '',
    source: `${names.length === 1 ? 'recording' : 'recordings'} ${names.join(', ')}`,
  };
  const draft = draftOf(source, about, options);
  const { sign, write } = options;
  const entry = sign === undefined ? draft.entry : signEntry(draft.entry, draft.before, sign, about.date);
  if (options.format === 'json') await writeOut(`${learnEntry(source.windows, source.catalogue, about)}\n`);
  else await writeLines(diffOf({ ...draft, entry }, source.catalogue, options));
  const faults = [
    ...faultsOf(entry, source.catalogue, sign !== undefined),
    ...(await accusations(entry, source, options)),
  ];
  for (const fault of faults) printWarning(fault);
  if (faults.length > 0) {
    if (sign !== undefined) printWarning('not signed: nothing was written');
    return EXIT.usage;
  }
  if (sign !== undefined && write !== undefined)
    await writeSigned({ ...draft, entry }, source.catalogue, write);
  return code;
}

function checkSignature({ sign, write }: LearnOptions): void {
  if ((sign === undefined) !== (write === undefined)) {
    throw new WiretallyError('USAGE', '--sign and --write go together', {
      next: 'look at the diff first, then add --sign "YOUR NAME" --write src/catalogue',
    });
  }
  if (sign !== undefined && !SIGNATURE.test(sign))
    throw new WiretallyError('USAGE', '--sign takes a name of at most 100 characters', {
      where: 'option --sign',
    });
}

function draftOf(source: SourceRead, about: DraftOptions, { platform }: LearnOptions): Draft {
  const { windows, catalogue } = source;
  const named = learnedEntry(windows, catalogue, about);
  const { builds, remarks } = draftBuilds(windows, catalogue.with(named), named, platform, about);
  return {
    before: catalogue.tool(about.tool),
    entry: builds === undefined ? named : { ...named, builds },
    runtimes: learnedRuntimes(windows, catalogue, about),
    remarks: [...learningRemarks(windows, catalogue, about), ...remarks],
  };
}

const textOf = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** The folder of the catalogue has one of tools in it; one of own entries holds them itself. */
function pathsIn(folder: string, tool: string): { readonly tool: string; readonly runtimes: string | null } {
  const isWhole = folder === CATALOGUE || existsSync(join(folder, 'tools'));
  return isWhole
    ? { tool: join(folder, 'tools', `${tool}.json`), runtimes: join(folder, 'runtimes.json') }
    : { tool: join(folder, `${tool}.json`), runtimes: null };
}

function diffOf(
  { before, entry, runtimes, remarks }: Draft,
  catalogue: Catalogue,
  options: LearnOptions,
): string[] {
  const paths = pathsIn(options.write ?? CATALOGUE, entry.id);
  const runtimesBefore = textOf({ runtimes: catalogue.data.runtimes });
  const diffs = [
    ...fileDiff(paths.tool, before === undefined ? null : entryText(before), entryText(entry)),
    ...(paths.runtimes === null ? [] : fileDiff(paths.runtimes, runtimesBefore, textOf({ runtimes }))),
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
  const paths = pathsIn(folder, entry.id);
  const write = (path: string, text: string): Promise<void> => replaceFile(path, Buffer.from(text));
  if (before === undefined || entryText(before) !== entryText(entry))
    await write(paths.tool, entryText(entry));
  const isNew = runtimes.some((one, i) => one !== catalogue.data.runtimes[i]);
  if (paths.runtimes !== null && isNew) await write(paths.runtimes, textOf({ runtimes }));
}

/** Faults of the entry that its file would be refused for; a draft that nobody signed is none. */
function faultsOf(entry: ToolEntry, catalogue: Catalogue, isSigned: boolean): string[] {
  const text = entryText(entry);
  return lintCatalogue(catalogue.with(entry).data, new Set([entry.id]))
    .filter(({ tool, path }) => tool === entry.id && (isSigned || path !== 'notes'))
    .map(({ path, message }) => `${entry.id}.json:${lineOfPath(text, path)}: ${path}: ${message}`);
}

async function accusations(entry: ToolEntry, source: SourceRead, options: LearnOptions): Promise<string[]> {
  const folders = options.against.length > 0 ? options.against : projectRecordings();
  if (folders.length === 0) {
    printWarning('not held against recordings: there are none here; name a folder with --against DIR');
    return [];
  }
  const held = await holdAgainst(entry, source.catalogue, folders, options.catalogue);
  if (options.quiet !== true) printWarning(heldText(entry, held));
  const text = entryText(entry);
  return held.accusations.flatMap(({ recording, confidence, evidence }) =>
    evidence.map(({ rule, detail }) => {
      const { line, path } = placeOfRule(entry, text, rule, detail);
      return `${entry.id}.json:${line}: ${path}: would accuse ${recording}: ${entry.id} ${confidence} by rule ${rule}: ${detail}`;
    }),
  );
}

const heldText = (
  { id }: ToolEntry,
  { recordings, own, possible, accusations: accused }: HeldAgainst,
): string =>
  `held against ${plural(recordings, 'recording')}: ${id} is seen in ${own} of its own, possible in ${possible} others, and named in ${accused.length} where it did not run`;
