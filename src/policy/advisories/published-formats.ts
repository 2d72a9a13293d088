// Reads advisories in OSV JSON, and in the JSON of GitHub's API.

import { z } from 'zod';
import type { Severity } from '../../model/findings.ts';
import { isDay } from '../../time/datetime.ts';
import { computeCvssScore, rateScore } from './cvss.ts';
import {
  AdvisoryFault,
  type PublishedAdvisory,
  type PublishedPackage,
  type PublishedRange,
  type RangeEvent,
} from './published.ts';

/** Limits of a list of advisories and of each advisory: ten times the largest published ones. */
const MAX_ADVISORIES = 10_000;
const MAX_PACKAGES = 2000;
const MAX_RANGES = 500;
const MAX_EVENTS = 1000;
const MAX_VERSIONS = 50_000;
const MAX_LINKS = 20;
const MAX_ALIASES = 100;
const MAX_TITLE = 200;
/** Maximum CVSS score. */
const MAX_SCORE = 10;

const id = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/, 'an ID of letters, digits, ".", "_", ":", "-"');
const line = z.string().max(1000);
const nullable = <T extends z.ZodType>(type: T): z.ZodOptional<z.ZodNullable<T>> =>
  type.nullable().optional();
const list = <T extends z.ZodType>(type: T, most: number): z.ZodOptional<z.ZodNullable<z.ZodArray<T>>> =>
  nullable(z.array(type).max(most));

const osvSchema = z.object({
  id,
  modified: nullable(line),
  published: nullable(line),
  withdrawn: nullable(line),
  aliases: list(line, MAX_ALIASES * 10),
  summary: nullable(z.string()),
  details: nullable(z.string()),
  severity: list(z.object({ type: line, score: line }), 100),
  references: list(z.object({ url: z.string() }), 5000),
  database_specific: nullable(z.object({ severity: z.unknown().optional() })),
  affected: list(
    z.object({
      package: nullable(z.object({ ecosystem: line, name: line })),
      severity: list(z.object({ type: line, score: line }), 100),
      ranges: list(
        z.object({
          type: line,
          repo: nullable(line),
          events: z.array(z.record(z.string(), z.unknown())).max(MAX_EVENTS),
        }),
        MAX_RANGES,
      ),
      versions: list(z.string(), MAX_VERSIONS),
      database_specific: nullable(z.object({ last_known_affected_version_range: z.unknown().optional() })),
    }),
    MAX_PACKAGES,
  ),
});
type Osv = z.infer<typeof osvSchema>;

const cvssSchema = nullable(z.object({ vector_string: nullable(line), score: nullable(z.number()) }));
const githubSchema = z.object({
  ghsa_id: id,
  cve_id: nullable(line),
  summary: nullable(z.string()),
  html_url: nullable(line),
  severity: nullable(line),
  identifiers: list(z.object({ value: line }), MAX_ALIASES * 10),
  references: list(z.union([z.string(), z.object({ url: z.string() })]), 5000),
  published_at: nullable(line),
  updated_at: nullable(line),
  withdrawn_at: nullable(line),
  cvss: cvssSchema,
  cvss_severities: nullable(z.object({ cvss_v3: cvssSchema, cvss_v4: cvssSchema })),
  vulnerabilities: list(
    z.object({
      package: nullable(z.object({ ecosystem: nullable(line), name: nullable(line) })),
      vulnerable_version_range: nullable(line),
      first_patched_version: nullable(z.union([line, z.object({ identifier: line })])),
      patched_versions: nullable(line),
    }),
    MAX_PACKAGES,
  ),
});
type GitHub = z.infer<typeof githubSchema>;

/** Reads one advisory, or the list of advisories that an API returns. Throws AdvisoryFault. */
export function readPublished(value: unknown): PublishedAdvisory[] {
  if (!Array.isArray(value)) return [readPublishedAdvisory(value)];
  if (value.length > MAX_ADVISORIES) throw new AdvisoryFault(`more than ${MAX_ADVISORIES} advisories`);
  return value.map(readPublishedAdvisory);
}

function readPublishedAdvisory(value: unknown): PublishedAdvisory {
  if (typeof value !== 'object' || value === null) throw new AdvisoryFault('not an advisory');
  if ('ghsa_id' in value) return convertGitHub(parseValue(githubSchema, value));
  if ('id' in value && ('affected' in value || 'modified' in value))
    return convertOsv(parseValue(osvSchema, value));
  throw new AdvisoryFault('neither an OSV nor a GitHub advisory');
}

function parseValue<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AdvisoryFault(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not an advisory'}`);
}

function convertOsv(osv: Osv): PublishedAdvisory {
  const affected = osv.affected ?? [];
  const vectors = [...(osv.severity ?? []), ...affected.flatMap(({ severity }) => severity ?? [])];
  return {
    ...buildHeading(osv.id, osv.aliases ?? [], osv.summary ?? osv.details ?? ''),
    published: parseDay(osv.published),
    ...modifiedAt(osv.modified),
    isWithdrawn: (osv.withdrawn ?? null) !== null,
    ...buildRating(
      osv.database_specific?.severity,
      vectors.filter(({ type }) => type.startsWith('CVSS_')).map(({ score }) => score),
      null,
    ),
    links: listLinks([
      ...(OF_OSV.test(osv.id) ? [`https://osv.dev/vulnerability/${osv.id}`] : []),
      ...(osv.references ?? []).map(({ url }) => url),
    ]),
    packages: affected.flatMap(listPackages),
  };
}

/** Lists the package and each repository of its ranges. */
function listPackages(affected: NonNullable<Osv['affected']>[number]): PublishedPackage[] {
  const ranges = affected.ranges ?? [];
  const lastKnown = affected.database_specific?.last_known_affected_version_range;
  const rest = {
    ranges: ranges.map(convertRange),
    versions: affected.versions ?? [],
    lastKnown: typeof lastKnown === 'string' ? lastKnown : null,
    fixed: [],
  };
  if (affected.package) return [{ ...affected.package, ...rest }];
  const repositories = new Set(ranges.flatMap(({ repo }) => repo ?? []));
  return [...repositories].map((name) => ({ ecosystem: 'GIT', name, ...rest }));
}

/**
 * Databases whose advisories osv.dev shows under their ID (OSV schema, "database prefixes"), if they contain packages
 * of tools.
 */
const OF_OSV = /^(?:CVE|GHSA|GO|MAL|OSV|PYSEC|RUSTSEC)-/;

const EVENTS = ['introduced', 'fixed', 'last_affected', 'limit'] as const;

function convertRange({
  type,
  repo,
  events,
}: {
  type: string;
  repo?: string | null | undefined;
  events: Readonly<Record<string, unknown>>[];
}): PublishedRange {
  if (type === 'GIT') return { kind: 'commits', repository: repo ?? null };
  if (type !== 'SEMVER' && type !== 'ECOSYSTEM') return { kind: 'unknown', type };
  const read = events.map(findEvents);
  // An event that is not understood may change the end of the range.
  return read.includes(null)
    ? { kind: 'unknown', type }
    : { kind: 'events', events: read.flatMap((range) => range ?? []) };
}

/** Returns null for an event of another kind. */
function findEvents(event: Readonly<Record<string, unknown>>): RangeEvent[] | null {
  const found = Object.entries(event).map(([name, version]) => {
    const type = EVENTS.find((event) => event === name);
    return type === undefined || typeof version !== 'string' ? null : { type, version };
  });
  return found.length === 0 || found.includes(null) ? null : found.flatMap((event) => event ?? []);
}

/** Names of the ecosystems in OSV. */
const ECOSYSTEMS: Readonly<Record<string, string>> = {
  pip: 'PyPI',
  go: 'Go',
  rust: 'crates.io',
  rubygems: 'RubyGems',
  nuget: 'NuGet',
  maven: 'Maven',
  composer: 'Packagist',
  other: '',
};

function convertGitHub(github: GitHub): PublishedAdvisory {
  const { cve_id: cve, identifiers, references, cvss, cvss_severities: cvssOf } = github;
  const scored = [cvssOf?.cvss_v3, cvss, cvssOf?.cvss_v4].flatMap((score) => score ?? []);
  const aliases = [
    ...(typeof cve === 'string' ? [cve] : []),
    ...(identifiers ?? []).map(({ value }) => value),
  ];
  return {
    ...buildHeading(github.ghsa_id, aliases, github.summary ?? ''),
    published: parseDay(github.published_at),
    ...modifiedAt(github.updated_at),
    isWithdrawn: (github.withdrawn_at ?? null) !== null,
    ...buildRating(
      github.severity,
      scored.flatMap(({ vector_string: vector }) => vector ?? []),
      scored.find(({ score }) => typeof score === 'number' && score > 0 && score <= MAX_SCORE)?.score ?? null,
    ),
    links: listLinks([
      github.html_url ?? `https://github.com/advisories/${github.ghsa_id}`,
      ...(references ?? []).map((reference) => (typeof reference === 'string' ? reference : reference.url)),
    ]),
    packages: (github.vulnerabilities ?? []).map((vulnerability) => {
      const ecosystem = vulnerability.package?.ecosystem ?? '';
      const range = vulnerability.vulnerable_version_range;
      return {
        ecosystem: ECOSYSTEMS[ecosystem.toLowerCase()] ?? ecosystem,
        name: vulnerability.package?.name ?? '',
        ranges: [{ kind: 'comparators', text: range ?? '' }],
        versions: [],
        lastKnown: null,
        fixed: listPatched(vulnerability.first_patched_version ?? vulnerability.patched_versions),
      };
    }),
  };
}

function listPatched(value: string | { identifier: string } | null | undefined): string[] {
  const text = typeof value === 'object' ? value?.identifier : value;
  return text === undefined
    ? []
    : text
        .split(',')
        .map((part) => part.replace(/[>=\s]/g, ''))
        .filter((part) => part !== '');
}

function buildHeading(
  own: string,
  aliases: readonly string[],
  text: string,
): Pick<PublishedAdvisory, 'id' | 'aliases' | 'title'> {
  const [first = ''] = text.trim().split(/[\r\n]/, 1);
  const others = aliases.filter((alias) => alias !== own && id.safeParse(alias).success);
  return {
    id: own,
    aliases: [...new Set(others)].sort().slice(0, MAX_ALIASES),
    title: first === '' ? own : [...first].slice(0, MAX_TITLE).join(''),
  };
}

const LEVELS: Readonly<Record<string, Severity>> = {
  low: 'low',
  moderate: 'medium',
  medium: 'medium',
  high: 'high',
  critical: 'critical',
};

/** Uses the level of the database, or else the first vector with a score. */
function buildRating(
  level: unknown,
  vectors: readonly string[],
  given: number | null,
): Pick<PublishedAdvisory, 'severity' | 'score' | 'vector'> {
  const scored = vectors.flatMap((vector) => {
    const score = computeCvssScore(vector);
    return score === null ? [] : [{ vector, score }];
  });
  const [best] = scored;
  const score = given ?? best?.score ?? null;
  const named = typeof level === 'string' ? LEVELS[level.toLowerCase()] : undefined;
  return {
    severity: named ?? (score === null ? null : rateScore(score)),
    score,
    vector: best?.vector ?? vectors.find((vector) => vector !== '') ?? null,
  };
}

const modifiedAt = (time: string | null | undefined): Pick<PublishedAdvisory, 'modified' | 'modifiedMs'> => ({
  modified: parseDay(time),
  modifiedMs: Date.parse(time ?? '') || 0,
});

function parseDay(time: string | null | undefined): string | null {
  const day = /^\d{4}-\d{2}-\d{2}(?=T|$)/.exec(time ?? '')?.[0];
  return day !== undefined && isDay(day) ? day : null;
}

function listLinks(urls: readonly string[]): string[] {
  const links = urls.filter((url) => url.length <= 500 && /^https?:\/\/[\w.-]+(?:[/?#:]\S*)?$/.test(url));
  return [...new Set(links)].slice(0, MAX_LINKS);
}
