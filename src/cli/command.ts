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

/** Builds an example. `line`: without the name of the program. */
export const example = (line: string, says: string): Example => ({ line: `wiretally ${line}`, says });

/** Stands for the command's arguments in `writes`. */
export const ARGUMENT = 'argument';

/** Permissions of a command in addition to reading its arguments and options; rights/rights.ts enforces them. */
export interface Permissions<Name extends string = string> {
  /** Options that name outputs, or the arguments if they are changed. */
  readonly writes?: readonly (Name | typeof ARGUMENT)[];
  /** Files that no argument or option names. */
  readonly reads?: () => readonly string[];
  /** The command drops its rights itself, after setup; the dispatcher does not. */
  readonly confinesItself?: true;
  /** Without arguments the command keeps its rights, because it reports them, and reads no untrusted files. */
  readonly reportsRights?: true;
}

export interface CommandArgument {
  /** Name in the usage: "<store>", "[file...]". */
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

/** Parameters of a call in addition to its own arguments and options. */
export interface Call {
  readonly parsed: ParsedCommand;
  buildFullProgram(): Promise<ParsedCommand>;
}

interface CommandFacts<Name extends string> {
  /** Heading in the help of the program; subcommands have none. */
  readonly group?: CommandGroup;
  readonly summary: string;
  /** Replaces the usage that is derived from arguments and options. */
  readonly usage?: string;
  readonly arguments?: readonly CommandArgument[];
  /** Absent for a command that only reads its arguments and options, and writes nothing. */
  readonly permissions?: Permissions<Name>;
  /** Runs with an invalid configuration and reads no settings from it. */
  readonly ignoresConfig?: true;
  /**
   * A test runs the examples of all commands in one folder with office.pcap.gz and policy.yaml. An example may read a file that
   * another one writes.
   */
  readonly examples: readonly Example[];
}

/** command-list.ts has the name of the command. A subcommand is in the folder of its command: commands/policy/check.ts. */
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

/** Undefined for the program, for commands with subcommands, and for commands that are not loaded. */
export const findDeclaration = (parsed: ParsedCommand): Command | undefined => DECLARED.get(parsed);

/** Returns the name of a command: "analyze", "policy check". */
export function commandName(parsed: ParsedCommand): string {
  const isSub = parsed.parent !== null && parsed.parent.parent !== null;
  return isSub ? `${parsed.parent?.name()} ${parsed.name()}` : parsed.name();
}
