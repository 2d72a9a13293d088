// Prints errors and warnings to stderr in addition to progress, as lines for people or as JSON for programs.

import { errorLines, errorWords } from '../../report/text/error-words.ts';
import { wrapIndented } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';
import { wantsColor } from './terminal.ts';

/** `plain`: lines without color. */
export type MessageStyle = 'lines' | 'plain' | 'json';

/** Prints an error. Errors are JSON if the results are, because the same program reads both. */
export function printError(error: unknown, style: MessageStyle): void {
  writeError(errorText(error, style));
}

export function errorText(error: unknown, style: MessageStyle): string {
  const words = errorWords(error);
  if (style === 'json') return `${JSON.stringify({ error: words })}\n`;
  const [head = '', ...lines] = errorLines(words);
  const isColored = style === 'lines' && wantsColor('auto', process.stderr);
  const first = fitLine(`wiretally: ${head}`).map((line) =>
    isColored ? `\u001b[1;31m${line}\u001b[0m` : line,
  );
  const shown = [...first, ...lines.flatMap(fitLine)];
  if (process.env.WIRETALLY_DEBUG !== undefined && error instanceof Error) shown.push(error.stack ?? '');
  return `${shown.join('\n')}\n`;
}

/** Wraps a line for a terminal; in a pipe or a file a message is one line, so that a search finds all of it. */
function fitLine(line: string): string[] {
  const { isTTY, columns } = process.stderr;
  return isTTY && columns > 0 ? wrapIndented(line, columns) : [line];
}

export function printWarning(text: string): void {
  writeError(`${fitLine(`wiretally: ${visibleText(text)}`).join('\n')}\n`);
}

/** Lines for the operator: `print` unless they are quiet, `printDetail` if they are verbose. */
export const buildMessagePrinters = ({
  quiet,
  verbose,
}: {
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}): Record<'print' | 'printDetail', (text: string) => void> => ({
  print: quiet === true ? () => undefined : printWarning,
  printDetail: verbose === true ? printWarning : () => undefined,
});

let isWatching = false;

/** Ignores a closed stderr or terminal: without a listener the error would end the process. */
function writeError(text: string): void {
  if (!isWatching) process.stderr.on('error', () => undefined);
  isWatching = true;
  process.stderr.write(text);
}
