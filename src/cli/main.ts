#!/usr/bin/env node
// The entry of the command line: finds the verb, lets it run, and ends with its exit code.

import { setFlagsFromString } from 'node:v8';
import type { Command } from 'commander';
import { WiretallyError } from '../model/errors.ts';
import { EXIT, type ExitCode, exitCodeOf } from './output/exit-code.ts';
import { type MessageStyle, printError, printWarning } from './output/messages.ts';
import { writeOut } from './output/stdout.ts';
import { VERBS } from './verbs.ts';
import { packageVersion } from './version.ts';

/** Of Node 24. A later one may not know the flag, and would say so to the user. */
const NEWEST_KNOWN_V8 = 13;

/**
 * Bytecode, in bytes, that a function runs through before it is compiled anew and better; about nine times the default.
 * Most code here runs for a second or less: compiling it costs more CPU than it saves. What runs long is still compiled.
 * Measured (bench/README.md): a fifth of the CPU of a capture of two million packets.
 */
if (Number.parseInt(process.versions.v8, 10) <= NEWEST_KNOWN_V8)
  setFlagsFromString('--interrupt-budget=1200000');

/** Whatever is written is nobody's but the owner's and its group's, stores and bundles included. */
process.umask(process.umask() | 0o027);

// All output has been taken when a verb ends; a standard input that nobody closes must not keep the process.
process.exit(await main(process.argv.slice(2)));

async function main(words: readonly string[]): Promise<ExitCode> {
  try {
    if (words[0] === '--version' || words[0] === '-V') {
      await writeOut(`wiretally ${packageVersion()}\n`);
      return EXIT.done;
    }
    return await runVerb(words);
  } catch (error) {
    printError(error, messageStyle(words));
    return exitCodeOf(error);
  }
}

async function runVerb(words: readonly string[]): Promise<ExitCode> {
  const { Command, CommanderError, Help } = await import('commander');
  const program = new Command('wiretally');
  let exitCode: ExitCode = EXIT.done;
  let help = '';
  let wrong = '';
  program
    .description('Tells from packets which hosts use which AI coding tools, since when, and how much.')
    .version(`wiretally ${packageVersion()}`)
    // Options of a verb are the verb's, even where one is called --version.
    .enablePositionalOptions()
    .showSuggestionAfterError(true)
    .configureOutput({
      writeErr: (text) => {
        wrong += text;
      },
      writeOut: (text) => {
        help += text;
      },
    })
    .configureHelp({
      // An option that may be repeated begins with none; "(default: [])" says nothing to anybody.
      optionDescription: (option) =>
        Array.isArray(option.defaultValue) ? option.description : new Help().optionDescription(option),
    })
    .exitOverride()
    .hook('preAction', (_, command) => confineFirst(command));
  const asked = words.filter((word) => !word.startsWith('-'));
  const wanted = asked[0] === 'help' ? asked[1] : asked[0];
  for (const verb of VERBS) {
    const command = program.command(verb.name).description(verb.summary);
    if (verb.name === wanted) {
      const define = await verb.load();
      define(command, (code) => {
        exitCode = code;
      });
      addSandboxOption(command);
    }
  }
  try {
    if (words.length === 0) {
      process.stderr.write(program.helpInformation());
      return EXIT.usage;
    }
    await program.parseAsync([...words], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) {
      await writeOut(help);
      return EXIT.done;
    }
    // A verb of verbs, named alone: its list says more than an error could.
    if (error.code === 'commander.help') {
      process.stderr.write(wrong);
      return EXIT.usage;
    }
    const verb = program.commands.find((command) => command.name() === wanted);
    const sub = verb?.commands.find((command) => command.name() === asked[asked[0] === 'help' ? 2 : 1]);
    throw usageError(error.message, [verb, sub]);
  }
}

/** With each command that acts; what it leaves off stands in rights/rights.ts. */
function addSandboxOption(command: Command): void {
  const acting = command.commands.length === 0 ? [command] : command.commands;
  for (const each of acting)
    each.option('--no-sandbox', 'confine neither files nor system calls (Landlock, seccomp)');
}

/** Rights are given up before anything is opened. */
async function confineFirst(command: Command): Promise<void> {
  const { confineCommand } = await import('./rights/rights.ts');
  // Every command would say it again; `doctor` does.
  confineCommand(command, command.opts().verbose === true ? printWarning : () => undefined);
}

/** Commander says "error: unknown option '--fromat'\n(Did you mean --format?)". */
function usageError(message: string, verbs: readonly (Command | undefined)[]): WiretallyError {
  const [what = '', ...hints] = message.replace(/^error: /, '').split('\n');
  const hint = hints.join(' ').replace(/^\((.*)\)$/, '$1');
  const names = verbs.flatMap((verb) => (verb === undefined ? [] : [verb.name()]));
  const help = ['wiretally', ...names, '--help'].join(' ');
  return new WiretallyError('USAGE', what.replaceAll("'", '"'), {
    next: hint === '' ? `${help} lists what there is` : hint.charAt(0).toLowerCase() + hint.slice(1),
  });
}

/** Before options are parsed: a program that asks for JSON wants its errors so, whatever else is wrong. */
function messageStyle(words: readonly string[]): MessageStyle {
  return words.some((word, i) => word === '--format=json' || (word === '--format' && words[i + 1] === 'json'))
    ? 'json'
    : 'lines';
}
