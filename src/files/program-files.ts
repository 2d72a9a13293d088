// Finds the program's own files: modules in src, single compiled files in dist, or bundles in dist/cli.

import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the package: two folders above this file, and above dist/cli, whose bundle contains this file. */
export const PACKAGE_FOLDER = fileURLToPath(new URL('../..', import.meta.url));

/** Returns the entry file of a thread or process: in the folder of the starting module, with the same extension. */
export function programBeside(module: string, name: string): URL {
  const program = new URL(`./${name}${extname(module)}`, module);
  if (!existsSync(program))
    throw new Error(`${fileURLToPath(program)} is not there: build the program again`);
  return program;
}
