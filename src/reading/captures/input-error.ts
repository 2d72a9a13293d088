// Creates errors about unreadable inputs: file, byte offset, reason, and fix.

import { errorAt, WiretallyError } from '../../model/errors.ts';
import type { CaptureRecord } from '../../model/flow.ts';
import type { PackingError } from './unpack-stream.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'is a folder, not a capture',
  ENOTDIR: 'a part of the path is not a folder',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'too many symbolic links',
  EIO: 'the disk reports an error',
  ENXIO: 'the device cannot be read',
};

/** Prefix of the reason in pcap_format.cc. */
const FOREIGN = 'neither pcap nor pcapng: ';
const READABLE = 'pass a capture, a .usage file, or a log in a format of docs/logs.md';

const NOT_UTF8 =
  'the name is not UTF-8, and no file can be opened by it; rename the file, or pass it on standard input (wiretally analyze - < FILE)';

/** Node replaces bytes of names that are not UTF-8, so no file can be opened by such a name. */
export const hasLostBytes = (name: string): boolean => name.includes('\ufffd');

/** Creates an error about a failure to open or read. */
export function unreadable(file: string, error: unknown): WiretallyError {
  const code = errorCode(error);
  const reasonText = code === 'ENOENT' && hasLostBytes(file) ? NOT_UTF8 : REASONS[code ?? ''];
  const reason = reasonText ?? (error instanceof Error ? error.message : String(error));
  return errorAt('INPUT_UNREADABLE', file, reason, { cause: error });
}

export function damagedPacking(file: string, compression: string, error: PackingError): WiretallyError {
  const isCut = /unexpected (end of file|EOF)/i.test(error.message);
  const reason = isCut
    ? `the ${compression} data end early`
    : `the ${compression} data are damaged (${error.message})`;
  const message = `${file}: byte ${error.offset}: ${reason}`;
  return new WiretallyError('INPUT_DAMAGED', message, { cause: error, where: file });
}

function errorCode(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/**
 * Creates the error of an input that was not read to its end, from its CaptureRecord; null for a complete read. Offsets
 * in compressed inputs refer to the decompressed bytes.
 */
export function captureError(
  file: string,
  capture: CaptureRecord,
  isCompressed: boolean,
): WiretallyError | null {
  const { error } = capture;
  if (error === null) return null;
  const code = capture.packets === 0 ? 'INPUT_UNREADABLE' : 'INPUT_DAMAGED';
  const where = isCompressed ? `byte ${error.offset} unpacked` : `byte ${error.offset}`;
  const next = error.reason.startsWith(FOREIGN) ? { next: READABLE } : {};
  return errorAt(code, file, `${where}: ${error.reason}`, { ...next });
}
