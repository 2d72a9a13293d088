// Quotes words for a POSIX shell, for commands that users may copy.

import { visibleText } from './visible-text.ts';

/** Quotes a word. Hidden characters are named, so a word with them is only for display. */
export function shellWord(word: string): string {
  const visible = visibleText(word);
  return /^[\w@%+=:,./-]+$/.test(visible) ? visible : `'${visible.replaceAll("'", "'\\''")}'`;
}
