// Reads the entries of a zip archive in sequence, with limits for their number, names and sizes.

import { readSync } from 'node:fs';
import { crc32, inflateRawSync } from 'node:zlib';
import { type Entry, fromFdPromise, type ZipFile } from 'yauzl';
import { FileRefused, openBounded } from './read-bounded.ts';

export interface ZipLimits {
  readonly archiveBytes: number;
  readonly entries: number;
  readonly nameBytes: number;
  /** Maximum decompressed size of one entry, and of all. */
  readonly entryBytes: number;
  readonly totalBytes: number;
}

/** A file of the archive: its bytes, or the reason why they cannot be read. */
export type ZipEntry =
  | { readonly name: string; readonly bytes: Buffer }
  | { readonly name: string; readonly refused: string };

const STORED = 0;
const DEFLATED = 8;

/**
 * Yields entries in the order of the archive's directory. Throws FileRefused or a system error if that directory is
 * unreadable.
 */
export async function* zipEntries(
  path: string,
  limits: ZipLimits,
  isWanted: (name: string) => boolean = () => true,
): AsyncGenerator<ZipEntry> {
  const handle = await openBounded(path, limits.archiveBytes);
  try {
    const archive = await openZip(handle.fd);
    if (archive.entryCount > limits.entries) throw new FileRefused(`holds more than ${limits.entries} files`);
    let left = limits.totalBytes;
    for await (const entry of listEntries(archive)) {
      if (entry.fileName.endsWith('/') || !isWanted(entry.fileName)) continue;
      const read = await readEntry(
        archive,
        handle.fd,
        entry,
        Math.min(limits.entryBytes, left),
        limits.nameBytes,
      );
      if ('bytes' in read) left -= read.bytes.length;
      yield read;
    }
  } finally {
    await handle.close();
  }
}

async function openZip(fd: number): Promise<ZipFile> {
  try {
    // The library must not close the handle, because this file closes it.
    return await fromFdPromise(fd, { autoClose: false });
  } catch (cause) {
    throw buildDamaged(cause);
  }
}

async function* listEntries(archive: ZipFile): AsyncGenerator<Entry> {
  try {
    yield* archive.eachEntry();
  } catch (cause) {
    throw buildDamaged(cause);
  }
}

const buildDamaged = (cause: unknown): FileRefused =>
  new FileRefused(`is a damaged zip archive: ${cause instanceof Error ? cause.message : String(cause)}`);

async function readEntry(
  archive: ZipFile,
  fd: number,
  entry: Entry,
  mostBytes: number,
  nameBytes: number,
): Promise<ZipEntry> {
  const { fileName, compressedSize, uncompressedSize, compressionMethod } = entry;
  const name = fileName.slice(0, nameBytes);
  const refuse = (why: string): ZipEntry => ({ name, refused: why });
  if (fileName.length > nameBytes) return refuse(`its name has more than ${nameBytes} characters`);
  if (entry.isEncrypted()) return refuse('is encrypted');
  if (compressionMethod !== STORED && compressionMethod !== DEFLATED)
    return refuse(`uses the compression method ${compressionMethod}`);
  // The sizes in the directory may be wrong, so decompression is limited again below.
  if (uncompressedSize > mostBytes || compressedSize > mostBytes) return refuse('is too large');
  try {
    const { fileDataStart } = await archive.readLocalFileHeaderPromise(entry, { minimal: true });
    const packed = Buffer.alloc(compressedSize);
    if (readSync(fd, packed, 0, compressedSize, fileDataStart) !== compressedSize)
      return refuse('is truncated');
    const bytes =
      compressionMethod === STORED
        ? packed
        : inflateRawSync(packed, { maxOutputLength: Math.max(1, uncompressedSize) });
    if (bytes.length !== uncompressedSize || crc32(bytes) !== entry.crc32)
      return refuse('does not have the size and checksum of the archive');
    return { name, bytes };
  } catch (cause) {
    return refuse(`cannot be unpacked: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}
