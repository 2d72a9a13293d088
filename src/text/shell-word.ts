// A word as a POSIX shell reads it, for commands that a person may copy.

import { visibleText } from './visible-text.ts';

/** Hidden signs are named: such a word is for the eye, not for the shell. */
export function shellWord(word: string): string {
  const visible = visibleText(word);
  return /^[\w@%+=:,./-]+$/.test(visible) ? visible : `'${visible.replaceAll("'", "'\\''")}'`;
}

/** The inputs that a command names: its words between the verb and the first option, with the catalogue they need. */
export function commandInputs(command: string): string {
  const words = command.match(/(?:'[^']*'|\\'|[^\s'\\])+/g) ?? [];
  const firstOption = words.findIndex((word) => word.startsWith('--'));
  const files = words.slice(1, firstOption < 0 ? words.length : firstOption);
  words.forEach((word, i) => {
    if (word === '--catalogue') files.push(word, words[i + 1] ?? '');
  });
  return files.join(' ');
}
