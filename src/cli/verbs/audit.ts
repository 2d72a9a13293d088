// wiretally analyze: captures or .usage files held against a policy; findings, and an evidence bundle when asked for.

import type { Command } from 'commander';
import { loadCatalogue } from '../../files/catalogue-files.ts';
import { readKeyText } from '../../files/read-secret.ts';
import { applyPolicy, excludedNetworks } from '../../library/apply-policy.ts';
import { readTextFile } from '../../library/policy-file.ts';
import { WiretallyError } from '../../model/errors.ts';
import type { ReportDocument } from '../../model/report.ts';
import { renderFindingsCsv } from '../../report/format/findings-csv.ts';
import { exitCodeOfFindings } from '../input/fail-on.ts';
import { readPolicyView } from '../input/policy-options.ts';
import { type PolicyRunOptions, readForPolicy } from '../input/policy-run.ts';
import { commandOf } from '../options/declare.ts';
import { EXIT, type ExitCode } from '../output/exit-code.ts';
import { requireSafeOutputs } from '../output/output-guard.ts';
import { printReadSummary } from '../output/read-summary.ts';
import { writeChunks } from '../output/stdout.ts';
import { writeBundleOf } from './audit-bundle.ts';
import type { BundleOptions } from './part-options.ts';
import { codeOfAnswer, printReport } from './report-run.ts';
import { reportWithout } from './report-without.ts';

interface Options extends PolicyRunOptions, BundleOptions {}

export async function runAudit(
  command: Command,
  inputs: readonly string[],
  options: Options,
): Promise<ExitCode> {
  requireSafeOutputs(inputs, options);
  if (options.policy === undefined) {
    throw new WiretallyError('USAGE', 'audit needs a policy', {
      next: 'add --policy FILE; "wiretally policy schema" says what stands in one',
    });
  }
  if (options.bundle !== undefined && options.advisory !== undefined) {
    throw new WiretallyError(
      'USAGE',
      '--bundle and --advisory do not go together: a bundle holds no advisory',
      {
        next: 'audit twice: once with --bundle, once with --advisory',
      },
    );
  }
  // Everything that can be wrong with the question is said before captures are read for minutes.
  const view = await readPolicyView(options, await loadCatalogue(options.catalogue ?? []));
  const signKeyPem = options.signKey === undefined ? null : readKeyText(options.signKey, 'option --sign-key');
  const hostsText = options.hosts === undefined ? null : readTextFile(options.hosts);
  const sensorsText = options.sensors === undefined ? null : readTextFile(options.sensors);
  const { onDisk } = view;
  const { source: all, timezone } = await readForPolicy(inputs, options, onDisk, excludedNetworks(onDisk));
  const reading = printReadSummary(all, options);
  if (reading === EXIT.failed) return reading;
  const { reported, source, note } = reportWithout(all, view, {
    command: commandOf(command, inputs),
    timezone,
    stamp: options.stamp === true,
  });
  const document: ReportDocument = {
    ...applyPolicy(reported.document, source, reported.attributions, view),
    ...note,
  };
  if (options.bundle !== undefined) {
    await writeBundleOf(options.bundle, {
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
  }
  if (options.format === 'csv' && command.name() === 'audit') await writeChunks(renderFindingsCsv(document));
  else await printReport(document, options);
  return exitCodeOfFindings(document, options.failOn ?? new Set(), codeOfAnswer(document, reading));
}
