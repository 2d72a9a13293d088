// Next commands after a report, ready to paste.

import type { HostReport, ReportDocument } from '../../model/report.ts';
import { REQUEST, type ReportRequest } from '../../model/request.ts';
import { shellWord } from '../../text/shell-word.ts';
import { commandWords, optionWords } from './command-text.ts';

/** Maximum number of named inputs; a command that fills a screen is useless. */
const MAX_INPUTS = 3;

/** Options that the report was made with and that these commands take. */
const OF_EXPLAIN = ['--catalogue', '--pseudonymize'];
const OF_SLICE = ['--catalogue', '--hosts'];

const NO_REQUEST: ReportRequest = { inputs: [], options: [] };

function findRead(document: ReportDocument): ReportRequest {
  const request = document[REQUEST] ?? NO_REQUEST;
  return request.stored === undefined ? request : { ...request, inputs: [request.stored] };
}

/** Null where the document does not say what it was made of. */
export function explainCommand(
  document: ReportDocument,
  { host, tool }: { readonly host: string; readonly tool: string },
  program = 'wiretally',
): string | null {
  const { inputs, options } = findRead(document);
  // A service is no tool of the catalogue.
  if (inputs.length === 0 || tool.includes(':')) return null;
  const { timezone } = document.period;
  const words = [
    program,
    'explain',
    ...inputs.slice(0, MAX_INPUTS).map(shellWord),
    ...options.filter(([name]) => OF_EXPLAIN.includes(name)).flatMap(optionWords),
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
  const request = findRead(document);
  if (request.inputs.length === 0 || request.inputs.length > MAX_INPUTS) return null;
  const [verb = ''] = document.command.split(' ');
  return `${[program, ...commandWords(verb, request)].join(' ')} --format html > report.html`;
}

/** Stand for files that a document does not name. */
const CAPTURE = 'CAPTURE';
const POLICY = 'POLICY.yaml';

/**
 * Writes the packets of a finding, or of a use without one. `hasCaptures` false: the files that hold the packets must be
 * named. Null for a pseudonym, which no packet contains.
 */
export function sliceCommand(
  document: ReportDocument,
  { host, tool }: { readonly host: HostReport; readonly tool: string },
  finding: { readonly id: string } | null,
  program = 'wiretally',
): { readonly text: string; readonly hasCaptures: boolean } | null {
  if (host.identity === 'pseudonym') return null;
  const { inputs, options } = document[REQUEST] ?? NO_REQUEST;
  const hasCaptures = document.captures.length > 0 && inputs.length > 0 && inputs.length <= MAX_INPUTS;
  const policy = policyFile(document) ?? POLICY;
  const which =
    finding === null
      ? ['--host', shellWord(host.host), '--tool', shellWord(tool)]
      : ['--policy', shellWord(policy), '--finding', shellWord(finding.id)];
  const words = [
    ...[program, 'slice', ...(hasCaptures ? inputs.map(shellWord) : [CAPTURE])],
    ...options.filter(([name]) => OF_SLICE.includes(name)).flatMap(optionWords),
    ...which,
    ...['--write', 'packets.pcapng'],
  ];
  return { text: words.join(' '), hasCaptures };
}

/** The policy file that the report was made with. */
export const policyFile = (document: ReportDocument): string | undefined =>
  document[REQUEST]?.options.find(([name]) => name === '--policy')?.[1];
