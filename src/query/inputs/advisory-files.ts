// Reads advisories: a file, or all of a folder.

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import { WiretallyError } from '../../model/errors.ts';
import type { Advisory } from '../../model/report.ts';
import { loadAdvisory } from '../../policy/advisory.ts';
import { readTextFile } from './policy-file.ts';

/** Of a file, or of all *.yaml and *.yml files of a folder, by name. */
export function readAdvisories(path: string, catalogue: Catalogue): Advisory[] {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const files = isFolder
    ? readdirSync(path)
        .filter((name) => /\.ya?ml$/.test(name))
        .sort()
        .map((name) => join(path, name))
    : [path];
  if (files.length === 0) throw new WiretallyError('USAGE', `${path}: holds no advisory (*.yaml)`);
  const found = new Map<string, Advisory>();
  for (const file of files) {
    const advisory = loadAdvisory(readTextFile(file), file, catalogue.tools);
    if (found.has(advisory.id))
      throw new WiretallyError(
        'POLICY_INVALID',
        `${file}: the id "${advisory.id}" is that of another advisory too`,
      );
    found.set(advisory.id, advisory);
  }
  return [...found.values()];
}
