// Builds next commands after a report, ready to paste.

import type { HostReport, ReportDocument } from '../../model/report.ts';
import { REQUEST, type ReportRequest } from '../../model/request.ts';
import { shellWord } from '../../text/shell-word.ts';
import { commandWords, optionWords } from './command-text.ts';

/** Maximum number of inputs in a command. A longer one fills the screen and is useless. */
const MAX_INPUTS = 3;

/** Options of the report that these commands accept too. */
const OF_EXPLAIN = ['--catalogue', '--pseudonymize', '--input-format', '--log-columns'];
const OF_SLICE = ['--catalogue', '--hosts'];

const NO_REQUEST: ReportRequest = { inputs: [], options: [] };

function findRead(document: ReportDocument): ReportRequest {
  const request = document[REQUEST] ?? NO_REQUEST;
  return request.stored === undefined ? request : { ...request, inputs: [request.stored] };
}

/** Returns null if the document does not contain its inputs. */
export function explainCommand(
  document: ReportDocument,
  { host, tool }: { readonly host: string; readonly tool: string },
  program = 'wiretally',
): string | null {
  const { inputs, options } = findRead(document);
  // A service is not a tool of the catalogue.
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

/** Returns null if the command would contain too many inputs. */
export function pageCommand(document: ReportDocument, program: string): string | null {
  const request = findRead(document);
  if (request.inputs.length === 0 || request.inputs.length > MAX_INPUTS) return null;
  const [verb = ''] = document.command.split(' ');
  return `${[program, ...commandWords(verb, request)].join(' ')} --format html > report.html`;
}

/** Placeholders for files that a document does not name. */
const CAPTURE = 'CAPTURE';
const POLICY = 'POLICY.yaml';

/**
 * Builds the command that writes the packets of a finding, or of a use without one. `hasCaptures` false: the user must
 * name the capture files. Null for a pseudonym, which no packet contains.
 */
export function sliceCommand(
  document: ReportDocument,
  { host, tool }: { readonly host: HostReport; readonly tool: string },
  finding: { readonly id: string } | null,
  program = 'wiretally',
): { readonly text: string; readonly hasCaptures: boolean } | null {
  if (host.identity === 'pseudonym') return null;
  const { inputs, options } = document[REQUEST] ?? NO_REQUEST;
  // `captures` lists logs too, which contain no packets.
  const captures = document.captures.length - (document.inputs?.length ?? 0);
  const hasCaptures = captures > 0 && inputs.length > 0 && inputs.length <= MAX_INPUTS;
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

/** Returns the policy file of the report. */
export const policyFile = (document: ReportDocument): string | undefined =>
  document[REQUEST]?.options.find(([name]) => name === '--policy')?.[1];
