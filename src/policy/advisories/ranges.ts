// Converts version ranges of published advisories to sets of versions, and lists the parts that cannot be mapped.

import {
  comparePublished,
  intersectSets,
  NO_VERSIONS,
  type PublishedVersion,
  parsePublished,
  type RangeEnd,
  uniteSets,
  type VersionSets,
  versionsAt,
  versionsBetween,
} from '../../text/published-version.ts';
import { intersectSpans, type VersionSpan, versionAfter } from '../../text/version.ts';
import type { PublishedPackage, PublishedRange, RangeEvent } from './published.ts';

export interface MappedVersions extends VersionSets {
  /** Reasons why a part of the versions is unknown; empty if all are known. */
  readonly unmapped: readonly string[];
}

/** A range, or the reason why it cannot be mapped. */
type Mapped = VersionSets | string;

/** `tagPrefix`: prefix of the version in tags of a repository, for example "rust-v". */
export function buildVersions(publishedPackage: PublishedPackage, tagPrefix = ''): MappedVersions {
  const listed = publishedPackage.versions.map((text) => mapVersion(text, tagPrefix));
  const hasList = listed.some((mapped) => typeof mapped !== 'string');
  // A list next to a range of commits contains the versions of these commits.
  const ranges = publishedPackage.ranges
    .filter(({ kind }) => !(kind === 'commits' && hasList))
    .map((range) => mapRange(range, publishedPackage.lastKnown));
  const all = [...listed, ...ranges];
  const sets = all.filter((mapped) => typeof mapped !== 'string');
  const reasons = all.filter((mapped) => typeof mapped === 'string');
  if (all.length === 0) reasons.push('no version is given');
  const { whole, partly, unmapped } = limitRanges(uniteSets(sets));
  return { whole, partly, unmapped: shortenList([...new Set([...reasons, ...unmapped])]) };
}

/** Maximum number of ranges. An advisory about every release of a tool with a hundred minor versions has a hundred. */
const MAX_SPANS = 1000;
const MAX_REASONS = 5;

/** Maps no version if there are more ranges than an advisory file can contain. */
export function limitRanges(sets: VersionSets): MappedVersions {
  if (sets.whole.length + sets.partly.length <= MAX_SPANS) return { ...sets, unmapped: [] };
  return { ...NO_VERSIONS, unmapped: [`there are more than ${MAX_SPANS} ranges`] };
}

function shortenList(reasons: readonly string[]): string[] {
  const left = reasons.length - MAX_REASONS;
  return left <= 0 ? [...reasons] : [...reasons.slice(0, MAX_REASONS), `and ${left} more`];
}

function mapVersion(text: string, tagPrefix: string): Mapped {
  const version = parsePublished(
    tagPrefix !== '' && text.startsWith(tagPrefix) ? text.slice(tagPrefix.length) : text,
  );
  return version === null ? describeUnknown(text) : versionsAt(version);
}

const describeUnknown = (text: string): string => `"${text.slice(0, 60)}" is not a version of three numbers`;

function mapRange(range: PublishedRange, lastKnown: string | null): Mapped {
  switch (range.kind) {
    case 'events':
      return limitToVersion(mapEvents(range.events), lastKnown);
    case 'comparators':
      return mapComparators(range.text);
    case 'commits':
      return 'the range is one of commits';
    case 'unknown':
      return `a range of the type "${range.type.slice(0, 60)}" has unknown parts`;
  }
}

interface ReadEvent {
  readonly type: RangeEvent['type'];
  /** Null: before all versions; for a limit, after all versions. */
  readonly version: PublishedVersion | null;
}

/** Follows the evaluation algorithm of the OSV schema. */
export function mapEvents(events: readonly RangeEvent[]): Mapped {
  const read: ReadEvent[] = [];
  for (const { type, version: text } of events) {
    const isOpen = (type === 'introduced' && text === '0') || (type === 'limit' && text === '*');
    const version = isOpen ? null : parsePublished(text);
    if (version === null && !isOpen) return describeUnknown(text);
    read.push({ type, version });
  }
  const limits = read.filter(({ type }) => type === 'limit');
  const steps = read.filter(({ type }) => type !== 'limit').sort(compareVersion);
  if (!steps.some(({ type }) => type === 'introduced')) return 'a range has no "introduced" event';
  const sets: VersionSets[] = [];
  let from: RangeEnd | undefined;
  for (const { type, version } of steps) {
    if (type === 'introduced') from ??= findEnd(version, true);
    else if (from !== undefined) {
      sets.push(versionsBetween(from, findEnd(version, type === 'last_affected')));
      from = undefined;
    }
  }
  if (from !== undefined) sets.push(versionsBetween(from, null));
  const united = uniteSets(sets);
  if (limits.length === 0) return united;
  return intersectSets(
    united,
    uniteSets(limits.map(({ version }) => versionsBetween(null, findEnd(version, false)))),
  );
}

const findEnd = (version: PublishedVersion | null, isInside: boolean): RangeEnd =>
  version === null ? null : { version, isInside };

/** Sorts events by version. At an equal version `introduced` is first, so that the range can end there. */
function compareVersion(a: ReadEvent, b: ReadEvent): number {
  const order =
    a.version === null || b.version === null
      ? Number(b.version === null) - Number(a.version === null)
      : comparePublished(a.version, b.version);
  return order || Number(b.type === 'introduced') - Number(a.type === 'introduced');
}

/**
 * Applies the last version that is known to be affected, which a database may state next to a range without an end.
 * Later versions are neither confirmed nor excluded.
 */
function limitToVersion(mapped: Mapped, lastKnown: string | null): Mapped {
  if (typeof mapped === 'string' || lastKnown === null) return mapped;
  const affected = mapComparators(lastKnown);
  if (typeof affected === 'string' || affected.whole.length === 0) return mapped;
  const { whole, partly } = intersectSets(mapped, affected);
  const end = [...affected.whole, ...affected.partly].at(-1)?.[1] ?? null;
  const later: VersionSpan[] = end === null ? [] : intersectSpans(mapped.whole, [[versionAfter(end), null]]);
  return {
    whole,
    partly: uniteSets([
      { whole: [], partly },
      { whole: [], partly: later },
    ]).partly,
  };
}

const COMPARATOR = /^\s*(<=|>=|=|<|>)\s*([^\s,<>=|]+)\s*(?:,|(?=[<>=])|$)/;
const MAX_COMPARATORS = 200;

/** Parses ">= 1.0.0, < 1.2.3", with alternatives separated by "||". */
export function mapComparators(text: string): Mapped {
  const sets: VersionSets[] = [];
  let count = 0;
  for (const alternative of text.split('||')) {
    let rest = alternative;
    let from: RangeEnd = null;
    let to: RangeEnd = null;
    do {
      const found = COMPARATOR.exec(rest);
      const version = parsePublished(found?.[2] ?? '');
      if (found === null || version === null || ++count > MAX_COMPARATORS)
        return `"${text.slice(0, 60)}" is not a range of versions`;
      const [whole, sign = ''] = found;
      if (sign === '=' || sign.startsWith('>'))
        from = chooseHigher(from, { version, isInside: sign !== '>' });
      if (sign === '=' || sign.startsWith('<')) to = chooseLower(to, { version, isInside: sign !== '<' });
      rest = rest.slice(whole.length);
    } while (rest.trim() !== '');
    sets.push(versionsBetween(from, to));
  }
  return sets.length === 0 ? NO_VERSIONS : uniteSets(sets);
}

function chooseHigher(a: RangeEnd, b: NonNullable<RangeEnd>): RangeEnd {
  if (a === null) return b;
  const order = comparePublished(a.version, b.version);
  return order > 0 || (order === 0 && !a.isInside) ? a : b;
}

function chooseLower(a: RangeEnd, b: NonNullable<RangeEnd>): RangeEnd {
  if (a === null) return b;
  const order = comparePublished(a.version, b.version);
  return order < 0 || (order === 0 && !a.isInside) ? a : b;
}
