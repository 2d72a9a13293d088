// The program with its verbs: as words are parsed, and as completion and manual pages describe it.

import { Command, Help } from 'commander';
import { packageVersion } from '../files/version.ts';
import { commandName } from './command-name.ts';
import { exampleText } from './examples.ts';
import type { ExitCode } from './output/exit-code.ts';
import { VERBS } from './verbs.ts';

/** What a configuration may say is what all verbs take. */
const DESCRIBE_ALL: ReadonlySet<string> = new Set(['config', 'doctor']);

/**
 * Defines the verb that is wanted, or all; the others are known by name and summary alone, which is faster. Verbs take over
 * what `prepare` sets.
 */
export async function buildProgram(
  wanted: string | 'all' | undefined,
  done: (code: ExitCode) => void = () => undefined,
  prepare: (program: Command) => void = () => undefined,
): Promise<Command> {
  const program = new Command('wiretally')
    .description('Tells from packets which hosts use which AI coding tools, since when, and how much.')
    .version(`wiretally ${packageVersion()}`)
    // Options of a verb are the verb's, even where one is called --version.
    .enablePositionalOptions()
    .showSuggestionAfterError(true)
    .configureHelp({
      // An option that may be repeated begins with none; "(default: [])" says nothing to anybody.
      optionDescription: (option) =>
        Array.isArray(option.defaultValue) ? option.description : new Help().optionDescription(option),
    });
  prepare(program);
  const wantsAll = wanted === 'all' || DESCRIBE_ALL.has(wanted ?? '');
  for (const verb of VERBS) {
    const command = program.command(verb.name).description(verb.summary);
    if (verb.name !== wanted && !wantsAll) continue;
    const define = await verb.load();
    define(command, done);
    finish(command);
  }
  return program;
}

/** What every command that acts has: a configuration, the sandbox (what it leaves off stands in rights/rights.ts) and examples. */
function finish(verb: Command): void {
  const acting = verb.commands.length === 0 ? [verb] : verb.commands;
  for (const command of acting) {
    command
      .option('--no-sandbox', 'confine neither files nor system calls (Landlock, seccomp)')
      .addHelpText('after', exampleText(commandName(command)));
    if (!['doctor', 'completion'].includes(command.name()))
      command.option('--config <file>', 'take options from this file (docs/configuration.md)');
  }
}
