// Builds sentences about contradictory claims: a first part that identifies no machine, then the names or MACs that messages
// claim for an address. Where hosts are pseudonyms, only the first part is kept.

import { phrase, Sentence } from './sentences.ts';

const KEYS = ['severalNames', 'severalMacs', 'claimedName'] as const;

/** `text` is the list of claimed names or MACs; null without a contradiction. */
export const buildClaimSentences = (key: (typeof KEYS)[number], text: string | null): Sentence[] =>
  text === null ? [] : [phrase('listing', { said: phrase(key), text })];

/** Removes the listed names and MACs. */
export const removeClaims = ({ values: { said }, text }: Sentence): Sentence =>
  said instanceof Sentence ? said : parseClaimSentence(text);

/** Recognizes a sentence of an evidence bundle, which lists no names and MACs. */
export const parseClaimSentence = (text: string): Sentence =>
  KEYS.map((key) => phrase(key)).find((sentence) => sentence.text === text) ?? phrase('asWritten', { text });
