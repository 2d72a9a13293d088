// Defines the exit codes of all commands, and maps errors to them.

import { ERRORS, WiretallyError } from '../../model/errors.ts';

export const EXIT = {
  done: 0,
  /** A policy violation was found, or a bundle does not match its manifest. */
  violation: 1,
  /** Wrong usage, or a faulty policy, catalogue or hosts file. */
  usage: 2,
  failed: 3,
  /** Done, but some input was unread, truncated or damaged, or nothing of the question was observed. */
  damaged: 4,
  /** An analysis was interrupted and printed what it had. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export function errorExitCode(error: unknown): ExitCode {
  return error instanceof WiretallyError ? ERRORS[error.code].exit : EXIT.failed;
}

/** Returns the exit code after the results of a reading: 3 if nothing could be read, 4 if a part was not read. */
export function readingExitCode(reading: {
  readonly errors: readonly WiretallyError[];
  readonly capturesRead: number;
  readonly interrupted: boolean;
}): ExitCode {
  if (reading.interrupted) return EXIT.interrupted;
  if (reading.errors.length === 0) return EXIT.done;
  return reading.capturesRead === 0 ? EXIT.failed : EXIT.damaged;
}
