// Exports plain lists: removes names that other entries cover, and writes notes for formats without comments.

import {
  type BlockedName,
  type BlockPlan,
  comment,
  type DeviceWords,
  describePlan,
  type ExportContext,
  type ExportFile,
  planBlocks,
} from './plan.ts';

/** A line of a list, and its blocked name. */
interface ListEntry {
  readonly line: string;
  readonly name: BlockedName;
}

/** The form in which a format writes names. The notes list names that it cannot express. */
export interface ListForm {
  readonly exact: (name: string) => readonly string[];
  readonly suffix: (name: string) => readonly string[];
  /** Null if the format has no "*" inside a name. */
  readonly glob: ((name: string) => readonly string[]) | null;
}

/** Lists each line once, without names below a blocked suffix. */
export function listEntries({ names }: Pick<BlockPlan, 'names'>, form: ListForm): ListEntry[] {
  const suffixes = names.filter(({ match }) => match === 'suffix').map(({ name }) => name);
  const isHeld = ({ name, match }: BlockedName): boolean =>
    suffixes.some((suffix) => name.endsWith(`.${suffix}`) || (match === 'exact' && name === suffix));
  const seen = new Set<string>();
  return names
    .filter((name) => !isHeld(name))
    .flatMap((name) => listLines(form, name).map((line) => ({ line, name })))
    .filter(({ line }) => !seen.has(line) && seen.add(line));
}

const listLines = (form: ListForm, { name, match }: BlockedName): readonly string[] =>
  match === 'glob' ? (form.glob?.(name) ?? []) : form[match](name);

/** Describes everything that none of the lists can express. */
function describeOmitted({ names, sources, passing }: BlockPlan, forms: readonly ListForm[]): string[] {
  return [
    ...names
      .filter((name) => forms.every((form) => listLines(form, name).length === 0))
      .map(({ name }) => `Not carried over: ${name}: the list knows no wildcard inside a name`),
    ...(sources.length > 0 || passing.length > 0
      ? [
          'The list holds for every client of the device: keep scope, exceptions and gateways in its own rules',
        ]
      : []),
  ];
}

/** A format of lists, with one file for each rule that blocks. */
export interface ListFormat {
  readonly words: DeviceWords;
  readonly lists: readonly { readonly ending: string; readonly form: ListForm; readonly head?: string }[];
  /** Begins a comment. Without it, the format has no comments and the notes are a separate file. */
  readonly sign?: string;
}

export const exportLists = (context: ExportContext, format: ListFormat): ExportFile[] =>
  planBlocks(context).flatMap((plan) => writeLists(context, plan, format));

export function writeLists(
  context: ExportContext,
  plan: BlockPlan,
  { words, lists, sign }: ListFormat,
): ExportFile[] {
  const forms = lists.map(({ form }) => form);
  const notes = comment(sign ?? '#', [
    ...describePlan(context, plan, { ...words, isForAllClients: true }),
    ...describeOmitted(plan, forms),
  ]);
  const nameOf = (ending: string): string => `wiretally-${plan.rule.id}.${ending}`;
  const files = lists.map(({ ending, form, head = '' }): ExportFile => {
    const lines = listEntries(plan, form).map(({ line }) => `${line}\n`);
    return { name: nameOf(ending), text: (sign === undefined ? head : notes) + lines.join('') };
  });
  if (sign !== undefined) return files;
  const product = lists[0]?.ending.split(/[-.]/)[0] ?? 'list';
  return [...files, { name: nameOf(`${product}-notes.txt`), text: notes, isNotes: true }];
}
