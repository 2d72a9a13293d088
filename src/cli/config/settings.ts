// Lists the options that a configuration may set, from the definitions of all commands, and parses their values in a
// file or in the environment: WIRETALLY_ and the long name, such as WIRETALLY_LOCAL_NET for --local-net.

import type { Command, Option } from 'commander';
import { WiretallyError } from '../../model/errors.ts';
import { errorReason } from '../../text/error-reason.ts';
import { didYouMean } from '../../text/near-word.ts';
import { findDeclaration } from '../command.ts';
import { findFacts } from '../input/declare-option.ts';

/** A value as a person writes it; null where the option takes none and is a yes or no. */
export interface Settable {
  readonly option: Option;
  /** The long name, without dashes and without "no-". */
  readonly name: string;
  readonly isFlag: boolean;
  readonly isList: boolean;
  readonly isPath: boolean;
  /** The reason why the option is allowed only on the command line; null if it may be set. */
  readonly refused: string | null;
}

const PATH = /^<(?:[\w.]*\.)?(?:file|dir|file\|dir|keyfile|csv|json|pem|usage)>$/;

export function listSettables(command: Command): Settable[] {
  return command.options.map((option) => {
    const name = (option.long ?? '').replace(/^--(no-)?/, '');
    return {
      option,
      name,
      isFlag: !option.required && !option.optional,
      isList: Array.isArray(option.defaultValue),
      isPath: PATH.test(option.flags.replace(/^.* /, '')),
      refused: findFacts(option)?.notInConfig ?? null,
    };
  });
}

export function listCommands(program: Command): Command[] {
  return program.commands
    .flatMap((command) => (command.commands.length === 0 ? [command] : [...command.commands]))
    .filter((command) => findDeclaration(command)?.ignoresConfig !== true);
}

export type Value = boolean | readonly string[];

/** One option, set by the file or by an environment variable. */
export interface Setting {
  readonly value: Value;
  /** "wiretally.yaml:12", "WIRETALLY_TIMEZONE" */
  readonly from: string;
  /** Place of the setting in checks and reports. */
  readonly where: string;
}

/** Returns the reason why the option refuses the value. */
export function findFault({ option, isList }: Settable, value: Value): string | null {
  if (typeof value === 'boolean') return null;
  if (!isList && value.length > 1) return 'takes one value, not a list';
  try {
    parseWords(option, value);
    return null;
  } catch (error) {
    return errorReason(error);
  }
}

/** Returns the value that the command line would give. */
export function parseWords(option: Settable['option'], words: readonly string[]): unknown {
  const { parseArg, defaultValue } = option;
  if (parseArg === undefined) return words[0];
  const start: unknown = defaultValue;
  return words.reduce<unknown>((before, word) => parseArg(word, before), start);
}

const PREFIX = 'WIRETALLY_';
const FLAGS: Readonly<Record<string, boolean>> = { true: true, 1: true, false: false, 0: false };

/** Variables of this program that set no option. */
const OTHER_VARIABLES = [
  'CACHE',
  'DEBUG',
  'PASSWORD',
  'STORE_PASSWORD',
  'STORE_PASSWORD_FILE',
  'STORE_TLS_CA',
  'STORE_TLS_CERT',
  'STORE_TLS_KEY',
].map((name) => PREFIX + name);

export const formatVariable = (name: string): string => PREFIX + name.toUpperCase().replaceAll('-', '_');

/** Throws CONFIG_INVALID with every fault of the variables. */
export function environmentSettings(
  settables: readonly Settable[],
  env: NodeJS.ProcessEnv,
): ReadonlyMap<string, Setting> {
  const { settings, faults } = readEnvironment(settables, env);
  if (faults.size === 0) return settings;
  throw new WiretallyError('CONFIG_INVALID', [...faults.values()].join('\n'), {
    next: `unset or correct ${[...faults.keys()].join(', ')}`,
  });
}

interface EnvironmentRead {
  readonly settings: ReadonlyMap<string, Setting>;
  /** Faults by variable: invalid values, and options that the environment may not set. */
  readonly faults: ReadonlyMap<string, string>;
}

export function readEnvironment(settables: readonly Settable[], env: NodeJS.ProcessEnv): EnvironmentRead {
  const settings = new Map<string, Setting>();
  const faults = new Map<string, string>();
  for (const settable of settables) {
    const from = formatVariable(settable.name);
    const text = env[from];
    if (text === undefined || text === '' || settable.name === 'config') continue;
    const value = parseValue(text, settable);
    const fault =
      settable.refused ??
      (value === null ? `must be true or false, not "${text}"` : findFault(settable, value));
    if (fault !== null) faults.set(from, `${from}: ${fault}`);
    else if (value !== null) settings.set(settable.name, { value, from, where: from });
  }
  return { settings, faults };
}

/** Returns null for a flag that is neither true nor false. */
function parseValue(text: string, { isFlag, isList }: Settable): Value | null {
  if (isFlag) return FLAGS[text.toLowerCase()] ?? null;
  return isList ? text.split(',') : [text];
}

/** Returns a sentence for each variable with the prefix of this program that sets no option of `settables`. */
export function unknownVariables(settables: readonly Settable[], env: NodeJS.ProcessEnv): string[] {
  const names = [...OTHER_VARIABLES, ...settables.map(({ name }) => formatVariable(name))];
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !names.includes(name))
    .sort()
    .map((name) => `${name}: unknown variable${didYouMean(name, names)}`);
}
