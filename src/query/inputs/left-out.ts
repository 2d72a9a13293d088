// Files of a folder that are not what is read of folders.

import type { LeftOutFiles } from '../../model/report.ts';

const NAMED_FILES = 3;

/** Undefined without any. */
export const countLeftOut = (files: readonly string[]): LeftOutFiles | undefined =>
  files.length === 0 ? undefined : { files: files.length, first: files.slice(0, NAMED_FILES) };

/** Empty where nothing was left out. `kind`: what is read. */
export function leftOutNotes(files: readonly string[], kind: string): string[] {
  const [first] = files;
  if (first === undefined) return [];
  return [
    files.length === 1
      ? `${first}: no known ${kind}; left out`
      : `${files.length} files: no known ${kind}; left out (the first: ${first})`,
  ];
}
