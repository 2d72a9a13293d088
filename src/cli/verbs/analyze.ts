// `wiretally analyze SOURCE…`: captures, windows, a store or a bundle into usage per host and tool.

import { isFolder } from '../../files/error-code.ts';
import { packageVersion } from '../../files/version.ts';
import { WiretallyError } from '../../model/errors.ts';
import { sourceKind } from '../../query/inputs/source-kind.ts';
import type { SourceRead } from '../../query/source.ts';
import { isOnServer, SERVER_SCHEMES } from '../../store/on-server.ts';
import type { Store } from '../../store/store.ts';
import { type FindingLogOptions, findingLogOptions } from '../input/finding-log-options.ts';
import {
  addReadingOptions,
  addReportOptions,
  addSensorOption,
  addWindowOptions,
  commonOptions,
  inputFiles,
  REPLACES_A_FILE,
} from '../input/options.ts';
import { addPolicyOptions } from '../input/policy-options.ts';
import type { PolicyRunOptions } from '../input/policy-run.ts';
import { addOptions, type OptionValues, option } from '../options/declare.ts';
import type { DefineVerb } from './define-verb.ts';
import {
  type BundleOptions,
  bundleOptions,
  type PartOptions,
  partAsked,
  partOptions,
} from './part-options.ts';

const analyzeOptions = {
  write: option(
    '--write <out.usage|dir/>',
    'Output',
    'Write windows to this file, or add them to a folder with one file per day',
    { notInConfig: REPLACES_A_FILE },
  ),
  store: option(
    '--store <file>',
    'Output',
    `Add windows to a store: DuckDB, a .usage file, a folder/, or ${SERVER_SCHEMES}`,
    { isCommon: true },
  ),
  users: option(
    '--users <keyfile>',
    'Input',
    'Keep users that proxies log, as keyed pseudonyms (default: users are dropped)',
    { changesResult: true },
  ),
};

interface Options
  extends PolicyRunOptions,
    PartOptions,
    BundleOptions,
    FindingLogOptions,
    OptionValues<typeof analyzeOptions> {
  readonly sensor?: string;
}

export const defineAnalyze: DefineVerb = (command, done) => {
  addReadingOptions(
    command,
    'Captures (pcap or pcapng) and logs of other sensors (Zeek, Suricata, Squid, Arkime, IPFIX, DNS servers), plain, gzip or zstd, folders of them or "-" for stdin; or .usage files, a store, or an evidence bundle',
  );
  addOptions(command, partOptions);
  addWindowOptions(command);
  addPolicyOptions(command);
  addOptions(command, findingLogOptions);
  addOptions(command, bundleOptions);
  addReportOptions(command);
  addOptions(command, analyzeOptions);
  addSensorOption(command);
  addOptions(command, commonOptions);
  command.action(async (files: string[], options: Options) => {
    const inputs = inputFiles(files, options);
    const [part] = partAsked(options);
    if (options.bundle !== undefined) {
      if (part !== undefined) throw wholeOnly(part);
      const { runBundle } = await import('./bundle.ts');
      done(await runBundle(command, inputs, options.bundle, options));
      return;
    }
    await requireSafe(inputs, options);
    const keeps = options.write !== undefined || options.store !== undefined;
    const isHistory = part !== undefined || sourceKind(inputs) !== 'captures';
    const { runReport } = await import('./report.ts');
    done(
      await runReport(command, inputs, options, {
        keep: keeps ? (source, policy) => keepWindows(source, options, policy) : null,
        showsRun: !isHistory || (keeps && part === undefined),
      }),
    );
  });
};

/** Throws USAGE before anything is read, where what is to be written would be lost or taken for something else. */
async function requireSafe(inputs: readonly string[], options: Options): Promise<void> {
  requireLedger(options);
  if (options.write === undefined && options.store === undefined) return;
  // Loaded when there is something to guard: what reads windows would take a tenth of every start.
  const { requireSafeOutputs, requireSafeSpool } = await import('../output/output-guard.ts');
  const spool = options.write !== undefined && isFolder(options.write) ? options.write : null;
  if (spool !== null) requireSafeSpool('--write', spool);
  requireSafeOutputs(inputs, spool === null ? options : { store: options.store });
}

const wholeOnly = (part: string): WiretallyError =>
  new WiretallyError(
    'USAGE',
    `an evidence bundle holds the whole input: ${part} cannot be combined with it`,
    {
      where: `option ${part}`,
      next: `leave ${part} out`,
    },
  );

/** The list of captures of a sensor is stored next to its windows, and a server has no such place. */
function requireLedger({ sensor, store }: Options): void {
  if (sensor === undefined || store === undefined || !isOnServer(store)) return;
  throw new WiretallyError('USAGE', `${store}: a sensor with a name goes there by its spool`, {
    where: 'option --sensor',
    next: `wiretally analyze … --sensor ${sensor} --write windows/, then wiretally fleet ship windows/ --to ${store}`,
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
