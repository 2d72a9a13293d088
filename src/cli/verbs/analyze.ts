// `wiretally analyze FILE…`: captures, given together one capture, into usage per host and tool.

import { isFolder } from '../../files/is-folder.ts';
import { packageVersion } from '../../files/version.ts';
import { WiretallyError } from '../../model/errors.ts';
import { ask } from '../../query/ask.ts';
import { readViewAsked } from '../../query/policy-view.ts';
import type { Question } from '../../query/question.ts';
import type { SourceRead } from '../../query/source.ts';
import { workersFor } from '../../query/workers.ts';
import { isOnServer } from '../../store/on-server.ts';
import type { Store } from '../../store/store.ts';
import {
  addCatalogueOption,
  addCommonOptions,
  addReadingOptions,
  addReportOptions,
  addSensorOption,
  addWindowOptions,
  inputFiles,
  windowAskedFor,
} from '../input/options.ts';
import { addPolicyOptions } from '../input/policy-options.ts';
import { openForPolicy, type PolicyRunOptions, policyRunCommand } from '../input/policy-run.ts';
import { EXIT } from '../output/exit-code.ts';
import type { DefineVerb } from './define-verb.ts';
import { codeOfAnswer, printReport, tellReading } from './print-report.ts';

interface Options extends PolicyRunOptions {
  readonly write?: string;
  readonly store?: string;
  readonly sensor?: string;
}

export const defineAnalyze: DefineVerb = (command, done) => {
  addReadingOptions(command);
  addWindowOptions(command);
  addPolicyOptions(command);
  addCatalogueOption(command);
  addReportOptions(command);
  command
    .option(
      '--write <out.usage|dir/>',
      'keep the windows in a file, or add them to a folder with a file for each day',
    )
    .option(
      '--store <file>',
      'put the windows into a store: DuckDB, a .usage file, a folder/, or clickhouse://…',
    );
  addSensorOption(command);
  addCommonOptions(command);
  command.action(async (files: string[], options: Options) => {
    const inputs = inputFiles(files, options);
    requireLedger(options);
    if (options.write !== undefined || options.store !== undefined) {
      // Loaded when there is something to guard: what reads windows would take a tenth of every start.
      const { requireSafeOutputs, requireSafeSpool } = await import('../output/output-guard.ts');
      const spool = options.write !== undefined && isFolder(options.write) ? options.write : null;
      if (spool !== null) requireSafeSpool('--write', spool);
      requireSafeOutputs(inputs, spool === null ? options : { store: options.store });
    }
    const startMs = performance.now();
    const view = await readViewAsked(options);
    const onDisk = view?.onDisk ?? null;
    const question: Question = {
      command: policyRunCommand('analyze', inputs, options, windowAskedFor(options)),
      policy: view,
      generated: options.stamp === true ? new Date() : null,
    };
    const answer = await tellReading(options, async (onRead) => {
      const source = await openForPolicy(inputs, options, onDisk, onRead);
      await keepWindows(await source.read(), options, onDisk?.sha256 ?? null);
      return await ask(source, question);
    });
    if (answer === null) {
      done(EXIT.failed);
      return;
    }
    const { made: document, code } = answer;
    const seconds = (performance.now() - startMs) / 1000;
    await printReport(document, options, { seconds, workers: workersFor(inputs, options.workers) });
    done(codeOfAnswer(document, options.failOn, code));
  });
};

/** Which captures a sensor was told of stands beside its windows, and a server has no such place. */
function requireLedger({ sensor, store }: Options): void {
  if (sensor === undefined || store === undefined || !isOnServer(store)) return;
  throw new WiretallyError('USAGE', `${store}: a sensor with a name goes there by its spool`, {
    where: 'option --sensor',
    next: `wiretally analyze … --sensor ${sensor} --write windows/, then wiretally ship windows/ --to ${store}`,
  });
}

async function keepWindows(read: SourceRead, options: Options, policy: string | null): Promise<void> {
  const { windows, catalogue, networks } = read;
  const { sensor, store, write } = options;
  if (write !== undefined && !isFolder(write)) {
    await (await import('../../store/usage-file.ts')).writeUsageFile(write, windows);
  }
  if (write !== undefined && isFolder(write)) {
    const [{ noteSensor }, { openStore }] = await Promise.all([
      import('../../store/spool.ts'),
      import('../../store/open.ts'),
    ]);
    const name = sensor ?? windows[0]?.sensor;
    const folder = await openStore(`${write.replace(/\/+$/, '')}/`, { mode: 'write' });
    const facts = {
      program: packageVersion(),
      catalogue: catalogue.version,
      policy,
      keepsName: sensor !== undefined,
    };
    if (name !== undefined) await noteSensor(write, name, facts);
    await putReading(write, folder, read, sensor);
  }
  if (store !== undefined) {
    const [{ openSummed }, { attributorOf }, { notesFolderOf }] = await Promise.all([
      import('../../store/open.ts'),
      import('../../store/attributor.ts'),
      import('../../store/sensor-notes.ts'),
    ]);
    const opened = await openSummed(
      store,
      { mode: 'write' },
      attributorOf(catalogue, packageVersion(), networks),
    );
    try {
      await putReading(notesFolderOf(store), opened, read, sensor);
    } finally {
      await opened.close();
    }
  }
}

/** Under a name of its own a night goes on from the one before; else each capture is a sensor. */
async function putReading(
  ledger: string,
  store: Store,
  { reading, windows }: SourceRead,
  sensor: string | undefined,
): Promise<void> {
  if (sensor === undefined || reading === undefined) {
    await store.put(windows);
    return;
  }
  const { addReading } = await import('../../store/named-sensor.ts');
  await addReading(ledger, store, { sensor, id: reading, windows });
}
