// The command as the document repeats it: what was asked, without what cannot change the result.

import { shellWord } from '../../text/shell-word.ts';

/** Values in the order of the table; undefined, false and empty lists are left out. */
export function commandText(
  verb: string,
  files: readonly string[],
  options: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>,
): string {
  const words = [verb, ...files.map(shellWord)];
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === false) continue;
    if (value === true) words.push(name);
    else for (const each of Array.isArray(value) ? value : [value]) words.push(name, shellWord(String(each)));
  }
  return words.join(' ');
}
