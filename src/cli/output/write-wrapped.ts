// Writes text wrapped to the width of the terminal. In a pipe or a file lines stay whole, because programs read them.

import { displayWidth, wrapCommand, wrapIndented } from '../../text/text-layout.ts';
import { writeLines } from './stdout.ts';
import { buildTerminal, type ColorChoice } from './terminal.ts';

/** Indent of filters and commands. Users copy them, so a filter stays whole and a command continues after a backslash. */
export const COPIED = '    ';

export async function writeWrapped(
  lines: readonly string[],
  options: { readonly color?: ColorChoice; readonly ascii?: boolean } = {},
): Promise<void> {
  const { width, hasWholeTables } = buildTerminal({ color: 'never', ...options });
  await writeLines(hasWholeTables === true ? lines : lines.flatMap((line) => fitLine(line, width)));
}

function fitLine(line: string, width: number): string[] {
  if (displayWidth(line) <= width) return [line];
  if (!/^ {4}\S/.test(line)) return wrapIndented(line, width);
  const text = line.slice(COPIED.length);
  if (/^\S+ (?:\S+ )?slice /.test(text))
    return wrapCommand(text, width - COPIED.length).map((part) => COPIED + part);
  return / && /.test(text) ? [line] : wrapIndented(line, width);
}
