// What a verb is to the table of verbs.

import type { Command } from 'commander';
import type { ExitCode } from '../output/exit-code.ts';

/** Gives the verb its arguments, options and action; the action hands the exit code to `done`. */
export type DefineVerb = (command: Command, done: (code: ExitCode) => void) => void;
