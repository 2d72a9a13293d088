// Prints warnings and errors of a reading on stderr, and returns its exit code.

import type { CaptureSummary } from '../../model/report.ts';
import type { SkippedFile } from '../../query/inputs/advisory-import.ts';
import type { PolicyView } from '../../query/inputs/policy-file.ts';
import type { ReadOutcome } from '../../query/source.ts';
import { formatBytes, plural } from '../../text/quantity.ts';
import { type ExitCode, readingExitCode } from './exit-code.ts';
import { type MessageStyle, printError, printWarning } from './print-errors.ts';

/** Prints errors even if warnings are disabled. */
export function printReadSummary(
  source: ReadOutcome,
  options: { readonly quiet?: boolean; readonly verbose?: boolean; readonly format?: string },
): ExitCode {
  const style: MessageStyle = options.format === 'json' ? 'json' : 'lines';
  for (const error of source.errors) printError(error, style);
  if (options.verbose === true)
    for (const capture of source.captures ?? []) printWarning(captureLine(capture));
  if (options.quiet !== true) {
    for (const note of source.notes) printWarning(note);
    const late = latestAfterNow(source.captures ?? []);
    if (late !== null)
      printWarning(
        `${late.file}: its last record, ${late.lastPacket}, is later than the clock of this machine; check the clocks and the time zone of the sensor`,
      );
    if (source.interrupted) printWarning('interrupted: the result covers the part that was read');
  }
  return readingExitCode({
    errors: source.errors,
    capturesRead: source.inputsRead,
    interrupted: source.interrupted,
  });
}

/** Clocks of sensors differ by less than this, and time zones by more. */
const AHEAD_MS = 300_000;

/** Only a message depends on the clock of this machine: the report of an input is the same at any time. */
function latestAfterNow(captures: readonly CaptureSummary[]): CaptureSummary | null {
  const timeOf = ({ lastPacket }: CaptureSummary): number =>
    lastPacket === null ? 0 : Date.parse(lastPacket);
  const late = captures.filter((capture) => timeOf(capture) > Date.now() + AHEAD_MS);
  return late.sort((a, b) => timeOf(b) - timeOf(a))[0] ?? null;
}

function captureLine(capture: CaptureSummary): string {
  const span =
    capture.firstPacket === null ? 'no packets' : `${capture.firstPacket} to ${capture.lastPacket}`;
  const links = `link type ${capture.linkTypes.join(', ')}`;
  return `${capture.file}: ${plural(capture.packets, 'packet')}, ${formatBytes(capture.bytes)}, ${span}, ${links}`;
}

/** Maximum number of damaged advisory files that are listed. */
const MAX_SKIPPED_LINES = 20;

export function printSkippedFiles(skipped: readonly SkippedFile[]): void {
  for (const { file, reason } of skipped.slice(0, MAX_SKIPPED_LINES))
    printWarning(`${file}: skipped: ${reason}`);
  const left = skipped.length - MAX_SKIPPED_LINES;
  if (left > 0) printWarning(`and ${left} more files were skipped`);
}

export function printSkippedAdvisories(
  view: Pick<PolicyView, 'skippedAdvisories'> | null,
  { quiet }: { readonly quiet?: boolean } = {},
): void {
  if (quiet !== true) printSkippedFiles(view?.skippedAdvisories ?? []);
}
