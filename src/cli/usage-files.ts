// Reads and writes .usage files: whole windows are taken, damaged parts are named by their offset.

import { readFileSync, writeFileSync } from 'node:fs';
import { WiretallyError } from '../model/errors.ts';
import type { UsageWindow } from '../model/usage.ts';
import { decodeWindows, encodeWindows } from '../usage/codec.ts';

export interface UsageFiles {
  readonly windows: UsageWindow[];
  readonly errors: WiretallyError[];
  readonly filesRead: number;
}

export const isUsageFile = (file: string): boolean => file.endsWith('.usage');

export function readUsageFiles(files: readonly string[]): UsageFiles {
  const windows: UsageWindow[] = [];
  const errors: WiretallyError[] = [];
  let filesRead = 0;
  for (const file of files) {
    const bytes = readBytes(file, errors);
    if (bytes === null) continue;
    const decoded = decodeWindows(bytes);
    for (const window of decoded.windows) windows.push(window);
    if (decoded.windows.length > 0 || decoded.damage.length === 0) filesRead++;
    for (const { offset, length, reason } of decoded.damage) {
      errors.push(
        new WiretallyError(
          'INPUT_DAMAGED',
          `${file}: byte ${offset}: ${length} bytes are no window: ${reason}`,
        ),
      );
    }
  }
  return { windows, errors, filesRead };
}

function readBytes(file: string, errors: WiretallyError[]): Uint8Array | null {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (cause) {
    const reason =
      (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : (cause as Error).message;
    errors.push(new WiretallyError('INPUT_UNREADABLE', `${file}: cannot be read: ${reason}`, { cause }));
    return null;
  }
}

export function writeUsageFile(file: string, windows: readonly UsageWindow[]): void {
  try {
    writeFileSync(file, encodeWindows(windows));
  } catch (cause) {
    throw new WiretallyError('STORE_WRITE', `${file}: cannot be written: ${(cause as Error).message}`, {
      cause,
    });
  }
}
