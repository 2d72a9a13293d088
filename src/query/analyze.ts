// Readings as programs ask for them: by a catalogue and, where there is one, a policy whose exclusions hold.

import type { Catalogue } from '../catalogue/catalogue.ts';
import type { AnalyzeOptions, AnalyzeResult } from '../model/sensor.ts';
import type { UsageWindow } from '../model/usage.ts';
import { analyze as analyzeCaptures } from '../sensor/analyze.ts';
import { type WatchWindowsOptions, watch as watchWindows } from '../sensor/watch-windows.ts';
import type { PolicyOnDisk } from './inputs/policy-file.ts';
import { excludedNetworks } from './policy-view.ts';

/** What steers every reading. */
interface Steering {
  /** Which names and programs matter. */
  readonly catalogue: Catalogue;
  /** Networks of its groups with `exclude: true` are never recorded. */
  readonly policy?: PolicyOnDisk;
}

export interface LibraryAnalyzeOptions extends Omit<AnalyzeOptions, 'lookup' | 'watchlist'>, Steering {}
export interface LibraryWatchOptions extends Omit<WatchWindowsOptions, 'lookup' | 'watchlist'>, Steering {}

/** What was read, with what `report` needs to know of its making. */
export interface Analysis extends AnalyzeResult {
  readonly files: readonly string[];
  readonly catalogue: Catalogue;
  readonly policy: PolicyOnDisk | null;
}

/**
 * Reads files ("-" is standard input), given together one capture, into windows. Errors of single inputs stand in
 * `errors`; what could be read is the result. Days are of `timeZone`, else of the policy's zone, else of UTC.
 */
export async function analyze(files: readonly string[], options: LibraryAnalyzeOptions): Promise<Analysis> {
  const { catalogue, policy, ...reading } = options;
  const timeZone = reading.timeZone ?? policy?.policy.timezone;
  const result = await analyzeCaptures(files, {
    ...reading,
    ...steered(options),
    ...(timeZone === undefined ? {} : { timeZone }),
  });
  return { ...result, files, catalogue, policy: policy ?? null };
}

/** The windows of live interfaces, each when it is closed: see WatchWindowsOptions. */
export function watch(options: LibraryWatchOptions): AsyncGenerator<UsageWindow, void, undefined> {
  const { catalogue: _, policy: __, ...watching } = options;
  return watchWindows({ ...watching, ...steered(options) });
}

function steered({ catalogue, policy, exclude = [] }: Steering & { readonly exclude?: readonly string[] }) {
  return {
    lookup: catalogue,
    watchlist: catalogue.watchlist(),
    exclude: [...exclude, ...excludedNetworks(policy ?? null)],
  };
}
