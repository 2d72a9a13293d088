// Finds evidence that a rule requires and the catalogue never provides: then the absence of findings proves nothing.

import { CONFIDENCE_RANK, type Confidence } from '../model/confidence.ts';
import type { Requirement } from '../model/findings.ts';
import type { CatalogueFacts, Rule } from '../model/policy.ts';
import { listSome } from '../text/quantity.ts';

type Tool = CatalogueFacts['tools'][number];

/** One requirement, and the tools that never meet it. */
export interface Unprovable {
  readonly requirement: Requirement;
  /** The required confidence, roles or counts, as the rule has them. */
  readonly required: readonly string[];
  readonly tools: readonly Tool[];
  /** The reason, with the tools and, if there is one, a fix. */
  readonly why: string;
}

/** Checks the tools that the rule matches. Unknown properties of a tool count as possible. */
export function listUnprovable(
  { evidence }: Pick<Rule, 'evidence'>,
  tools: readonly Tool[],
  mostNamed: number = Number.POSITIVE_INFINITY,
): Unprovable[] {
  const asks = (
    requirement: Requirement,
    required: readonly string[],
    cannot: (tool: Tool) => boolean,
    why: (names: string) => string,
  ): Unprovable[] => {
    const found = tools.filter(cannot);
    const names = listSome(
      found.map(({ id }) => id),
      mostNamed,
    );
    return found.length === 0 ? [] : [{ requirement, required, tools: found, why: why(names) }];
  };
  const counts = [
    ...(evidence.minRequests > 0 ? [`minRequests ${evidence.minRequests}`] : []),
    ...(evidence.minActiveMinutes > 0 ? [`minActiveMinutes ${evidence.minActiveMinutes}`] : []),
  ];
  return [
    ...asks(
      'confidence',
      [evidence.confidence],
      (tool) => CONFIDENCE_RANK[bestConfidence(tool)] < CONFIDENCE_RANK[evidence.confidence],
      (names) =>
        evidence.confidence === 'certain'
          ? `no name belongs to ${names} alone, so "certain" is never reached: use likely`
          : `nothing in the catalogue makes ${names} ${evidence.confidence}: use possible`,
    ),
    ...asks(
      'roles',
      evidence.roles,
      ({ roles }) => roles !== undefined && !evidence.roles.some((role) => roles.includes(role)),
      (names) => `no name of ${names} has the role ${evidence.roles.join(' or ')}`,
    ),
    ...asks(
      'counts',
      counts,
      ({ tellsRequests }) => counts.length > 0 && tellsRequests === false,
      (names) =>
        `requests of ${names} are never reported, so ${counts.join(' and ')} is never reached: set ${counts.length > 1 ? 'them' : 'it'} to 0`,
    ),
  ];
}

const bestConfidence = ({ best, hasOwnName }: Tool): Confidence =>
  best ?? (hasOwnName ? 'certain' : 'likely');

/** Maximum number of tools in a verdict. */
const MAX_LISTED_TOOLS = 5;

/** Returns null if every tool can be proved. */
export function findUnprovable(rule: Pick<Rule, 'evidence'>, tools: readonly Tool[]): Rule['unprovable'] {
  const found = listUnprovable(rule, tools, MAX_LISTED_TOOLS);
  if (found.length === 0) return null;
  const ids = new Set(found.flatMap((requirement) => requirement.tools.map(({ id }) => id)));
  return {
    isWhole: ids.size === tools.length,
    why: found.map(({ why }) => why).join('; '),
    unmet: found.map(({ requirement, required, tools: all }) => ({
      requirement,
      required,
      tools: all.slice(0, MAX_LISTED_TOOLS).map(({ id }) => id),
      moreTools: Math.max(0, all.length - MAX_LISTED_TOOLS),
    })),
  };
}
