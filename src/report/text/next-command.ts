// Next commands after a report, ready to paste.

import type { ReportDocument } from '../../model/report.ts';
import { commandWords, shellWord } from '../../text/shell-word.ts';

/** Maximum number of named inputs; a command that fills a screen is useless. */
const MAX_INPUTS = 3;

/** What `explain` takes of the options that the report was made with. */
const KEPT = ['--catalogue', '--pseudonymize'];

/** Null where the document does not say what it was made of. */
export function explainCommand(
  document: ReportDocument,
  { host, tool }: { readonly host: string; readonly tool: string },
  program = 'wiretally',
): string | null {
  const { inputs, options } = commandWords(document.command);
  // A service is no tool of the catalogue.
  if (inputs.length === 0 || tool.includes(':')) return null;
  const { timezone } = document.period;
  const words = [
    program,
    'explain',
    ...inputs.slice(0, MAX_INPUTS),
    ...options.filter(([name]) => KEPT.includes(name)).flat(),
    '--host',
    shellWord(host),
    '--tool',
    shellWord(tool),
    ...(timezone === 'UTC' ? [] : ['--timezone', shellWord(timezone)]),
  ];
  const more = inputs.length - MAX_INPUTS;
  return `${words.join(' ')}${more > 0 ? `  # and ${more} more ${more === 1 ? 'input' : 'inputs'}` : ''}`;
}

/** Null where it would name too many inputs. */
export function pageCommand(document: ReportDocument, program: string): string | null {
  const { inputs } = commandWords(document.command);
  if (inputs.length === 0 || inputs.length > MAX_INPUTS) return null;
  return `${program} ${document.command} --format html > report.html`;
}
