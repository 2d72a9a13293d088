// What goes to stderr in addition to progress: errors and warnings, as lines for people or as JSON for programs.

import { type ErrorCode, WiretallyError } from '../../model/errors.ts';
import { visibleText } from '../../text/visible-text.ts';
import { wantsColor } from './terminal.ts';

export type MessageStyle = 'lines' | 'json';

/** Errors are JSON when the results are: a program that reads one reads the other. */
export function printError(error: unknown, style: MessageStyle): void {
  writeError(errorText(error, style));
}

export function errorText(error: unknown, style: MessageStyle): string {
  const described = describe(error);
  if (style === 'json') return `${JSON.stringify({ error: described })}\n`;
  const head = `wiretally: ${described.what}`;
  const lines = [wantsColor('auto', process.stderr) ? `\u001b[1;31m${head}\u001b[0m` : head];
  // Many messages begin with the file that they are about.
  if (described.where !== null && !described.what.startsWith(described.where))
    lines.push(`  where: ${described.where}`);
  if (described.next !== null) lines.push(`  next:  ${described.next}`);
  if (process.env.WIRETALLY_DEBUG !== undefined && error instanceof Error) lines.push(error.stack ?? '');
  return `${lines.join('\n')}\n`;
}

export function printWarning(text: string): void {
  writeError(`wiretally: ${visibleText(text)}\n`);
}

interface ReadOutcome {
  readonly code: string;
  readonly what: string;
  readonly where: string | null;
  readonly next: string | null;
}

/** These name every fault of a file, each on a line of its own. */
const HAS_LINES: ReadonlySet<ErrorCode> = new Set(['POLICY_INVALID', 'CATALOGUE_INVALID', 'CONFIG_INVALID']);

/** What an error of lower floors cannot know: the words of the command line. */
const ADVICE: Readonly<Partial<Record<ErrorCode, { readonly where?: string; readonly next?: string }>>> = {
  FILTER_INVALID: { where: 'option --filter' },
  CONFIG_INVALID: { next: 'correct it; wiretally config check verifies it' },
  POLICY_INVALID: { next: 'wiretally policy schema prints what a policy may say' },
};

const visible = (text: string | null): string | null => (text === null ? null : visibleText(text));

function describe(error: unknown): ReadOutcome {
  if (error instanceof WiretallyError) {
    return {
      code: error.code,
      what: HAS_LINES.has(error.code)
        ? error.message.split('\n').map(visibleText).join('\n')
        : visibleText(error.message),
      where: visible(error.where ?? ADVICE[error.code]?.where ?? null),
      next: visible(error.next ?? ADVICE[error.code]?.next ?? null),
    };
  }
  const what = error instanceof Error ? error.message : String(error);
  return {
    code: 'INTERNAL',
    what: visibleText(what),
    where: null,
    next: 'this is a fault of wiretally; run again with WIRETALLY_DEBUG=1 and report what it prints',
  };
}

/** A closed stderr is no reason to fail. */
function writeError(text: string): void {
  process.stderr.write(text, () => {});
}
