// Detects that the controlling terminal is closed, and ends the process in this case.

import { fstatSync, type Stats } from 'node:fs';

/** Major number of Linux's memory devices, /dev/null among them. */
const MEMORY_DEVICES = 1;

const STREAMS = [0, 1, 2].filter(isTerminal);

/**
 * Checks the type of the stream first: the terminal module loads those of sockets and streams, which short commands do not
 * need.
 */
function isTerminal(stream: number): boolean {
  const about = findStat(stream);
  if (about?.isCharacterDevice() !== true || about.rdev >> 8 === MEMORY_DEVICES) return false;
  return process.getBuiltinModule('node:tty').isatty(stream);
}

/** Returns null for a closed stream. */
function findStat(stream: number): Stats | null {
  try {
    return fstatSync(stream);
  } catch {
    return null;
  }
}

/** Distinguishes a closed terminal from a request to reload: both send SIGHUP. */
export const isTerminalGone = (): boolean => STREAMS.length > 0 && !STREAMS.some(isTerminal);

/**
 * Ends the process. Node restores the initial state of each terminal, and crashes if a terminal is closed:
 * then the process ends by SIGHUP, as it would without a handler.
 */
export function endProcess(code: number): never {
  if (isTerminalGone()) {
    process.removeAllListeners('SIGHUP');
    process.kill(process.pid, 'SIGHUP');
  }
  process.exit(code);
}
