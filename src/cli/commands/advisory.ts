// `wiretally advisory`: lists which hosts ran an affected version on which days, and for which hosts this is unknown.

import { loadCatalogue } from '../../files/catalogue-files.ts';
import { optionError, usageError } from '../../model/errors.ts';
import type { Advisory, Exposure, ReportDocument } from '../../model/report.ts';
import { ask } from '../../query/ask.ts';
import { readAdvisories } from '../../query/inputs/advisory-files.ts';
import type { SkippedFile } from '../../query/inputs/advisory-import.ts';
import { excludedNetworks, readPolicyView } from '../../query/policy-view.ts';
import { csvLine } from '../../report/format/csv-line.ts';
import { reportChunks } from '../../report/render.ts';
import { exposureLines } from '../../report/terminal/exposure.ts';
import { findingLines } from '../../report/terminal/findings.ts';
import { affectedText } from '../../report/text/exposure-words.ts';
import { ASCII_GLYPHS, UNICODE_GLYPHS } from '../../report/text/render-options.ts';
import { verdictLines } from '../../report/text/verdict.ts';
import { painter } from '../../text/text-layout.ts';
import { spanText } from '../../text/version.ts';
import { defineCommand } from '../command.ts';
import { buildCommand, changeOption, type OptionValues, option } from '../input/declare-option.ts';
import { findingsExitCode } from '../input/fail-on.ts';
import {
  captureArgument,
  catalogueOptions,
  commonOptions,
  formatOption,
  jsonAlias,
  languageOption,
  listFilledInputs,
  REPLACES_A_FILE,
  readingOptions,
  requireOptionOfFormat,
  timezoneOption,
  windowOptions,
} from '../input/options.ts';
import { advisoriesOption, policyOptions } from '../input/policy-options.ts';
import { chooseZone } from '../input/time-options.ts';
import { EXIT } from '../output/exit-code.ts';
import { printSkippedAdvisories, printSkippedFiles } from '../output/read-summary.ts';
import { writeChunks } from '../output/stdout.ts';
import { buildTerminal } from '../output/terminal.ts';
import { writeWrapped } from '../output/write-wrapped.ts';
import { runWithReadSummary } from '../reading/print-report.ts';
import { openInputs } from '../reading/read-source.ts';

const options = {
  ...readingOptions,
  format: formatOption('terminal', 'json', 'csv', 'md', 'html'),
  timezone: timezoneOption(
    "days and times (default: the policy's, else the system's; UTC in machine formats)",
  ),
  write: option('--write <dir>', 'Output', 'Write imported advisories to this folder, one file each', {
    notInConfig: REPLACES_A_FILE,
    isCommon: true,
  }),
  language: changeOption(languageOption, { description: 'Language with --format html and md' }),
  ...policyOptions,
  advisories: changeOption(advisoriesOption, { isCommon: true }),
  ...windowOptions,
  ...catalogueOptions,
  ...jsonAlias,
  ...commonOptions,
};

type Options = OptionValues<typeof options>;

export const command = defineCommand({
  group: 'Policy and evidence',
  summary: 'List hosts that ran an affected version, by day; check or import advisories',
  usage: `--advisories <file|dir> [options] [file...]
       wiretally advisory check <file...>
       wiretally advisory import <file|dir...> [--write <dir>]`,
  arguments: [captureArgument],
  options,
  permissions: { writes: ['write'] },
  examples: [],
  async run(files, options, { parsed }) {
    const [first, ...others] = files;
    if (first === 'check') {
      await checkAdvisoryFiles(others, options);
      return EXIT.done;
    }
    if (first === 'import') {
      const { importFiles } = await import('../advisory/import-advisories.ts');
      return await importFiles(others, options);
    }
    if (options.write !== undefined) throw optionError('--write', '--write belongs to advisory import');
    if (options.advisories === undefined) {
      throw usageError('no advisory', 'add --advisories FILE');
    }
    requireOptionOfFormat(options, 'html or md');
    const inputs = listFilledInputs(files, options);
    // All faults of the question are reported before captures are read for minutes.
    const catalogue = await loadCatalogue(options.catalogue);
    const view = await readPolicyView(options, catalogue);
    printSkippedAdvisories(view, options);
    const zone = view.onDisk?.policy.timezone ?? chooseZone(options);
    if (options.timezone !== undefined && options.timezone !== zone) {
      throw usageError(`days are those of the policy (${zone})`, 'remove --timezone');
    }
    const exclude = [...options.exclude, ...excludedNetworks(view.onDisk)];
    const answer = await runWithReadSummary(options, async (onRead) =>
      ask(await openInputs(inputs, { ...options, exclude, timezone: zone, onRead }), {
        ...buildCommand(parsed, inputs),
        policy: view,
      }),
    );
    if (answer === null) {
      return EXIT.failed;
    }
    const { result: document, code: reading } = answer;
    if (options.format === 'csv') await writeChunks(listCsv(document.exposure ?? []));
    else if (options.format === 'terminal')
      await writeChunks([`${listText(document, options).join('\n')}\n`]);
    else await writeChunks(await reportChunks(document, options.format, buildTerminal(options)));
    return findingsExitCode(document, options.failOn ?? new Set(), reading);
  },
});

function listText(document: ReportDocument, options: Options): string[] {
  const { width, color, unicode } = buildTerminal(options);
  const paint = painter(color);
  const glyphs = unicode ? UNICODE_GLYPHS : ASCII_GLYPHS;
  return [
    ...(document.policy === undefined ? [] : verdictLines(document, width, paint)),
    ...findingLines(document, { width, glyphs, paint, isBrief: false, hasLegend: true }),
    ...exposureLines(document, { width, paint, ellipsis: glyphs.ellipsis }),
  ];
}

/** `wiretally advisory check FILE…`: throws the faults, and prints valid advisories. */
async function checkAdvisoryFiles(files: readonly string[], options: Options): Promise<void> {
  if (files.length === 0) {
    throw usageError('no advisory', 'wiretally advisory check FILE');
  }
  const catalogue = await loadCatalogue(options.catalogue);
  const found: Advisory[] = [];
  const skipped: SkippedFile[] = [];
  for (const file of files)
    found.push(...(await readAdvisories(file, catalogue, (skippedFile) => skipped.push(skippedFile))));
  printSkippedFiles(skipped);
  await writeWrapped(found.map((advisory) => `${advisory.id}: ${advisory.tool} ${affectedText(advisory)}`));
}

function* listCsv(exposures: readonly Exposure[]): Iterable<string> {
  yield csvLine(['advisory', 'host', 'tool', 'date', 'answer', 'builds', 'reason']);
  for (const { advisory, host, tool, days } of exposures)
    for (const { date, answer, spans, reason = null } of days)
      yield csvLine([advisory, host, tool, date, answer, spans.map(spanText).join('; '), reason]);
}
