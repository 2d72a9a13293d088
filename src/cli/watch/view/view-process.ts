// Shared code of the processes of pages and screen: signals, the start, reloads, and answers to the sensor.

import { constants, setPriority } from 'node:os';
import type { FromView, ToView } from '../../../live/views/view-messages.ts';
import { WiretallyError } from '../../../model/errors.ts';
import { readPseudonyms } from '../../../query/inputs/pseudonyms.ts';
import { errorReason } from '../../../text/error-reason.ts';
import { printError } from '../../output/print-errors.ts';
import type { User } from '../../rights/user.ts';
import { endProcess } from '../../start-terminal.ts';
import { readWatchConfig } from '../watch-config.ts';
import type { WatchOptions } from '../watch-options.ts';
import { LiveSource } from './live-source.ts';
import type { Renewal } from './renewal.ts';

export interface ViewStart {
  readonly options: WatchOptions;
  readonly user: User | null;
}

export type ToWatchView = ToView<ViewStart>;

/** A view that shows the windows of a sensor. */
export interface OpenView {
  readonly options: WatchOptions;
  readonly source: LiveSource;
  readonly renewal: Renewal;
}

/** A terminal sends signals to the sensor and to its views. A view ends when the sensor disconnects. */
export function serveSensor(receive: (message: ToWatchView) => Promise<void>): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1'] as const)
    process.on(signal, () => undefined);
  process.on('disconnect', () => endProcess(0));
  process.on('message', (message: ToWatchView) => void receive(message));
}

/** Opens the source of the documents, and gives packet threads priority over this process. */
export async function openLiveSource(
  options: WatchOptions,
): Promise<{ readonly source: LiveSource; readonly pseudonymOf: ((host: string) => string) | null }> {
  setPriority(constants.priority.PRIORITY_LOW);
  const pseudonymOf = options.pseudonymize === undefined ? null : readPseudonyms(options.pseudonymize);
  const source = new LiveSource(options, await readWatchConfig(options, null), pseudonymOf);
  return { source, pseudonymOf };
}

/** Reloads the whole configuration or none of it. The sensor does the same and reports the reload. */
export async function reload({ options, source, renewal }: OpenView): Promise<void> {
  try {
    source.setConfig(await readWatchConfig(options, source.config));
    renewal.schedule();
  } catch (error) {
    printError(error, 'lines');
  }
}

export function answer(message: FromView): void {
  process.send?.(message, () => undefined);
}

export function buildFailure(error: unknown): FromView {
  const known = error instanceof WiretallyError ? error : new WiretallyError('INTERNAL', errorReason(error));
  const { code, message, where, next } = known;
  return { kind: 'failed', code, message, where, next };
}
