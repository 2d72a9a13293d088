// What a configuration may set: the options of every command, read from their definitions, and those that it may not.

import type { Command, Option } from 'commander';
import { commandName } from '../command-name.ts';

/** A value as a person writes it; null where the option takes none and is a yes or no. */
export interface Settable {
  readonly option: Option;
  /** The long name, without dashes and without "no-". */
  readonly name: string;
  readonly isFlag: boolean;
  readonly isList: boolean;
  readonly isPath: boolean;
  /** Why it can stand on the command line alone; null: it may be set. */
  readonly refused: string | null;
}

const REPLACES = 'it replaces a file: only the command line can say that';
/** By command and long name, or by long name alone. */
const REFUSED: Readonly<Record<string, string>> = {
  read: 'inputs are named on the command line',
  json: 'write "format: json"',
  config: 'a configuration names no other',
  sandbox: 'it takes a guard away: only the command line can say that',
  write: REPLACES,
  bundle: REPLACES,
  out: REPLACES,
  proof: REPLACES,
  'store prune before': 'it removes what is kept: only the command line can say that',
};
/** A sensor is told once where its windows go: a folder, of a file a day, to which it adds. */
const ALLOWED = new Set(['watch write']);

/** What adds to a store whenever the command runs is said each time. */
export const PERSISTS: ReadonlySet<string> = new Set(['analyze store']);

const PATH = /^<(?:[\w.]*\.)?(?:file|dir|file\|dir|keyfile|csv|json|pem|usage)>$/;

export function settablesOf(command: Command): Settable[] {
  const words = commandName(command);
  return command.options.map((option) => {
    const name = (option.long ?? '').replace(/^--(no-)?/, '');
    const full = `${words} ${name}`;
    return {
      option,
      name,
      isFlag: !option.required && !option.optional,
      isList: Array.isArray(option.defaultValue),
      isPath: PATH.test(option.flags.replace(/^.* /, '')),
      refused: ALLOWED.has(full) ? null : (REFUSED[full] ?? REFUSED[name] ?? null),
    };
  });
}

/** Every command that acts and may be configured. */
export function actingCommands(program: Command): Command[] {
  return program.commands
    .filter((verb) => !UNTOUCHED.has(verb.name()))
    .flatMap((verb) => (verb.commands.length === 0 ? [verb] : [...verb.commands]));
}

/** These answer whatever is wrong with a configuration. */
export const UNTOUCHED: ReadonlySet<string> = new Set(['config', 'doctor', 'completion', 'help']);
