// Runs `serve`: listens, drops its rights, reads, and reads again whenever the source has changed.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { loadCatalogue } from '../../files/catalogue-files.ts';
import { usageError } from '../../model/errors.ts';
import type { FleetSensor } from '../../model/fleet.ts';
import { omitUndefined } from '../../model/omit-undefined.ts';
import type { HostReport } from '../../model/report.ts';
import { compareText } from '../../net/address.ts';
import { ask, askDiagnosis, askHealth, askSummary } from '../../query/ask.ts';
import { kindOfInput, sourceKind } from '../../query/inputs/source-kind.ts';
import { readOptionalView, shownHost } from '../../query/policy-view.ts';
import type { Question } from '../../query/question.ts';
import { openSource, type ReadOutcome, type Source } from '../../query/source.ts';
import { type CommandRequest, formatCommand } from '../../report/text/command-text.ts';
import { listFleetSensors } from '../../store/fleet-sensors.ts';
import { buildSensorNotes } from '../../store/sensor-notes.ts';
import { findServer } from '../../store/servers.ts';
import type { RequestedSpan } from '../../web/address-question.ts';
import type { Documents, PageSource } from '../../web/documents.ts';
import { RememberedHosts } from '../../web/identity/identities.ts';
import { requireExistingStore, withStore } from '../input/open-store.ts';
import { chooseZone } from '../input/time-options.ts';
import { interruptible, pause } from '../output/interrupt.ts';
import { printError, printWarning } from '../output/print-errors.ts';
import { printSkippedAdvisories } from '../output/read-summary.ts';
import { CAPABILITY, confine } from '../rights/confine.ts';
import { confinePlaces } from '../rights/rights.ts';
import { findFindingStates, requireFindingLog, startFindingLog } from './finding-log-access.ts';
import { requireIdentityLog, startIdentityLog } from './investigators.ts';
import { openSite } from './open-site.ts';
import type { ServeOptions } from './serve-options.ts';

const POLL_EVERY_MS = 2_000;
const READING_SHARE = 9;

/** Ends on SIGINT or SIGTERM. Throws LISTEN_FAILED, and errors of the first reading. */
export async function runServe(inputs: readonly string[], options: ServeOptions): Promise<void> {
  const print = (text: string): void => {
    if (options.quiet !== true) printWarning(text);
  };
  requireIdentityLog(options, inputs);
  requireFindingLog(options, inputs);
  const source = await openPageSource(inputs, options);
  const catalogue = await loadCatalogue(options.catalogue);
  // The port is opened before the right to listen is dropped, and before untrusted files are read.
  const site = await openSite(options, {
    source,
    catalogue: () => catalogue,
    health: null,
    findings: findFindingStates(options),
    print,
  });
  const { documents } = site;
  await startIdentityLog(options);
  await startFindingLog(options);
  confineServe(inputs, options, options.verbose === true ? printWarning : () => undefined);
  try {
    await documents.refresh();
    if (!documents.isReady && documents.trouble !== null) throw documents.trouble;
    print(`serving ${site.url}`);
    await waitUntilRead(documents);
  } finally {
    await site.close();
  }
}

function confineServe(inputs: readonly string[], options: ServeOptions, print: (text: string) => void): void {
  const keep = [CAPABILITY.dacOverride, CAPABILITY.dacReadSearch];
  if (!options.sandbox || process.platform !== 'linux') {
    confine({ keep }, print);
    return;
  }
  const { policy, advisories, hosts, register, sensors, pseudonymize, catalogue } = options;
  const { identityLog, findingLog, findingEditor } = options;
  const words = [
    ...inputs,
    policy,
    advisories,
    hosts,
    register,
    sensors,
    pseudonymize,
    ...catalogue,
    findingLog,
  ].filter((word) => word !== undefined);
  const logs = [identityLog, findingEditor.length === 0 ? undefined : findingLog];
  const appended = logs.filter((log) => log !== undefined);
  confinePlaces(keep, words, [], print, appended);
}

/** Checks the source often, and never reads it again for more than a tenth of the time. */
async function waitUntilRead(documents: Documents): Promise<void> {
  await interruptible(async (signal) => {
    let waitMs = POLL_EVERY_MS;
    while (!signal.aborted) {
      await pause(waitMs, signal);
      const before = performance.now();
      if (!signal.aborted) await documents.refresh();
      waitMs = Math.max(POLL_EVERY_MS, READING_SHARE * (performance.now() - before));
    }
  });
}

// Makes documents for pages from stored windows: the same documents that `report` makes.

/** Throws USAGE, POLICY_INVALID, HOSTS_INVALID; reads nothing of the source yet. */
async function openPageSource(inputs: readonly string[], options: ServeOptions): Promise<PageSource> {
  if (sourceKind(inputs) === 'captures') {
    const [first = ''] = inputs;
    throw usageError(
      `${first}: ${existsSync(first) ? 'is not a store; serve reads stores only' : 'no such file or folder'}`,
      'wiretally analyze CAPTURE --write OUT.usage, then wiretally serve OUT.usage',
    );
  }
  for (const input of inputs) requireExistingStore(input);
  const view = await readOptionalView(options);
  printSkippedAdvisories(view, options);
  const hosts = new RememberedHosts();
  const timezone = chooseZone(options, view?.onDisk?.policy.timezone);
  // The source is opened again for each question, because the store may have changed.
  const open = (isQuiet = options.quiet === true): Promise<Source> =>
    openSource(inputs, {
      catalogue: options.catalogue,
      ...omitUndefined({ sensors: options.sensors }),
      timezone,
      onRead: isQuiet ? () => undefined : printOutcome,
    });
  const buildQuestion = (span: RequestedSpan): Question => ({
    ...reportCommand(inputs, options, span),
    span: { sinceSeconds: span.since, untilSeconds: span.until },
    policy: view,
    generated: new Date(),
    isReread: true,
  });
  const onHosts =
    view === null || options.investigator.length === 0
      ? undefined
      : (reports: readonly HostReport[]) => hosts.remember(reports, (host) => shownHost(view, host));
  return {
    timezone,
    version: async () => (await Promise.all(inputs.map(readState))).join('\n'),
    document: async (span) =>
      await ask(await open(), { ...buildQuestion(span), ...omitUndefined({ onHosts }) }),
    // The reading of the whole document prints the same warnings.
    summary: async (span) => await askSummary(await open(true), buildQuestion(span)),
    health: async (span) => await askHealth(await open(), buildQuestion(span)),
    diagnosis: async (span, host) => await askDiagnosis(await open(), buildQuestion(span), host),
    sensors: (nowSeconds) => readSensors(inputs, nowSeconds),
    identity: (pseudonym) => hosts.findIdentity(pseudonym),
  };
}

async function readSensors(inputs: readonly string[], nowSeconds: number): Promise<FleetSensor[]> {
  const stores = inputs.filter((input) => kindOfInput(input) === 'store');
  const sensors = await Promise.all(stores.map((path) => readStoreSensors(path, nowSeconds)));
  return sensors.flat().sort((a, b) => compareText(a.sensor, b.sensor));
}

/** Returns an empty list if no sensor delivers to the store. */
async function readStoreSensors(path: string, nowSeconds: number): Promise<FleetSensor[]> {
  const notes = await buildSensorNotes(path).list();
  if (notes.length === 0) return [];
  return await withStore(path, null, async (store) =>
    listFleetSensors(await store.sensors(), notes, nowSeconds),
  );
}

function printOutcome({ errors, notes }: ReadOutcome): void {
  for (const error of errors) printError(error, 'lines');
  for (const note of notes) printWarning(note);
}

function reportCommand(
  inputs: readonly string[],
  options: ServeOptions,
  { since, until }: RequestedSpan,
): CommandRequest {
  const instant = (seconds: number | undefined): string | undefined =>
    seconds === undefined ? undefined : new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
  return formatCommand('analyze', inputs, {
    '--policy': options.policy,
    '--hosts': options.hosts,
    '--register': options.register,
    '--sensors': options.sensors,
    '--pseudonymize': options.pseudonymize,
    '--since': instant(since),
    '--until': instant(until),
    '--catalogue': options.catalogue,
    '--timezone': options.timezone,
  });
}

async function readState(path: string): Promise<string> {
  return (await findServer(path)?.state(path)) ?? stateOnDisk(path);
}

/** Returns sizes and times of the files as a text, which changes after each write. */
function stateOnDisk(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return `${path} gone`;
  // A DuckDB store keeps new rows in a log next to it.
  const files = stats.isDirectory()
    ? readdirSync(path)
        .sort()
        .map((name) => join(path, name))
    : [path, `${path}.wal`];
  return files
    .map((file) => {
      const fileStats = statSync(file, { throwIfNoEntry: false });
      return fileStats === undefined ? '' : `${file} ${fileStats.size} ${fileStats.mtimeMs}`;
    })
    .join('\n');
}
