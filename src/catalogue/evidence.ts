// Rules against what was seen: every piece of evidence for one tool in one stay, with its grade after the runtime.

import type { JudgedTool } from './catalogue.ts';
import type { Stay } from './channels.ts';
import { type Manners, mannersOf } from './manner.ts';
import { type Piece, piece } from './piece.ts';
import {
  pairEvidence,
  relayEvidence,
  sideCallEvidence,
  startUpEvidence,
  uploadEvidence,
} from './rule-behaviour.ts';
import { companionEvidence, dnsEvidence, excludeEvidence, nameEvidence } from './rule-names.ts';
import type { Rule } from './rules.ts';

export function gatherEvidence(judged: JudgedTool, stay: Stay, isDirect: (name: string) => boolean): Piece[] {
  const pieces: Piece[] = [];
  const named = stay.channels.filter((channel) => channel.nameFrom !== 'network');
  const known = { ...stay, channels: named };
  const manners = mannersOf(judged, known);
  for (const rule of judged.rules) pieces.push(...applyRule(rule, judged, known, isDirect, manners));
  const own = judged.tool.userAgents ?? [];
  const clear = stay.channels.filter(({ userAgent }) =>
    own.some(({ token }) => userAgent?.startsWith(token)),
  );
  if (clear.length > 0) {
    const said = clear[0]?.userAgent ?? '';
    const rule = { id: 'user-agent', kind: 'userAgent' } as const;
    pieces.push(piece(rule, 'name', 'likely', `names itself in clear text: ${said}`, clear));
  }
  return pieces;
}

function applyRule(
  rule: Rule,
  judged: JudgedTool,
  stay: Stay,
  isDirect: (name: string) => boolean,
  manners: Manners,
): Piece[] {
  switch (rule.kind) {
    case 'name':
      return nameEvidence(rule, judged, stay, manners);
    case 'pair':
      return pairEvidence(rule, stay);
    case 'sideCalls':
      return sideCallEvidence(rule, judged, stay);
    case 'companion':
      return companionEvidence(rule, judged, stay);
    case 'dns':
      return dnsEvidence(rule, judged, stay);
    case 'startUp':
      return startUpEvidence(rule, judged, stay);
    case 'upload':
      return uploadEvidence(rule, judged, stay);
    case 'relay':
      return relayEvidence(rule, judged, stay, isDirect);
    case 'exclude':
      return excludeEvidence(rule, stay);
  }
}
