// Turns what the command line names, captures or .usage files, into merged windows and what is known of their making.

import { loadCatalogue } from '../capture/catalogue-files.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { WiretallyError } from '../model/errors.ts';
import type { CaptureSummary, CoverageDay, ReportStats } from '../model/report.ts';
import type { UsageLookup } from '../model/sensor.ts';
import type { UsageWindow } from '../model/usage.ts';
import { openZone } from '../model/zone.ts';
import { formatInstant } from '../report/instant.ts';
import { statsOfWindows } from '../report/window-totals.ts';
import { coverageOf } from '../usage/coverage.ts';
import { mergeWindows } from '../usage/merge.ts';
import { interruptible } from './interrupt.ts';
import { openProgress } from './progress.ts';
import { isUsageFile, readUsageFiles } from './usage-files.ts';

export interface SourceOptions {
  readonly catalogue?: readonly string[];
  readonly workers?: number;
  readonly filter?: string;
  readonly exclude?: readonly string[];
  readonly localNet?: readonly string[];
  readonly window?: number;
  readonly timezone?: string;
  readonly quiet?: boolean;
  /** Keep every server name, listed or not: for recordings of one tool, never for a network. */
  readonly keepsAllNames?: boolean;
}

export interface SourceRead {
  readonly catalogue: Catalogue;
  readonly windows: readonly UsageWindow[];
  readonly captures: readonly CaptureSummary[];
  readonly stats: ReportStats;
  readonly coverage: readonly CoverageDay[];
  readonly recordsFrom: string | null;
  readonly errors: readonly WiretallyError[];
  readonly notes: readonly string[];
  /** Inputs of which at least something was read. */
  readonly inputsRead: number;
  readonly interrupted: boolean;
}

/** Captures and .usage files cannot be mixed: a capture has flows that go on, a window has none. */
export async function readSource(files: readonly string[], options: SourceOptions): Promise<SourceRead> {
  const usage = files.filter(isUsageFile);
  if (usage.length > 0 && usage.length < files.length) {
    throw new WiretallyError('USAGE', 'captures and .usage files cannot be read together', {
      next: 'wiretally analyze CAPTURE --write OUT.usage, then give the .usage files alone',
    });
  }
  const catalogue = await loadCatalogue(options.catalogue ?? []);
  return usage.length > 0 ? readUsage(files, options, catalogue) : readCaptures(files, options, catalogue);
}

async function readUsage(
  files: readonly string[],
  options: SourceOptions,
  catalogue: Catalogue,
): Promise<SourceRead> {
  const read = await readUsageFiles(files);
  const windows = mergeWindows(read.windows);
  const first = windows.reduce(
    (least, window) => Math.min(least, window.startSeconds),
    Number.POSITIVE_INFINITY,
  );
  return {
    catalogue,
    windows,
    captures: [],
    stats: statsOfWindows(windows),
    coverage: coverageOf(windows, openZone(options.timezone ?? 'UTC')),
    recordsFrom: windows.length === 0 ? null : formatInstant(first * 1_000_000),
    errors: read.errors,
    notes: [],
    inputsRead: read.filesRead,
    interrupted: false,
  };
}

async function readCaptures(
  files: readonly string[],
  options: SourceOptions,
  catalogue: Catalogue,
): Promise<SourceRead> {
  const { analyze } = await import('../sensor/analyze.ts');
  const progress = openProgress(options.quiet === true);
  const result = await interruptible((signal) =>
    analyze(files, {
      lookup: options.keepsAllNames === true ? allNames(catalogue) : catalogue,
      interest: catalogue.interest(),
      signal,
      onProgress: (told) => progress.update(told),
      ...(options.workers === undefined ? {} : { workers: options.workers }),
      ...(options.filter === undefined ? {} : { filter: options.filter }),
      ...(options.exclude === undefined ? {} : { exclude: options.exclude }),
      ...(options.localNet === undefined ? {} : { localNets: options.localNet }),
      ...(options.window === undefined ? {} : { windowSeconds: options.window }),
      ...(options.timezone === undefined ? {} : { timeZone: options.timezone }),
    }),
  ).finally(() => progress.end());
  return {
    catalogue,
    windows: result.windows,
    captures: result.captures,
    stats: result.stats,
    coverage: result.coverage,
    recordsFrom: result.recordsFrom,
    errors: result.errors,
    notes: result.notes,
    inputsRead: result.captures.length,
    interrupted: result.interrupted,
  };
}

function allNames(catalogue: Catalogue): UsageLookup {
  return {
    isListed: () => true,
    runtimeOf: (form) => catalogue.runtimeOf(form),
    networkOf: (address) => catalogue.networkOf(address),
  };
}
