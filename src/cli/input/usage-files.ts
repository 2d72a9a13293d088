// Reads what stands in .usage files: whole windows are taken, and what is none is told by its offset.

import { WiretallyError } from '../../model/errors.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { readUsageFile } from '../../store/usage-file.ts';

export interface UsageFiles {
  /** As they stand in the files: not merged. */
  readonly windows: UsageWindow[];
  readonly errors: WiretallyError[];
  readonly filesRead: number;
}

export async function readUsageFiles(files: readonly string[]): Promise<UsageFiles> {
  const windows: UsageWindow[] = [];
  const errors: WiretallyError[] = [];
  let filesRead = 0;
  for (const file of files) {
    try {
      const read = await readUsageFile(file);
      for (const window of read.windows) windows.push(window);
      errors.push(...read.damage);
      if (read.windows.length > 0 || read.damage.length === 0) filesRead++;
    } catch (error) {
      if (!(error instanceof WiretallyError)) throw error;
      errors.push(error);
    }
  }
  return { windows, errors, filesRead };
}
