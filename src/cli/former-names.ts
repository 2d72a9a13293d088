// Names that commands had in earlier versions; they work, and no help lists them.

import type { Command } from 'commander';

/** By the former name. */
export const FORMER_NAMES: Readonly<Record<string, string>> = {
  report: 'analyze',
  audit: 'analyze',
  handshakes: 'dump hellos',
  flows: 'dump flows',
  merge: 'store merge',
  sql: 'store sql',
  ship: 'fleet ship',
  collect: 'fleet collect',
  judge: 'fleet aggregate',
  sensors: 'fleet sensors',
  handout: 'fleet configure',
};

export const isFormer = (name: string): boolean => Object.hasOwn(FORMER_NAMES, name);

/** The name that has taken the place of one of earlier versions. */
export const currentName = (name: string): string => (isFormer(name) ? (FORMER_NAMES[name] ?? name) : name);

/** Names under which a configuration may set options of the command: those of earlier versions, then its own. */
export function namesOf(name: string): readonly string[] {
  const now = currentName(name);
  // report and audit read a store that analyze may be set to write to: each has a part of its own.
  if (now === 'analyze') return [name];
  return [...Object.keys(FORMER_NAMES).filter((before) => FORMER_NAMES[before] === now), now];
}

// What a command is called in tables: "analyze", "policy check".

export function commandName(command: Command): string {
  const isSub = command.parent !== null && command.parent.parent !== null;
  return isSub ? `${command.parent?.name()} ${command.name()}` : command.name();
}
