// The command that writes the packets of a finding, or of a tool on a host, ready to paste.

import type { Finding, HostReport, ReportDocument } from '../../model/report.ts';
import { commandWords, shellWord } from '../../text/shell-word.ts';

/** Stand for files that the document does not name. */
const CAPTURE = 'CAPTURE';
const POLICY = 'POLICY.yaml';
/** What changes which findings there are. */
const KEPT = ['--catalogue', '--hosts'];
/** Maximum number of named inputs; a command that fills a screen is useless. */
const MAX_INPUTS = 3;

export interface SlicedUse {
  readonly host: HostReport;
  readonly tool: string;
  /** Null for a use that no rule is about. */
  readonly finding: Finding | null;
}

/** `hasCaptures` false: the files that hold the packets must be named. Null for a pseudonym, which no packet contains. */
export function sliceCommand(
  document: ReportDocument,
  { host, tool, finding }: SlicedUse,
): { readonly text: string; readonly hasCaptures: boolean } | null {
  if (host.identity === 'pseudonym') return null;
  const { inputs, options } = commandWords(document.command);
  const hasCaptures = document.captures.length > 0 && inputs.length > 0 && inputs.length <= MAX_INPUTS;
  const policy = options.find(([name]) => name === '--policy')?.[1] ?? POLICY;
  const which =
    finding === null
      ? ['--host', shellWord(host.host), '--tool', shellWord(tool)]
      : ['--policy', policy, '--finding', shellWord(finding.id)];
  const words = [
    ...['wiretally', 'slice', ...(hasCaptures ? inputs : [CAPTURE])],
    ...options.filter(([name]) => KEPT.includes(name)).flat(),
    ...which,
    ...['--write', 'packets.pcapng'],
  ];
  return { text: words.join(' '), hasCaptures };
}
