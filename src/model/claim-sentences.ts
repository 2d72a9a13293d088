// Sentences about claims that contradict each other: the names and MACs that messages claim for an address are listed behind a
// part that reveals no machine.

import { Sentence, say } from './sentences.ts';

const KEYS = ['severalNames', 'severalMacs', 'claimedName'] as const;

/** `text`: the list; null without a contradiction. */
export const sayClaims = (key: (typeof KEYS)[number], text: string | null): Sentence[] =>
  text === null ? [] : [say('listing', { said: say(key), text })];

/** Removes the listed names and MACs. */
export const withoutClaims = ({ values: { said }, text }: Sentence): Sentence =>
  said instanceof Sentence ? said : readClaims(text);

/** `text`: of an evidence bundle, without names and MACs. */
export const readClaims = (text: string): Sentence =>
  KEYS.map((key) => say(key)).find((sentence) => sentence.text === text) ?? say('asWritten', { text });
