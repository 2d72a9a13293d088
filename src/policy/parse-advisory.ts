// Parses the text of an advisory into an Advisory or a list of faults.

import { z } from 'zod';
import { WiretallyError } from '../model/errors.ts';
import { ADVISORY_SEVERITIES } from '../model/exposure-answers.ts';
import { omitEmpty } from '../model/omit-undefined.ts';
import type { Advisory } from '../model/report.ts';
import { SERVICE_PACKAGES } from '../model/services.ts';
import { compareText } from '../net/address.ts';
import { schemaFaults } from '../text/schema-fault.ts';
import { formatProblem, type Problem, problemsAt, readTree } from '../text/text-tree.ts';
import { compareVersions, isVersion, uniteSpans, type VersionSpan } from '../text/version.ts';
import { type Named, WrittenNames } from '../text/written-name.ts';
import { isDay } from '../time/datetime.ts';

const text = z.string().min(1).max(1000);
const word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'letters, digits, ".", "_", "-"');
const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'a date like 2026-07-10');
const version = z.string().refine(isVersion, 'a version of three numbers like 2.1.196, in quotes if need be');

/** Both bounds are inclusive. Without `from` or `to` there is no bound; `all` has none. */
const ranges = z
  .array(
    z.strictObject({ from: version.optional(), to: version.optional(), all: z.literal(true).optional() }),
  )
  .max(1000);

const advisorySchema = z.strictObject({
  version: z.literal(1),
  id: word,
  title: text,
  tool: z.string().min(1).max(128),
  affected: ranges,
  /** Versions with some builds that may be affected. */
  possible: ranges.optional(),
  /** The reason why a part of the affected versions is unknown. */
  unmapped: z.array(text).min(1).max(100).optional(),
  platforms: z.array(word).min(1).max(100).optional(),
  /** Days on which the use of an affected version matters. */
  dates: z.strictObject({ from: date.optional(), until: date.optional() }).optional(),
  severity: z.enum(ADVISORY_SEVERITIES),
  score: z.number().min(0).max(10).optional(),
  vector: text.optional(),
  aliases: z.array(text).min(1).max(1000).optional(),
  published: date.optional(),
  modified: date.optional(),
  sources: z.array(text).min(1).max(100),
  action: text,
});

type AdvisoryFile = z.infer<typeof advisorySchema>;
type Path = readonly (string | number)[];

export interface ParsedAdvisory {
  readonly advisory: Advisory | null;
  readonly errors: readonly Problem[];
}

const PRODUCTS = Object.keys(SERVICE_PACKAGES).map((id): Named => ({ id, name: id }));

/**
 * `tools`: tools of the catalogue, by id or name; the parser knows products of services. All errors are reported at
 * once.
 */
export function parseAdvisory(source: string, tools: readonly Named[]): ParsedAdvisory {
  const read = readTree(source);
  if ('problems' in read) return { advisory: null, errors: read.problems };
  const { tree } = read;
  const parsed = advisorySchema.safeParse(tree.value);
  const ids = new Set(tools.map(({ id }) => id));
  const names = new WrittenNames([...tools, ...PRODUCTS.filter(({ id }) => !ids.has(id))]);
  const faults = parsed.success
    ? listFaults(parsed.data, names)
    : schemaFaults(parsed.error, advisorySchema, tree.value);
  const errors = problemsAt(tree, faults);
  return {
    advisory: parsed.success && errors.length === 0 ? buildAdvisory(parsed.data, names) : null,
    errors,
  };
}

interface Fault {
  readonly path: Path;
  readonly message: string;
}

function listFaults(file: AdvisoryFile, names: WrittenNames<Named>): Fault[] {
  const { tool, affected, possible = [], unmapped, dates } = file;
  const faults: Fault[] = [];
  if (names.find(tool) === undefined)
    faults.push({
      path: ['tool'],
      message: `no tool "${tool}" in the catalogue, and no service${names.didYouMean(tool)}`,
    });
  if (affected.length === 0 && possible.length === 0 && unmapped === undefined)
    faults.push({ path: ['affected'], message: 'no range: list one, or the reason under "unmapped"' });
  faults.push(...findFaults(affected, 'affected'), ...findFaults(possible, 'possible'));
  const days: [Path, string | undefined][] = [
    [['dates', 'from'], dates?.from],
    [['dates', 'until'], dates?.until],
    [['published'], file.published],
    [['modified'], file.modified],
  ];
  for (const [path, day] of days)
    if (day !== undefined && !isDay(day))
      faults.push({ path, message: `${day} does not exist in the calendar` });
  if (dates?.from !== undefined && dates.until !== undefined && dates.from > dates.until)
    faults.push({ path: ['dates'], message: `the time from ${dates.from} until ${dates.until} is reversed` });
  return faults;
}

function findFaults(ranges: AdvisoryFile['affected'], key: string): Fault[] {
  return ranges.flatMap(({ from, to, all }, i) => {
    const path = [key, i];
    if (from === undefined && to === undefined && all === undefined)
      return [{ path, message: 'an empty range: say "from", "to", or both; or "all: true"' }];
    if (from !== undefined && to !== undefined && compareVersions(from, to) > 0)
      return [{ path, message: `the range from ${from} to ${to} is reversed` }];
    return [];
  });
}

function buildAdvisory(file: AdvisoryFile, names: WrittenNames<Named>): Advisory {
  const { id, title, severity, sources, action, dates } = file;
  return {
    id,
    title,
    severity,
    sources,
    action,
    tool: names.find(file.tool)?.id ?? file.tool,
    affected: listSpans(file.affected),
    possible: listSpans(file.possible ?? []),
    unmapped: file.unmapped ?? [],
    score: file.score ?? null,
    vector: file.vector ?? null,
    aliases: file.aliases ?? [],
    published: file.published ?? null,
    modified: file.modified ?? null,
    platforms: file.platforms ?? [],
    since: dates?.from ?? null,
    until: dates?.until ?? null,
  };
}

const listSpans = (ranges: AdvisoryFile['affected']): readonly VersionSpan[] =>
  uniteSpans(ranges.map(({ from, to }) => [from ?? null, to ?? null]));

/** Builds the file of an advisory in the form that `parseAdvisory` reads. */
export function advisoryFile(advisory: Advisory): AdvisoryFile {
  const { id, title, tool, severity, score, vector, aliases, published, modified } = advisory;
  const { platforms, since, until, possible, unmapped, sources, action } = advisory;
  return {
    version: 1,
    id,
    title,
    tool,
    affected: listRanges(advisory.affected),
    ...omitEmpty({
      possible: listRanges(possible),
      unmapped: [...unmapped],
      platforms: [...platforms],
      dates: since === null && until === null ? null : omitEmpty({ from: since, until }),
    }),
    severity,
    ...omitEmpty({ score, vector, aliases: [...aliases], published, modified }),
    sources: [...sources],
    action,
  };
}

const listRanges = (spans: readonly VersionSpan[]): AdvisoryFile['affected'] =>
  spans.map(([from, to]) => (from === null && to === null ? { all: true } : omitEmpty({ from, to })));

/** Writes several advisories as one text, by ID, for a package that contains them. */
export function advisoriesText(advisories: readonly Advisory[]): string {
  const files = [...advisories].sort((a, b) => compareText(a.id, b.id)).map(advisoryFile);
  return `${JSON.stringify(files, null, 2)}\n`;
}

const listed = z.array(z.looseObject({ id: z.string() })).max(100_000);

/** Reads the output of `advisoriesText`. Throws POLICY_INVALID. */
export function loadAdvisories(source: string, file: string, tools: readonly Named[]): Advisory[] {
  const files = listed.safeParse(parseJson(source));
  if (!files.success) throw new WiretallyError('POLICY_INVALID', `${file}: not a list of advisories`);
  return files.data.map((advisory) =>
    loadAdvisory(JSON.stringify(advisory), `${file}: ${advisory.id}`, tools),
  );
}

/** Returns undefined for a text that is not JSON. */
function parseJson(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return undefined;
  }
}

/** Throws POLICY_INVALID with one line per error. */
export function loadAdvisory(source: string, file: string, tools: readonly Named[]): Advisory {
  const { advisory, errors } = parseAdvisory(source, tools);
  if (advisory !== null) return advisory;
  throw new WiretallyError('POLICY_INVALID', errors.map((error) => formatProblem(file, error)).join('\n'), {
    next: 'fix it, then run wiretally advisory check; docs/advisories.md describes the format',
  });
}
