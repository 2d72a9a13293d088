// The terminal that the program was started on, and the end of the process when it is gone.

import { isatty } from 'node:tty';

const STREAMS = [0, 1, 2].filter(isatty);

/** Closing the window of a terminal sends SIGHUP, as people do who want a reload. */
export const isTerminalGone = (): boolean => STREAMS.length > 0 && !STREAMS.some(isatty);

/**
 * Ends the process. Node brings each terminal back into the state that it had at the start, and crashes where it is gone:
 * there the process ends by SIGHUP, as it would without a handler.
 */
export function endProcess(code: number): never {
  if (isTerminalGone()) {
    process.removeAllListeners('SIGHUP');
    process.kill(process.pid, 'SIGHUP');
  }
  process.exit(code);
}
