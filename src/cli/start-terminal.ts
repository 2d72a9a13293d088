// The terminal that the program was started on, and the end of the process when it is gone.

import { fstatSync, type Stats } from 'node:fs';

/** Major number of Linux's memory devices, /dev/null among them. */
const MEMORY_DEVICES = 1;

const STREAMS = [0, 1, 2].filter(isTerminal);

/** Asks the module of terminals last: it loads those of sockets and streams, which most short commands need not. */
function isTerminal(stream: number): boolean {
  const about = findStat(stream);
  if (about?.isCharacterDevice() !== true || about.rdev >> 8 === MEMORY_DEVICES) return false;
  return process.getBuiltinModule('node:tty').isatty(stream);
}

/** Null for a stream that is closed. */
function findStat(stream: number): Stats | null {
  try {
    return fstatSync(stream);
  } catch {
    return null;
  }
}

/** Closing the window of a terminal sends SIGHUP, as people do who want a reload. */
export const isTerminalGone = (): boolean => STREAMS.length > 0 && !STREAMS.some(isTerminal);

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
