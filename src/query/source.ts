// Opens the source of a question: captures, .usage files, a store, an evidence bundle, or windows in memory. A source gives
// merged windows and the facts about their making; captures and files are read once, however many questions are asked.

import { type FirstUse, listFirstUses } from '../attribution/first-use.ts';
import { attributePeriods } from '../attribution/sums/attribute-periods.ts';
import { buildSensors } from '../attribution/traffic/host-sensors.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { type AdditionalNames, namesToRecord } from '../catalogue/names-to-record.ts';
import { loadCatalogue, readOwnTexts } from '../files/catalogue-files.ts';
import { packageVersion } from '../files/package-version.ts';
import { optionError, type WiretallyError } from '../model/errors.ts';
import { omitUndefined } from '../model/omit-undefined.ts';
import type { CaptureSummary, IncompleteInput, LeftOutFiles } from '../model/report.ts';
import type { AnalyzeOptions, AnalyzeResult, ReadProgress } from '../model/sensor.ts';
import type { UsageWindow } from '../model/usage.ts';
import type { ReportFrame } from '../report/document/document.ts';
import { buildRecords, statsOfWindows } from '../report/document/window-totals.ts';
import {
  type BeyondSpan,
  isWithin,
  listEdges,
  type SensorSpan,
  sensorSpans,
  type WindowQuery,
} from '../store/store.ts';
import { openZone } from '../time/zone.ts';
import { listCoverage } from '../window/coverage.ts';
import { joinDualStackBySensor } from '../window/dual-stack.ts';
import { findSpan, mergeWindows, type WindowSpan } from '../window/merge-windows.ts';
import { type WindowTimes, widened } from '../window/observed.ts';
import type { SensorNetworks } from '../window/sensor-networks.ts';
import { addSilentWindows, type Fleet } from './fleet-facts.ts';
import { listIncompleteInputs, type Reading } from './incomplete.ts';
import { countLeftOut } from './inputs/left-out.ts';
import type { LogOptions, ReviewedLogs, SortedInputs } from './inputs/log-files.ts';
import { readSensors } from './inputs/read-sensors-file.ts';
import { isUsageFile, sourceKind } from './inputs/source-kind.ts';
import { listWindowFolders } from './inputs/window-folders.ts';
import { readFleet } from './read-fleet.ts';
import { workersFor } from './workers.ts';

/** Chooses the span of windows to read, from the end of the source in Unix seconds. */
export type SpanToRead = (lastSeconds: number) => WindowQuery;

/** Reads captures until a signal ends it, and reports progress. */
export interface ReadControl {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ReadProgress) => void;
}

export interface SourceOptions extends AdditionalNames, LogOptions {
  /** Folders of own entries. */
  readonly catalogue?: readonly string[];
  /** Replaces the built-in catalogue and those folders. A bundle brings its own. */
  readonly loadedCatalogue?: Catalogue;
  readonly workers?: number;
  readonly filter?: string;
  readonly flowTable?: number;
  readonly exclude?: readonly string[];
  readonly localNet?: readonly string[];
  readonly window?: number;
  /** Zone of days. Default: UTC. */
  readonly timezone?: string;
  /** Keep every server name, listed or not: for recordings of one tool, never for a network. */
  readonly keepsAllNames?: boolean;
  /** "address name": servers of connections without a name, as another capture knows them. */
  readonly addressNames?: readonly string[];
  readonly sensors?: string;
  /** A key file: users that proxies log are kept by pseudonyms of this key. Default: they are dropped. */
  readonly users?: string;
  /** Name of the sensor in windows of captures. */
  readonly sensor?: string;
  /** Runs the reading of captures. */
  readonly supervise?: <T>(read: (control: ReadControl) => Promise<T>) => Promise<T>;
  /** Called with the warnings of a reading, before a question is answered from it. */
  readonly onRead?: (outcome: ReadOutcome) => void;
}

export interface ReadOutcome {
  readonly errors: readonly WiretallyError[];
  readonly notes: readonly string[];
  /** Inputs that were read at least partly. */
  readonly inputsRead: number;
  readonly interrupted: boolean;
  readonly captures?: readonly CaptureSummary[];
  /** Absent if period sums answer the question. */
  readonly windows?: readonly UsageWindow[];
}

type InputsRead = Omit<AnalyzeResult, 'counters' | 'captureStart' | 'drops'>;

export interface SourceRead
  extends Reading,
    Pick<ReadOutcome, 'errors' | 'notes' | 'inputsRead'>,
    Pick<ReportFrame, 'captures' | 'stats' | 'coverage' | 'recordsFrom' | 'recordsUntil'>,
    Pick<ReportFrame, 'filter' | 'sensors' | 'leftOut'> {
  /** Null without a sensors file. */
  readonly networks: SensorNetworks | null;
  /** Describes the captures that were read. */
  readonly reading?: string;
  /** Only windows of this time are contained, as in a bundle about a part of the time; absent: all. */
  readonly contains?: WindowQuery;
  /** Absent unless the source is the store of a fleet. */
  readonly fleet?: Fleet;
  /** First uses in the whole store if only a part was requested; otherwise the windows show them. */
  readonly firstUses: readonly FirstUse[];
}

export interface Source {
  /** Zone of days. */
  readonly timezone: string;
  /** Set for a store with period sums, from which questions are answered without reading windows. */
  readonly store: StoreSource | null;
  /** Captures are read completely, other sources only for the requested span. */
  read(span?: SpanToRead): Promise<SourceRead>;
  readonly onRead: ((outcome: ReadOutcome) => void) | undefined;
}

export interface StoreSource extends AttributedBy {
  readonly path: string;
  /** Notes that are printed with each answer. */
  readonly notes: readonly string[];
}

/**
 * Captures and .usage files are read when the first question is asked. Throws USAGE where kinds are mixed,
 * CATALOGUE_INVALID, SENSORS_INVALID.
 */
export async function openSource(paths: readonly string[], options: SourceOptions = {}): Promise<Source> {
  const files = paths.flatMap((path) => listWindowFolders(path) ?? [path]);
  const kind = sourceKind(files);
  const { timezone = 'UTC', onRead, loadedCatalogue } = options;
  const notes = loadedCatalogue === undefined ? ownCatalogueNotes(options.catalogue ?? []) : [];
  const [path = ''] = files;
  if (kind !== 'captures' && options.filter !== undefined) throw filterError(path, 'records');
  const source = { timezone, store: null, onRead };
  if (kind === 'bundle') {
    const bundle = cachePromise(() => readBundle(path, options));
    return { ...source, read: async (span) => bundleSource(await bundle(), options, notes, span) };
  }
  const by: AttributedBy = {
    catalogue: loadedCatalogue ?? (await loadCatalogue(options.catalogue ?? [])),
    networks: await readSensors(options),
  };
  if (kind === 'captures') {
    const captures = cachePromise(() => readCaptures(files, options, by));
    return {
      ...source,
      read: async (span) => {
        const read = await captures();
        const { firstUses } = buildPart(read.windows, span, by);
        return { ...read, notes: [...notes, ...read.notes], firstUses };
      },
    };
  }
  const { capturesAmongRecords } = await import('./inputs/log-files.ts');
  const among = capturesAmongRecords(files);
  const buildStoredSource = (part: StoredPart): SourceRead => {
    const errors = [...part.errors, ...among];
    return buildSource({ ...part, errors }, by, options, notes, listIncompleteInputs(errors, [], files));
  };
  if (kind === 'store') {
    const store = { path, notes, ...by };
    return { ...source, store, read: async (span) => buildStoredSource(await readStore(path, span, by)) };
  }
  const usage = cachePromise(() => readFiles(files));
  return {
    ...source,
    read: async (span) => buildStoredSource(partFromFiles(await usage(), span, by)),
  };
}

function cachePromise<T>(make: () => Promise<T>): () => Promise<T> {
  let pending: Promise<T> | null = null;
  return () => {
    pending ??= make();
    return pending;
  };
}

export type AttributedBy = Pick<SourceRead, 'catalogue' | 'networks'>;

function buildSource(
  part: StoredPart,
  by: AttributedBy,
  { timezone = 'UTC' }: SourceOptions,
  notes: readonly string[],
  incomplete: readonly IncompleteInput[],
): SourceRead {
  const { span, firstUses, errors, inputsRead } = part;
  return sourceFromWindows(part.windows, by, timezone, {
    ...buildRecords(span),
    errors,
    notes: [...notes, ...(part.notes ?? [])],
    inputsRead,
    incomplete,
    firstUses,
    around: part.around,
    ...omitUndefined({ sensors: part.sensors, fleet: part.fleet }),
  });
}

/** Makes a source of windows in memory. Facts that the caller does not state are derived from the windows. */
export function sourceFromWindows(
  windows: readonly UsageWindow[],
  { catalogue, networks }: AttributedBy,
  timezone: string,
  about: Partial<SourceRead> = {},
): SourceRead {
  return {
    catalogue,
    windows,
    networks,
    captures: [],
    stats: statsOfWindows(windows),
    coverage: listCoverage(windows, openZone(timezone)),
    ...buildRecords(findSpan(windows)),
    errors: [],
    notes: [],
    inputsRead: 1,
    interrupted: false,
    incomplete: [],
    firstUses: [],
    ...about,
  };
}

interface BundleRead extends AttributedBy {
  readonly windows: readonly UsageWindow[];
  readonly around: readonly UsageWindow[];
  readonly incomplete: readonly IncompleteInput[];
  readonly leftOut: LeftOutFiles | undefined;
  readonly notes: readonly string[];
  readonly contains: WindowQuery;
}

/** Opens the windows of an evidence bundle, with the own entries of its catalogue. */
async function readBundle(folder: string, options: SourceOptions): Promise<BundleRead> {
  const { BundleReader } = await import('./inputs/bundle-reader.ts');
  const bundle = await BundleReader.open(folder);
  const catalogue = options.loadedCatalogue ?? (await bundle.catalogue(options.catalogue));
  const { incomplete = [], leftOut } = await bundle.report();
  const networks = (await readSensors(options)) ?? (await bundle.networks());
  const { complete } = bundle.manifest;
  const notes = complete ? [] : [`${folder}: not all of its inputs was read; "wiretally verify" says why`];
  const [windows, around] = [await bundle.windows(), await bundle.around()];
  const contains = bundle.period();
  return { catalogue, networks, windows, around, incomplete, leftOut, notes, contains };
}

function bundleSource(
  { windows, around, incomplete, leftOut, notes, contains, ...by }: BundleRead,
  options: SourceOptions,
  before: readonly string[],
  requested: SpanToRead | undefined,
): SourceRead {
  const part = buildPart(windows, requested, by);
  const rest = { ...part, around: [...windows, ...around], errors: [], inputsRead: 1 };
  const source = buildSource(rest, by, options, [...before, ...notes], incomplete);
  return { ...source, contains, ...omitUndefined({ leftOut }) };
}

export function ownCatalogueNotes(directories: readonly string[]): string[] {
  return directories
    .filter((directory) => readOwnTexts(directory).length === 0)
    .map((directory) => `${directory}: holds no *.json, so --catalogue adds nothing`);
}

interface StoredPart
  extends Pick<SourceRead, 'windows' | 'errors' | 'inputsRead' | 'firstUses' | 'sensors' | 'fleet'> {
  readonly around: readonly WindowTimes[];
  /** Covers all records. */
  readonly span: WindowSpan | null;
  readonly notes?: readonly string[];
}

type FilesRead = Pick<StoredPart, 'windows' | 'errors' | 'notes' | 'inputsRead'> & {
  readonly fleet: Fleet | null;
};

/** Opens .usage files and folders of them as one folder. */
async function readFiles(files: readonly string[]): Promise<FilesRead> {
  const { readUsageFiles } = await import('./inputs/usage-files.ts');
  const { errors, notes, filesRead, ...read } = await readUsageFiles(files);
  const windows = joinDualStackBySensor(mergeWindows(read.windows));
  const folders = files.filter((file) => !isUsageFile(file));
  const fleet = await readFleet(folders, async () => sensorSpans(windows));
  return { windows, errors, notes, inputsRead: filesRead, fleet };
}

function partFromFiles(
  { windows, fleet, ...read }: FilesRead,
  requested: SpanToRead | undefined,
  by: AttributedBy,
): StoredPart {
  const part = buildPart(windows, requested, by);
  return { ...part, ...withFleet(fleet, part.windows), ...read };
}

/** Selects the requested windows. `around` has all windows, and `firstUses` those that earlier windows show. */
function buildPart(
  all: readonly UsageWindow[],
  requested: SpanToRead | undefined,
  by: AttributedBy,
): Omit<StoredPart, 'errors' | 'notes' | 'inputsRead'> {
  const span = findSpan(all);
  const query = requested?.(span?.lastSeconds ?? 0) ?? {};
  return {
    windows: all.filter((window) => isWithin(window, query)),
    around: all,
    span,
    firstUses: query.sinceSeconds === undefined ? [] : firstUsesIn(all, by),
  };
}

/** Finds when each host was first seen with each tool, over all windows. */
export const firstUsesIn = (
  windows: readonly UsageWindow[],
  { catalogue, networks }: AttributedBy,
): FirstUse[] => listFirstUses(attributePeriods(windows, catalogue, { sensors: buildSensors(networks) }));

async function readStore(
  path: string,
  requested: SpanToRead | undefined,
  by: AttributedBy,
): Promise<StoredPart> {
  const [{ openHistory }, { openStore }, { buildAttributor }] = await Promise.all([
    import('../store/history.ts'),
    import('../store/open.ts'),
    import('../store/attributor.ts'),
  ]);
  const history = await openHistory(path, buildAttributor(by.catalogue, packageVersion(), by.networks));
  if (history === null) return partFromFiles(await readFiles([path]), requested, by);
  const store = await openStore(path, { mode: 'read' });
  try {
    let sensors: Promise<SensorSpan[]> | undefined;
    const sensorsOf = (): Promise<SensorSpan[]> => {
      sensors ??= store.sensors();
      return sensors;
    };
    const fleet = await readFleet([path], sensorsOf);
    const span = await store.span();
    const query = requested?.(span?.lastSeconds ?? 0) ?? {};
    const wide = widened(query);
    const { windows: read, damage } = await store.read(wide);
    const windows = read.filter((window) => isWithin(window, query));
    const around = [...read, ...listEdges(await sensorsOf(), wide)];
    const firstUses = query.sinceSeconds === undefined ? [] : await history.firstUses();
    return {
      span,
      firstUses,
      around,
      ...withFleet(fleet, windows, { around, requestedSpan: query }),
      errors: damage,
      inputsRead: 1,
    };
  } finally {
    await store.close();
    await history.close();
  }
}

const withFleet = (fleet: Fleet | null, windows: readonly UsageWindow[], beyond: BeyondSpan = {}) =>
  fleet === null ? { windows } : { fleet, ...addSilentWindows(fleet, windows, {}, beyond) };

async function readCaptures(
  files: readonly string[],
  options: SourceOptions,
  by: AttributedBy,
): Promise<SourceRead> {
  const { sortInputs } = await import('./inputs/log-files.ts');
  return await readSorted(await sortInputs(files, options), files, options, by);
}

/** Reads captures and logs, and reviews what the configuration of each product of logs omits. */
export async function reviewSource(
  files: readonly string[],
  options: SourceOptions,
): Promise<{ readonly read: SourceRead; readonly products: readonly ReviewedLogs[] }> {
  const { sortInputs, reviewLogs } = await import('./inputs/log-files.ts');
  const by: AttributedBy = { catalogue: await loadCatalogue([]), networks: null };
  const inputs = await sortInputs(files, { ...options, reportsColumns: true });
  return { products: reviewLogs(inputs), read: await readSorted(inputs, files, options, by) };
}

async function readSorted(
  inputs: SortedInputs,
  files: readonly string[],
  options: SourceOptions,
  by: AttributedBy,
): Promise<SourceRead> {
  const supervise = options.supervise ?? ((read) => read({}));
  const result = await supervise((control) =>
    readInputs(inputs, analyzeOptions(options, by, control), options.users),
  );
  return {
    ...by,
    windows: result.windows,
    reading: result.reading,
    captures: result.captures,
    stats: result.stats,
    coverage: result.coverage,
    recordsFrom: result.recordsFrom,
    recordsUntil: result.recordsUntil,
    errors: result.errors,
    notes: result.notes,
    inputsRead: result.captures.length,
    interrupted: result.interrupted,
    incomplete: listIncompleteInputs(result.errors, result.captures, files),
    ...omitUndefined({ filter: options.filter, leftOut: countLeftOut(inputs.leftOut) }),
    firstUses: [],
  };
}

function analyzeOptions(options: SourceOptions, { catalogue }: AttributedBy, control: ReadControl) {
  return {
    ...buildRules(options, catalogue),
    ...control,
    ...omitUndefined({
      workers: options.workers,
      filter: options.filter,
      flowTable: options.flowTable,
      exclude: options.exclude,
      localNets: options.localNet,
      addressNames: options.addressNames,
      windowSeconds: options.window,
      timezone: options.timezone,
      sensor: options.sensor,
    }),
  };
}

/** The core gives every flow with its exchanges if all names are kept. */
function buildRules(options: SourceOptions, catalogue: Catalogue): ReturnType<typeof namesToRecord> {
  if (options.keepsAllNames !== true) return namesToRecord(catalogue, options);
  return {
    lookup: {
      isListed: () => true,
      runtimeOf: (form) => catalogue.runtimeOf(form),
      findNetworkOwner: (address) => catalogue.findNetworkOwner(address),
    },
    watchlist: { ...catalogue.watchlist(), names: ['*'], listed: ['*'] },
  };
}

/** Records and rows of logs are not packets. If they were read nevertheless, the report would name the filter. */
const filterError = (file: string, content: string): WiretallyError =>
  optionError(
    '--filter',
    `${file}: holds ${content}, to which a capture filter cannot be applied`,
    'remove --filter; --host, --tool, --since and --until select a part of the report',
  );

/** Reads all captures as one input, and the logs of each product as one. Throws USAGE for logs with a capture filter. */
async function readInputs(
  { captures, logs, errors, definitions, notes }: SortedInputs,
  options: AnalyzeOptions,
  users: string | undefined,
): Promise<InputsRead> {
  const [log] = logs;
  if (log !== undefined && options.filter !== undefined) throw filterError(log.input.name, 'rows of a log');
  const results: InputsRead[] = [];
  if (captures.length > 0 || logs.length === 0) {
    const { analyze } = await import('../reading/captures/analyze-captures.ts');
    results.push(await analyze(captures, { ...options, workers: workersFor(captures, options.workers) }));
  }
  if (logs.length > 0) {
    const { analyzeLogs } = await import('../reading/logs/analyze-logs.ts');
    const userOf =
      users === undefined ? undefined : (await import('./inputs/pseudonyms.ts')).readUserPseudonyms(users);
    results.push(await analyzeLogs(logs, { ...options, userOf, definitions }));
  }
  const [first, second] = results;
  if (first === undefined) throw new TypeError('neither captures nor logs were read');
  const read = second === undefined ? first : joinReads(first, second, options.timezone ?? 'UTC');
  return { ...read, errors: [...errors, ...read.errors], notes: [...notes, ...read.notes] };
}

function joinReads(a: InputsRead, b: InputsRead, timezone: string): InputsRead {
  const windows = [...a.windows, ...b.windows].sort(
    (x, y) => x.startSeconds - y.startSeconds || (x.sensor < y.sensor ? -1 : 1),
  );
  return {
    windows,
    reading: `${a.reading}+${b.reading}`,
    captures: [...a.captures, ...b.captures],
    stats: statsOfWindows(windows),
    coverage: listCoverage(windows, openZone(timezone)),
    recordsFrom: [a.recordsFrom, b.recordsFrom].flatMap((from) => from ?? []).sort()[0] ?? null,
    recordsUntil:
      [a.recordsUntil, b.recordsUntil]
        .flatMap((until) => until ?? [])
        .sort()
        .at(-1) ?? null,
    errors: [...a.errors, ...b.errors],
    notes: [...a.notes, ...b.notes],
    interrupted: a.interrupted || b.interrupted,
  };
}
