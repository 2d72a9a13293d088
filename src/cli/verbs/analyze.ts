// `wiretally analyze FILE…`: captures, given together one capture, into usage per host and tool.

import { packageVersion } from '../../files/version.ts';
import {
  addCatalogueOption,
  addCommonOptions,
  addReadingOptions,
  addReportOptions,
  addWindowOptions,
  inputFiles,
  windowAskedFor,
} from '../input/options.ts';
import { addPolicyOptions } from '../input/policy-options.ts';
import { type PolicyRunOptions, policyRunCommand, readForPolicy } from '../input/policy-run.ts';
import type { SourceRead } from '../input/source.ts';
import { workersFor } from '../input/workers.ts';
import { EXIT } from '../output/exit-code.ts';
import { printReadSummary } from '../output/read-summary.ts';
import type { DefineVerb } from './define-verb.ts';
import { readView } from './policy-view.ts';
import { documentOf, printReport, reportOn } from './report-run.ts';

interface Options extends PolicyRunOptions {
  readonly write?: string;
  readonly store?: string;
}

export const defineAnalyze: DefineVerb = (command, done) => {
  addReadingOptions(command);
  addWindowOptions(command);
  addPolicyOptions(command);
  addCatalogueOption(command);
  addReportOptions(command);
  command
    .option('--write <out.usage>', 'keep the windows in a file')
    .option('--store <file>', 'put the windows into a store: DuckDB, a .usage file, or a folder/');
  addCommonOptions(command);
  command.action(async (files: string[], options: Options) => {
    const inputs = inputFiles(files, options);
    if (options.write !== undefined || options.store !== undefined) {
      // Loaded when there is something to guard: what reads windows would take a tenth of every start.
      const { requireSafeOutputs } = await import('../output/output-guard.ts');
      requireSafeOutputs(inputs, options);
    }
    const startMs = performance.now();
    const view = await readView(options);
    const { source, timezone } = await readForPolicy(
      inputs,
      options,
      view?.onDisk ?? null,
      view?.excluded ?? [],
    );
    await keepWindows(source, options);
    const code = printReadSummary(source, options);
    // Nothing was read: the errors say why, and a table of nothing would hide them.
    if (code === EXIT.failed) {
      done(code);
      return;
    }
    const reporting = {
      command: policyRunCommand('analyze', inputs, options, windowAskedFor(options)),
      timezone,
      stamp: options.stamp === true,
    };
    const document =
      view === null ? documentOf(source, reporting) : view.apply(reportOn(source, reporting), source);
    const seconds = (performance.now() - startMs) / 1000;
    await printReport(document, options, { seconds, workers: workersFor(inputs, options.workers) });
    done(view === null ? code : view.exitCode(document, code));
  });
};

async function keepWindows({ windows, catalogue }: SourceRead, options: Options): Promise<void> {
  if (options.write !== undefined) {
    const { writeUsageFile } = await import('../../store/usage-file.ts');
    await writeUsageFile(options.write, windows);
  }
  if (options.store !== undefined) {
    const [{ openSummed }, { attributorOf }] = await Promise.all([
      import('../../store/open.ts'),
      import('../../store/attributor.ts'),
    ]);
    const attributor = attributorOf(catalogue, packageVersion());
    const store = await openSummed(options.store, { mode: 'write' }, attributor);
    try {
      await store.put(windows);
    } finally {
      await store.close();
    }
  }
}
