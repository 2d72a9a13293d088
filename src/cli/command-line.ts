// The command line: finds the command and runs it.

import { existsSync } from 'node:fs';
import { type Command, CommanderError } from 'commander';
import { packageVersion } from '../files/package-version.ts';
import { fileFault } from '../files/read-bounded.ts';
import { measureWideText } from '../files/wide-text.ts';
import { WiretallyError } from '../model/errors.ts';
import { findDeclaration } from './command.ts';
import { COMMANDS } from './command-list.ts';
import { configure, dropMandatory, readConfiguration } from './config/apply-config.ts';
import { growHeapSlowly, optimizeLate } from './optimizing.ts';
import { EXIT, type ExitCode, errorExitCode } from './output/exit-code.ts';
import { type MessageStyle, printError, printWarning } from './output/print-errors.ts';
import { writeOut } from './output/stdout.ts';
import { buildProgram } from './program.ts';
import { confineCommand } from './rights/rights.ts';
import { endProcess } from './start-terminal.ts';

const PROGRAM_OPTIONS: ReadonlySet<string> = new Set(['-h', '--help', '-V', '--version']);

/** Ends the process after all output was written, even if standard input stays open. */
export async function runAndEnd(words: readonly string[]): Promise<never> {
  optimizeLate();
  growHeapSlowly();
  endProcess(await runCommandLine(words));
}

/** Prints errors, and converts them to exit codes. */
export async function runCommandLine(words: readonly string[]): Promise<ExitCode> {
  measureWideText();
  try {
    if (words[0] === '--version' || words[0] === '-V') {
      await writeOut(`wiretally ${packageVersion()}\n`);
      return EXIT.done;
    }
    // The shell runs this command at the tab key.
    if (words[0] === 'completion-server') {
      const { complete } = await import('./completion/completion-server.ts');
      await writeOut((await complete(words.slice(2), process.env)).map((line) => `${line}\n`).join(''));
      return EXIT.done;
    }
    return await runCommand(words);
  } catch (cause) {
    const fault = fileFault(cause);
    const error = fault === null ? cause : new WiretallyError('INPUT_UNREADABLE', fault, { cause });
    printError(error, findStyle(words));
    return errorExitCode(error);
  }
}

async function runCommand(typed: readonly string[]): Promise<ExitCode> {
  const asksAll = requestsHelp(typed) && typed.includes('--all');
  const words = insertAnalyze(listHelp(asksAll ? typed.filter((word) => word !== '--all') : typed));
  let exitCode: ExitCode = EXIT.done;
  let help = '';
  let wrong = '';
  const inputs = words.filter((word) => !word.startsWith('-'));
  const setExitCode = (code: ExitCode): void => {
    exitCode = code;
  };
  let configureFirst: (command: Command) => void = () => undefined;
  const program = await buildProgram(
    inputs,
    setExitCode,
    (fresh) =>
      fresh
        .configureOutput({
          writeErr: (text) => {
            wrong += text;
          },
          writeOut: (text) => {
            help += text;
          },
        })
        .exitOverride()
        .hook('preAction', (_, command) => {
          configureFirst(command);
          // Rights are dropped before anything is opened. Only `doctor` reports rights that cannot be dropped.
          confineCommand(command, command.opts().verbose === true ? printWarning : () => undefined);
        }),
    asksAll,
  );
  try {
    if (words.length === 0) {
      process.stderr.write(program.helpInformation());
      return EXIT.usage;
    }
    if (typed[0] === 'help') requireCommand(program, inputs);
    configureFirst = await applyWhenParsed(program, inputs, words);
    await program.parseAsync([...words], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) {
      await writeOut(help);
      return EXIT.done;
    }
    // A command without its subcommand prints the list of subcommands instead of an error.
    if (error.code === 'commander.help') {
      process.stderr.write(wrong);
      return EXIT.usage;
    }
    throw convertParserError(error.message, findCommandPath(program, inputs));
  }
}

/** Converts "help fleet ship" to "fleet ship --help": the help command of the parser accepts only one word. */
function listHelp(words: readonly string[]): readonly string[] {
  if (words[0] !== 'help') return words;
  const named = words.slice(1).filter((word) => !word.startsWith('-'));
  return [...named.flatMap((word) => word.split(/\s+/)), '--help'];
}

/** Refuses unknown commands: the help text of another command would hide the error. */
function requireCommand(program: Command, names: readonly string[]): void {
  const found = findCommandPath(program, names);
  const unknown = names[found.length];
  if (unknown !== undefined) throw convertParserError(`unknown command '${unknown}'`, found);
}

/** Returns the named command after its parent commands; ignores other words. */
function findCommandPath(program: Command, names: readonly string[]): Command[] {
  const found: Command[] = [];
  for (const name of names) {
    const next = (found.at(-1) ?? program).commands.find((command) => command.name() === name);
    if (next === undefined) break;
    found.push(next);
  }
  return found;
}

/**
 * Inserts `analyze` if the first word is an input or an option of `analyze`: "wiretally office.pcap".
 */
function insertAnalyze(words: readonly string[]): readonly string[] {
  const [first] = words;
  if (first === undefined || first === 'help' || COMMANDS.some(({ name }) => name === first)) return words;
  const isOption = first.startsWith('-') && first !== '-';
  const isInput = isOption ? !PROGRAM_OPTIONS.has(first) : /^-$|[./\\]/.test(first) || existsSync(first);
  return isInput ? ['analyze', ...words] : words;
}

/**
 * The environment and a file set options that the command line omits. They are read now, and set after the words are parsed.
 */
async function applyWhenParsed(
  program: Command,
  commandWords: readonly string[],
  words: readonly string[],
): Promise<(command: Command) => void> {
  const command = findCommandPath(program, commandWords).at(-1);
  if (command === undefined || command.commands.length > 0 || requestsHelp(words)) return () => undefined;
  const configured = await readConfiguration(command, findNamedConfig(words), process.env, () =>
    buildProgram('all'),
  );
  dropMandatory(command, configured);
  return (acting) => configure(acting, configured);
}

/** True if the words request help. Words after "--" are inputs. */
function requestsHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  const options = end < 0 ? words : words.slice(0, end);
  return options.includes('--help') || options.includes('-h') || options[0] === 'help';
}

/** Finds --config before words are parsed, because a file can set mandatory options. */
function findNamedConfig(words: readonly string[]): string | undefined {
  const end = words.indexOf('--');
  const options = end < 0 ? words : words.slice(0, end);
  const at = options.findLastIndex((word) => word === '--config' || word.startsWith('--config='));
  const word = options[at];
  if (word === undefined) return undefined;
  return word === '--config' ? options[at + 1] : word.slice('--config='.length);
}

/** Converts messages such as "error: unknown option '--fromat'\n(Did you mean --format?)" of commander. */
function convertParserError(message: string, commands: readonly Command[]): WiretallyError {
  const [what = '', ...hints] = message.replace(/^error: /, '').split('\n');
  const hint = hints.join(' ').replace(/^\((.*)\)$/, '$1');
  const help = ['wiretally', ...commands.map((command) => command.name()), '--help'].join(' ');
  const acting = commands.at(-1);
  const sample = /^(required option|missing required|unknown option)/.test(what)
    ? acting && findDeclaration(acting)?.examples[0]?.line
    : undefined;
  const general = `${help} lists commands and options`;
  return new WiretallyError('USAGE', replaceParserTerms(what.replaceAll("'", '"')), {
    next:
      hint !== ''
        ? hint.charAt(0).toLowerCase() + hint.slice(1)
        : sample === undefined
          ? general
          : `for example ${sample}; ${general}`,
  });
}

/** Replaces the internal terms in messages of commander about arguments. */
function replaceParserTerms(what: string): string {
  return what
    .replace(
      /^too many arguments for "(.+)"\. Expected 0 arguments but got (\d+)\.$/,
      '"$1" takes no arguments, $2 given',
    )
    .replace(
      /^too many arguments for "(.+)"\. Expected (\d+) .*but got (\d+)\.$/,
      '"$1" takes at most $2, $3 given',
    )
    .replace(
      /^command-argument value "(.*)" is invalid for argument "(.+)"\. Allowed choices are (.+)\.$/,
      '$2 must be one of $3, not "$1"',
    );
}

/** Finds the style of messages before options are parsed: a program that requests JSON gets every error as JSON. */
function findStyle(words: readonly string[]): MessageStyle {
  if (words.includes('--json') || hasOptionValue(words, '--format', 'json')) return 'json';
  return hasOptionValue(words, '--color', 'never') ? 'plain' : 'lines';
}

const hasOptionValue = (words: readonly string[], option: string, value: string): boolean =>
  words.some((word, i) => word === `${option}=${value}` || (word === option && words[i + 1] === value));
