// Turns what the command line names, captures or .usage files, into merged windows and what is known of their making.

import { type FirstUse, firstUsesOf } from '../../attribution/first-use.ts';
import { attributePeriods } from '../../attribution/sums/attribute-periods.ts';
import { boundSensors } from '../../attribution/traffic/host-sensors.ts';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import { loadCatalogue, ownTexts } from '../../files/catalogue-files.ts';
import { packageVersion } from '../../files/version.ts';
import { incompleteInputs } from '../../library/incomplete.ts';
import type { WiretallyError } from '../../model/errors.ts';
import type {
  CaptureSummary,
  CoverageDay,
  IncompleteInput,
  ReportStats,
  SensorReport,
} from '../../model/report.ts';
import type { InterfaceDown, RecordFilter, UsageLookup } from '../../model/sensor.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { statsOfWindows } from '../../report/document/window-totals.ts';
import type { WindowQuery } from '../../store/store.ts';
import { formatInstant } from '../../time/instant.ts';
import { openZone } from '../../time/zone.ts';
import { coverageOf } from '../../window/coverage.ts';
import { joinDualStackBySensor } from '../../window/dual-stack.ts';
import { mergeWindows } from '../../window/merge.ts';
import type { SensorNetworks } from '../../window/sensor-networks.ts';
import { interruptible } from '../output/interrupt.ts';
import { openProgress } from '../output/progress.ts';
import { type Fleet, readFleet, windowsOfFleet } from './fleet.ts';
import { readSensors } from './sensors-option.ts';
import { windowsWithin } from './since-until.ts';
import { sourceKind } from './source-kind.ts';
import { workersFor } from './workers.ts';

export interface SourceOptions {
  readonly catalogue?: readonly string[];
  readonly workers?: number;
  readonly filter?: string;
  readonly flowTable?: number;
  readonly exclude?: readonly string[];
  readonly localNet?: readonly string[];
  readonly window?: number;
  readonly timezone?: string;
  readonly quiet?: boolean;
  /** Which windows are wanted of a history that ends at a time. */
  readonly query?: (lastSeconds: number) => WindowQuery;
  /** Keep every server name, listed or not: for recordings of one tool, never for a network. */
  readonly keepsAllNames?: boolean;
  /** The sensors file. */
  readonly sensors?: string;
  /** Name of the sensor in windows of captures. */
  readonly sensor?: string;
}

export interface SourceRead {
  readonly catalogue: Catalogue;
  readonly windows: readonly UsageWindow[];
  /** Which hosts each sensor may report; null without a sensors file. */
  readonly networks: SensorNetworks | null;
  /** Names what was read of captures. */
  readonly reading?: string;
  readonly captures: readonly CaptureSummary[];
  readonly stats: ReportStats;
  readonly coverage: readonly CoverageDay[];
  readonly recordsFrom: string | null;
  readonly errors: readonly WiretallyError[];
  readonly notes: readonly string[];
  /** Inputs of which at least something was read. */
  readonly inputsRead: number;
  readonly interrupted: boolean;
  /** Inputs that were not read to their end, or not at all. */
  readonly incomplete: readonly IncompleteInput[];
  /** Interfaces of a live sensor that are down now. */
  readonly down?: readonly InterfaceDown[];
  /** All windows that were read, where `windows` is a part of them. */
  readonly around?: readonly UsageWindow[];
  /** Where a part of it was asked for, in Unix seconds. */
  readonly asked?: { readonly sinceSeconds?: number | undefined; readonly untilSeconds?: number | undefined };
  /** Of a store that a fleet delivers to. */
  readonly sensors?: readonly SensorReport[];
  readonly fleet?: Fleet;
  /** Over all that is kept, where a part of it was asked for; else the windows themselves tell. */
  readonly firstUses: readonly FirstUse[];
}

export async function readSource(files: readonly string[], options: SourceOptions): Promise<SourceRead> {
  const kind = sourceKind(files);
  const notes = ownCatalogueNotes(options.catalogue ?? []);
  if (kind === 'bundle') {
    const read = await readBundle(files[0] ?? '', options);
    return { ...read, notes: [...notes, ...read.notes] };
  }
  const by: AttributedBy = {
    catalogue: await loadCatalogue(options.catalogue ?? []),
    networks: await readSensors(options),
  };
  if (kind === 'captures') {
    const read = await readCaptures(files, options, by);
    return { ...read, notes: [...notes, ...read.notes] };
  }
  const kept =
    kind === 'store' ? await readStore(files[0] ?? '', options, by) : await readFiles(files, options, by);
  return sourceOf(kept, by, options, notes, incompleteInputs(kept.errors, [], files));
}

/** What windows are attributed by. */
type AttributedBy = Pick<SourceRead, 'catalogue' | 'networks'>;

function sourceOf(
  kept: Kept,
  by: AttributedBy,
  options: SourceOptions,
  notes: readonly string[],
  incomplete: readonly IncompleteInput[],
): SourceRead {
  const { windows } = kept;
  return {
    ...by,
    windows,
    captures: [],
    stats: statsOfWindows(windows),
    coverage: coverageOf(windows, openZone(options.timezone ?? 'UTC')),
    recordsFrom: kept.firstSeconds === null ? null : formatInstant(kept.firstSeconds * 1_000_000),
    errors: kept.errors,
    notes: [...notes, ...(kept.notes ?? [])],
    inputsRead: kept.inputsRead,
    interrupted: false,
    incomplete,
    firstUses: kept.firstUses,
    ...(kept.sensors === undefined ? {} : { sensors: kept.sensors }),
    ...(kept.fleet === undefined ? {} : { fleet: kept.fleet }),
  };
}

/** The windows of an evidence bundle, with the own entries of its catalogue. */
async function readBundle(folder: string, options: SourceOptions): Promise<SourceRead> {
  const { BundleReader } = await import('./bundle-reader.ts');
  const bundle = await BundleReader.open(folder);
  const catalogue = await bundle.catalogue(options.catalogue);
  const { incomplete = [] } = await bundle.report();
  const by = { catalogue, networks: (await readSensors(options)) ?? (await bundle.networks()) };
  const part = partOf(await bundle.windows(), options, by);
  const { complete } = bundle.manifest;
  const notes = complete ? [] : [`${folder}: not all of its inputs was read; "wiretally verify" says why`];
  return sourceOf({ ...part, errors: [], inputsRead: 1 }, by, options, notes, incomplete);
}

export function ownCatalogueNotes(directories: readonly string[]): string[] {
  return directories
    .filter((directory) => ownTexts(directory).length === 0)
    .map((directory) => `${directory}: holds no *.json, so --catalogue adds nothing`);
}

interface Kept {
  readonly windows: readonly UsageWindow[];
  readonly firstSeconds: number | null;
  readonly errors: readonly WiretallyError[];
  readonly notes?: readonly string[];
  readonly inputsRead: number;
  readonly firstUses: readonly FirstUse[];
  readonly sensors?: readonly SensorReport[];
  readonly fleet?: Fleet;
}

async function readFiles(files: readonly string[], options: SourceOptions, by: AttributedBy): Promise<Kept> {
  const { readUsageFiles } = await import('./usage-files.ts');
  const read = await readUsageFiles(files);
  const part = partOf(joinDualStackBySensor(mergeWindows(read.windows)), options, by);
  return { ...part, errors: read.errors, notes: read.notes, inputsRead: read.filesRead };
}

/** The windows that are asked for, and what all of them say of the time before. */
function partOf(
  all: readonly UsageWindow[],
  { query }: SourceOptions,
  { catalogue, networks }: AttributedBy,
): Omit<Kept, 'errors' | 'notes' | 'inputsRead'> {
  const lastSeconds = all.reduce(
    (last, { startSeconds, lengthSeconds }) => Math.max(last, startSeconds + lengthSeconds),
    0,
  );
  const { sinceSeconds, untilSeconds } = query?.(lastSeconds) ?? {};
  return {
    windows: windowsWithin(all, sinceSeconds, untilSeconds),
    firstSeconds: all[0]?.startSeconds ?? null,
    firstUses:
      sinceSeconds === undefined
        ? []
        : firstUsesOf(attributePeriods(all, catalogue, { sensors: boundSensors(networks) })),
  };
}

async function readStore(path: string, options: SourceOptions, by: AttributedBy): Promise<Kept> {
  const [{ openHistory, openStore }, { attributorOf }] = await Promise.all([
    import('../../store/open.ts'),
    import('../../store/attributor.ts'),
  ]);
  const history = await openHistory(path, attributorOf(by.catalogue, packageVersion(), by.networks));
  const store = await openStore(path, { mode: 'read' });
  try {
    const fleet = await readFleet(path, () => store.sensors());
    if (history === null) {
      const { windows, damage } = await store.read();
      const part = partOf(windows, options, by);
      return { ...part, ...withFleet(fleet, part.windows), errors: damage, inputsRead: 1 };
    }
    const span = await store.span();
    const query = options.query?.(span?.lastSeconds ?? 0) ?? {};
    const { windows, damage } = await store.read(query);
    const firstUses = query.sinceSeconds === undefined ? [] : await history.firstUses();
    const part = { firstSeconds: span?.firstSeconds ?? null, firstUses };
    return { ...part, ...withFleet(fleet, windows), errors: damage, inputsRead: 1 };
  } finally {
    await store.close();
    await history?.close();
  }
}

const withFleet = (fleet: Fleet | null, windows: readonly UsageWindow[]) =>
  fleet === null ? { windows } : { fleet, ...windowsOfFleet(fleet, windows, {}) };

async function readCaptures(
  files: readonly string[],
  options: SourceOptions,
  by: AttributedBy,
): Promise<SourceRead> {
  const { catalogue } = by;
  const { analyze } = await import('../../sensor/analyze.ts');
  const progress = openProgress(options.quiet === true);
  const result = await interruptible((signal) =>
    analyze(files, {
      lookup: options.keepsAllNames === true ? allNames(catalogue) : catalogue,
      watchlist: options.keepsAllNames === true ? wholeWatchlist(catalogue) : catalogue.watchlist(),
      signal,
      onProgress: (told) => progress.update(told),
      workers: workersFor(files, options.workers),
      ...(options.filter === undefined ? {} : { filter: options.filter }),
      ...(options.flowTable === undefined ? {} : { flowTable: options.flowTable }),
      ...(options.exclude === undefined ? {} : { exclude: options.exclude }),
      ...(options.localNet === undefined ? {} : { localNets: options.localNet }),
      ...(options.window === undefined ? {} : { windowSeconds: options.window }),
      ...(options.timezone === undefined ? {} : { timeZone: options.timezone }),
      ...(options.sensor === undefined ? {} : { sensor: options.sensor }),
    }),
  ).finally(() => progress.end());
  return {
    ...by,
    windows: result.windows,
    reading: result.reading,
    captures: result.captures,
    stats: result.stats,
    coverage: result.coverage,
    recordsFrom: result.recordsFrom,
    errors: result.errors,
    notes: result.notes,
    inputsRead: result.captures.length,
    interrupted: result.interrupted,
    incomplete: incompleteInputs(result.errors, result.captures, files),
    firstUses: partOf(result.windows, options, by).firstUses,
  };
}

/** Native code gives every flow with its exchanges. */
function wholeWatchlist(catalogue: Catalogue): RecordFilter {
  return { ...catalogue.watchlist(), names: ['*'], listed: ['*'] };
}

function allNames(catalogue: Catalogue): UsageLookup {
  return {
    isListed: () => true,
    runtimeOf: (form) => catalogue.runtimeOf(form),
    networkOf: (address) => catalogue.networkOf(address),
  };
}
