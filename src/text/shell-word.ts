// A word as a POSIX shell reads it, for commands that a person may copy.

import { visibleText } from './visible-text.ts';

/** Hidden signs are named: such a word is for the eye, not for the shell. */
export function shellWord(word: string): string {
  const visible = visibleText(word);
  return /^[\w@%+=:,./-]+$/.test(visible) ? visible : `'${visible.replaceAll("'", "'\\''")}'`;
}

/** The words of a command after its verb: inputs, and options with their values, quoted for a shell. */
export function commandWords(command: string): {
  readonly inputs: readonly string[];
  readonly options: readonly (readonly [name: string, ...values: string[]])[];
} {
  const [, ...words] = command.match(/(?:'[^']*'|\\'|[^\s'\\])+/g) ?? [];
  const inputs: string[] = [];
  const options: [string, ...string[]][] = [];
  for (const word of words) {
    const option = options.at(-1);
    if (word.startsWith('--')) options.push([word]);
    else if (option === undefined) inputs.push(word);
    else option.push(word);
  }
  return { inputs, options };
}
