// Reads advisories: a file, or all of a folder; those of databases are imported.

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import { usageError, WiretallyError } from '../../model/errors.ts';
import type { Advisory } from '../../model/report.ts';
import { loadAdvisory } from '../../policy/parse-advisory.ts';
import { importAdvisories, type SkippedFile } from './advisory-import.ts';
import { readTextFile } from './policy-file.ts';

const OWN = /\.ya?ml$/;
const PUBLISHED = /\.(json|zip)$/;

/**
 * Reads a file or a folder: *.yaml and *.yml are advisories of this program; *.json and *.zip are published ones, and give
 * way to a YAML file with the same ID. `onSkipped` is called with each damaged published file.
 */
export async function readAdvisories(
  path: string,
  catalogue: Catalogue,
  onSkipped: (skipped: SkippedFile) => void = () => undefined,
): Promise<Advisory[]> {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const files = isFolder
    ? readdirSync(path)
        .sort()
        .map((name) => join(path, name))
    : [path];
  const published = files.filter((file) => PUBLISHED.test(file));
  const own = files.filter((file) => (isFolder ? OWN.test(file) : !PUBLISHED.test(file)));
  if (published.length + own.length === 0)
    throw usageError(`${path}: contains no advisory (*.yaml, *.json, *.zip)`);
  const found = ownAdvisories(own, catalogue);
  if (published.length > 0) {
    const imported = await importAdvisories(published, catalogue);
    for (const skippedFile of imported.skipped) onSkipped(skippedFile);
    for (const advisory of imported.advisories) if (!found.has(advisory.id)) found.set(advisory.id, advisory);
  }
  return [...found.values()];
}

function ownAdvisories(files: readonly string[], catalogue: Catalogue): Map<string, Advisory> {
  const found = new Map<string, Advisory>();
  for (const file of files) {
    const advisory = loadAdvisory(readTextFile(file), file, catalogue.tools);
    if (found.has(advisory.id))
      throw new WiretallyError(
        'POLICY_INVALID',
        `${file}: another advisory has the same id "${advisory.id}"`,
      );
    found.set(advisory.id, advisory);
  }
  return found;
}
