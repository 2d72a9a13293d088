// Finds the program's own files: as modules in src, compiled one by one in dist, or joined to a few in dist/cli.

import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the package: two folders up from here, and from dist/cli, which holds this as a part of a larger file. */
export const PACKAGE_FOLDER = fileURLToPath(new URL('../..', import.meta.url));

/** Entry file of a thread or process: in the folder of the starting module, with the same extension. */
export function programBeside(module: string, name: string): URL {
  const program = new URL(`./${name}${extname(module)}`, module);
  if (!existsSync(program))
    throw new Error(`${fileURLToPath(program)} is not there: build the program again`);
  return program;
}
