// Drafts the entry of a tool from recordings of it: names, and the rules that pass the tests.

import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { DraftOptions } from '../../catalogue/draft-entry.ts';
import { buildLearnt } from '../../catalogue/learn-entry.ts';
import { isProviderKind } from '../../catalogue/rules.ts';
import type { ToolEntry } from '../../catalogue/schema.ts';
import { compareText } from '../../net/address.ts';
import { draftRules, withStartRoles } from './draft-rules.ts';
import { listProgramChannels, listVisitedNames, type Recorded } from './recorded.ts';
import { type LeftOut, selectRules } from './select-rules.ts';
import { isNamed, listFoundTools, type Tested, testDraft } from './test-draft.ts';

export interface Learnt {
  readonly entry: ToolEntry;
  readonly leftOut: readonly LeftOut[];
}

/** Maximum number of recordings that are left out: each requires a draft, and the first ones are sufficient. */
const MAX_LEFT_OUT = 12;

/**
 * `others`: recordings in which the tool did not run; a rule that finds it there is dropped. A catalogued entry
 * keeps its rules, and gets new ones if it does not find the tool in some of its recordings.
 */
export function learnTool(
  own: readonly Recorded[],
  others: readonly Recorded[],
  catalogue: Catalogue,
  options: DraftOptions,
): Learnt {
  const existingTool = catalogue.tool(options.tool);
  const windows = own.flatMap((recording) => recording.windows);
  const about = { ...options, seenElsewhere: listVisitedNames(others) };
  const base = buildLearnt(windows, catalogue, about);
  if (
    existingTool !== undefined &&
    testDraft(base, own, catalogue).every(({ confidence }) => isNamed(confidence))
  )
    return { entry: base, leftOut: [] };
  const rivals = listFoundTools(own, catalogue, options.tool).map(([tool]) => tool);
  const rules = draftRules(own, base, catalogue, about, rivals);
  const begun = existingTool === undefined ? withStartRoles(base, rules) : base;
  const isFixed = (host: string): boolean =>
    existingTool?.endpoints.some((endpoint) => endpoint.host === host) === true;
  return selectRules(begun, rules, own, others, catalogue, isFixed);
}

/** Tests each recording with a draft from the others; empty for a single recording. */
export function testLeftOut(
  own: readonly Recorded[],
  others: readonly Recorded[],
  catalogue: Catalogue,
  options: DraftOptions,
): Tested[] {
  if (own.length < 2) return [];
  return own.slice(0, MAX_LEFT_OUT).flatMap((left) => {
    const rest = own.filter((recording) => recording !== left);
    return testDraft(learnTool(rest, others, catalogue, options).entry, [left], catalogue);
  });
}

// Explains by name why a draft does not find its tool in a recording.

/** Maximum number of listed names per recording. */
const MAX_NAMES = 5;

/** `seenElsewhere`: names in recordings of other programs. */
export function explainGap(
  recording: Recorded,
  entry: ToolEntry,
  catalogue: Catalogue,
  seenElsewhere: ReadonlySet<string>,
): string {
  const channels = recording.periods.flatMap((period) => period.channels);
  if (channels.length === 0) return 'it holds no flow with a server name';
  const programs = listProgramChannels(recording);
  if (programs.length === 0) {
    const unknown = channels.flatMap(({ runtime, fingerprint }) =>
      runtime?.id === 'unknown' && fingerprint !== null ? [fingerprint.ja4] : [],
    );
    if (unknown.length > 0)
      return `its ClientHellos are of no known runtime (JA4 ${[...new Set(unknown)].sort(compareText).slice(0, 2).join(', ')})`;
    const isJoined = channels.every(({ fingerprint }) => fingerprint === null);
    return isJoined
      ? 'it holds no ClientHello: it may begin in the middle of the connections'
      : 'only browsers, command-line clients or one-sided flows are in it';
  }
  const names = [...new Set(programs.map(({ name }) => name))].sort(compareText);
  const shown = names.slice(0, MAX_NAMES).map((name) => describeName(name, entry, catalogue, seenElsewhere));
  const more = names.length > MAX_NAMES ? `; ${names.length - MAX_NAMES} more names` : '';
  return `no rule of the draft fits it. Names in it: ${shown.join('; ')}${more}`;
}

function describeName(
  name: string,
  entry: ToolEntry,
  catalogue: Catalogue,
  seenElsewhere: ReadonlySet<string>,
): string {
  const specificity = catalogue.with(entry).compiled(entry).names.find(name)[0]?.value.specificity;
  if (specificity === 'tool')
    return `${name} (its own name, but only with small calls that any program can make)`;
  const others = catalogue
    .lookup(name)
    .flatMap(({ value: { tool } }) => (tool.id === entry.id ? [] : [tool]));
  if (others.some(isProviderKind)) return `${name} (any client of the API connects to it)`;
  const [other] = others;
  if (other !== undefined) return `${name} (${other.name} also connects to it)`;
  if (seenElsewhere.has(name)) return `${name} (other programs also connect to it)`;
  if (specificity === undefined) return `${name} (in no other recording of the tool)`;
  return `${name} (nothing shows that it is the tool's own)`;
}
