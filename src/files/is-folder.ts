// Whether a path denotes a folder: by a trailing slash, or because a folder exists there.

import { statSync } from 'node:fs';

export const isFolder = (path: string): boolean =>
  path.endsWith('/') || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
