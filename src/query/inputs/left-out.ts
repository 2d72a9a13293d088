// Reports the files of a folder that are not read.

import type { LeftOutFiles } from '../../model/report.ts';

const NAMED_FILES = 3;

/** Undefined if no file was left out. */
export const countLeftOut = (files: readonly string[]): LeftOutFiles | undefined =>
  files.length === 0 ? undefined : { files: files.length, first: files.slice(0, NAMED_FILES) };

/** Returns no note if no file was left out. `kind`: the accepted kind of file. */
export function listLeftOutNotes(files: readonly string[], kind: string): string[] {
  const [first] = files;
  if (first === undefined) return [];
  return [
    files.length === 1
      ? `${first}: no known ${kind}; left out`
      : `${files.length} files: no known ${kind}; left out (the first: ${first})`,
  ];
}
