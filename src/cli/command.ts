// A command is declared once: help, manual page, completion, permissions and configuration are derived from its declaration.

import type { Command as ParsedCommand } from 'commander';
import type { OptionTable, OptionValues } from './input/declare-option.ts';
import type { ExitCode } from './output/exit-code.ts';

export type CommandGroup =
  | 'Analyze'
  | 'Policy and evidence'
  | 'History'
  | 'Live'
  | 'Fleet'
  | 'Catalogue'
  | 'Setup';

export interface Example {
  /** The line as typed in a shell. */
  readonly line: string;
  readonly says: string;
}

/** Without the name of the program. */
export const example = (line: string, says: string): Example => ({ line: `wiretally ${line}`, says });

/** Stands for the arguments of a command, as something that is written. */
export const ARGUMENT = 'argument';

/** A command may do this in addition to reading what its arguments and options name; rights/rights.ts enforces it. */
export interface Permissions<Name extends string = string> {
  /** Options that name what is written, or the arguments that are changed. */
  readonly writes?: readonly (Name | typeof ARGUMENT)[];
  /** Files that no argument or option names. */
  readonly reads?: () => readonly string[];
  /** The command confines itself, later than the others, or not at all. */
  readonly confinesItself?: true;
}

export interface CommandArgument {
  /** The usage shows this name: "<store>", "[file...]". */
  readonly name: string;
  readonly description?: string;
  readonly choices?: readonly string[];
  /** Values offered at the tab key. `given`: arguments before the cursor; `names`: all commands, "fleet ship". */
  readonly suggest?: (given: readonly string[], names: readonly string[]) => Promise<readonly string[]>;
}

export interface CommonValues {
  readonly sandbox: boolean;
  readonly config?: string;
}

/** A command is called with this in addition to its own arguments and options. */
export interface Call {
  readonly parsed: ParsedCommand;
  wholeProgram(): Promise<ParsedCommand>;
}

interface CommandFacts<Name extends string> {
  /** Heading of the help; absent for a command of another command. */
  readonly group?: CommandGroup;
  readonly summary: string;
  /** Replaces what is derived from arguments and options. */
  readonly usage?: string;
  readonly arguments?: readonly CommandArgument[];
  /** Absent: it reads what its arguments and options name, and writes nothing. */
  readonly permissions?: Permissions<Name>;
  /** It works whatever is wrong with a configuration, and takes nothing from one. */
  readonly ignoresConfig?: true;
  /** A test runs those of all commands in a folder that holds office.pcap.gz and policy.yaml: what one writes, another reads. */
  readonly examples: readonly Example[];
}

/** command-list.ts gives its name; its place below commands/ is that of the command line. */
export interface Command extends CommandFacts<string> {
  readonly options: OptionTable;
  act(call: Call): Promise<ExitCode>;
}

interface Declaration<T extends OptionTable> extends CommandFacts<keyof T & string> {
  readonly options: T;
  run(args: readonly string[], options: OptionValues<T> & CommonValues, call: Call): Promise<ExitCode>;
}

export const defineCommand = <T extends OptionTable>(declared: Declaration<T>): Command => ({
  ...declared,
  act: (call) => declared.run(call.parsed.args, call.parsed.opts(), call),
});

const DECLARED = new WeakMap<ParsedCommand, Command>();

export function noteDeclaration(parsed: ParsedCommand, command: Command): void {
  DECLARED.set(parsed, command);
}

/** Undefined for the program, a command of commands, and one that was not asked for. */
export const findDeclaration = (parsed: ParsedCommand): Command | undefined => DECLARED.get(parsed);

/** Returns the name of a command: "analyze", "policy check". */
export function commandName(parsed: ParsedCommand): string {
  const isSub = parsed.parent !== null && parsed.parent.parent !== null;
  return isSub ? `${parsed.parent?.name()} ${parsed.name()}` : parsed.name();
}
