// An option is declared once: parsing, help, completion, manual page, configuration and the command that a report repeats
// are derived from its declaration. A table of declarations determines the types of its values.

import { type Command, Option } from 'commander';
import { WiretallyError } from '../../model/errors.ts';
import { omitUndefined } from '../../model/omit-undefined.ts';
import { type CommandRequest, formatCommand } from '../../report/text/command-text.ts';

/** Headings of the help, in its order. */
export const OPTION_GROUPS = ['Input', 'Decoding', 'Policy', 'Output', 'General'] as const;
export type OptionGroup = (typeof OPTION_GROUPS)[number];

export interface Facts<T> {
  readonly group: OptionGroup;
  readonly description: string;
  /** Checks and converts a value; `before` is the value of an option that was given several times. */
  parse?(value: string, before: T): T;
  readonly byDefault?: T;
  /** The default as a user types it, if its value is neither text nor number. */
  readonly defaultText?: string;
  readonly isMandatory?: true;
  /** The short help lists the option, like mandatory ones; otherwise only --help --all does. */
  readonly isCommon?: true;
  /** The value can change the report, so the command in the report repeats it. */
  readonly changesResult?: true;
  /** All valid values: checked, listed in the help, offered at the tab key. */
  readonly choices?: readonly string[];
  /** Values offered at the tab key that are too many for the help or slow to list. */
  readonly suggest?: () => Promise<readonly string[]>;
  /** A store on the command line contains the values. */
  readonly stored?: 'host' | 'tool';
  /** Declares further requirements of the command. */
  attach?(command: Command): void;
  /** The reason why a configuration cannot set the option. */
  readonly notInConfig?: string;
  /** Values of the command line and of a configuration count together. */
  readonly isMerged?: true;
  /** In a configuration the option adds windows to a store on every run; each run prints a warning about this. */
  readonly persists?: true;
}

export interface Declared<T> {
  readonly flags: string;
  readonly facts: Facts<unknown>;
  /** Type of the value; exists only for the compiler. */
  readonly value?: T;
}

type RequiredValue<T> = { readonly byDefault: T } | { readonly isMandatory: true };

type OptionFacts<T> = Omit<Facts<T>, 'group' | 'description'>;

export function option<T = string>(
  ...declared: [
    flags: string,
    group: OptionGroup,
    description: string,
    more: OptionFacts<T> & RequiredValue<T>,
  ]
): Declared<T>;
export function option<T = string>(
  ...declared: [flags: string, group: OptionGroup, description: string, more?: OptionFacts<T>]
): Declared<T | undefined>;
export function option<T>(
  ...[flags, group, description, more]: [string, OptionGroup, string, OptionFacts<T>?]
): Declared<T | undefined> {
  return { flags, facts: { group, description, ...more } };
}

/** Declares a switch without a value. */
export function flag(
  ...declared: [
    flags: string,
    group: OptionGroup,
    description: string,
    more: OptionFacts<boolean> & RequiredValue<boolean>,
  ]
): Declared<boolean>;
export function flag(
  ...declared: [flags: string, group: OptionGroup, description: string, more?: OptionFacts<boolean>]
): Declared<boolean | undefined>;
export function flag(
  ...declared: [string, OptionGroup, string, OptionFacts<boolean>?]
): Declared<boolean | undefined> {
  return option<boolean>(...declared);
}

/** Declares a repeatable option. Its default is an empty list. */
export const list = (
  flags: string,
  group: OptionGroup,
  description: string,
  more?: Omit<OptionFacts<readonly string[]>, 'byDefault'>,
): Declared<readonly string[]> =>
  option<readonly string[]>(flags, group, `${description} (repeatable)`, {
    parse: (value, before) => [...before, value],
    ...more,
    byDefault: [],
  });

type ChoiceDeclaration<T, M extends unknown[]> = [
  ...[flags: string, group: OptionGroup, description: string, choices: readonly T[]],
  ...more: M,
];
type ChoiceFacts<T> = Omit<OptionFacts<T>, 'parse' | 'choices'>;

export function choice<T extends string>(
  ...declared: ChoiceDeclaration<T, [ChoiceFacts<T> & RequiredValue<T>]>
): Declared<T>;
export function choice<T extends string>(
  ...declared: ChoiceDeclaration<T, [ChoiceFacts<T>?]>
): Declared<T | undefined>;
export function choice<T extends string>(
  ...[flags, group, description, choices, more]: ChoiceDeclaration<T, [ChoiceFacts<T>?]>
): Declared<T | undefined> {
  const parse = (value: string): T =>
    choices.find((choice) => choice === value) ??
    refuse(longFlag(flags), `one of ${choices.join(', ')}`, value);
  return option<T>(flags, group, description, { ...more, choices, parse });
}

interface Bounds {
  readonly min: number;
  readonly max: number;
}
type NumberFacts = ChoiceFacts<number> & Bounds;
type NumberDeclaration<M> = [flags: string, group: OptionGroup, description: string, more: M];

export function wholeNumber(
  ...declared: NumberDeclaration<NumberFacts & RequiredValue<number>>
): Declared<number>;
export function wholeNumber(...declared: NumberDeclaration<NumberFacts>): Declared<number | undefined>;
export function wholeNumber(
  ...[flags, group, description, { min, max, ...more }]: NumberDeclaration<NumberFacts>
): Declared<number | undefined> {
  const parse = (value: string): number => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < min || number > max)
      refuse(longFlag(flags), `a whole number from ${min} to ${max}`, value);
    return number;
  };
  return option<number>(flags, group, description, { ...more, parse });
}

/** Copies an option with other facts, for a command where its meaning differs. */
export function changeOption<T>(
  declared: Declared<T>,
  other: Partial<Facts<T>> & RequiredValue<Exclude<T, undefined>>,
): Declared<Exclude<T, undefined>>;
export function changeOption<T>(declared: Declared<T>, other: Partial<Facts<T>>): Declared<T>;
export function changeOption<T>({ flags, facts }: Declared<T>, other: Partial<Facts<T>>): Declared<T> {
  return { flags, facts: { ...facts, ...other } };
}

export type OptionTable = Readonly<Record<string, Declared<unknown>>>;
type ValueOf<D> = D extends { readonly value?: infer T } ? T : never;

/** The values of a table as an action receives them; optional without a default. */
export type OptionValues<T> = {
  readonly [K in keyof T as undefined extends ValueOf<T[K]> ? never : K]: ValueOf<T[K]>;
} & {
  readonly [K in keyof T as undefined extends ValueOf<T[K]> ? K : never]?: Exclude<ValueOf<T[K]>, undefined>;
};

const DECLARED = new WeakMap<Option, Declared<unknown>>();

export const findFacts = (option: Option): Facts<unknown> | undefined => DECLARED.get(option)?.facts;

export function addOptions(command: Command, table: OptionTable): void {
  for (const [key, declared] of Object.entries(table)) {
    const option = buildOption(declared);
    if (option.attributeName() !== key) throw new TypeError(`${declared.flags} is declared as ${key}`);
    command.addOption(option);
    declared.facts.attach?.(command);
  }
}

function buildOption(declared: Declared<unknown>): Option {
  const { flags, facts } = declared;
  const option = new Option(flags, facts.description).helpGroup(`${facts.group}:`);
  if (facts.choices !== undefined) option.choices(facts.choices);
  if (facts.parse !== undefined) option.argParser(facts.parse);
  if (facts.byDefault !== undefined) option.default(facts.byDefault, facts.defaultText);
  option.makeOptionMandatory(facts.isMandatory === true);
  DECLARED.set(option, declared);
  return option;
}

/** Returns "--since" for "--since <time>". */
export const longFlag = (flags: string): string => /--[\w-]+/.exec(flags)?.[0] ?? flags;

/** Throws USAGE. */
export function refuse(name: string, demand: string, value: string, next?: string): never {
  throw new WiretallyError('USAGE', `${name} must be ${demand}, not "${value}"`, {
    where: `option ${name}`,
    ...omitUndefined({ next }),
  });
}

type Printed = string | number | boolean | readonly string[] | undefined;

/**
 * Builds the command that the document repeats: options that can change the result and differ from the default. `resolved`:
 * values by attribute that replace typed ones.
 */
export function buildCommand(
  command: Command,
  inputs: readonly string[],
  resolved: Readonly<Record<string, Printed>> = {},
): CommandRequest {
  const values = command.options.flatMap((option): [string, Printed][] => {
    if (findFacts(option)?.changesResult !== true) return [];
    const key = option.attributeName();
    const value: Printed = resolved[key] ?? command.getOptionValue(key);
    return value === option.defaultValue ? [] : [[option.long ?? option.flags, value]];
  });
  const commandText = formatCommand(command.name(), inputs, Object.fromEntries(values));
  // Next commands contain a folder as the user typed it, and not the files in it.
  return command.args.length === 0
    ? commandText
    : { ...commandText, request: { ...commandText.request, inputs: command.args } };
}
