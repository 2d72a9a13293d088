// Parses the text of an advisory into an Advisory or a list of faults.

import { z } from 'zod';
import { WiretallyError } from '../model/errors.ts';
import type { Advisory } from '../model/report.ts';
import { SEVERITIES } from '../model/words.ts';
import { schemaFaults } from '../text/schema-fault.ts';
import { formatPath, type Problem, readTree, type TextTree } from '../text/text-tree.ts';
import { compareVersions, isVersion, uniteSpans } from '../text/version.ts';
import { type Named, WrittenNames } from '../text/written-name.ts';
import { formatProblem } from './policy.ts';

const text = z.string().min(1).max(1000);
const word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'letters, digits, ".", "_", "-"');
const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'a date like 2026-07-10');
const version = z.string().refine(isVersion, 'a version of three numbers like 2.1.196, in quotes if need be');

const advisorySchema = z.strictObject({
  version: z.literal(1),
  id: word,
  title: text,
  tool: z.string().min(1).max(128),
  /** Versions, both ends in it; without `from` or `to` open to that side. */
  affected: z
    .array(z.strictObject({ from: version.optional(), to: version.optional() }))
    .min(1)
    .max(100),
  platforms: z.array(word).min(1).max(100).optional(),
  /** Days on which it matters that one ran. */
  dates: z.strictObject({ from: date.optional(), until: date.optional() }).optional(),
  severity: z.enum(SEVERITIES),
  sources: z.array(text).min(1).max(100),
  action: text,
});

type AdvisoryFile = z.infer<typeof advisorySchema>;
type Path = readonly (string | number)[];

export interface ParsedAdvisory {
  readonly advisory: Advisory | null;
  readonly errors: readonly Problem[];
}

/** `tools`: of the catalogue, written by id or name. All errors are reported at once. */
export function parseAdvisory(source: string, tools: readonly Named[]): ParsedAdvisory {
  const read = readTree(source);
  if ('problems' in read) return { advisory: null, errors: read.problems };
  const { tree } = read;
  const parsed = advisorySchema.safeParse(tree.value);
  const names = new WrittenNames(tools);
  const faults = parsed.success
    ? faultsOf(parsed.data, names)
    : schemaFaults(parsed.error, advisorySchema, tree.value);
  const errors = faults.map(({ path, message }) => problemAt(tree, path, message));
  return { advisory: parsed.success && errors.length === 0 ? advisoryOf(parsed.data, names) : null, errors };
}

const problemAt = (tree: TextTree, path: Path, message: string): Problem => ({
  ...tree.locate(path),
  path: formatPath(path),
  message,
});

interface Fault {
  readonly path: Path;
  readonly message: string;
}

function faultsOf({ tool, affected, dates }: AdvisoryFile, names: WrittenNames<Named>): Fault[] {
  const faults: Fault[] = [];
  if (names.find(tool) === undefined)
    faults.push({ path: ['tool'], message: `no tool "${tool}" in the catalogue${names.didYouMean(tool)}` });
  for (const [i, { from, to }] of affected.entries()) {
    const path = ['affected', i];
    if (from === undefined && to === undefined)
      faults.push({ path, message: 'an empty range: say "from", "to", or both' });
    else if (from !== undefined && to !== undefined && compareVersions(from, to) > 0)
      faults.push({ path, message: `the range from ${from} to ${to} is reversed` });
  }
  for (const key of ['from', 'until'] as const) {
    const day = dates?.[key];
    if (day !== undefined && !isDay(day))
      faults.push({ path: ['dates', key], message: `${day} does not exist in the calendar` });
  }
  if (dates?.from !== undefined && dates.until !== undefined && dates.from > dates.until)
    faults.push({ path: ['dates'], message: `the time from ${dates.from} until ${dates.until} is reversed` });
  return faults;
}

function isDay(day: string): boolean {
  const time = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

function advisoryOf(
  { id, title, tool: written, affected, platforms, dates, ...rest }: AdvisoryFile,
  names: WrittenNames<Named>,
): Advisory {
  const { severity, sources, action } = rest;
  const tool = names.find(written)?.id ?? written;
  return {
    ...{ id, title, tool, severity, sources, action },
    affected: uniteSpans(affected.map(({ from, to }) => [from ?? null, to ?? null])),
    platforms: platforms ?? [],
    since: dates?.from ?? null,
    until: dates?.until ?? null,
  };
}

/** Throws POLICY_INVALID with every error on a line of its own. */
export function loadAdvisory(source: string, file: string, tools: readonly Named[]): Advisory {
  const { advisory, errors } = parseAdvisory(source, tools);
  if (advisory !== null) return advisory;
  throw new WiretallyError('POLICY_INVALID', errors.map((each) => formatProblem(file, each)).join('\n'));
}
