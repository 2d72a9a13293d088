// Builds the program with its commands, for parsing, completion and manual pages.

import { Help, type HelpConfiguration, Option, Command as ParsedCommand } from 'commander';
import { packageVersion } from '../files/package-version.ts';
import { wrapCommand } from '../text/text-layout.ts';
import { type Command, commandName, type Example, noteDeclaration } from './command.ts';
import { COMMANDS } from './command-list.ts';
import { readSummaries } from './command-summaries.ts';
import { addOptions, findFacts, flag, OPTION_GROUPS } from './input/declare-option.ts';
import { configOption } from './input/options.ts';
import type { ExitCode } from './output/exit-code.ts';

/** The known words of a command. */
type CommandWords = readonly string[];

/**
 * Declares the wanted command, or those of its family, or all. Other commands have only a name and a summary, which
 * is faster. Commands inherit the settings of `prepare`. `isWhole`: the help lists every option instead of the common ones.
 */
export async function buildProgram(
  wanted: CommandWords | 'all',
  done: (code: ExitCode) => void = () => undefined,
  prepare: (program: ParsedCommand) => void = () => undefined,
  isWhole = true,
): Promise<ParsedCommand> {
  const program = new ParsedCommand('wiretally')
    .description(
      'Analyze network traffic and report which hosts use which AI coding tools, since when, and how much.',
    )
    .version(`wiretally ${packageVersion()}`, '-V, --version', 'Print the version')
    .helpOption('-h, --help', 'Print help')
    .addHelpCommand(
      new ParsedCommand('help')
        .argument('[command]')
        .description('Print help of a command')
        .helpGroup('Setup:'),
    )
    // An option after a command belongs to the command, even --version.
    .enablePositionalOptions()
    .showSuggestionAfterError(true)
    .configureHelp(helpStyle(isWhole));
  prepare(program);
  const summaries = await readSummaries();
  for (const listed of COMMANDS) {
    const isWanted = wanted === 'all' || wanted[0] === listed.name;
    const { group, summary } = 'load' in listed ? (summaries[listed.name] ?? NO_SUMMARY) : listed;
    const parsed = program.command(listed.name).description(summary).helpGroup(`${group}:`);
    if (!isWanted) continue;
    if ('load' in listed) {
      declare(parsed, (await listed.load()).command, done, isWhole);
      continue;
    }
    const { commands } = listed;
    const [only] = commands.filter(({ name }) => wanted !== 'all' && wanted[1] === name);
    for (const { name, load } of commands) {
      const sub = parsed.command(name);
      if (only === undefined || only.name === name) declare(sub, (await load()).command, done, isWhole);
      else sub.description(summaries[`${listed.name} ${name}`]?.summary ?? '');
    }
  }
  return program;
}

const NO_SUMMARY = { group: undefined, summary: '' };

/** Every command has this option, because the sandbox allows only its permissions. */
const sandboxOption = {
  sandbox: flag(
    '--no-sandbox',
    'General',
    'Do not confine file access and system calls (Landlock, seccomp)',
    { byDefault: true, notInConfig: 'it removes a protection: set it on the command line only' },
  ),
};

/** Adds the arguments, options and action of a command to the parser, and the options of every command. */
function declare(
  parsed: ParsedCommand,
  command: Command,
  done: (code: ExitCode) => void,
  isWhole: boolean,
): void {
  const { summary, usage, arguments: args = [], options, ignoresConfig, examples } = command;
  noteDeclaration(parsed, command);
  parsed.description(summary);
  if (usage !== undefined) parsed.usage(usage);
  for (const { name, description, choices } of args) {
    const argument = parsed.createArgument(name, description);
    parsed.addArgument(choices === undefined ? argument : argument.choices(choices));
  }
  addOptions(parsed, options);
  if (ignoresConfig !== true) addOptions(parsed, configOption);
  addOptions(parsed, sandboxOption);
  parsed
    .addHelpOption(
      new Option('-h, --help', 'Show the common options; --help --all: every option').helpGroup('General:'),
    )
    .addHelpText('after', moreOptions(parsed, isWhole))
    .addHelpText('after', exampleText(examples))
    .action(async () => {
      done(await command.act({ parsed, buildFullProgram: () => buildProgram('all') }));
    });
}

function exampleText(examples: readonly Example[]): string {
  if (examples.length === 0) return '';
  return `\nExamples:\n${examples.map(exampleLines).join('')}`;
}
const HELP_WIDTH = 80;

/** Formats an example, indented by two columns; a command that is wider than the help continues after a backslash. */
function exampleLines({ line, says }: Example): string {
  const command = wrapCommand(line, HELP_WIDTH - 2).map((part) => `  ${part}\n`);
  return `${command.join('')}      ${says}\n`;
}
// Lists options in help texts by group in a fixed order; only common ones unless all are requested.

const HEADINGS: readonly string[] = OPTION_GROUPS.map((group) => `${group}:`);
const plain = new Help();

/** Groups items: options in the order of OPTION_GROUPS, commands in the order of their list. */
function groupItems<T extends ParsedCommand | Option>(
  unsorted: T[],
  visible: T[],
  getGroup: (item: T) => string,
): Map<string, T[]> {
  const groups = plain.groupItems(unsorted, visible, getGroup);
  const findOrder = (heading: string): number => {
    const at = HEADINGS.indexOf(heading);
    return at < 0 ? HEADINGS.length : at;
  };
  return new Map(
    [...groups].filter(([, items]) => items.length > 0).sort(([a], [b]) => findOrder(a) - findOrder(b)),
  );
}

/** `isWhole`: lists every option of a command. */
const helpStyle = (isWhole: boolean): HelpConfiguration => ({
  groupItems,
  visibleOptions: (command) => plain.visibleOptions(command).filter((option) => isWhole || isCommon(option)),
  optionDescription,
  // Lists of commands omit arguments, because the summaries need the width. The usage of a command shows them.
  subcommandTerm: (command) => command.name(),
  commandUsage: (command) =>
    plain.commandUsage(command).replaceAll(' | ', `\n       wiretally ${commandName(command)} `),
});

/** Returns how to list further options, if the short help omits some. */
function moreOptions(command: ParsedCommand, isWhole: boolean): string {
  const all = plain.visibleOptions(command);
  if (isWhole || all.every(isCommon)) return '';
  return `\n"wiretally ${commandName(command)} --help --all" lists all ${all.length} options.\n`;
}

/** True for common options. Options without a declaration belong to the program itself. */
function isCommon(option: Option): boolean {
  const facts = findFacts(option);
  return facts === undefined || facts.isCommon === true || facts.isMandatory === true;
}

/** Describes choices and defaults as a user types them. */
function optionDescription(option: Option): string {
  const { description, argChoices, defaultValue, defaultValueDescription } = option;
  const shown = defaultValueDescription ?? parseText(defaultValue);
  return [
    argChoices === undefined ? description : `${description}: ${argChoices.join(', ')}`,
    ...(shown === null ? [] : [`(default: ${shown})`]),
  ].join(' ');
}

const parseText = (value: unknown): string | null =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : null;
