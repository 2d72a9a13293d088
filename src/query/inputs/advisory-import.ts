// Reads published advisories: OSV and GitHub JSON in files, folders and zip archives.

import { lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import { isProviderKind } from '../../catalogue/rules.ts';
import type { ToolEntry } from '../../catalogue/schema.ts';
import { causeRefusal, readBounded } from '../../files/read-bounded.ts';
import { zipEntries } from '../../files/zip-entries.ts';
import { SERVICE_PACKAGES } from '../../model/services.ts';
import type { PublishedName } from '../../model/tool.ts';
import { compareText } from '../../net/address.ts';
import { AdvisoryImport, type AdvisoryImportResult } from '../../policy/advisories/import.ts';
import { AdvisoryFault } from '../../policy/advisories/published.ts';
import { readPublished } from '../../policy/advisories/published-formats.ts';

export interface ImportedFiles extends AdvisoryImportResult {
  /** Number of advisories read, and of those about other packages. */
  readonly read: number;
  readonly other: number;
  /** Files that are damaged or are not advisories. */
  readonly skipped: readonly SkippedFile[];
}

export interface SkippedFile {
  readonly file: string;
  readonly reason: string;
}

/** The export of all npm advisories had 220,000 files and 700 MiB in 2026; an advisory has a few KiB. */
const MAX_FILE_BYTES = 16 << 20;
const MAX_FILES = 2_000_000;
const MAX_DEPTH = 16;
const ZIP_LIMITS = {
  archiveBytes: 4 * 2 ** 30,
  entries: MAX_FILES,
  nameBytes: 1000,
  entryBytes: MAX_FILE_BYTES,
  totalBytes: 4 * 2 ** 30,
};

/** Imports advisories. The result does not depend on the order of files. Damaged files are listed and skipped. */
export async function importAdvisories(
  paths: readonly string[],
  catalogue: Catalogue,
): Promise<ImportedFiles> {
  const into = new AdvisoryImport(publishedNames(catalogue.tools));
  const skipped: SkippedFile[] = [];
  let [read, other] = [0, 0];
  const take = (file: string, bytes: Buffer): void => {
    try {
      for (const published of readPublished(parseAdvisoryJson(bytes))) {
        read++;
        if (!into.add(published)) other++;
      }
    } catch (cause) {
      if (!(cause instanceof AdvisoryFault)) throw cause;
      skipped.push({ file, reason: cause.message });
    }
  };
  for (const file of listFiles(paths, skipped)) {
    try {
      if (file.endsWith('.zip')) await takeArchive(file, take, skipped);
      else take(file, readBounded(file, MAX_FILE_BYTES));
    } catch (cause) {
      skipped.push({ file, reason: causeRefusal(cause) });
    }
  }
  return { ...into.finish(), read, other, skipped: skipped.sort((a, b) => compareText(a.file, b.file)) };
}

async function takeArchive(
  archive: string,
  take: (file: string, bytes: Buffer) => void,
  skipped: SkippedFile[],
): Promise<void> {
  for await (const entry of zipEntries(archive, ZIP_LIMITS, (name) => name.endsWith('.json'))) {
    const file = `${archive}:${entry.name}`;
    if ('bytes' in entry) take(file, entry.bytes);
    else skipped.push({ file, reason: entry.refused });
  }
}

/** Throws AdvisoryFault. */
export function parseAdvisoryJson(bytes: Buffer): unknown {
  try {
    // The decoder drops a byte order mark.
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new AdvisoryFault('not JSON');
  }
}

/** Lists the named files, and the *.json and *.zip files of folders; at most `maxFiles`. */
export function listFiles(
  paths: readonly string[],
  skipped: SkippedFile[],
  maxFiles: number = MAX_FILES,
): string[] {
  const files: string[] = [];
  const open = paths.map((path) => ({ path, depth: 0 })).reverse();
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    const { path, depth } = entry;
    if (!isFolder(path, depth > 0)) {
      if (depth > 0 && !/\.(json|zip)$/.test(path)) continue;
      if (files.length >= maxFiles) {
        skipped.push({ file: path, reason: `this and later files exceed the limit of ${maxFiles} files` });
        break;
      }
      files.push(path);
      continue;
    }
    if (depth > MAX_DEPTH) {
      skipped.push({ file: path, reason: `is more than ${MAX_DEPTH} folders deep` });
      continue;
    }
    for (const name of listNames(path, skipped)) open.push({ path: join(path, name), depth: depth + 1 });
  }
  return files;
}

/** True for a folder. A link inside a folder is not one, because it may lead back. */
function isFolder(path: string, isInside: boolean): boolean {
  try {
    return (isInside ? lstatSync : statSync)(path).isDirectory();
  } catch {
    // A file that cannot be read is reported when it is opened.
    return false;
  }
}

/** Lists names in reverse order, because the caller takes the last one first. */
function listNames(folder: string, skipped: SkippedFile[]): string[] {
  try {
    return readdirSync(folder).sort(compareText).reverse();
  } catch (cause) {
    skipped.push({ file: folder, reason: causeRefusal(cause) });
    return [];
  }
}

/** Lists packages and repositories of tools and services as advisories name them. */
export function publishedNames(tools: readonly ToolEntry[]): PublishedName[] {
  const plain = { hasOtherVersions: false, tagPrefix: '' };
  return [
    ...Object.entries(SERVICE_PACKAGES).flatMap(([tool, packages]) =>
      packages.map(([ecosystem, name]) => ({ tool, ecosystem, name, ...plain })),
    ),
    ...tools
      .filter((tool) => !isProviderKind(tool))
      .flatMap(({ id: tool, packages = [], published = [] }) => [
        ...packages.map(({ npm }) => ({ tool, ecosystem: 'npm', name: npm, ...plain })),
        ...published.map(({ ecosystem, name, hasOtherVersions = false, tagPrefix = '' }) => ({
          tool,
          name,
          hasOtherVersions,
          tagPrefix,
          ecosystem: ecosystem === 'none' ? '' : ecosystem,
        })),
      ]),
  ];
}
