// The known word nearest to a mistyped one, for error messages.

import { distance } from 'fastest-levenshtein';

/** Words may come from hostile files, and the cost grows with the square of them. */
const MAX_WORD = 64;

const clip = (word: string): string => word.toLowerCase().slice(0, MAX_WORD);

/** The nearest known word, null when none is near: a slip of one sign, a part between dashes ("codex"), more slips. */
export function nearestWord(word: string, known: Iterable<string>): string | null {
  const lower = word.toLowerCase();
  const typed = clip(word);
  let best: string | null = null;
  let bestDistance = (word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3))) + 1;
  let whole: string | null = null;
  for (const candidate of known) {
    const d = distance(typed, clip(candidate));
    if (d < bestDistance) {
      bestDistance = d;
      best = candidate;
    }
    const isPart = word.length > 2 && candidate.toLowerCase().split(/[-. ]/).includes(lower);
    if (isPart && (whole === null || candidate.length < whole.length)) whole = candidate;
  }
  return bestDistance > 1 ? (whole ?? best) : best;
}

/** ' (did you mean "x"?)' for the nearest known word, '' when none is near. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const nearest = nearestWord(word, known);
  return nearest === null ? '' : ` (did you mean "${nearest}"?)`;
}
