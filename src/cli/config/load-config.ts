// Loads the configuration in force, with its faults.

import type { Command } from 'commander';
import { CONFIG_VARIABLE, type ConfigText, findConfig, listDefaultPaths } from './find-config.ts';
import { type ParsedConfig, parseConfig } from './parse-config.ts';

interface LoadedConfig extends ParsedConfig {
  readonly config: ConfigText | null;
}

/** `named`: path on the command line; `program`: with all commands. Throws CONFIG_INVALID if the file cannot be read. */
export function loadConfig(program: Command, named: string | undefined): LoadedConfig {
  const config = findConfig(named, process.env);
  if (config === null) return { config, settings: new Map(), problems: [] };
  return { config, ...parseConfig(config.text, config.file, program) };
}

/** Lists the lines of the file that set an option. */
export const listSettingLines = (settings: ParsedConfig['settings']): ReadonlySet<string> =>
  new Set(
    [...settings.values()].flatMap((own) => [...own.values()].map(({ from, where }) => `${from} ${where}`)),
  );

export const configFiles = (): string[] => [
  ...listDefaultPaths(process.env),
  process.env[CONFIG_VARIABLE] ?? '',
];
