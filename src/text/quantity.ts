// Formats amounts for people: bytes, counts, ranges and shares, with no more digits than are significant; capitalizes words.

/** Ends of a range. `isOpen`: further requests are in progress. */
interface Range {
  readonly min: number;
  readonly max: number;
  readonly isOpen?: true;
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Formats "812 B", "3.0 MB", "104 MB": two significant digits below ten, no decimals above. Powers of 1000. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const text = unit > 0 && value < 9.95 ? value.toFixed(1) : String(Math.round(value));
  return `${text} ${BYTE_UNITS[unit] ?? ''}`;
}

/** Formats "31 207", with digits in groups of three. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ' ');
}

/** Formats "2.4 M" or "31 207": large counts are shortened. */
export function formatLargeCount(count: number): string {
  if (count < 1_000_000) return formatCount(count);
  const [value, unit] = count < 1_000_000_000 ? [count / 1e6, 'M'] : [count / 1e9, 'G'];
  return `${value < 99.5 ? value.toFixed(1) : formatCount(Math.round(value))} ${unit}`;
}

export const plural = (count: number, noun: string, nouns = `${noun}s`): string =>
  `${formatCount(count)} ${count === 1 ? noun : nouns}`;

/** Formats a duration: in minutes, above two hours in hours with one decimal. */
export const formatMinutes = (minutes: number): string =>
  minutes <= 120 ? plural(minutes, 'minute') : `${(minutes / 60).toFixed(1)} hours`;

const STEPS = [100, 10, 1] as const;

/**
 * Rounds outwards, so that the true value stays inside: small counts are unchanged, larger ones rounded to tens, in totals
 * to hundreds.
 * Never rounds more than the width of the range, so that exact counts stay exact.
 */
function roundOutwards(range: Range, grain: 'host' | 'total'): Range {
  const coarsest = range.max < 20 ? 1 : grain === 'host' || range.max < 200 ? 10 : 100;
  const step = STEPS.find((candidate) => candidate <= coarsest && candidate <= range.max - range.min) ?? 1;
  return { min: Math.floor(range.min / step) * step, max: Math.ceil(range.max / step) * step };
}

/** Formats both ends, or one if both texts are equal. */
export const formatBetween = (
  { min, max }: Pick<Range, 'min' | 'max'>,
  format: (value: number) => string,
  between = '–',
): string => (min === max ? format(min) : `${format(min)}${between}${format(max)}`);

/** Formats "310–520", one number if both ends are equal, or "38+" while requests are in progress. */
export function formatRange(range: Range, grain: 'host' | 'total', dash = '–'): string {
  const { min, max } = roundOutwards(range, grain);
  const text = min === max ? formatCount(min) : `${formatCount(min)}${dash}${formatCount(max)}`;
  return range.isOpen === true ? `${text}+` : text;
}

/** Formats a share of 0 to 1 in percent with two significant digits: "0.04", "1.9", "83"; but "99.96" is not rounded to 100. */
export function percentNumber(share: number): string {
  const percent = share * 100;
  if (percent === 0) return '0';
  if (percent >= 99.5 && percent < 100) return percent.toFixed(2);
  if (percent >= 9.95) return String(Math.round(percent));
  if (percent >= 0.995) return percent.toFixed(1);
  if (percent >= 0.0095) return percent.toFixed(2);
  return '<0.01';
}

export const formatShare = (share: number): string => `${percentNumber(share)} %`;

export function addRanges(a: Range | null, b: Range | null): Range | null {
  if (a === null || b === null) return a ?? b;
  return { min: a.min + b.min, max: a.max + b.max };
}

/** Joins words as "a, b", or as "a (x, y); b" if a word contains a comma. */
export const joinWords = (words: readonly string[]): string =>
  words.join(words.some((word) => word.includes(',')) ? '; ' : ', ');

/** Adds known values; null if both are unknown. */
export function addKnown(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : a + b;
}

/** Formats "a, b and 3 more". */
export const listSome = (words: readonly string[], most: number): string =>
  joinWords(words.slice(0, most)) + (words.length > most ? ` and ${words.length - most} more` : '');

export const capitalize = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
