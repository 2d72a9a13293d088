// Words that an option or an argument takes, where they are a list.

import type { Argument, Command, Option } from 'commander';
import { commandName } from '../command-name.ts';
import { isFormer } from '../former-names.ts';
import { OF_TOOLS } from '../input/options.ts';
import { factsOf } from '../options/declare.ts';

/** `given`: the arguments before the cursor. */
type Values = (given: readonly string[]) => Promise<readonly string[]>;

const ARGUMENTS: Readonly<Record<string, Values>> = {
  'catalogue show': OF_TOOLS.suggest,
  'catalogue page': OF_TOOLS.suggest,
  'config show': async ([verb]) => {
    const { VERBS } = await import('../verbs.ts');
    if (verb === undefined) return VERBS.map(({ name }) => name).filter((name) => !isFormer(name));
    return (VERBS.find(({ name }) => name === verb)?.subs ?? []).map(({ name }) => name);
  },
};

/** null: no list, so that it may be a file. */
export function valuesOf(
  command: Command,
  part: Option | Argument | undefined,
  given: readonly string[] = [],
): Promise<readonly string[]> | null {
  if (part?.argChoices !== undefined) return Promise.resolve(part.argChoices);
  if (part === undefined || !('long' in part)) return ARGUMENTS[commandName(command)]?.(given) ?? null;
  return factsOf(part)?.suggest?.() ?? null;
}
