// wiretally advisory: which hosts ran a version that an advisory names, on which days, and of which nobody can tell.

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { loadCatalogue } from '../../../files/catalogue-files.ts';
import { applyPolicy, excludedNetworks } from '../../../library/apply-policy.ts';
import { readTextFile } from '../../../library/policy-file.ts';
import type { Advisory } from '../../../model/advisory.ts';
import { WiretallyError } from '../../../model/errors.ts';
import type { Exposure, ReportDocument } from '../../../model/report.ts';
import { loadAdvisory } from '../../../policy/advisory.ts';
import { exposuresOf } from '../../../policy/exposure.ts';
import { csvLine } from '../../../report/format/csv.ts';
import { renderJson } from '../../../report/format/json.ts';
import { exposureLines } from '../../../report/terminal/exposure.ts';
import { findingLines } from '../../../report/terminal/findings.ts';
import { commandText } from '../../../report/text/command-text.ts';
import { ASCII_GLYPHS, UNICODE_GLYPHS } from '../../../report/text/render-options.ts';
import { verdictLines } from '../../../report/text/verdict.ts';
import { painter } from '../../../text/text-layout.ts';
import { spanText } from '../../../text/version.ts';
import { exitCodeOfFindings } from '../../input/fail-on.ts';
import {
  addCatalogueOption,
  addCommonOptions,
  addJsonAlias,
  addReadingOptions,
  addWindowOptions,
  type CommonOptions,
  formatAmong,
  inputFiles,
  timezone,
} from '../../input/options.ts';
import { addPolicyOptions, type PolicyOptions, readPolicyView } from '../../input/policy-options.ts';
import { readSource, type SourceOptions } from '../../input/source.ts';
import { EXIT } from '../../output/exit-code.ts';
import { printReadSummary } from '../../output/read-summary.ts';
import { writeChunks, writeLines } from '../../output/stdout.ts';
import { terminalOf } from '../../output/terminal.ts';
import type { DefineVerb } from '../define-verb.ts';
import { reportOn } from '../report-run.ts';

type Format = 'terminal' | 'json' | 'csv';

interface Options extends CommonOptions, PolicyOptions, Omit<SourceOptions, keyof CommonOptions> {
  readonly read?: readonly string[];
  readonly advisory?: string;
  readonly catalogue?: readonly string[];
  readonly format: Format;
  readonly timezone?: string;
}

export const defineAdvisory: DefineVerb = (command, done) => {
  addReadingOptions(command);
  command
    .option('--advisory <file|dir>', 'an advisory, or a folder of them (*.yaml)')
    .option(
      '--format <name>',
      'terminal, json or csv',
      formatAmong<Format>('terminal', 'json', 'csv'),
      'terminal',
    )
    .option('--timezone <zone>', 'zone of the days (default: UTC)', timezone);
  addPolicyOptions(command);
  addWindowOptions(command);
  addCatalogueOption(command);
  addJsonAlias(command);
  addCommonOptions(command);
  command.action(async (files: string[], options: Options) => {
    const [first, ...others] = files;
    if (first === 'check') {
      await check(others, options);
      done(EXIT.done);
      return;
    }
    if (options.advisory === undefined) {
      throw new WiretallyError('USAGE', 'advisory needs an advisory', { next: 'add --advisory FILE' });
    }
    const inputs = inputFiles(files, options);
    // Everything that can be wrong with the question is said before captures are read for minutes.
    const known = await loadCatalogue(options.catalogue ?? []);
    const advisories = readAdvisories(
      options.advisory,
      known.tools.map(({ id }) => id),
    );
    const view = await readPolicyView(options, known, advisories);
    const zone = view.onDisk?.policy.timezone ?? options.timezone ?? 'UTC';
    if (options.timezone !== undefined && options.timezone !== zone) {
      throw new WiretallyError('USAGE', `days are those of the policy (${zone})`, {
        next: 'leave --timezone out',
      });
    }
    const exclude = [...(options.exclude ?? []), ...excludedNetworks(view.onDisk)];
    const source = await readSource(inputs, { ...options, exclude });
    const reading = printReadSummary(source, options);
    if (reading === EXIT.failed) {
      done(reading);
      return;
    }
    const reported = reportOn(source, {
      command: commandText('advisory', inputs, {
        '--advisory': options.advisory,
        '--policy': options.policy,
        '--hosts': options.hosts,
        '--timezone': options.timezone,
      }),
      timezone: zone,
      stamp: false,
    });
    const exposure = shownAs(exposuresOf(reported.attributions, advisories), view.pseudonymOf);
    const document = { ...applyPolicy(reported.document, source, reported.attributions, view), exposure };
    if (options.format === 'json') await writeChunks(renderJson(document));
    else if (options.format === 'csv') await writeChunks(csvOf(exposure));
    else await writeLines(textOf(document, advisories, options));
    done(exitCodeOfFindings(document, options.failOn ?? new Set(), reading));
  });
};

function shownAs(exposure: readonly Exposure[], pseudonymOf: ((host: string) => string) | null): Exposure[] {
  return exposure.map((one) => (pseudonymOf === null ? one : { ...one, host: pseudonymOf(one.host) }));
}

function textOf(document: ReportDocument, advisories: readonly Advisory[], options: Options): string[] {
  const { width, color, unicode } = terminalOf(options);
  const paint = painter(color);
  return [
    ...(document.policy === undefined ? [] : verdictLines(document, width, paint)),
    ...findingLines(document, width, unicode ? UNICODE_GLYPHS : ASCII_GLYPHS, paint),
    ...exposureLines(advisories, document.exposure ?? [], width, paint),
  ];
}

/** `wiretally advisory check FILE…`: what is wrong is thrown, what is right is said. */
async function check(files: readonly string[], options: Options): Promise<void> {
  if (files.length === 0) {
    throw new WiretallyError('USAGE', 'no advisory was named', { next: 'wiretally advisory check FILE' });
  }
  const { tools } = await loadCatalogue(options.catalogue ?? []);
  const ids = tools.map(({ id }) => id);
  const found = files.flatMap((file) => readAdvisories(file, ids));
  await writeLines(
    found.map(({ id, tool, affected }) => `${id}: ${tool} ${affected.map(spanText).join(', ')}`),
  );
}

/** Of a file, or of all *.yaml and *.yml files of a folder, by name. */
function readAdvisories(path: string, tools: readonly string[]): Advisory[] {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const files = isFolder
    ? readdirSync(path)
        .filter((name) => /\.ya?ml$/.test(name))
        .sort()
        .map((name) => join(path, name))
    : [path];
  if (files.length === 0) throw new WiretallyError('USAGE', `${path}: holds no advisory (*.yaml)`);
  const found = new Map<string, Advisory>();
  for (const file of files) {
    const advisory = loadAdvisory(readTextFile(file), file, tools);
    if (found.has(advisory.id))
      throw new WiretallyError(
        'POLICY_INVALID',
        `${file}: the id "${advisory.id}" is that of another advisory too`,
      );
    found.set(advisory.id, advisory);
  }
  return [...found.values()];
}

function* csvOf(exposures: readonly Exposure[]): Iterable<string> {
  yield csvLine(['advisory', 'host', 'tool', 'date', 'answer', 'builds']);
  for (const { advisory, host, tool, days } of exposures)
    for (const { date, answer, spans } of days)
      yield csvLine([advisory, host, tool, date, answer, spans.map(spanText).join('; ')]);
}
