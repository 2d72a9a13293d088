// The configuration that is in force, with its faults.

import type { Command } from 'commander';
import { CONFIG_VARIABLE, type ConfigText, findConfig, placesOfConfig } from './find-config.ts';
import { type ParsedConfig, parseConfig } from './parse-config.ts';

interface LoadedConfig extends ParsedConfig {
  readonly config: ConfigText | null;
}

/** `named`: by the command line; `program`: with all its commands. Throws CONFIG_INVALID where the file cannot be read. */
export function loadConfig(program: Command, named: string | undefined): LoadedConfig {
  const config = findConfig(named, process.env);
  if (config === null) return { config, settings: new Map(), problems: [] };
  return { config, ...parseConfig(config.text, config.file, program) };
}

/** Lines of the file that set something. */
export const setBy = (settings: ParsedConfig['settings']): ReadonlySet<string> =>
  new Set(
    [...settings.values()].flatMap((own) => [...own.values()].map(({ from, where }) => `${from} ${where}`)),
  );

export const configFiles = (): string[] => [
  ...placesOfConfig(process.env),
  process.env[CONFIG_VARIABLE] ?? '',
];
