// Prints errors and warnings to stderr in addition to progress, as lines for people or as JSON for programs.

import { errorLines, errorWords } from '../../report/text/error-words.ts';
import { visibleText } from '../../text/visible-text.ts';
import { wantsColor } from './terminal.ts';

/** `plain`: lines without color. */
export type MessageStyle = 'lines' | 'plain' | 'json';

/** Errors are JSON when the results are: a program that reads one reads the other. */
export function printError(error: unknown, style: MessageStyle): void {
  writeError(errorText(error, style));
}

export function errorText(error: unknown, style: MessageStyle): string {
  const words = errorWords(error);
  if (style === 'json') return `${JSON.stringify({ error: words })}\n`;
  const [head = '', ...lines] = errorLines(words);
  const first = `wiretally: ${head}`;
  const isColored = style === 'lines' && wantsColor('auto', process.stderr);
  const shown = [isColored ? `\u001b[1;31m${first}\u001b[0m` : first, ...lines];
  if (process.env.WIRETALLY_DEBUG !== undefined && error instanceof Error) shown.push(error.stack ?? '');
  return `${shown.join('\n')}\n`;
}

export function printWarning(text: string): void {
  writeError(`wiretally: ${visibleText(text)}\n`);
}

/** Lines for the operator: `say` unless they are quiet, `sayMore` if they are verbose. */
export const operatorLines = ({
  quiet,
  verbose,
}: {
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}): Record<'say' | 'sayMore', (text: string) => void> => ({
  say: quiet === true ? () => undefined : printWarning,
  sayMore: verbose === true ? printWarning : () => undefined,
});

let isWatching = false;

/** A closed stderr, or a terminal that is gone, is no reason to fail: without a listener the error would end the process. */
function writeError(text: string): void {
  if (!isWatching) process.stderr.on('error', () => undefined);
  isWatching = true;
  process.stderr.write(text);
}
