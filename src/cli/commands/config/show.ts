// `wiretally config show [COMMAND]`: prints the values that a command would use, with their sources.

import type { Command } from 'commander';
import { usageError } from '../../../model/errors.ts';
import { didYouMean } from '../../../text/near-word.ts';
import { painter, renderTable } from '../../../text/text-layout.ts';
import { visibleText } from '../../../text/visible-text.ts';
import { commandName, defineCommand, example } from '../../command.ts';
import { configFiles, loadConfig } from '../../config/load-config.ts';
import { type ParsedConfig, refuseProblems } from '../../config/parse-config.ts';
import { environmentSettings, listCommands, listSettables, type Setting } from '../../config/settings.ts';
import { commonOptions, configOption, outputOptions } from '../../input/options.ts';
import { EXIT } from '../../output/exit-code.ts';
import { writeJson, writeLines } from '../../output/stdout.ts';
import { buildTerminal } from '../../output/terminal.ts';
import { listColumns } from '../../output/text-columns.ts';

const options = { ...outputOptions, ...commonOptions, ...configOption };

export const command = defineCommand({
  summary: 'Print each value with its source; for one command also unset options',
  arguments: [{ name: '[command...]', suggest: suggestCommands }],
  options,
  ignoresConfig: true,
  permissions: { reads: configFiles },
  examples: [
    example('config show', 'Print the values that are set, with their source'),
    example('config show analyze --config wiretally.yaml', 'Print every option of one command'),
  ],
  async run(words, options, { buildFullProgram }) {
    const program = await buildFullProgram();
    const { config, settings, problems } = loadConfig(program, options.config);
    if (config !== null) refuseProblems(config.file, problems);
    const commands = findCommands(
      program,
      words.flatMap((word) => word.split(/\s+/)),
    );
    const shown = commands.flatMap((command) => listShownSettings(command, settings, words.length > 0));
    if (options.format === 'json') {
      await writeJson({ file: config?.file ?? null, options: shown });
      return EXIT.done;
    }
    const table = listColumns(shown, [
      ['COMMAND', (shownSettings) => shownSettings.command],
      ['OPTION', (shownSettings) => `--${shownSettings.option}`],
      ['VALUE', ({ value }) => (value === null ? '-' : String(value))],
      ['FROM', (shownSettings) => shownSettings.from],
    ]);
    await writeLines([
      config === null ? 'no configuration file' : `configuration: ${visibleText(config.file)}`,
      ...(shown.length === 0
        ? ['nothing is set']
        : renderTable(table, painter(buildTerminal(options).color))),
    ]);
    return EXIT.done;
  },
});

async function suggestCommands(given: readonly string[], names: readonly string[]): Promise<string[]> {
  const named = names
    .map((name) => name.split(' '))
    .filter((words) => given.every((word, i) => words[i] === word));
  return [...new Set(named.flatMap((words) => words[given.length] ?? []))];
}

interface ShownSettings {
  readonly command: string;
  readonly option: string;
  readonly value: Setting['value'] | null;
  readonly from: string;
}

function findCommands(program: Command, words: readonly string[]): Command[] {
  const all = listCommands(program);
  const named = all.filter((command) =>
    words.every((word, i) => commandName(command).split(' ')[i] === word),
  );
  if (named.length > 0) return named;
  const names = [
    ...new Set(all.flatMap((command) => [commandName(command), commandName(command).split(' ')[0] ?? ''])),
  ];
  throw usageError(`unknown command "${words.join(' ')}"${didYouMean(words.join(' '), names)}`);
}

/** `isWhole` includes options that are not set. */
function listShownSettings(
  command: Command,
  settings: ParsedConfig['settings'],
  isWhole: boolean,
): ShownSettings[] {
  const name = commandName(command);
  const settables = listSettables(command).filter(
    ({ option, refused }) => refused === null && !option.hidden,
  );
  const set = new Map([...(settings.get(name) ?? []), ...environmentSettings(settables, process.env)]);
  return settables.flatMap((settable): ShownSettings[] => {
    const setting = set.get(settable.name);
    const shown = { command: name, option: settable.name };
    if (setting !== undefined) return [{ ...shown, value: setting.value, from: setting.from }];
    return isWhole ? [{ ...shown, value: formatDefault(settable.option.defaultValue), from: 'default' }] : [];
  });
}

function formatDefault(value: unknown): Setting['value'] | null {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return null;
  return typeof value === 'boolean' ? value : [String(value)];
}
