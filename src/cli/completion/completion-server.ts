// Completes the word at the tab key: answers the scripts that `wiretally completion` prints.

import { setTimeout } from 'node:timers/promises';
import type { Argument, Command, Option } from 'commander';
import { kindOfInput } from '../../query/inputs/source-kind.ts';
import type { ListedNames } from '../../store/duckdb/completed-names.ts';
import { findDeclaration } from '../command.ts';
import { COMMANDS } from '../command-list.ts';
import { findFacts } from '../input/declare-option.ts';
import { buildProgram } from '../program.ts';
import { confinePlaces } from '../rights/rights.ts';
import { FILES } from './scripts.ts';

interface Item {
  readonly name: string;
  readonly description?: string;
}

/** `words`: the command line, with the program name first. `env`: the shell, and the position of the cursor. */
export async function complete(words: readonly string[], env: NodeJS.ProcessEnv): Promise<string[]> {
  const { SHELL: shell, COMP_CWORD } = env;
  const at = Number(COMP_CWORD);
  const word = words[at] ?? '';
  const items = await listItemsAfter(words.slice(1, at), word);
  if (items === null) return shell === 'bash' ? [] : [FILES];
  if (shell === 'zsh')
    return items.map(({ name, description }) => formatLine(name.replaceAll(':', '\\:'), ':', description));
  if (shell === 'fish') return items.map(({ name, description }) => formatLine(name, '\t', description));
  // Other shells filter the items themselves.
  return items.map(({ name }) => name).filter((name) => name.startsWith(word));
}

function formatLine(name: string, mark: string, description = ''): string {
  return description === '' ? name : `${name}${mark}${description}`;
}

/** A colon ends the value in zsh. */
/** Returns null if a file name is expected. */
async function listItemsAfter(before: readonly string[], word: string): Promise<readonly Item[] | null> {
  const plain = before.filter((word) => !word.startsWith('-'));
  const isHelp = plain[0] === 'help';
  const verbs = isHelp ? plain.slice(1) : plain;
  const program = await buildProgram(verbs);
  const verb = program.commands.find((command) => command.name() === verbs[0]);
  if (verb === undefined && verbs.length > 0) return [];
  const sub = verb?.commands.find((command) => command.name() === verbs[1]);
  const command = sub ?? verb ?? program;
  const last = findOption(command, before.at(-1) ?? '');
  if (last !== undefined && (last.required || last.optional)) {
    const kind = findFacts(last)?.stored;
    const stored = kind === undefined ? null : await readStoreNames(before, kind);
    return await listItems(stored?.length ? Promise.resolve(stored) : findValues(command, last));
  }
  if (word.startsWith('-')) return listOptions(command);
  const subs = command
    .createHelp()
    .visibleCommands(command)
    .filter((command) => !isHelp || command.name() !== 'help');
  if (subs.length > 0)
    return subs.map((command) => ({ name: command.name(), description: command.description() }));
  if (isHelp) return [];
  const given = verbs.slice(command === sub ? 2 : 1);
  return await listItems(findValues(command, findArgument(command, verbs.length), given));
}

async function listItems(values: Promise<readonly string[]> | null): Promise<readonly Item[] | null> {
  return values === null ? null : (await values).map((name) => ({ name }));
}

function findOption(command: Command, word: string): Option | undefined {
  return command.options.find(({ short, long }) => word !== '' && (word === short || word === long));
}

function listOptions(command: Command): Item[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ long, description }) => (long === undefined ? [] : [{ name: long, description }]));
}

/** Returns the argument at the next word after `words` plain words. */
function findArgument(command: Command, words: number): Argument | undefined {
  const own = words - (command.parent?.parent == null ? 1 : 2);
  const all = command.registeredArguments;
  const last = all.at(-1);
  return all[own] ?? (last?.variadic === true ? last : undefined);
}

// Completes hosts and tools of the store on the command line, if they are available fast enough for a key press.

const MAX_MS = 200;
/** Only these words are offered to a shell: a store may be a file of another user with any content. */
const PLAIN = /^[0-9A-Za-z][0-9A-Za-z.:_-]{0,63}$/;

/** Returns null if no word is a store. */
export async function readStoreNames(
  words: readonly string[],
  kind: ListedNames,
  mostMs: number = MAX_MS,
): Promise<readonly string[] | null> {
  const store = words.find((word) => !word.startsWith('-') && kindOfInput(word) === 'store');
  if (store === undefined) return null;
  const names = await Promise.race([ask(store, kind), setTimeout(mostMs, [], { ref: false })]);
  return names.filter((name) => PLAIN.test(name));
}

async function ask(store: string, kind: ListedNames): Promise<readonly string[]> {
  try {
    const { listNames } = await import('../../store/duckdb/completed-names.ts');
    confinePlaces([], [store], [], () => undefined);
    return await listNames(store, kind);
  } catch {
    // The file is damaged, in use or not a store; the command will report this.
    return [];
  }
}

// Completes options and arguments with a closed list of values.

/** Returns null without a list, so that a file name may be expected. `given`: the arguments before the cursor. */
function findValues(
  command: Command,
  part: Option | Argument | undefined,
  given: readonly string[] = [],
): Promise<readonly string[]> | null {
  if (part === undefined) return null;
  if (part.argChoices !== undefined) return Promise.resolve(part.argChoices);
  if ('long' in part) return findFacts(part)?.suggest?.() ?? null;
  const at = command.registeredArguments.findIndex(
    (registeredArgument) => registeredArgument.name() === part.name(),
  );
  const declared = findDeclaration(command)?.arguments?.[at];
  return declared?.suggest?.(given, COMMAND_NAMES) ?? null;
}

const COMMAND_NAMES = COMMANDS.flatMap((command) => [
  command.name,
  ...('load' in command ? [] : command.commands.map(({ name }) => `${command.name} ${name}`)),
]);
