// Finds the abilities of the output: width, colors, characters beyond ASCII.

import { existsSync } from 'node:fs';
import { delimiter, join, relative } from 'node:path';
import { omitUndefined } from '../../model/omit-undefined.ts';
import type { Language } from '../../report/text/languages.ts';
import type { RenderOptions } from '../../report/text/render-options.ts';
import { shellWord } from '../../text/shell-word.ts';

export type ColorChoice = 'auto' | 'always' | 'never';

interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const DEFAULT_WIDTH = 80;

/** NO_COLOR disables color with any non-empty value: https://no-color.org. */
export function wantsColor(choice: ColorChoice, output: OutputStream): boolean {
  if (choice !== 'auto') return choice === 'always';
  return output.isTTY === true && (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb';
}

/** POSIX: LC_ALL before LC_CTYPE before LANG. Current Windows consoles use UTF-8 independent of these. */
export function showsUnicode(): boolean {
  if (process.platform === 'win32') return true;
  const locale = process.env.LC_ALL || process.env.LC_CTYPE || process.env.LANG || '';
  return /utf-?8/i.test(locale);
}

const NAME = 'wiretally';

/** Returns the words that start the program in a copied command: only the name if a shell finds it. */
function findProgramWords(): string {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  if (folders.some((folder) => existsSync(join(folder, NAME)))) {
    // npx adds the program to PATH only while the command runs.
    return process.env.npm_command === 'exec' ? `npx ${NAME}` : NAME;
  }
  const entry = process.argv[1] ?? NAME;
  const here = relative('', entry);
  return `node ${shellWord(here.startsWith('..') ? entry : here)}`;
}

export function buildTerminal(
  options: {
    readonly color: ColorChoice;
    readonly ascii?: boolean;
    readonly language?: Language;
    readonly wholeData?: boolean;
    readonly detail?: 'brief' | 'full';
    readonly legend?: boolean;
  },
  run?: { readonly seconds: number; readonly workers: number },
): RenderOptions {
  const columns = process.stdout.columns ?? Number(process.env.COLUMNS);
  const width = Number.isInteger(columns) && columns >= 20 ? columns : null;
  const isTerminal = process.stdout.isTTY === true;
  const terminal = {
    width: width ?? DEFAULT_WIDTH,
    ...(width === null && !isTerminal ? { hasWholeTables: true } : {}),
    // Pipes and files get all rows, so that a search misses none.
    ...((options.detail ?? (isTerminal ? 'brief' : 'full')) === 'brief' ? { isBrief: true } : {}),
    ...(options.legend === true ? { hasLegend: true } : {}),
    color: wantsColor(options.color, process.stdout),
    unicode: options.ascii !== true && showsUnicode(),
    program: findProgramWords(),
    ...omitUndefined({ language: options.language }),
    ...(options.wholeData === true ? { hasWholeData: true } : {}),
  };
  // Only a terminal shows the duration: in a file it would make equal runs differ.
  return run === undefined || process.stdout.isTTY !== true ? terminal : { ...terminal, run };
}
