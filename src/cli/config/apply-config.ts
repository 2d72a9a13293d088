// Gives a command the options that its words leave open: those of the environment, then those of the file.

import type { Command } from 'commander';
import { kindOfInput } from '../../query/inputs/source-kind.ts';
import { commandName, findDeclaration } from '../command.ts';
import { findFacts } from '../input/declare-option.ts';
import { printWarning } from '../output/print-errors.ts';
import { type ConfigText, findConfig } from './find-config.ts';
import type { Settings } from './parse-config.ts';
import {
  actingCommands,
  environmentSettings,
  listSettables,
  parsed,
  type Settable,
  type Setting,
  unknownVariables,
} from './settings.ts';

export interface Configured {
  readonly file: string | null;
  /** Settings are found by long name; those of the environment come before the file's. */
  readonly settings: ReadonlyMap<string, Setting>;
}

const NOTHING: Configured = { file: null, settings: new Map() };

/** Throws CONFIG_INVALID with every fault of the file; `whole` gives the program with all of its verbs. */
export async function readConfiguration(
  command: Command,
  named: string | undefined,
  env: NodeJS.ProcessEnv,
  whole: () => Promise<Command>,
): Promise<Configured> {
  if (findDeclaration(command)?.ignoresConfig === true) return NOTHING;
  const own = listSettables(command);
  const ofEnvironment = environmentSettings(own, env);
  // Most are of other commands, which are loaded only then.
  if (unknownVariables(own, env).length > 0)
    for (const text of unknownVariables(actingCommands(await whole()).flatMap(listSettables), env))
      printWarning(text);
  const config = findConfig(named, env);
  if (config === null) return { file: null, settings: ofEnvironment };
  const settings = await settingsIn(config, whole);
  const ofFile = settings.get(commandName(command)) ?? new Map<string, Setting>();
  return { file: config.file, settings: new Map([...ofFile, ...ofEnvironment]) };
}

async function settingsIn({ file, text }: ConfigText, whole: () => Promise<Command>): Promise<Settings> {
  const { parseConfig, refuseProblems } = await import('./parse-config.ts');
  const { settings, problems } = parseConfig(text, file, await whole());
  refuseProblems(file, problems);
  return settings;
}

/** Before words are parsed: what is set need not be said again. */
export function dropMandatory(command: Command, { settings }: Configured): void {
  for (const { name, option } of listSettables(command))
    if (option.mandatory && settings.has(name)) option.makeOptionMandatory(false);
}

/** After words are parsed, before anything else is done. */
export function configure(command: Command, { settings }: Configured): void {
  const isQuiet = command.getOptionValueSource('quiet') === 'cli';
  for (const settable of listSettables(command)) {
    const setting = settings.get(settable.name);
    if (setting === undefined) continue;
    const { persists, isMerged } = findFacts(settable.option) ?? {};
    if (persists === true && !command.args.every((input) => kindOfInput(input) === 'captures')) continue;
    const key = settable.option.attributeName();
    const isSaid = command.getOptionValueSource(key) === 'cli';
    if (isSaid && isMerged !== true) continue;
    command.setOptionValueWithSource(key, valueFor(command, settable, setting, isSaid), 'config');
    if (persists === true && !isQuiet)
      printWarning(`windows are kept in ${String(setting.value)}, as ${setting.from} says`);
  }
}

function valueFor(command: Command, { option }: Settable, { value }: Setting, isSaid: boolean): unknown {
  if (typeof value === 'boolean') return value;
  const own = parsed(option, value);
  if (!isSaid) return own;
  const said: unknown = command.getOptionValue(option.attributeName());
  return [own, said].flat();
}
