// `wiretally analyze --bundle`: captures or .usage files evaluated by a policy into findings and an evidence bundle.

import type { Command } from 'commander';
import { loadCatalogue } from '../../files/catalogue-files.ts';
import { readKeyText } from '../../files/read-secret.ts';
import { WiretallyError } from '../../model/errors.ts';
import { evaluate } from '../../query/ask.ts';
import { readTextFile } from '../../query/inputs/policy-file.ts';
import { readPolicyView } from '../../query/policy-view.ts';
import { writeBundleOf } from '../../query/write-bundle.ts';
import { type FindingLogOptions, findingLogOf } from '../input/finding-log-options.ts';
import { openForPolicy, type PolicyRunOptions } from '../input/policy-run.ts';
import { commandOf } from '../options/declare.ts';
import { EXIT, type ExitCode } from '../output/exit-code.ts';
import { requireSafeOutputs } from '../output/output-guard.ts';
import { printSkippedAdvisories } from '../output/skipped-advisories.ts';
import type { BundleOptions } from './part-options.ts';
import { codeOfAnswer, printReport, tellReading } from './print-report.ts';

interface Options extends PolicyRunOptions, BundleOptions, FindingLogOptions {}

export async function runBundle(
  command: Command,
  inputs: readonly string[],
  bundle: string,
  options: Options,
): Promise<ExitCode> {
  requireSafeOutputs(inputs, options);
  if (options.policy === undefined) {
    throw new WiretallyError('USAGE', 'an evidence bundle needs a policy', {
      where: 'option --bundle',
      next: 'add --policy FILE; "wiretally policy schema" prints its format',
    });
  }
  const log = await findingLogOf(options);
  // Everything that can be wrong with the question is said before captures are read for minutes.
  const view = await readPolicyView(options, await loadCatalogue(options.catalogue ?? []));
  printSkippedAdvisories(view, options);
  const signKeyPem = options.signKey === undefined ? null : readKeyText(options.signKey, 'option --sign-key');
  const hostsText = options.hosts === undefined ? null : readTextFile(options.hosts);
  const sensorsText = options.sensors === undefined ? null : readTextFile(options.sensors);
  const answer = await tellReading(options, async (onRead) =>
    evaluate(await openForPolicy(inputs, options, view.onDisk, onRead), {
      command: commandOf(command, inputs),
      policy: view,
      generated: options.stamp === true ? new Date() : null,
    }),
  );
  if (answer === null) return EXIT.failed;
  const { document, reported, source } = answer.made;
  await writeBundleOf(bundle, {
    document,
    inputs,
    source,
    attributions: reported.attributions,
    view,
    hostsText,
    sensorsText,
    catalogues: options.catalogue,
    signKeyPem,
  });
  // The bundle has no states: its windows and its policy do not give them again.
  await printReport(log?.show(document) ?? document, options);
  return codeOfAnswer(document, options.failOn, answer.code);
}
