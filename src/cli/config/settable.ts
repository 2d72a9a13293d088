// What a configuration may set: the options of every command, read from their definitions, and those that it may not.

import type { Command, Option } from 'commander';
import { declarationOf } from '../command.ts';
import { factsOf } from '../input/declare-option.ts';

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

const PATH = /^<(?:[\w.]*\.)?(?:file|dir|file\|dir|keyfile|csv|json|pem|usage)>$/;

export function settablesOf(command: Command): Settable[] {
  return command.options.map((option) => {
    const name = (option.long ?? '').replace(/^--(no-)?/, '');
    return {
      option,
      name,
      isFlag: !option.required && !option.optional,
      isList: Array.isArray(option.defaultValue),
      isPath: PATH.test(option.flags.replace(/^.* /, '')),
      refused: factsOf(option)?.notInConfig ?? null,
    };
  });
}

/** Every command that acts and may be configured. */
export function actingCommands(program: Command): Command[] {
  return program.commands
    .flatMap((command) => (command.commands.length === 0 ? [command] : [...command.commands]))
    .filter((command) => declarationOf(command)?.ignoresConfig !== true);
}
