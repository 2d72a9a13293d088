// UsageLog: a folder of .usage files that one live sensor appends to. Of existing files only lengths are read:
// its windows are new because of the unique sensor name, and a day file of a large network is large.

import { requireFolder } from '../files/durable-file.ts';
import { tryLock } from '../files/process-lock.ts';
import { errorAt } from '../model/errors.ts';
import type { UsageWindow } from '../model/usage.ts';
import { sensorLock } from './spool.ts';
import type { Store } from './store.ts';
import { appendByDay, type FileStamps, withWriteLock } from './usage-file.ts';

/** Store methods of a sensor. */
export type WindowSink = Pick<Store, 'close'> & {
  put(windows: readonly UsageWindow[]): Promise<unknown>;
};

/**
 * `sensor`: the only writer, with a persistent name. Throws STORE_BUSY when another process adds windows
 * of that sensor; STORE_WRITE when the folder cannot be created.
 */
export async function openUsageLog(folder: string, sensor?: string): Promise<WindowSink> {
  requireFolder(folder);
  const release = sensor === undefined ? () => undefined : lockSensor(folder, sensor);
  const left: FileStamps = new Map();
  return {
    put: (windows) => withWriteLock(folder, () => appendByDay(folder, windows, left)),
    close: async () => release(),
  };
}

function lockSensor(folder: string, sensor: string): () => void {
  const release = tryLock(folder, sensorLock(sensor));
  if (release !== null) return release;
  throw errorAt('STORE_BUSY', folder, `another process adds windows of the sensor ${sensor}`, {
    next: 'stop that process, or set another name with --sensor',
  });
}
