// UsageLog: a folder of .usage files that one live sensor only ever adds to. Nothing is read before it is written: its
// windows are new by their sensor's name, and a day of a large network is no small file.

import { mkdir } from 'node:fs/promises';
import { writeError } from '../files/durable-file.ts';
import type { UsageWindow } from '../model/usage.ts';
import type { Store } from './store.ts';
import { appendByDay } from './usage-file.ts';

/** What a sensor needs of a store. */
export type WindowSink = Pick<Store, 'close'> & {
  put(windows: readonly UsageWindow[]): Promise<unknown>;
};

/** Throws STORE_WRITE when the folder cannot be made. */
export async function openUsageLog(folder: string): Promise<WindowSink> {
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw writeError(folder, cause);
  });
  return {
    put: (windows) => appendByDay(folder, windows),
    close: async () => {},
  };
}
