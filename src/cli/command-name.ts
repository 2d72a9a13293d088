// What a command is called in tables: "analyze", "policy check".

import type { Command } from 'commander';

export function commandName(command: Command): string {
  const isSub = command.parent !== null && command.parent.parent !== null;
  return isSub ? `${command.parent?.name()} ${command.name()}` : command.name();
}
