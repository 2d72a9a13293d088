// Versions of builds and ranges of them: three numbers and an order; vendor suffixes are ignored. The third may be a time.

/** First and last version of a span, both in it; null: open to that side. */
export type VersionSpan = readonly [first: string | null, last: string | null];

const VERSION = /^\d{1,6}\.\d{1,6}\.\d{1,10}$/;

/** Three numbers with dots. */
export const isVersion = (text: string): boolean => VERSION.test(text);

/** Below, at or above 0 as `a` is older than, the same as or newer than `b`. */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  // Digit by digit: placing the starts of a large network compares versions many millions of times.
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

/** Null counts as older than any first version, and as newer than any last one. */
const compareFirst = (a: string | null, b: string | null): number =>
  a === null || b === null ? Number(b === null) - Number(a === null) : compareVersions(a, b);
const compareLast = (a: string | null, b: string | null): number =>
  a === null || b === null ? Number(a === null) - Number(b === null) : compareVersions(a, b);

const isEmpty = ([first, last]: VersionSpan): boolean =>
  first !== null && last !== null && compareVersions(first, last) > 0;

/** Intersection of two lists of ranges. */
export function intersectSpans(a: readonly VersionSpan[], b: readonly VersionSpan[]): VersionSpan[] {
  const found: VersionSpan[] = [];
  for (const x of a) {
    for (const y of b) {
      const first = compareFirst(x[0], y[0]) >= 0 ? x[0] : y[0];
      const last = compareLast(x[1], y[1]) <= 0 ? x[1] : y[1];
      if (!isEmpty([first, last])) found.push([first, last]);
    }
  }
  return uniteSpans(found);
}

/** The same versions in as few spans as possible, oldest first. */
export function uniteSpans(spans: Iterable<VersionSpan>): VersionSpan[] {
  const sorted = [...spans].sort((a, b) => compareFirst(a[0], b[0]) || compareLast(a[1], b[1]));
  const united: VersionSpan[] = [];
  for (const span of sorted) {
    const open = united.at(-1);
    if (open === undefined || !touches(open, span)) united.push(span);
    else united[united.length - 1] = [open[0], compareLast(open[1], span[1]) >= 0 ? open[1] : span[1]];
  }
  return united;
}

/** True when `b` starts no later than the version after the end of `a`. */
function touches(a: VersionSpan, b: VersionSpan): boolean {
  const [last, first] = [a[1], b[0]];
  if (last === null || first === null || compareVersions(first, last) <= 0) return true;
  return first === versionAfter(last);
}

/** The version that follows one, as vendors count. */
export function versionAfter(version: string): string {
  const [major, minor, patch] = version.split('.').map(Number);
  return `${major}.${minor}.${(patch ?? 0) + 1}`;
}

/** True when `outer` contains every version of `inner`. */
export function liesWithin(inner: readonly VersionSpan[], outer: readonly VersionSpan[]): boolean {
  const whole = uniteSpans(outer);
  return inner.every(([first, last]) =>
    whole.some((span) => compareFirst(first, span[0]) >= 0 && compareLast(last, span[1]) <= 0),
  );
}

/** The last version before another one; patch numbers are assumed to be below 1000. */
export function versionBefore(version: string): string {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  if (patch > 0) return `${major}.${minor}.${patch - 1}`;
  return minor > 0 ? `${major}.${minor - 1}.999` : `${major - 1}.999.999`;
}

/** "2.1.133 to 2.1.190", "2.1.302 and later". */
export function spanText([first, last]: VersionSpan): string {
  if (first === null) return last === null ? 'any version' : `${last} and earlier`;
  if (last === null) return `${first} and later`;
  return first === last ? first : `${first} to ${last}`;
}
