// `wiretally analyze SOURCE…`: reports usage per host and tool from captures, windows, a store or a bundle.

import { statSync } from 'node:fs';
import type { Command as ParsedCommand } from 'commander';
import { loadCatalogue } from '../../files/catalogue-files.ts';
import { isFolder } from '../../files/error-code.ts';
import { packageVersion } from '../../files/package-version.ts';
import { optionError } from '../../model/errors.ts';
import { ask, evaluate } from '../../query/ask.ts';
import type { PolicyOnDisk, PolicyView } from '../../query/inputs/policy-file.ts';
import { sourceKind } from '../../query/inputs/source-kind.ts';
import { acceptedNames, excludedNetworks, readPolicyView } from '../../query/policy-view.ts';
import type { Question } from '../../query/question.ts';
import type { ReadOutcome, Source, SourceRead } from '../../query/source.ts';
import { spanToRead } from '../../query/windows-answer.ts';
import { workersFor } from '../../query/workers.ts';
import { uptimeMs } from '../../reading/captures/uptime.ts';
import { isOnServer, SERVER_SCHEMES } from '../../store/on-server.ts';
import type { PutResult, Store } from '../../store/store.ts';
import { plural } from '../../text/quantity.ts';
import { defineCommand, example } from '../command.ts';
import { buildCommand, type OptionValues, option } from '../input/declare-option.ts';
import { findingLogOptions, readFindingLog } from '../input/finding-log-options.ts';
import {
  bundleOptions,
  commonOptions,
  listFilledInputs,
  REPLACES_A_FILE,
  readingOptions,
  reportOptions,
  sensorOption,
  windowOptions,
} from '../input/options.ts';
import { policyOptions } from '../input/policy-options.ts';
import {
  listRequestedParts,
  parseSpan,
  questionOptions,
  readQuestion,
  typedSpan,
} from '../input/question-options.ts';
import { chooseZone } from '../input/time-options.ts';
import { EXIT, type ExitCode } from '../output/exit-code.ts';
import { printWarning } from '../output/print-errors.ts';
import { printSkippedAdvisories } from '../output/read-summary.ts';
import { requireLogFolder } from '../output/zeek-logs.ts';
import { findExitCode, printReport, runWithReadSummary } from '../reading/print-report.ts';
import { openInputs } from '../reading/read-source.ts';

const options = {
  ...readingOptions,
  ...questionOptions,
  ...windowOptions,
  ...policyOptions,
  ...findingLogOptions,
  ...bundleOptions,
  ...reportOptions,
  write: option(
    '--write <out.usage|dir/>',
    'Output',
    'Write records to this file, or add them to a folder with one file per day',
    { notInConfig: REPLACES_A_FILE },
  ),
  store: option(
    '--store <file>',
    'Output',
    `Add the records to a store: FILE.duckdb, FILE.usage, a folder/, or ${SERVER_SCHEMES}`,
    { isCommon: true, persists: true },
  ),
  out: option('--out <dir>', 'Output', 'With --format zeek: write one file per log to this new folder', {
    notInConfig: REPLACES_A_FILE,
  }),
  users: option(
    '--users <keyfile>',
    'Input',
    'Keep users that proxies log, as keyed pseudonyms (default: users are dropped)',
    { changesResult: true },
  ),
  ...sensorOption,
  ...commonOptions,
};

type Options = OptionValues<typeof options>;

export const command = defineCommand({
  group: 'Analyze',
  summary: 'Analyze captures, logs or a store; report AI tool use per host',
  arguments: [
    {
      name: '[file...]',
      description:
        'Captures (pcap or pcapng) and logs of other sensors (Zeek, Suricata, Squid, firewalls, web gateways, Arkime, IPFIX, DNS servers), plain, gzip or zstd, folders of them or "-" for stdin; or a store, or an evidence bundle',
    },
  ],
  options,
  permissions: { writes: ['write', 'store', 'bundle', 'out'] },
  examples: [
    example('analyze office.pcap.gz', 'Report tools per host'),
    example(
      'analyze office.pcap.gz --policy policy.yaml --format html > report.html',
      'Write an HTML report with verdicts',
    ),
    example(
      'analyze office.pcap.gz --write office.usage --store history.duckdb',
      'Add the records to a store too',
    ),
    example(
      'analyze office.pcap.gz --sensor office --write records/',
      'Write the records of a named sensor from a nightly job',
    ),
    example('analyze office.usage --by day', 'Report hosts, requests and bytes by day'),
    example(
      'analyze history.duckdb --since 2026-07-10 --policy policy.yaml',
      'Report with verdicts from a date on',
    ),
    example('analyze office.usage --policy policy.yaml --bundle evidence/', 'Write an evidence bundle'),
    example(
      'analyze office.usage --policy policy.yaml --since 2026-07-01 --until 2026-08-01 --bundle july/',
      'Write an evidence bundle about a month',
    ),
  ],
  async run(files, options, { parsed }) {
    const inputs = listFilledInputs(files, options);
    if (options.out !== undefined) requireLogFolder(options.out, options.format);
    if (options.bundle !== undefined) {
      requireAllHosts(options);
      return await bundleEvidence(parsed, inputs, options.bundle, options);
    }
    if (options.signKey !== undefined)
      throw optionError('--sign-key', '--sign-key signs a bundle', 'add --bundle DIR');
    await requireSafe(inputs, options);
    return await reportUse(parsed, inputs, options);
  },
});

async function reportUse(
  parsed: ParsedCommand,
  inputs: readonly string[],
  options: Options,
): Promise<ExitCode> {
  const startMs = uptimeMs();
  const stored = options.store ?? options.write;
  const isKeeping = stored !== undefined;
  // The terminal shows the duration of reading captures.
  const showsRun =
    listRequestedParts(options).length === 0 && (isKeeping || sourceKind(inputs) === 'captures');
  const question = addStored(await readQuestion(parsed, inputs, options), stored);
  const log = await readFindingLog(options);
  const view = question.policy ?? null;
  const onDisk = view?.onDisk ?? null;
  const answer = await runWithReadSummary(options, async (onRead) => {
    const source = await openForPolicy(inputs, options, onDisk, onRead);
    if (isKeeping) {
      const read = await source.read((lastSeconds) => spanToRead(question, lastSeconds));
      const windowsToStore = view === null ? read : await applyPrivacy(view, read);
      await storeWindows(windowsToStore, options, onDisk?.sha256 ?? null);
    }
    return await ask(source, question);
  });
  if (answer === null) return EXIT.failed;
  const seconds = (uptimeMs() - startMs) / 1000;
  const run = showsRun ? { seconds, workers: workersFor(inputs, options.workers) } : undefined;
  await printReport(log?.show(answer.result) ?? answer.result, options, run);
  return findExitCode(answer.result, options.failOn, answer.code);
}

/** Opens the source in the time zone of the policy, without hosts that the policy never records. */
async function openForPolicy(
  inputs: readonly string[],
  options: Options,
  onDisk: PolicyOnDisk | null,
  onRead: (outcome: ReadOutcome) => void,
): Promise<Source> {
  const timezone = chooseZone(options, onDisk?.policy.timezone);
  const exclude = [...options.exclude, ...excludedNetworks(onDisk)];
  const lookedUp = acceptedNames(onDisk);
  return await openInputs(inputs, { ...options, timezone, exclude, lookedUp, onRead });
}

async function applyPrivacy(view: PolicyView, read: SourceRead): Promise<SourceRead> {
  const { readToKeep } = await import('../../query/windows-to-store.ts');
  return readToKeep(read, view);
}

/** Evaluates captures or .usage files by a policy, and writes an evidence bundle. */
async function bundleEvidence(
  parsed: ParsedCommand,
  inputs: readonly string[],
  folder: string,
  options: Options,
): Promise<ExitCode> {
  const [{ requireSafeOutputs }, { writeAnswerBundle }, { readPrivateText }, { readTextFile }] =
    await Promise.all([
      import('../output/output-guard.ts'),
      import('../../query/write-bundle.ts'),
      import('../../store/signing.ts'),
      import('../../query/inputs/policy-file.ts'),
    ]);
  requireSafeOutputs(inputs, options);
  if (options.policy === undefined) {
    throw optionError(
      '--bundle',
      'an evidence bundle needs a policy',
      'add --policy FILE; "wiretally policy schema" prints its format',
    );
  }
  const log = await readFindingLog(options);
  // All errors in the options are reported first, because reading captures can take minutes.
  const view = await readPolicyView(options, await loadCatalogue(options.catalogue));
  printSkippedAdvisories(view, options);
  const readText = (file: string | undefined): string | null =>
    file === undefined ? null : readTextFile(file);
  const parts = {
    signKeyPem: options.signKey === undefined ? null : readPrivateText(options.signKey, 'option --sign-key'),
    hostsText: readText(options.hosts),
    sensorsText: readText(options.sensors),
  };
  const timezone = chooseZone(options, view.onDisk?.policy.timezone);
  const { since, until } = parseSpan(options, timezone);
  const answer = await runWithReadSummary(options, async (onRead) =>
    evaluate(await openForPolicy(inputs, options, view.onDisk, onRead), {
      ...buildCommand(parsed, inputs, typedSpan(options, timezone)),
      span: { sinceSeconds: since, untilSeconds: until },
      policy: view,
      generated: options.stamp === true ? new Date() : null,
    }),
  );
  if (answer === null) return EXIT.failed;
  const { document, reported, source } = answer.result;
  const { attributions } = reported;
  const { catalogue: catalogues } = options;
  await writeAnswerBundle(folder, { document, inputs, source, attributions, view, catalogues, ...parts });
  // The bundle contains no states, because its windows and its policy cannot reproduce them.
  await printReport(log?.show(document) ?? document, options);
  return findExitCode(document, options.failOn, answer.code);
}

/** Throws USAGE before anything is read, if an output would be lost or misleading. */
async function requireSafe(inputs: readonly string[], options: Options): Promise<void> {
  requireLedger(options);
  if (options.write === undefined && options.store === undefined) return;
  // Loaded on demand, because the reader of windows would take a tenth of every start.
  const { requireSafeOutputs, requireSafeSpool } = await import('../output/output-guard.ts');
  const spool = options.write !== undefined && isFolder(options.write) ? options.write : null;
  if (spool !== null) requireSafeSpool('--write', spool);
  requireSafeOutputs(inputs, spool === null ? options : { store: options.store });
}

/** Refuses filters of hosts or tools, which would change the verdict of a bundle. A period is allowed. */
function requireAllHosts(options: Options): void {
  const part = listRequestedParts(options).find((name) => name !== '--since' && name !== '--until');
  if (part === undefined) return;
  throw optionError(
    part,
    `an evidence bundle contains all hosts and tools: remove ${part}`,
    `remove ${part}`,
  );
}

/** Refuses --sensor with a server: the list of read captures is stored next to the windows, and a server has no such place. */
function requireLedger({ sensor, store }: Options): void {
  if (sensor === undefined || store === undefined || !isOnServer(store)) return;
  throw optionError(
    '--sensor',
    `${store}: windows of a named sensor are delivered from its spool`,
    `wiretally analyze … --sensor ${sensor} --write windows/, then wiretally fleet ship windows/ --to ${store}`,
  );
}

async function storeWindows(read: SourceRead, options: Options, policy: string | null): Promise<void> {
  const { windows, catalogue, networks } = read;
  const { sensor, store, write } = options;
  if (write !== undefined && !isFolder(write)) {
    const before = statSync(write, { throwIfNoEntry: false })?.size ?? 0;
    await (await import('../../store/usage-file.ts')).writeUsageFile(write, windows);
    reportStored(write, { added: windows.length, replaced: 0, ignored: 0 }, options);
    if (before > 0 && options.quiet !== true)
      printWarning(`${write}: the earlier records were replaced; --store ${write} adds records instead`);
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
    reportStored(write, await storeReading(write, folder, read, sensor), options);
  }
  if (store !== undefined) {
    const [{ openSummed }, { buildAttributor }, { storeNotesFolder }] = await Promise.all([
      import('../../store/open.ts'),
      import('../../store/attributor.ts'),
      import('../../store/sensor-notes.ts'),
    ]);
    const opened = await openSummed(
      store,
      { mode: 'write' },
      buildAttributor(catalogue, packageVersion(), networks),
    );
    try {
      reportStored(store, await storeReading(storeNotesFolder(store), opened, read, sensor), options);
    } finally {
      await opened.close();
    }
  }
}

/** Adds the store to the question, but not the address of a server, which may contain a user name. */
const addStored = (question: Question, stored: string | undefined): Question =>
  stored === undefined || isOnServer(stored) || question.request === undefined
    ? question
    : { ...question, request: { ...question.request, stored } };

function reportStored(place: string, { added, replaced, ignored }: PutResult, { quiet }: Options): void {
  if (quiet === true) return;
  const parts = [
    `${plural(added, 'record')} added`,
    ...(replaced > 0 ? [`${replaced} replaced by a newer revision`] : []),
    ...(ignored > 0 ? [`${ignored} already stored`] : []),
  ];
  printWarning(`${place}: ${parts.join(', ')}`);
}

/** Stores the windows. With --sensor, captures continue earlier ones; without it each capture counts as a sensor. */
async function storeReading(
  ledger: string,
  store: Store,
  { reading, windows }: SourceRead,
  sensor: string | undefined,
): Promise<PutResult> {
  if (sensor === undefined || reading === undefined) return await store.put(windows);
  const { addReading } = await import('../../store/named-sensor.ts');
  return await addReading(ledger, store, { sensor, id: reading, windows });
}
