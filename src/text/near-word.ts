// Finds the known word nearest to a mistyped one, for error messages.

/** Maximum length: words may come from hostile files, and the cost is quadratic in their length. */
const MAX_WORD = 64;

const clip = (word: string): string => word.toLowerCase().slice(0, MAX_WORD);

/**
 * Returns the nearest known word, or null: first one typing error, then a shared part between dashes ("codex"), then more
 * errors.
 */
export function nearestWord(word: string, words: Iterable<string>): string | null {
  const lower = word.toLowerCase();
  const typed = clip(word);
  let best: string | null = null;
  let bestDistance = (word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3))) + 1;
  let whole: string | null = null;
  const candidates = [...words];
  for (const candidate of candidates) {
    const d = editDistance(typed, clip(candidate));
    if (d < bestDistance) {
      bestDistance = d;
      best = candidate;
    }
    const isPart = word.length > 2 && listParts(candidate).includes(lower);
    if (isPart && (whole === null || candidate.length < whole.length)) whole = candidate;
  }
  return (bestDistance > 1 ? (whole ?? best) : best) ?? findSharingPart(listParts(typed), candidates);
}

const listParts = (word: string): string[] => word.toLowerCase().split(/[-. ()/]+/);

/** A part that more words than this share, such as "code", does not identify the intended word. */
const FEW = 4;

/** Returns the shortest word with a part of the typed one ("kimi-code" for "kimi-cli"). */
function findSharingPart(typed: readonly string[], candidates: readonly string[]): string | null {
  if (typed.length < 2) return null;
  for (const part of typed.filter(({ length }) => length > 3)) {
    const sharing = candidates.filter((candidate) => listParts(candidate).includes(part));
    if (sharing.length > 0 && sharing.length < FEW)
      return sharing.reduce((short, candidate) => (candidate.length < short.length ? candidate : short));
  }
  return null;
}

/** Computes the Levenshtein distance: the number of insertions, deletions and substitutions. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

/** Returns ' (did you mean "x"?)' for the nearest known word, or ''. */
export function didYouMean(word: string, words: Iterable<string>): string {
  const nearest = nearestWord(word, words);
  return nearest === null ? '' : ` (did you mean "${nearest}"?)`;
}
