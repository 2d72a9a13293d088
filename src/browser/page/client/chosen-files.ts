// Lists chosen or dropped files as captures for the worker. Folders are read as by the command line.

import { hasCaptureName } from '../../../reading/captures/recognize-capture.ts';
import type { ChosenFile } from '../worker-messages.ts';

/** Maximum number of files in all folders. Each is opened twice, and its name is in the report. */
export const MAX_FILES = 10_000;
/** Maximum nesting of folders, as in the command line. */
const MAX_DEPTH = 12;

/** The folders hold more than MAX_FILES files. */
export class TooManyFiles extends Error {}

const byName = (a: ChosenFile, b: ChosenFile): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
const isHidden = (name: string): boolean => name.startsWith('.');

/** Returns a file of a folder or its subfolders. Null for hidden files, and for empty files without the name of a capture. */
function ofFolder(path: string, file: File): ChosenFile | null {
  const [, ...names] = path.split('/');
  if (names.some(isHidden) || names.length - 1 > MAX_DEPTH) return null;
  const isOptional = !hasCaptureName(path);
  return isOptional && file.size === 0 ? null : { name: path, file, isOptional };
}

function sortFiles(files: readonly (ChosenFile | null)[]): ChosenFile[] {
  const listed = files.filter((file) => file !== null);
  if (listed.length > MAX_FILES) throw new TooManyFiles();
  return listed.sort(byName);
}

const readChosenFile = (file: File): ChosenFile | null =>
  file.webkitRelativePath === '' ? { name: file.name, file } : ofFolder(file.webkitRelativePath, file);

/** Sorted by name. Throws TooManyFiles. */
export const filesOfList = (list: FileList | null): ChosenFile[] =>
  sortFiles([...(list ?? [])].map(readChosenFile));

/**
 * Lists dropped files, sorted by name. Rejects with TooManyFiles, or if a file cannot be read. Entries are valid only during
 * the event, so all are read before the first await.
 */
export async function filesOfDrop(transfer: DataTransfer): Promise<ChosenFile[]> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const plain = filesOfList(transfer.files);
  if (entries.length === 0) return plain;
  const found: ChosenFile[] = [];
  for (const entry of entries) await addFiles(entry, 0, found);
  return sortFiles(found);
}

async function addFiles(entry: FileSystemEntry, depth: number, found: ChosenFile[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    const path = entry.fullPath.replace(/^\//, '');
    const chosen = depth === 0 ? { name: path, file } : ofFolder(path, file);
    if (chosen !== null) found.push(chosen);
    if (found.length > MAX_FILES) throw new TooManyFiles();
    return;
  }
  if (depth > MAX_DEPTH || (depth > 0 && isHidden(entry.name))) return;
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // Chromium lists at most a hundred entries per call.
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (part.length === 0) return;
    for (const each of part) await addFiles(each, depth + 1, found);
  }
}
