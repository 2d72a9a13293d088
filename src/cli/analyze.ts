// `wiretally analyze FILE…`: captures, given together one capture, into usage per host and tool.

import { EXIT } from './exit-code.ts';
import { type JudgingOptions, judgingCommand, readToJudge } from './judging.ts';
import {
  addCatalogueOption,
  addCommonOptions,
  addReadingOptions,
  addReportOptions,
  addWindowOptions,
  inputFiles,
  windowAskedFor,
} from './options.ts';
import { addPolicyOptions } from './policy-options.ts';
import { readView } from './policy-view.ts';
import { judgeSource, printReport } from './report-run.ts';
import type { SourceRead } from './source.ts';
import { tellReading } from './tell-reading.ts';
import type { DefineVerb } from './verbs.ts';
import { packageVersion } from './version.ts';
import { workersFor } from './workers.ts';

interface Options extends JudgingOptions {
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
      const { requireSafeOutputs } = await import('./output-guard.ts');
      requireSafeOutputs(inputs, options);
    }
    const startMs = performance.now();
    const view = await readView(options);
    const { source, timezone } = await readToJudge(
      inputs,
      options,
      view?.onDisk ?? null,
      view?.excluded ?? [],
    );
    await keepWindows(source, options);
    const code = tellReading(source, options);
    // Nothing was read: the errors say why, and a table of nothing would hide them.
    if (code === EXIT.failed) {
      done(code);
      return;
    }
    const judged = judgeSource(source, {
      command: judgingCommand('analyze', inputs, options, windowAskedFor(options)),
      timezone,
      stamp: options.stamp === true,
    });
    const document = view === null ? judged.document : view.apply(judged, source);
    const seconds = (performance.now() - startMs) / 1000;
    await printReport(document, options, { seconds, workers: workersFor(inputs, options.workers) });
    done(view === null ? code : view.exitCode(document, code));
  });
};

async function keepWindows({ windows, catalogue }: SourceRead, options: Options): Promise<void> {
  if (options.write !== undefined) {
    const { writeUsageFile } = await import('../store/usage-file.ts');
    await writeUsageFile(options.write, windows);
  }
  if (options.store !== undefined) {
    const [{ openJudged }, { judgeOf }] = await Promise.all([
      import('../store/open.ts'),
      import('../store/judgements.ts'),
    ]);
    const judge = judgeOf(catalogue, packageVersion());
    const store = await openJudged(options.store, { mode: 'write' }, judge);
    try {
      await store.put(windows);
    } finally {
      await store.close();
    }
  }
}
