// The known word nearest to a mistyped one, for error messages.

const MAX_WORD = 64;

/** Levenshtein distance of two words, cut to MAX_WORD characters. */
function distance(a: string, b: string): number {
  const x = a.slice(0, MAX_WORD);
  const y = b.slice(0, MAX_WORD);
  let row = Array.from({ length: y.length + 1 }, (_, i) => i);
  for (let i = 1; i <= x.length; i++) {
    const next = [i];
    for (let j = 1; j <= y.length; j++) {
      const swap = (row[j - 1] ?? 0) + (x[i - 1] === y[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[y.length] ?? 0;
}

/** The nearest known word, null when none is near: a slip of one sign, a part between dashes ("codex"), more slips. */
export function nearestWord(word: string, known: Iterable<string>): string | null {
  const lower = word.toLowerCase();
  let best: string | null = null;
  let bestDistance = (word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3))) + 1;
  let whole: string | null = null;
  for (const candidate of known) {
    const d = distance(lower, candidate.toLowerCase());
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
