// Whether a path means a folder: by its name, or because one is there.

import { statSync } from 'node:fs';

export const isFolder = (path: string): boolean =>
  path.endsWith('/') || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
