// Compares versions of builds and their ranges: three numbers, without suffixes of vendors. The third may be a time.

/** First and last version of a span, both included; null for an open end. */
export type VersionSpan = readonly [first: string | null, last: string | null];

const VERSION = /^\d{1,6}\.\d{1,6}\.\d{1,10}$/;
/** The highest numbers of a version: the end of a range "before 1.2.0" is 1.1.9999999999. */
const LAST_MINOR = 999_999;
const LAST_PATCH = 9_999_999_999;

/** True for three numbers separated by dots. */
export const isVersion = (text: string): boolean => VERSION.test(text);

/** Returns a number below, equal to or above 0 if `a` is older than, equal to or newer than `b`. */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  // Compares digits without parsing: placing the starts of a large network compares versions millions of times.
  let [i, j] = [0, 0];
  for (let part = 0; part < 3; part++) {
    let [x, y] = [0, 0];
    for (; i < a.length && a.charCodeAt(i) !== DOT; i++) x = x * 10 + a.charCodeAt(i) - ZERO;
    for (; j < b.length && b.charCodeAt(j) !== DOT; j++) y = y * 10 + b.charCodeAt(j) - ZERO;
    if (x !== y) return x - y;
    i++;
    j++;
  }
  return 0;
}

const DOT = '.'.charCodeAt(0);
const ZERO = '0'.charCodeAt(0);

/** Compare ends of spans. Null is older than any first version, and newer than any last one. */
const compareFirst = (a: string | null, b: string | null): number =>
  a === null || b === null ? Number(b === null) - Number(a === null) : compareVersions(a, b);
const compareLast = (a: string | null, b: string | null): number =>
  a === null || b === null ? Number(a === null) - Number(b === null) : compareVersions(a, b);

const isEmpty = ([first, last]: VersionSpan): boolean =>
  first !== null && last !== null && compareVersions(first, last) > 0;

/** Intersects two lists of ranges in one pass over both, because published advisories list thousands. */
export function intersectSpans(a: readonly VersionSpan[], b: readonly VersionSpan[]): VersionSpan[] {
  const [left, right] = [uniteSpans(a), uniteSpans(b)];
  const found: VersionSpan[] = [];
  let [i, j] = [0, 0];
  for (let x = left[0], y = right[0]; x !== undefined && y !== undefined; x = left[i], y = right[j]) {
    const first = compareFirst(x[0], y[0]) >= 0 ? x[0] : y[0];
    const isShorter = compareLast(x[1], y[1]) <= 0;
    const last = isShorter ? x[1] : y[1];
    if (!isEmpty([first, last])) found.push([first, last]);
    if (isShorter) i++;
    else j++;
  }
  return found;
}

/** Joins spans to as few as possible, oldest first. Returns the list itself if nothing is to be joined. */
export function uniteSpans(spans: readonly VersionSpan[]): readonly VersionSpan[] {
  if (spans.every((span, i) => i === 0 || isApart(spans[i - 1] ?? span, span))) return spans;
  const sorted = [...spans].sort((a, b) => compareFirst(a[0], b[0]) || compareLast(a[1], b[1]));
  const united: VersionSpan[] = [];
  for (const span of sorted) {
    const open = united.at(-1);
    if (open === undefined || !touches(open, span)) united.push(span);
    else united[united.length - 1] = [open[0], compareLast(open[1], span[1]) >= 0 ? open[1] : span[1]];
  }
  return united;
}

/** True if `b` starts later than `a`, and does not touch it. */
const isApart = (a: VersionSpan, b: VersionSpan): boolean => compareFirst(a[0], b[0]) < 0 && !touches(a, b);

/** True if `b` starts at most at the version after the end of `a`. */
function touches(a: VersionSpan, b: VersionSpan): boolean {
  const [last, first] = [a[1], b[0]];
  if (last === null || first === null || compareVersions(first, last) <= 0) return true;
  return first === versionAfter(last);
}

/** Returns the next version, as vendors count. */
export function versionAfter(version: string): string {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  if (patch < LAST_PATCH) return `${major}.${minor}.${patch + 1}`;
  return minor < LAST_MINOR ? `${major}.${minor + 1}.0` : `${major + 1}.0.0`;
}

/** True when `outer` contains every version of `inner`. */
export function liesWithin(inner: readonly VersionSpan[], outer: readonly VersionSpan[]): boolean {
  const whole = uniteSpans(outer);
  return inner.every(([first, last]) =>
    whole.some((span) => compareFirst(first, span[0]) >= 0 && compareLast(last, span[1]) <= 0),
  );
}

/** Returns the last version before another one; 0.0.0 has none. */
export function versionBefore(version: string): string {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  if (patch > 0) return `${major}.${minor}.${patch - 1}`;
  return minor > 0 ? `${major}.${minor - 1}.${LAST_PATCH}` : `${major - 1}.${LAST_MINOR}.${LAST_PATCH}`;
}

/** Formats "2.1.133 to 2.1.190", "2.1.302 and later" or "0.38.x and earlier". */
export function spanText([first, last]: VersionSpan): string {
  if (last === null) return first === null ? 'any version' : `${first} and later`;
  const end = lastVersion(last);
  if (first === null) return `${end} and earlier`;
  return first === last ? first : `${first} to ${end}`;
}

/** Formats a last version, in which "x" means the highest number. */
export function lastVersion(version: string): string {
  const [major, minor, patch] = version.split('.');
  if (Number(patch) !== LAST_PATCH) return version;
  return Number(minor) === LAST_MINOR ? `${major}.x` : `${major}.${minor}.x`;
}
