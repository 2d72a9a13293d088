// Prints the result of every command that makes a report: messages of the reading, the format, the exit code.

import type { ReportDocument } from '../../model/report.ts';
import type { ReadOutcome } from '../../query/source.ts';
import { reportChunks } from '../../report/render.ts';
import { isNothingObserved } from '../../report/text/nothing-seen.ts';
import { type FailOn, findingsExitCode } from '../input/fail-on.ts';
import type { CommonOptions, ReportOptions } from '../input/options.ts';
import { optimizeForRows } from '../optimizing.ts';
import { EXIT, type ExitCode } from '../output/exit-code.ts';
import { printReadSummary } from '../output/read-summary.ts';
import { writeChunks } from '../output/stdout.ts';
import { buildTerminal } from '../output/terminal.ts';
import { writeZeekLogs } from '../output/zeek-logs.ts';

/** The result for a source, and the outcome of its reading. */
export interface ResultWithExitCode<T> {
  readonly result: T;
  readonly code: ExitCode;
}

/**
 * Prints the warnings and errors of a reading. Returns null if nothing was read: an empty table would hide the errors.
 * `make` opens its source itself, so that the memory of windows is free while a format is written.
 */
export async function runWithReadSummary<T>(
  options: { readonly quiet?: boolean; readonly verbose?: boolean; readonly format?: string },
  make: (onRead: (outcome: ReadOutcome) => void) => Promise<T>,
): Promise<ResultWithExitCode<T> | null> {
  const printed: { code: ExitCode } = { code: EXIT.done };
  try {
    const result = await make((outcome) => {
      optimizeForRows(outcome.windows ?? []);
      printed.code = printReadSummary(outcome, options);
    });
    return { result, code: printed.code };
  } catch (error) {
    if (printed.code === EXIT.failed) return null;
    throw error;
  }
}

/** Returns the exit code after a complete reading: 4 if nothing of the question was observed. */
export function findExitCode(
  document: ReportDocument,
  failOn: FailOn | undefined,
  reading: ExitCode,
): ExitCode {
  const answered = reading === EXIT.done && isNothingObserved(document) ? EXIT.damaged : reading;
  return findingsExitCode(document, failOn ?? new Set(), answered);
}

export async function printReport(
  document: ReportDocument,
  options: ReportOptions & CommonOptions & { readonly out?: string | undefined },
  run?: { readonly seconds: number; readonly workers: number },
): Promise<void> {
  const chunks = await reportChunks(document, options.format, buildTerminal(options, run));
  if (options.out !== undefined) writeZeekLogs(chunks, options.out);
  else await writeChunks(chunks);
}
