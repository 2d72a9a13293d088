// Groups and summaries of the commands, without their code. tools/bundle.mjs replaces this module by what it returns.

import type { CommandGroup } from './command.ts';
import { COMMANDS } from './command-list.ts';

interface CommandSummary {
  readonly group?: CommandGroup;
  readonly summary: string;
}

/** Summaries are found by the words of the command. Loads all commands. */
export async function readSummaries(): Promise<Readonly<Record<string, CommandSummary>>> {
  const listed = COMMANDS.flatMap((command) =>
    'load' in command
      ? [command]
      : command.commands.map(({ name, load }) => ({ name: `${command.name} ${name}`, load })),
  );
  const summaries = await Promise.all(
    listed.map(async ({ name, load }): Promise<[string, CommandSummary]> => {
      const { group, summary } = (await load()).command;
      return [name, group === undefined ? { summary } : { group, summary }];
    }),
  );
  return Object.fromEntries(summaries);
}
