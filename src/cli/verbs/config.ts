// `wiretally config check|show`: whether a configuration holds, and which value a command would use, with where it comes
// from.

import type { Command } from 'commander';
import { WiretallyError } from '../../model/errors.ts';
import { jsonText } from '../../text/json-text.ts';
import { didYouMean } from '../../text/near-word.ts';
import { plural } from '../../text/quantity.ts';
import { type Column, painter, renderTable } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import { commandName } from '../command-name.ts';
import { environmentSettings } from '../config/environment.ts';
import { type ConfigText, findConfig, placesOfConfig } from '../config/find-config.ts';
import { type ParsedConfig, parseConfig, problemLines, refuseProblems } from '../config/parse-config.ts';
import { actingCommands, settablesOf } from '../config/settable.ts';
import type { Setting } from '../config/setting.ts';
import {
  type CommonOptions,
  commonOptions,
  jsonAlias,
  type PlainFormat,
  plainFormat,
} from '../input/options.ts';
import { addOptions } from '../options/declare.ts';
import { EXIT, type ExitCode } from '../output/exit-code.ts';
import { writeLines, writeOut } from '../output/stdout.ts';
import { terminalOf } from '../output/terminal.ts';
import type { DefineVerb } from './define-verb.ts';

interface Options extends CommonOptions {
  readonly format: PlainFormat;
  readonly config?: string;
}

export const defineConfig: DefineVerb = (command, done) => {
  command
    .command('check [file]')
    .description('Check a configuration; print faults by line')
    .action(async (file: string | undefined, options: { readonly config?: string }) =>
      done(await check(command, file ?? options.config)),
    );
  const showing = command
    .command('show [command...]')
    .description('Print each value with its source; for one command also unset options');
  addOptions(showing, { ...plainFormat, ...jsonAlias, ...commonOptions });
  showing.action(async (words: string[], options: Options) => done(await show(command, words, options)));
};

interface Loaded extends ParsedConfig {
  readonly program: Command;
  readonly config: ConfigText | null;
}

/** program.ts defines all verbs where this one is wanted. */
function programOf(verb: Command): Command {
  return verb.parent ?? verb;
}

export function load(verb: Command, named: string | undefined): Loaded {
  const program = programOf(verb);
  const config = findConfig(named, process.env);
  if (config === null) return { program, config, settings: new Map(), problems: [] };
  return { program, config, ...parseConfig(config.text, config.file, program) };
}

/** Lines of the file that set something. */
export const setBy = (settings: ParsedConfig['settings']): ReadonlySet<string> =>
  new Set(
    [...settings.values()].flatMap((own) => [...own.values()].map(({ from, where }) => `${from} ${where}`)),
  );

async function check(verb: Command, named: string | undefined): Promise<ExitCode> {
  const { config, problems, settings, program } = load(verb, named);
  if (config === null) {
    await writeLines([`no configuration: there is none at ${placesOfConfig(process.env).join(', nor at ')}`]);
    return EXIT.done;
  }
  const { file } = config;
  for (const command of actingCommands(program)) environmentSettings(settablesOf(command), process.env);
  await writeLines(
    problems.length > 0
      ? problemLines(file, problems).map((line) => `error: ${visibleText(line)}`)
      : [`${visibleText(file)}: ${plural(setBy(settings).size, 'option')}: valid`],
  );
  return problems.length > 0 ? EXIT.usage : EXIT.done;
}

interface ShownSettings {
  readonly command: string;
  readonly option: string;
  readonly value: Setting['value'] | null;
  readonly from: string;
}

async function show(verb: Command, words: readonly string[], options: Options): Promise<ExitCode> {
  const { program, config, settings, problems } = load(verb, options.config);
  if (config !== null) refuseProblems(config.file, problems);
  const commands = commandsNamed(
    program,
    words.flatMap((word) => word.split(/\s+/)),
  );
  const shown = commands.flatMap((command) => shownOf(command, settings, words.length > 0));
  if (options.format === 'json') {
    await writeOut(`${jsonText({ file: config?.file ?? null, options: shown }, 2)}\n`);
    return EXIT.done;
  }
  const paint = painter(terminalOf(options).color);
  const column = (head: string, text: (each: ShownSettings) => string): Column => ({
    head,
    align: 'left',
    cells: shown.map((each) => ({ text: visibleText(text(each)) })),
  });
  const table = [
    column('COMMAND', (each) => each.command),
    column('OPTION', (each) => `--${each.option}`),
    column('VALUE', ({ value }) => (value === null ? '-' : String(value))),
    column('FROM', (each) => each.from),
  ];
  await writeLines([
    config === null ? 'no configuration file' : `configuration: ${visibleText(config.file)}`,
    ...(shown.length === 0 ? ['nothing is set'] : renderTable(table, paint)),
  ]);
  return EXIT.done;
}

function commandsNamed(program: Command, words: readonly string[]): Command[] {
  const all = actingCommands(program);
  const named = all.filter((command) =>
    words.every((word, i) => commandName(command).split(' ')[i] === word),
  );
  if (named.length > 0) return named;
  const names = [
    ...new Set(all.flatMap((command) => [commandName(command), commandName(command).split(' ')[0] ?? ''])),
  ];
  throw new WiretallyError(
    'USAGE',
    `no command is called "${words.join(' ')}"${didYouMean(words.join(' '), names)}`,
  );
}

/** `isWhole`: also options that are not set. */
function shownOf(command: Command, settings: ParsedConfig['settings'], isWhole: boolean): ShownSettings[] {
  const name = commandName(command);
  const settables = settablesOf(command).filter(({ option, refused }) => refused === null && !option.hidden);
  const set = new Map([...(settings.get(name) ?? []), ...environmentSettings(settables, process.env)]);
  return settables.flatMap((settable): ShownSettings[] => {
    const setting = set.get(settable.name);
    const shown = { command: name, option: settable.name };
    if (setting !== undefined) return [{ ...shown, value: setting.value, from: setting.from }];
    return isWhole ? [{ ...shown, value: defaultOf(settable.option.defaultValue), from: 'default' }] : [];
  });
}

function defaultOf(value: unknown): Setting['value'] | null {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return null;
  return typeof value === 'boolean' ? value : [String(value)];
}
