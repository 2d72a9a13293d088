// What a reading met on its way, said on stderr, and the exit code that it means.

import type { WiretallyError } from '../model/errors.ts';
import { type ExitCode, exitCodeOfReading } from './exit-code.ts';
import { type MessageStyle, printError, printWarning } from './messages.ts';

export interface Told {
  readonly errors: readonly WiretallyError[];
  readonly notes: readonly string[];
  /** Inputs of which at least something was read. */
  readonly inputsRead: number;
  readonly interrupted: boolean;
}

/** Errors are said even when warnings are not wanted. */
export function tellReading(
  source: Told,
  options: { readonly quiet?: boolean; readonly format?: string },
): ExitCode {
  const style: MessageStyle = options.format === 'json' ? 'json' : 'lines';
  for (const error of source.errors) printError(error, style);
  if (options.quiet !== true) {
    for (const note of source.notes) printWarning(note);
    if (source.interrupted) printWarning('interrupted: this is what was read until then');
  }
  return exitCodeOfReading({
    errors: source.errors,
    capturesRead: source.inputsRead,
    interrupted: source.interrupted,
  });
}
