// Parses versions of registries and advisories, and converts their ranges to spans of versions of three numbers.

import {
  compareVersions,
  intersectSpans,
  uniteSpans,
  type VersionSpan,
  versionAfter,
  versionBefore,
} from './version.ts';

/** A version such as "1.2.3-beta.4", "v2.3", "0.9.1rc2" or "1.2.3.4". */
export interface PublishedVersion {
  /** The first three numbers; missing ones are 0. */
  readonly numbers: string;
  /** Negative for a release before the version of these numbers, positive for one after it. */
  readonly rank: -1 | 0 | 1;
  /** Orders versions of the same numbers and rank. */
  readonly suffix: string;
}

/**
 * Versions of three numbers: all builds of `whole` are in the range. Only some builds of `partly` are, for example
 * pre-releases.
 */
export interface VersionSets {
  readonly whole: readonly VersionSpan[];
  readonly partly: readonly VersionSpan[];
}

export const NO_VERSIONS: VersionSets = { whole: [], partly: [] };

const MAX_LENGTH = 128;
const NUMBERS = /^[vV]?(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,10}))?(?!\d)/;
const FURTHER_NUMBER = /^\.\d/;
/** Matches suffixes of pre-releases in semantic versioning and PEP 440: "-beta.1", "rc1", ".dev3". */
const BEFORE = /^(?:-|[._-]?(?:a|b|c|rc|alpha|beta|pre|preview|dev)(?![a-z]))/i;
const AFTER = /^[._-]?post(?![a-z])/i;

/** Returns null for other text, and for numbers of more than six digits; the third may have ten, because it may be a time. */
export function parsePublished(text: string): PublishedVersion | null {
  if (text.length > MAX_LENGTH) return null;
  const found = NUMBERS.exec(text);
  if (found === null) return null;
  const [whole, ...parts] = found;
  const numbers = [0, 1, 2].map((i) => Number(parts[i] ?? 0)).join('.');
  const suffix = text.slice(whole.length).replace(/\+.*$/s, '');
  if (suffix === '') return { numbers, rank: 0, suffix };
  const isFurther = parts[2] !== undefined && FURTHER_NUMBER.test(suffix);
  if (isFurther || AFTER.test(suffix)) return { numbers, rank: 1, suffix };
  return BEFORE.test(suffix) ? { numbers, rank: -1, suffix } : null;
}

export function comparePublished(a: PublishedVersion, b: PublishedVersion): number {
  return compareVersions(a.numbers, b.numbers) || a.rank - b.rank || compareSuffixes(a.suffix, b.suffix);
}

/** Compares part by part; numbers by value and before words, as in semantic versioning. */
function compareSuffixes(a: string, b: string): number {
  const [x, y] = [listParts(a), listParts(b)];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const difference = compareSteps(x[i] ?? '', y[i] ?? '');
    if (difference !== 0) return difference;
  }
  return x.length - y.length;
}

const listParts = (suffix: string): string[] => suffix.toLowerCase().match(/\d+|[a-z]+/g) ?? [];

function compareSteps(a: string, b: string): number {
  const [isNumberA, isNumberB] = [/^\d/.test(a), /^\d/.test(b)];
  if (isNumberA && isNumberB) return Number(a) - Number(b);
  if (isNumberA !== isNumberB) return isNumberA ? -1 : 1;
  return a === b ? 0 : a < b ? -1 : 1;
}

/** One end of a range; null for an open end. */
export type RangeEnd = { readonly version: PublishedVersion; readonly isInside: boolean } | null;

export function versionsBetween(from: RangeEnd, to: RangeEnd): VersionSets {
  if (from !== null && to !== null) {
    const order = comparePublished(from.version, to.version);
    if (order > 0 || (order === 0 && !(from.isInside && to.isInside))) return NO_VERSIONS;
  }
  const whole = intersectSpans(spansFrom(from), spansTo(to));
  const cut = [from, to].flatMap((end) => (end === null ? [] : spanAt(end)));
  return { whole, partly: uniteSpans(cut) };
}

function spansFrom(end: RangeEnd): VersionSpan[] {
  if (end === null) return [[null, null]];
  const { numbers, rank } = end.version;
  return [[rank === 0 && end.isInside ? numbers : versionAfter(numbers), null]];
}

function spansTo(end: RangeEnd): VersionSpan[] {
  if (end === null) return [[null, null]];
  const { numbers, rank } = end.version;
  if (rank === 0 && end.isInside) return [[null, numbers]];
  return numbers === '0.0.0' ? [] : [[null, versionBefore(numbers)]];
}

/** Returns the version that an end divides: only some of its builds are in the range. */
const spanAt = ({ version: { numbers, rank } }: NonNullable<RangeEnd>): VersionSpan[] =>
  rank === 0 ? [] : [[numbers, numbers]];

export const versionsAt = (version: PublishedVersion): VersionSets =>
  versionsBetween({ version, isInside: true }, { version, isInside: true });

export function uniteSets(all: readonly VersionSets[]): VersionSets {
  return {
    whole: uniteSpans(all.flatMap(({ whole }) => whole)),
    partly: uniteSpans(all.flatMap(({ partly }) => partly)),
  };
}

/** Intersects two sets. A version is whole if it is whole in both. */
export function intersectSets(a: VersionSets, b: VersionSets): VersionSets {
  const either = (sets: VersionSets): VersionSpan[] => [...sets.whole, ...sets.partly];
  const common = intersectSpans(either(a), either(b));
  const whole = intersectSpans(a.whole, b.whole);
  const parts = [...a.partly, ...b.partly];
  return { whole, partly: intersectSpans(common, parts) };
}
