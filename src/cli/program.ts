// The program with its verbs: as words are parsed, and as completion and manual pages describe it.

import { Command, Help, type HelpConfiguration, Option } from 'commander';
import { packageVersion } from '../files/version.ts';
import { commandName } from './command-name.ts';
import { exampleText } from './examples.ts';
import { addOptions, factsOf, flag, OPTION_GROUPS, option } from './options/declare.ts';
import type { ExitCode } from './output/exit-code.ts';
import { VERBS } from './verbs.ts';

/** What a configuration may say is what all verbs take. */
const DESCRIBE_ALL: ReadonlySet<string> = new Set(['config', 'doctor']);

/**
 * Defines the verb that is wanted, or all; the others are known by name and summary alone, which is faster. Verbs take over
 * what `prepare` sets. `isWhole`: the help lists every option, not the common ones alone.
 */
export async function buildProgram(
  wanted: string | 'all' | undefined,
  done: (code: ExitCode) => void = () => undefined,
  prepare: (program: Command) => void = () => undefined,
  isWhole = true,
): Promise<Command> {
  const program = new Command('wiretally')
    .description(
      'Analyze network traffic and report which hosts use which AI coding tools, since when, and how much.',
    )
    .version(`wiretally ${packageVersion()}`, '-V, --version', 'Print the version')
    .helpOption('-h, --help', 'Print help')
    .addHelpCommand(
      new Command('help').argument('[command]').description('Print help of a command').helpGroup('Setup:'),
    )
    // Options of a verb are the verb's, even where one is called --version.
    .enablePositionalOptions()
    .showSuggestionAfterError(true)
    .configureHelp(helpStyle(isWhole));
  prepare(program);
  const wantsAll = wanted === 'all' || DESCRIBE_ALL.has(wanted ?? '');
  for (const verb of VERBS) {
    const { name, group, summary, load, subs = [] } = verb;
    const command = program.command(name).description(summary).helpGroup(`${group}:`);
    if (name !== wanted && !wantsAll) continue;
    if (load !== undefined) (await load())(command, done);
    for (const sub of subs) {
      const define = await sub.load();
      define(command.command(sub.name).description(sub.summary), done);
    }
    finish(command, isWhole);
  }
  return program;
}

const actingOptions = {
  sandbox: flag(
    '--no-sandbox',
    'General',
    'Do not confine file access and system calls (Landlock, seccomp)',
    { byDefault: true, notInConfig: 'it removes a protection: only the command line can say that' },
  ),
};
const configOptions = {
  config: option('--config <file>', 'General', 'Read options from this file (docs/configuration.md)', {
    notInConfig: 'a configuration names no other',
  }),
};

/** What every command that acts has: a configuration, the sandbox (rights/rights.ts lists what it allows) and examples. */
function finish(verb: Command, isWhole: boolean): void {
  const acting = verb.commands.length === 0 ? [verb] : verb.commands;
  for (const command of acting) {
    if (!['doctor', 'completion'].includes(command.name())) addOptions(command, configOptions);
    addOptions(command, actingOptions);
    command
      .addHelpOption(
        new Option('-h, --help', 'Show the common options; --help --all: every option').helpGroup('General:'),
      )
      .addHelpText('after', moreOptions(command, isWhole))
      .addHelpText('after', exampleText(commandName(command)));
  }
}

// How a help text lists options: by group in a fixed order, the common ones alone unless all are asked for.

const HEADINGS: readonly string[] = OPTION_GROUPS.map((group) => `${group}:`);
const plain = new Help();

/** Headings of options come in the order of their groups; those of commands in that of the table of verbs. */
function groupItems<T extends Command | Option>(
  unsorted: T[],
  visible: T[],
  getGroup: (item: T) => string,
): Map<string, T[]> {
  const groups = plain.groupItems(unsorted, visible, getGroup);
  const orderOf = (heading: string): number => {
    const at = HEADINGS.indexOf(heading);
    return at < 0 ? HEADINGS.length : at;
  };
  return new Map(
    [...groups].filter(([, items]) => items.length > 0).sort(([a], [b]) => orderOf(a) - orderOf(b)),
  );
}

/** `isWhole`: every option of a command. */
const helpStyle = (isWhole: boolean): HelpConfiguration => ({
  groupItems,
  visibleOptions: (command) => plain.visibleOptions(command).filter((made) => isWhole || isCommon(made)),
  optionDescription,
});

/** Where the short help leaves options out: how to see them. */
function moreOptions(command: Command, isWhole: boolean): string {
  const all = plain.visibleOptions(command);
  if (isWhole || all.every(isCommon)) return '';
  return `\n"wiretally ${commandName(command)} --help --all" lists all ${all.length} options.\n`;
}

/** Options that no table declares are those of the program itself. */
function isCommon(made: Option): boolean {
  const facts = factsOf(made);
  return facts === undefined || facts.isCommon === true || facts.isMandatory === true;
}

/** Choices and defaults as a user types them. */
function optionDescription(made: Option): string {
  const { description, argChoices, defaultValue, defaultValueDescription } = made;
  const shown = defaultValueDescription ?? textOf(defaultValue);
  return [
    argChoices === undefined ? description : `${description}: ${argChoices.join(', ')}`,
    ...(shown === null ? [] : [`(default: ${shown})`]),
  ].join(' ');
}

const textOf = (value: unknown): string | null =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : null;
