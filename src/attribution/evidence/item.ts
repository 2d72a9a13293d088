// Defines an item of evidence: one rule that matched, its grade, and its flows.

import type { CompiledTool, Grade, Rule } from '../../catalogue/rules.ts';
import { phrase, type Sentence } from '../../model/sentences.ts';
import type { QueriedName } from '../../model/usage.ts';
import { isEchPublicName } from '../../model/window-words.ts';
import type { Channel, ProgramBehavior } from '../traffic/channel.ts';

/** Rule for a client that names itself in clear text. */
export const USER_AGENT_RULE = 'user-agent';

export interface GatheredItem {
  readonly rule: string;
  readonly ruleKind: Rule['kind'] | 'userAgent' | 'context';
  readonly kind: 'name' | 'dns' | 'proxy' | 'network' | 'fingerprint' | 'pair' | 'companion';
  /** Grade of the evidence; null for an item that qualifies other items, or is evidence against the tool. */
  readonly grade: Grade | null;
  readonly speaksFor: boolean;
  readonly sentence: Sentence;
  readonly channels: readonly Channel[];
  readonly queriedNames: readonly QueriedName[];
  /** Another tool explains the flows, so that the rule gives less. */
  readonly isWeakened: boolean;
  /** Behavior of the program on the channels. */
  readonly behavior?: ProgramBehavior;
}

export interface Candidate {
  readonly compiled: CompiledTool;
  readonly grade: Grade;
  readonly items: readonly GatheredItem[];
}

export const GRADES: readonly Grade[] = ['possible', 'likely', 'certain'];

export function strongestGrade(items: readonly GatheredItem[]): Grade | null {
  let best = -1;
  for (const { grade } of items) if (grade !== null) best = Math.max(best, GRADES.indexOf(grade));
  return GRADES[best] ?? null;
}

export function buildItem(
  rule: { readonly id: string; readonly kind: GatheredItem['ruleKind'] },
  kind: GatheredItem['kind'],
  grade: Grade | null,
  sentence: Sentence,
  channels: readonly Channel[],
): GatheredItem {
  const speaksFor = grade !== null;
  return {
    rule: rule.id,
    ruleKind: rule.kind,
    kind,
    grade,
    speaksFor,
    sentence,
    channels,
    queriedNames: [],
    isWeakened: false,
  };
}

/** True for an address, or a public name for all sites of a provider: the destination of the flow is unknown. */
export const isNameless = ({ name }: Pick<Channel, 'name'>): boolean =>
  name.startsWith('[') || isEchPublicName(name);

export function channelKind(channel: Channel): GatheredItem['kind'] {
  if (channel.nameFrom === 'proxy' || channel.isProxied) return 'proxy';
  return channel.nameFrom === 'dns' ? 'dns' : 'name';
}

export function describe(channels: readonly Channel[]): Sentence {
  const names = [...new Set(channels.map(({ name }) => name))];
  const name = `${names.slice(0, 4).join(', ')}${names.length > 4 ? ', …' : ''}`;
  return phrase('namesFrom', { name, programs: listPrograms(channels, NO_KIND) });
}

const NO_KIND = phrase('noKind');

/** Lists at most two programs. `unknown`: for those that no fingerprint identifies. */
export function listPrograms(channels: readonly Channel[], unknown: Sentence): string | Sentence {
  const [first = unknown, second] = new Set(channels.map(({ runtime }) => runtime?.label ?? unknown));
  return second === undefined ? first : phrase('twoPrograms', { first, second });
}

export function buildContextItem(
  rule: string,
  kind: GatheredItem['kind'],
  speaksFor: boolean,
  sentence: Sentence,
  channels: readonly Channel[],
): GatheredItem {
  return {
    rule,
    ruleKind: 'context',
    kind,
    grade: null,
    speaksFor,
    sentence,
    // Copied, because a filtered list reserves memory for 16 more entries.
    channels: channels.slice(),
    queriedNames: [],
    isWeakened: false,
  };
}
