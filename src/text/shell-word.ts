// A word as a POSIX shell reads it, for commands that a person may copy.

import { visibleText } from './visible-text.ts';

/** Hidden signs are named: such a word is for the eye, not for the shell. */
export function shellWord(word: string): string {
  const visible = visibleText(word);
  return /^[\w@%+=:,./-]+$/.test(visible) ? visible : `'${visible.replaceAll("'", "'\\''")}'`;
}
