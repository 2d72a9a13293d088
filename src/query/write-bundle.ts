// Writes an evidence bundle, with digests of the input files and the own entries of the catalogue.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { readOwnTexts } from '../files/catalogue-files.ts';
import { writeBundle } from '../store/bundle.ts';
import type { BundleInput } from '../store/bundle-manifest.ts';
import { type BundleResult, bundleContent, describeRead, jsonFile } from './bundle-content.ts';
import type { SourceRead } from './source.ts';

export interface BundleParts extends BundleResult {
  readonly inputs: readonly string[];
  /** Folders of own entries of the catalogue. */
  readonly catalogues: readonly string[];
  readonly signKeyPem: string | null;
  /** Further documents of the bundle. */
  readonly more?: readonly { readonly name: string; readonly value: unknown }[];
}

export async function writeAnswerBundle(folder: string, parts: BundleParts): Promise<void> {
  const inputs = await Promise.all(parts.inputs.map((input) => readInput(input, parts.source)));
  const own = parts.catalogues.flatMap(readOwnTexts).map(({ text }) => text);
  const more = (parts.more ?? []).map(({ name, value }) => jsonFile(name, value));
  await writeBundle(folder, bundleContent(parts, inputs.flat(), own, more), parts.signKeyPem);
}

/**
 * An input is listed by its name without its folder: its place on the auditor's machine is no evidence. A folder is listed
 * by its files, also those of the folders in it.
 */
async function readInput(input: string, source: SourceRead): Promise<BundleInput[]> {
  const read = describeRead(input, source);
  const stats = input === '-' ? null : await stat(input).catch(() => null);
  if (stats?.isDirectory() === true) {
    const files: BundleInput[] = [];
    for (const name of await listFiles(input))
      files.push({ file: `${basename(input)}/${name}`, ...(await hashFile(join(input, name))), ...read });
    return files;
  }
  // A pipe can be read only once.
  const sum = stats?.isFile() === true ? await hashFile(input) : { bytes: null, sha256: null };
  return [{ file: input === '-' ? '-' : basename(input), ...sum, ...read }];
}

/** Paths in the folder, sorted. Hidden ones hold the state of deliveries, which changes without the records. */
async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => !path.split(sep).some((part) => part.startsWith('.')))
    .sort();
}

async function hashFile(file: string): Promise<Pick<BundleInput, 'bytes' | 'sha256'>> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(file)) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}
