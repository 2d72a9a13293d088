// Lists the inputs that were not read to their end.

import type { WiretallyError } from '../model/errors.ts';
import type { CaptureSummary, IncompleteInput } from '../model/report.ts';

/**
 * Entries follow from the messages about each input; damage in windows is of no known time, so its bytes count as unread.
 */
export function incompleteInputs(
  errors: readonly WiretallyError[],
  captures: readonly CaptureSummary[],
  files: readonly string[],
): IncompleteInput[] {
  const found = new Map<string, IncompleteInput>();
  for (const capture of captures) {
    if (capture.truncated || capture.error !== undefined)
      found.set(capture.file, { file: capture.file, reason: 'cut', lastPacket: capture.lastPacket });
  }
  for (const { file, lastPacket, log } of captures) {
    if (log?.unread != null && !found.has(file)) found.set(file, { file, reason: log.unread, lastPacket });
  }
  // A few damaged lines do not make a log incomplete.
  const counted = new Set(captures.flatMap(({ file, log }) => (log === undefined ? [] : [file])));
  for (const error of errors) {
    const file = error.where ?? files[0] ?? '';
    if (counted.has(file)) continue;
    if (found.has(file)) continue;
    const lastPacket = captures.find((capture) => capture.file === file)?.lastPacket ?? null;
    const isCut = error.code === 'INPUT_DAMAGED' && lastPacket !== null;
    found.set(file, { file, reason: isCut ? 'cut' : 'unread', lastPacket });
  }
  return [...found.values()];
}
