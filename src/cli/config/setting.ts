// An option as a file or the environment sets it.

import type { Settable } from './settable.ts';

export type Value = boolean | readonly string[];

/** One option as the file, or a variable of the environment, sets it. */
export interface Setting {
  readonly value: Value;
  /** "wiretally.yaml:12", "WIRETALLY_TIMEZONE" */
  readonly from: string;
  /** What its checks and reports call it, for faults. */
  readonly where: string;
}

/** What the option has against the value, in its own words. */
export function faultOf({ option, isList }: Settable, value: Value): string | null {
  if (typeof value === 'boolean') return null;
  if (!isList && value.length > 1) return 'takes one value, not a list';
  try {
    parsed(option, value);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** As the command line would have given it. */
export function parsed(option: Settable['option'], words: readonly string[]): unknown {
  const { parseArg, defaultValue } = option;
  if (parseArg === undefined) return words[0];
  const start: unknown = defaultValue;
  return words.reduce<unknown>((before, word) => parseArg(word, before), start);
}
