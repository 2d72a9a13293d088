// Watching interfaces as a library does: windows as they are closed, in an async iteration that an AbortSignal ends.

import type { WatchOptions } from '../model/sensor.ts';
import type { UsageWindow } from '../model/usage.ts';
import { startWatch } from './watch-loop.ts';

const DEFAULTS = {
  backend: 'ring',
  workers: 1,
  windowSeconds: 60,
  localNets: [],
  exclude: [],
  promiscuous: true,
  ignoreOutgoing: false,
  hardwareTime: false,
} as const;

type Required = Pick<WatchOptions, 'interfaces' | 'lookup' | 'watchlist' | 'sensor'>;

export interface WatchWindowsOptions
  extends Required,
    Partial<Omit<WatchOptions, keyof Required | 'onWindows'>> {
  /** Ends the watch: the open window is closed and given, then the iteration ends. */
  readonly signal?: AbortSignal;
}

/**
 * The windows of live interfaces, each when it is closed. They wait in memory until they are taken. Leaving the loop
 * ends the watch too. Throws PERMISSION, NO_INTERFACE, FILTER_INVALID, CAPTURE_FAILED.
 */
export async function* watch(options: WatchWindowsOptions): AsyncGenerator<UsageWindow, void, undefined> {
  const { signal, ...given } = options;
  const closed: UsageWindow[] = [];
  let wake: () => void = () => undefined;
  const running = await startWatch({
    ...DEFAULTS,
    say: () => undefined,
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
