// Quotes words for a POSIX shell, for commands that users may copy.

import { visibleText } from './visible-text.ts';

/** Quotes a word. A word with hidden characters is for display only, because the result names these characters. */
export function shellWord(word: string): string {
  const visible = visibleText(word);
  return /^[\w@%+=:,./-]+$/.test(visible) ? visible : `'${visible.replaceAll("'", "'\\''")}'`;
}
