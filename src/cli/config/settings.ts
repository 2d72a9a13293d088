// What a configuration may set: the options of every command, read from their definitions, and values for them, of a file or
// of the environment: WIRETALLY_ and the long name, WIRETALLY_LOCAL_NET for --local-net.

import type { Command, Option } from 'commander';
import { WiretallyError } from '../../model/errors.ts';
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

export type Value = boolean | readonly string[];

/** One option as the file, or a variable of the environment, sets it. */
export interface Setting {
  readonly value: Value;
  /** "wiretally.yaml:12", "WIRETALLY_TIMEZONE" */
  readonly from: string;
  /** What its checks and reports call it, for faults. */
  readonly where: string;
}

/** What the option has against the value, in its own words. */
export function faultOf({ option, isList }: Settable, value: Value): string | null {
  if (typeof value === 'boolean') return null;
  if (!isList && value.length > 1) return 'takes one value, not a list';
  try {
    parsed(option, value);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** As the command line would have given it. */
export function parsed(option: Settable['option'], words: readonly string[]): unknown {
  const { parseArg, defaultValue } = option;
  if (parseArg === undefined) return words[0];
  const start: unknown = defaultValue;
  return words.reduce<unknown>((before, word) => parseArg(word, before), start);
}

const PREFIX = 'WIRETALLY_';
const FLAGS: Readonly<Record<string, boolean>> = { true: true, 1: true, false: false, 0: false };

export const variableOf = (name: string): string => PREFIX + name.toUpperCase().replaceAll('-', '_');

/** Throws USAGE for a value that the option does not take, or an option that the environment may not set. */
export function environmentSettings(
  settables: readonly Settable[],
  env: NodeJS.ProcessEnv,
): ReadonlyMap<string, Setting> {
  const settings = new Map<string, Setting>();
  for (const settable of settables) {
    const from = variableOf(settable.name);
    const text = env[from];
    if (text === undefined || text === '' || settable.name === 'config') continue;
    if (settable.refused !== null) throw faulty(from, settable.refused);
    const value = valueIn(text, settable, from);
    const fault = faultOf(settable, value);
    if (fault !== null) throw faulty(from, fault);
    settings.set(settable.name, { value, from, where: from });
  }
  return settings;
}

function valueIn(text: string, { isFlag, isList }: Settable, from: string): Value {
  if (!isFlag) return isList ? text.split(',') : [text];
  const value = FLAGS[text.toLowerCase()];
  if (value === undefined) throw faulty(from, `must be true or false, not "${text}"`);
  return value;
}

const faulty = (from: string, message: string): WiretallyError =>
  new WiretallyError('CONFIG_INVALID', `${from}: ${message}`, { next: `unset or correct ${from}` });
