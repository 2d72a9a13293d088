// How a help text lists options: by group in a fixed order, the common ones alone unless all are asked for.

import { type Command, Help, type HelpConfiguration, type Option } from 'commander';
import { commandName } from '../command-name.ts';
import { factsOf, OPTION_GROUPS } from './declare.ts';

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
export const helpStyle = (isWhole: boolean): HelpConfiguration => ({
  groupItems,
  visibleOptions: (command) => plain.visibleOptions(command).filter((made) => isWhole || isCommon(made)),
  optionDescription,
});

/** Where the short help leaves options out: how to see them. */
export function moreOptions(command: Command, isWhole: boolean): string {
  const all = plain.visibleOptions(command);
  if (isWhole || all.every(isCommon)) return '';
  return `\n"wiretally ${commandName(command)} --help --all" lists all ${all.length} options.\n`;
}

/** Options that no table declares are those of the program itself. */
const isCommon = (made: Option): boolean => factsOf(made)?.isCommon ?? factsOf(made) === undefined;

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
