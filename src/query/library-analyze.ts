// Contains the functions of the library that read captures, by a catalogue and an optional policy whose exclusions apply.

import type { Catalogue } from '../catalogue/catalogue.ts';
import { namesToRecord } from '../catalogue/names-to-record.ts';
import { startWatch } from '../live/watch-loop.ts';
import { omitUndefined } from '../model/omit-undefined.ts';
import type {
  AnalyzeOptions,
  AnalyzeResult,
  FlowLine,
  HelloLine,
  ReadOptions,
  ReadSummary,
  WatchOptions,
} from '../model/sensor.ts';
import type { UsageWindow } from '../model/usage.ts';
import {
  analyze as analyzeCaptures,
  readFlows as readFlowLines,
  readHandshakes as readHandshakeLines,
} from '../reading/captures/analyze-captures.ts';
import type { PolicyOnDisk } from './inputs/policy-file.ts';
import { acceptedNames, excludedNetworks } from './policy-view.ts';

/** Options of every reading. */
interface Steering {
  /** The catalogue decides which names and programs matter. */
  readonly catalogue: Catalogue;
  /** Networks of its groups with `exclude: true` are never recorded. */
  readonly policy?: PolicyOnDisk;
}

const WATCH_DEFAULTS = {
  backend: 'ring',
  workers: 1,
  windowSeconds: 60,
  localNets: [],
  exclude: [],
  promiscuous: true,
  ignoreOutgoing: false,
  hardwareTime: false,
} as const;

type RequiredToWatch = Pick<WatchOptions, 'interfaces' | 'lookup' | 'watchlist' | 'sensor'>;

interface WatchWindowsOptions
  extends RequiredToWatch,
    Partial<Omit<WatchOptions, keyof RequiredToWatch | 'onWindows'>> {
  /** Ends the watch: the open window is closed and yielded, then the iteration ends. */
  readonly signal?: AbortSignal;
}

export interface LibraryAnalyzeOptions extends Omit<AnalyzeOptions, 'lookup' | 'watchlist'>, Steering {}
export interface LibraryWatchOptions extends Omit<WatchWindowsOptions, 'lookup' | 'watchlist'>, Steering {}

/** Holds the windows read, with the facts about the reading that `report` needs. */
export interface Analysis extends AnalyzeResult {
  readonly files: readonly string[];
  readonly catalogue: Catalogue;
  readonly policy: PolicyOnDisk | null;
}

/**
 * Reads files ("-" is standard input), given together one capture, into windows. Errors of single inputs stand in
 * `errors`; what could be read is the result. Days are of `timezone`, else of the policy's zone, else of UTC. Throws
 * INPUT_UNREADABLE when nothing of any file could be read.
 */
export async function analyze(files: readonly string[], options: LibraryAnalyzeOptions): Promise<Analysis> {
  const { catalogue, policy, ...reading } = options;
  const timezone = reading.timezone ?? policy?.policy.timezone;
  const result = await analyzeCaptures(files, {
    ...reading,
    ...readingOptions(options),
    ...omitUndefined({ timezone }),
  });
  return { ...requireRead(result, files), files, catalogue, policy: policy ?? null };
}

/**
 * Calls `emit` with every flow of the files, whole, given together one capture. Flows come sorted by first packet, then by
 * addresses and ports, as far as they can be held; `options.whenReady` makes the reading wait for the program. After
 * `abort()` of `options.signal` no further batch is read, `emit` is not called again, and the summary has `interrupted`.
 * Errors of single files stand in `errors` of the summary. Throws INPUT_UNREADABLE when nothing of any file could be read,
 * FILTER_INVALID, and ADDON_MISSING.
 */
export function readFlows(
  files: readonly string[],
  options: ReadOptions,
  emit: (line: FlowLine) => void,
): Promise<ReadSummary> {
  return readUntilAborted(readFlowLines, files, options, emit);
}

/** The same with every complete ClientHello, sorted by time, then by addresses and ports. Throws as `readFlows`. */
export function readHandshakes(
  files: readonly string[],
  options: ReadOptions,
  emit: (line: HelloLine) => void,
): Promise<ReadSummary> {
  return readUntilAborted(readHandshakeLines, files, options, emit);
}

/** A batch has many lines: those after the line at which the program aborted are dropped. */
async function readUntilAborted<T>(
  readLines: (
    files: readonly string[],
    options: ReadOptions,
    emit: (line: T) => void,
  ) => Promise<ReadSummary>,
  files: readonly string[],
  options: ReadOptions,
  emit: (line: T) => void,
): Promise<ReadSummary> {
  let isCut = false;
  const summary = await readLines(files, options, (line) => {
    if (options.signal?.aborted) isCut = true;
    else emit(line);
  });
  return requireRead({ ...summary, interrupted: summary.interrupted || isCut }, files);
}

/** Throws the first error when no file could be read. */
function requireRead<T extends ReadSummary>(summary: T, files: readonly string[]): T {
  const [first] = summary.errors;
  const isNone = summary.errors.length === files.length && summary.captures.length === 0;
  if (first?.code === 'INPUT_UNREADABLE' && isNone) throw first;
  return summary;
}

/**
 * The windows of live interfaces, each when it is closed. They wait in memory until they are taken. Leaving the loop
 * ends the watch too. Throws PERMISSION, NO_INTERFACE, FILTER_INVALID, CAPTURE_FAILED.
 */
export function watch(options: LibraryWatchOptions): AsyncGenerator<UsageWindow, void, undefined> {
  const { catalogue: _, policy: __, ...watching } = options;
  return watchWindows({ ...watching, ...readingOptions(options) });
}

function readingOptions({
  catalogue,
  policy,
  exclude = [],
}: Steering & { readonly exclude?: readonly string[] }) {
  return {
    ...namesToRecord(catalogue, { lookedUp: acceptedNames(policy ?? null) }),
    exclude: [...exclude, ...excludedNetworks(policy ?? null)],
  };
}

async function* watchWindows(options: WatchWindowsOptions): AsyncGenerator<UsageWindow, void, undefined> {
  const { signal, ...given } = options;
  const closed: UsageWindow[] = [];
  let wake: () => void = () => undefined;
  const running = await startWatch({
    ...WATCH_DEFAULTS,
    print: () => undefined,
    ...given,
    onWindows(windows) {
      closed.push(...windows);
      wake();
    },
  });
  const onAbort = (): void => wake();
  signal?.addEventListener('abort', onAbort);
  try {
    while (signal?.aborted !== true) {
      yield* closed.splice(0);
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (signal?.aborted === true || closed.length > 0) resolve();
      });
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await running.stop();
  }
  yield* closed.splice(0);
}
