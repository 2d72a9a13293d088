// Tells when a file was replaced: by what the file system says of it, since a folder may be mounted from elsewhere.

import { statSync } from 'node:fs';

const EVERY_MS = 2_000;

/** Until the timer is cleared. */
export function onChange(file: string, tell: () => void): NodeJS.Timeout {
  let known = stateOf(file);
  return setInterval(() => {
    const state = stateOf(file);
    if (state === known) return;
    known = state;
    tell();
  }, EVERY_MS);
}

function stateOf(file: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(file);
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return ''; // gone, or not to be looked at: reading it says why
  }
}
