// Identifies a file independent of its name: a log is renamed, copied, compressed and emptied, but its first bytes do
// not change.

import { createHash } from 'node:crypto';

/** Number of decompressed bytes at the beginning by which files are compared. */
export const IDENTITY_BYTES = 64 << 10;
const MAX_FIRST_ROW = 4096;
const NEWLINE = 0x0a;
const HASH = 0x23;
/** Rows have a time; names of columns have none. */
const TIME = /\d\d:\d\d|\d{9}/;

/** The first bytes of a file. */
export interface FileHead {
  readonly bytes: number;
  readonly sha1: string;
}

/**
 * Lists heads of a file with this beginning, longest first: up to the end of its first row, and up to each power of two
 * bytes after it, so that a file that has grown still has its earlier heads. Empty while no row is complete, because
 * files share their headers.
 */
export function listHeads(content: Buffer): FileHead[] {
  const rowEnd = firstRowEnd(content.subarray(0, IDENTITY_BYTES));
  if (rowEnd === null) return [];
  const lengths = [rowEnd];
  for (let length = 256; length <= Math.min(content.length, IDENTITY_BYTES); length *= 2)
    if (length > rowEnd) lengths.push(length);
  return lengths.reverse().map((bytes) => headOf(content.subarray(0, bytes)));
}

export const headOf = (content: Buffer): FileHead => ({ bytes: content.length, sha1: byteSha1(content) });

const byteSha1 = (bytes: Buffer): string => createHash('sha1').update(bytes).digest('hex');

function firstRowEnd(content: Buffer): number | null {
  for (let start = 0; start < content.length; ) {
    const end = content.indexOf(NEWLINE, start);
    if (end < 0) return content.length === IDENTITY_BYTES ? content.length : null;
    const text = content.toString('latin1', start, Math.min(end, start + MAX_FIRST_ROW));
    if (content[start] !== HASH && TIME.test(text)) return end + 1;
    start = end + 1;
  }
  return null;
}

/** True if a file begins with this head. */
export const hasHead = (content: Buffer, { bytes, sha1 }: FileHead): boolean =>
  content.length >= bytes && byteSha1(content.subarray(0, bytes)) === sha1;
