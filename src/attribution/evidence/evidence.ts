// Rules against what was seen: every piece of evidence for one tool in one period, with its grade after the runtime.

import type { JudgedTool } from '../../catalogue/catalogue.ts';
import type { Rule } from '../../catalogue/rules.ts';
import type { ActivityPeriod } from '../traffic/channels.ts';
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

export function gatherEvidence(
  judged: JudgedTool,
  period: ActivityPeriod,
  isDirect: (name: string) => boolean,
): Piece[] {
  const pieces: Piece[] = [];
  const named = period.channels.filter((channel) => channel.nameFrom !== 'network');
  const known = { ...period, channels: named };
  const manners = mannersOf(judged, known);
  for (const rule of judged.rules) pieces.push(...applyRule(rule, judged, known, isDirect, manners));
  const own = judged.tool.userAgents ?? [];
  const clear = period.channels.filter(({ userAgent }) =>
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
  period: ActivityPeriod,
  isDirect: (name: string) => boolean,
  manners: Manners,
): Piece[] {
  switch (rule.kind) {
    case 'name':
      return nameEvidence(rule, judged, period, manners);
    case 'pair':
      return pairEvidence(rule, period);
    case 'sideCalls':
      return sideCallEvidence(rule, judged, period);
    case 'companion':
      return companionEvidence(rule, judged, period);
    case 'dns':
      return dnsEvidence(rule, judged, period);
    case 'startUp':
      return startUpEvidence(rule, judged, period);
    case 'upload':
      return uploadEvidence(rule, judged, period);
    case 'relay':
      return relayEvidence(rule, judged, period, isDirect);
    case 'exclude':
      return excludeEvidence(rule, period);
  }
}
