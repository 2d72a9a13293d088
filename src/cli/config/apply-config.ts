// Sets options that the command line omits: from the environment, then from the file.

import type { Command } from 'commander';
import { kindOfInput } from '../../query/inputs/source-kind.ts';
import { commandName, findDeclaration } from '../command.ts';
import { findFacts } from '../input/declare-option.ts';
import { printWarning } from '../output/print-errors.ts';
import { type ConfigText, findConfig } from './find-config.ts';
import type { Settings } from './parse-config.ts';
import {
  environmentSettings,
  listCommands,
  listSettables,
  parseWords,
  type Settable,
  type Setting,
  unknownVariables,
} from './settings.ts';

export interface Configured {
  readonly file: string | null;
  /** Settings by long name; the environment takes precedence over the file. */
  readonly settings: ReadonlyMap<string, Setting>;
}

const NOTHING: Configured = { file: null, settings: new Map() };

/** Throws CONFIG_INVALID with every fault of the file. `whole` returns the program with all commands. */
export async function readConfiguration(
  command: Command,
  named: string | undefined,
  env: NodeJS.ProcessEnv,
  whole: () => Promise<Command>,
): Promise<Configured> {
  if (findDeclaration(command)?.ignoresConfig === true) return NOTHING;
  const own = listSettables(command);
  const ofEnvironment = environmentSettings(own, env);
  // Most of them belong to other commands, which are loaded only in this case.
  if (unknownVariables(own, env).length > 0)
    for (const text of unknownVariables(listCommands(await whole()).flatMap(listSettables), env))
      printWarning(text);
  const config = findConfig(named, env);
  if (config === null) return { file: null, settings: ofEnvironment };
  const settings = await parseSettings(config, whole);
  const ofFile = settings.get(commandName(command)) ?? new Map<string, Setting>();
  return { file: config.file, settings: new Map([...ofFile, ...ofEnvironment]) };
}

async function parseSettings({ file, text }: ConfigText, whole: () => Promise<Command>): Promise<Settings> {
  const { parseConfig, refuseProblems } = await import('./parse-config.ts');
  const { settings, problems } = parseConfig(text, file, await whole());
  refuseProblems(file, problems);
  return settings;
}

/** Makes mandatory options optional if they are set. Called before words are parsed. */
export function dropMandatory(command: Command, { settings }: Configured): void {
  for (const { name, option } of listSettables(command))
    if (option.mandatory && settings.has(name)) option.makeOptionMandatory(false);
}

/** Sets the options. Called directly after words are parsed. */
export function configure(command: Command, { settings }: Configured): void {
  const isQuiet = command.getOptionValueSource('quiet') === 'cli';
  for (const settable of listSettables(command)) {
    const setting = settings.get(settable.name);
    if (setting === undefined) continue;
    const { persists, isMerged } = findFacts(settable.option) ?? {};
    if (persists === true && !command.args.every((input) => kindOfInput(input) === 'captures')) continue;
    const key = settable.option.attributeName();
    const isOnCommandLine = command.getOptionValueSource(key) === 'cli';
    if (isOnCommandLine && isMerged !== true) continue;
    command.setOptionValueWithSource(key, mergeValue(command, settable, setting, isOnCommandLine), 'config');
    if (persists === true && !isQuiet)
      printWarning(`records are kept in ${String(setting.value)}, as set in ${setting.from}`);
  }
}

function mergeValue(
  command: Command,
  { option }: Settable,
  { value }: Setting,
  isOnCommandLine: boolean,
): unknown {
  if (typeof value === 'boolean') return value;
  const own = parseWords(option, value);
  if (!isOnCommandLine) return own;
  const current: unknown = command.getOptionValue(option.attributeName());
  return [own, current].flat();
}
