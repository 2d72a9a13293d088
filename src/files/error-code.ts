// Tests codes of system errors, and whether a path denotes a folder.

import { statSync } from 'node:fs';

/** True for a code such as "ENOENT", as Node sets it. */
export const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

/** True if a path ends in a slash, or a folder exists there. */
export const isFolder = (path: string): boolean =>
  path.endsWith('/') || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
