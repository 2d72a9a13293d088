// How an error message names the word that was probably meant.

import { nearestWord } from '../model/near-word.ts';

/** ' (did you mean "x"?)' for the nearest known word, '' when none is near. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const nearest = nearestWord(word, known);
  return nearest === null ? '' : ` (did you mean "${nearest}"?)`;
}
