// Returns groups and summaries of the commands. tools/bundle.mjs replaces this module by its result, without their code.

import type { CommandGroup } from './command.ts';
import { COMMANDS } from './command-list.ts';

interface CommandSummary {
  readonly group?: CommandGroup;
  readonly summary: string;
}

/** Returns summaries by the words of the command. Loads all commands. */
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
