// Codes of system errors.

import { statSync } from 'node:fs';

/** True for "ENOENT" and the like, as Node gives them. */
export const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

// True if a path denotes a folder: by a trailing slash, or because a folder exists there.

export const isFolder = (path: string): boolean =>
  path.endsWith('/') || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
