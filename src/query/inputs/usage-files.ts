// Reads .usage files and folders of them: takes complete windows and reports the offset of anything else.

import { WiretallyError } from '../../model/errors.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { openStore } from '../../store/open.ts';
import { clashError, type WindowsRead } from '../../store/store.ts';
import { readUsageFile } from '../../store/usage-file.ts';
import { listClashes } from '../../window/clash.ts';
import { isUsageFile } from './source-kind.ts';

export interface UsageFiles {
  /** The windows as they stand in the files, not merged. */
  readonly windows: UsageWindow[];
  readonly errors: WiretallyError[];
  /** Names the files that hold no windows. */
  readonly notes: string[];
  readonly filesRead: number;
}

export async function readUsageFiles(files: readonly string[]): Promise<UsageFiles> {
  const windows: UsageWindow[] = [];
  const errors: WiretallyError[] = [];
  const notes: string[] = [];
  let filesRead = 0;
  for (const file of files) {
    try {
      const read = await (isUsageFile(file) ? readUsageFile(file) : readFolder(file));
      for (const window of read.windows) windows.push(window);
      errors.push(...read.damage);
      if (read.windows.length === 0 && isUsageFile(file))
        notes.push(`${file}: contains no records, as a capture without packets`);
      filesRead++;
    } catch (error) {
      if (!(error instanceof WiretallyError)) throw error;
      errors.push(error);
    }
  }
  const [first = ''] = files;
  const where = files.length > 1 ? `${first} and others` : first;
  errors.push(...listClashes(windows).map((window) => clashError(where, window)));
  return { windows, errors, notes, filesRead };
}

async function readFolder(folder: string): Promise<WindowsRead> {
  const store = await openStore(folder, { mode: 'read' });
  return await store.read().finally(() => store.close());
}
