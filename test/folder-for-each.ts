// A folder of its own for each test of a file.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach } from 'vitest';

/** A path in the folder of the running test; all of them are removed at the end. */
export function folderForEach(name: string): (...names: string[]) => string {
  const folder = mkdtempSync(join(tmpdir(), `wiretally-${name}-`));
  let made = 0;
  let here = folder;
  beforeEach(() => {
    here = join(folder, `${made++}`);
    mkdirSync(here);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  return (...names) => join(here, ...names);
}
