// Words that an option or an argument takes, where they are a list.

import type { Argument, Command, Option } from 'commander';
import { commandName } from '../command-name.ts';
import { isFormer } from '../former-names.ts';
import { OF_TOOLS } from '../input/options.ts';
import { factsOf } from '../options/declare.ts';

type Values = () => Promise<readonly string[]>;

const ARGUMENTS: Readonly<Record<string, Values>> = {
  'catalogue show': OF_TOOLS.suggest,
  'catalogue page': OF_TOOLS.suggest,
  'config show': async () =>
    (await import('../verbs.ts')).VERBS.map(({ name }) => name).filter((name) => !isFormer(name)),
};

/** null: no list, so that it may be a file. */
export function valuesOf(
  command: Command,
  part: Option | Argument | undefined,
): Promise<readonly string[]> | null {
  if (part?.argChoices !== undefined) return Promise.resolve(part.argChoices);
  if (part === undefined || !('long' in part)) return ARGUMENTS[commandName(command)]?.() ?? null;
  return factsOf(part)?.suggest?.() ?? null;
}
