// `wiretally advisory import FILE|DIR…`: converts published advisories about catalogued tools to advisory files.

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { loadCatalogue } from '../../files/catalogue-files.ts';
import { makeFolder } from '../../files/make-folder.ts';
import { WiretallyError } from '../../model/errors.ts';
import type { Advisory } from '../../model/report.ts';
import { advisoryHeaders, sortAdvisories } from '../../policy/advisory-exposure.ts';
import { advisoryFile } from '../../policy/parse-advisory.ts';
import { type ImportedFiles, importAdvisories } from '../../query/inputs/advisory-import.ts';
import { type CsvColumns, csvTable, fieldColumns } from '../../report/format/csv-line.ts';
import { affectedText } from '../../report/text/exposure-words.ts';
import { plural } from '../../text/quantity.ts';
import type { Column } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import type { CommonOptions } from '../input/options.ts';
import { EXIT, type ExitCode } from '../output/exit-code.ts';
import { printSkippedFiles } from '../output/read-summary.ts';
import { writeChunks, writeJson, writeLines } from '../output/stdout.ts';
import { buildTerminal } from '../output/terminal.ts';
import { fitColumns, listColumns } from '../output/text-columns.ts';

interface Options extends CommonOptions {
  readonly format: string;
  readonly write?: string;
  readonly catalogue?: readonly string[];
}

export async function importFiles(files: readonly string[], options: Options): Promise<ExitCode> {
  if (files.length === 0) {
    throw new WiretallyError('USAGE', 'no advisory file', {
      next: 'wiretally advisory import FILE|DIR --write DIR',
    });
  }
  if (!FORMATS.has(options.format)) {
    throw new WiretallyError('USAGE', `--format ${options.format} is not a format of advisory import`, {
      next: `use --format ${[...FORMATS].join(', ')}`,
    });
  }
  const catalogue = await loadCatalogue(options.catalogue ?? []);
  const imported = await importAdvisories(files, catalogue);
  const { write } = options;
  if (write !== undefined) writeAdvisories(write, imported.advisories);
  if (options.format === 'json') await writeJson(buildDocument(imported));
  else if (options.format === 'csv') await writeChunks(csvTable(COLUMNS, imported.advisories));
  else await writeLines(listText(imported, options));
  if (options.quiet !== true) printSkippedFiles(imported.skipped);
  if (imported.skipped.length === 0) return EXIT.done;
  return imported.read === 0 ? EXIT.failed : EXIT.damaged;
}

const FORMATS: ReadonlySet<string> = new Set(['terminal', 'json', 'csv']);

/**
 * Writes without forcing to disk, because an import can be repeated. Removes an existing file first, so that no link is
 * followed.
 */
function writeAdvisories(folder: string, advisories: readonly Advisory[]): void {
  makeFolder(folder);
  for (const advisory of advisories) {
    const path = join(folder, `${advisory.id}.yaml`);
    rmSync(path, { force: true });
    writeFileSync(path, stringify(advisoryFile(advisory), { lineWidth: 0 }), { flag: 'wx' });
  }
}

function buildDocument({ advisories, ...counts }: ImportedFiles): unknown {
  const { read, other, withdrawn, joined, skipped } = counts;
  return { read, other, withdrawn, joined, advisories: advisoryHeaders(advisories), skipped };
}

function listText(imported: ImportedFiles, options: Options): string[] {
  const { advisories, read, other, withdrawn, joined, skipped } = imported;
  const sorted = sortAdvisories(advisories);
  const unmapped = sorted.flatMap(({ id, tool, unmapped: reasons }) =>
    reasons.map((reason) => `- ${id} (${tool}): ${reason}`),
  );
  const counts = [
    plural(advisories.length, 'advisory', 'advisories'),
    `${read} read`,
    `${other} about other packages`,
    `${withdrawn} withdrawn`,
    `${joined} joined with an alias`,
    `${plural(skipped.length, 'file')} skipped`,
  ];
  return [
    ...(sorted.length === 0 ? [] : fitColumns(listTable(sorted), buildTerminal(options))),
    ...(unmapped.length === 0 ? [] : ['', 'Not mapped to versions:', ...unmapped.map(visibleText)]),
    ...(sorted.length === 0 ? [] : ['']),
    `${counts.join('; ')}.`,
    ...(options.write === undefined || advisories.length === 0
      ? []
      : [`Written to ${options.write}; next: wiretally analyze SOURCE --advisories ${options.write}`]),
  ];
}

function listTable(advisories: readonly Advisory[]): Column[] {
  return listColumns(advisories, [
    ['ID', ({ id }) => id],
    ['TOOL', ({ tool }) => tool],
    ['SEVERITY', ({ severity }) => severity],
    ['PUBLISHED', ({ published }) => published ?? ''],
    ['AFFECTED', affectedText, 20],
    ['TITLE', ({ title }) => title, 12],
  ]);
}

const COLUMNS: CsvColumns<Advisory> = [
  ...fieldColumns('id', 'tool', 'severity', 'score', 'published', 'modified'),
  ['affected', affectedText],
  ['unmapped', ({ unmapped }) => unmapped.join('; ')],
  ['aliases', ({ aliases }) => aliases.join(' ')],
  ['title', ({ title }) => title],
];
