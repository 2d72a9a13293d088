// Matches names against patterns with "*" in linear time: regular expressions with several stars can backtrack
// exponentially.

/** Minimum number of characters that "*" matches. */
export type StarLength = 0 | 1;

/** True if `text` matches `pattern`, in which each "*" stands for at least `leastOfStar` characters. */
export function matchesGlob(pattern: string, text: string, leastOfStar: StarLength): boolean {
  // Compares the ends first, because most patterns already differ there.
  if (!text.endsWith(pattern.slice(pattern.lastIndexOf('*') + 1))) return false;
  const parts = pattern.split('*');
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  // Greedy leftmost placement of each part leaves the most text for the parts after it.
  for (const part of rest) {
    const found = text.indexOf(part, at + leastOfStar);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at + leastOfStar;
}
