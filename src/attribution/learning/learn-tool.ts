// Drafts the entry of a tool from recordings of it: names, builds, and the rules that pass the tests.

import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { DraftOptions } from '../../catalogue/draft.ts';
import { learnedEntry } from '../../catalogue/learn.ts';
import type { ToolEntry } from '../../catalogue/schema.ts';
import { draftBuilds } from '../builds/draft-builds.ts';
import { draftRules, withStartRoles } from './draft-rules.ts';
import { namesVisited, type Recorded } from './recorded.ts';
import { type LeftOut, selectRules } from './select-rules.ts';
import { isNamed, namedAlready, type Tested, testDraft } from './test-draft.ts';

export interface LearnOptions extends DraftOptions {
  /** What the recorded program was built for, as builds name it. */
  readonly platform: string;
}

export interface Learnt {
  readonly entry: ToolEntry;
  readonly leftOut: readonly LeftOut[];
  /** What a person should know of the builds. */
  readonly remarks: readonly string[];
}

/** Each recording left out costs a draft; the first ones are enough to tell. */
const MAX_LEFT_OUT = 12;

/**
 * `others`: recordings in which the tool did not run; a rule that names it there is left out. An entry that the catalogue
 * has keeps its rules, and gets new ones where it does not name the tool in some of its recordings.
 */
export function learnTool(
  own: readonly Recorded[],
  others: readonly Recorded[],
  catalogue: Catalogue,
  options: LearnOptions,
): Learnt {
  const known = catalogue.tool(options.tool);
  const windows = own.flatMap((recording) => recording.windows);
  const about = { ...options, seenElsewhere: namesVisited(others) };
  const named = learnedEntry(windows, catalogue, about);
  const { builds, remarks } = draftBuilds(windows, catalogue.with(named), named, options.platform, about);
  const base = builds === undefined ? named : { ...named, builds };
  if (known !== undefined && testDraft(base, own, catalogue).every(({ confidence }) => isNamed(confidence)))
    return { entry: base, leftOut: [], remarks };
  const rivals = namedAlready(own, catalogue, options.tool).map(([tool]) => tool);
  const rules = draftRules(own, base, catalogue, about, rivals);
  const begun = known === undefined ? withStartRoles(base, rules) : base;
  const isFixed = (host: string): boolean =>
    known?.endpoints.some((endpoint) => endpoint.host === host) === true;
  return { ...selectRules(begun, rules, own, others, catalogue, isFixed), remarks };
}

/** Each recording, tested with what the other ones teach; empty for one alone. */
export function testLeftOut(
  own: readonly Recorded[],
  others: readonly Recorded[],
  catalogue: Catalogue,
  options: LearnOptions,
): Tested[] {
  if (own.length < 2) return [];
  return own.slice(0, MAX_LEFT_OUT).flatMap((left) => {
    const rest = own.filter((one) => one !== left);
    return testDraft(learnTool(rest, others, catalogue, options).entry, [left], catalogue);
  });
}
