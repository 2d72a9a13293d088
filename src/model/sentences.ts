// Defines sentences about what was observed: evidence, and reasons why figures are not known. Each is the key of a message with its
// values. Documents have the English text; pages in another language format it again.

import type english from './messages/en.json';
import { MESSAGES } from './messages/en.messages.js';

type Entry = keyof typeof english;
type KeyOf<Named> = Named extends `${infer Key}(${string}` ? Key : Named;
export type SentenceKey = KeyOf<Entry>;

type NamesIn<List> = List extends `${infer First}, ${infer More}` ? First | NamesIn<More> : List;
type EntryOf<Key extends string> = Extract<Entry, `${Key}(${string}`>;
type ValuesOf<Key extends string> =
  EntryOf<Key> extends `${string}(${infer Names})` ? Readonly<Record<NamesIn<Names>, Value>> : never;

/** A part of a sentence may be one itself. */
type Value = string | number | Sentence;
type Values = Readonly<Record<string, Value>>;

/** The messages of one language by key. A message without values is a text. */
type Messages = ReadonlyMap<string, string | ((values: Values) => string)>;

/** `compiled`: of one language, by tools/messages.mjs. */
const buildMessages = (compiled: object): Messages =>
  new Map(Object.entries(compiled).map(([entry, message]) => [entry.split('(', 1)[0] ?? '', message]));

function write(messages: Messages, key: string, values: Values): string {
  const message = messages.get(key) ?? '';
  return typeof message === 'string' ? message : message(values);
}

const ENGLISH = buildMessages(MESSAGES);

export class Sentence {
  readonly key: string;
  readonly values: Values;
  /** In English. */
  readonly text: string;

  constructor(key: string, values: Values) {
    this.key = key;
    this.values = values;
    this.text = write(ENGLISH, key, values);
  }

  /** Messages contain the texts of sentences among their values. */
  toString(): string {
    return this.text;
  }
}

const NO_VALUES: Values = {};

export function phrase<Key extends SentenceKey>(
  key: Key,
  ...[values = NO_VALUES]: Key extends Entry ? [] : [ValuesOf<Key>]
): Sentence {
  return new Sentence(key, values);
}

/** Changes the texts among the values, also those of sentences among them. */
export const mapTexts = ({ key, values }: Sentence, change: (text: string) => string): Sentence =>
  new Sentence(
    key,
    mapValues(values, (value) =>
      typeof value === 'string' ? change(value) : value instanceof Sentence ? mapTexts(value, change) : value,
    ),
  );

/** Formats sentences with the compiled messages of a language. */
export function sentencesIn(compiled: object): (sentence: Sentence) => string {
  const messages = buildMessages(compiled);
  const format = ({ key, values }: Sentence): string =>
    write(
      messages,
      key,
      mapValues(values, (value) => (value instanceof Sentence ? format(value) : value)),
    );
  return format;
}

const mapValues = <From, To>(values: Readonly<Record<string, From>>, change: (value: From) => To) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));

/** The sentence of which an item of a document has the English text. JSON has no symbols: documents that were read from JSON
 * have none. */
const SENTENCE = Symbol('sentence');

interface Stated {
  readonly [SENTENCE]?: Sentence;
}

/** Fields of an item of evidence, of a figure that is not known, and of a use with estimates. */
export const asDetail = (sentence: Sentence): { readonly detail: string } & Stated => ({
  detail: sentence.text,
  [SENTENCE]: sentence,
});
export const asReason = (sentence: Sentence): { readonly reason: string } & Stated => ({
  reason: sentence.text,
  [SENTENCE]: sentence,
});

export const asCalibration = (sentence: Sentence): { readonly calibration: string } & Stated => ({
  calibration: sentence.text,
  [SENTENCE]: sentence,
});

export const readSentence = (item: object): Sentence | null => (item as Stated)[SENTENCE] ?? null;

/** Returns the sentence with this key, or the part of the sentence that has it; null: none. */
export function findPart(sentence: Sentence | null, key: SentenceKey): Sentence | null {
  if (sentence === null || sentence.key === key) return sentence;
  const parts = Object.values(sentence.values).filter((value) => value instanceof Sentence);
  return parts.map((part) => findPart(part, key)).find((found) => found !== null) ?? null;
}

type Packed<Item> = Item & { readonly sentence?: Parts };

/** Copies an item with its sentence as a field, which JSON keeps. */
export function packSentence<Item extends object>(item: Item): Packed<Item> {
  const sentence = readSentence(item);
  return sentence === null ? item : { ...item, sentence: listParts(sentence) };
}

export function unpackSentence<Item extends object>({ sentence, ...item }: Packed<Item>): Item {
  const whole = item as unknown as Item;
  return sentence === undefined ? whole : { ...whole, [SENTENCE]: restoreSentence(sentence) };
}

/** JSON text for stores: a key and its values, of which sentences are lists again. */
export const sentenceText = (sentence: Sentence): string => JSON.stringify(listParts(sentence));

type Parts = readonly [key: string, values: Readonly<Record<string, string | number | Parts>>];

const listParts = ({ key, values }: Sentence): Parts => [
  key,
  mapValues(values, (value) => (value instanceof Sentence ? listParts(value) : value)),
];

/** `text`: of sentenceText, or an English sentence that an earlier version stored. */
export const parseSentence = (text: string): Sentence =>
  text.startsWith('["') ? restoreSentence(JSON.parse(text) as Parts) : phrase('asWritten', { text });

const restoreSentence = ([key, values]: Parts): Sentence =>
  new Sentence(
    key,
    mapValues(values, (value) => (typeof value === 'object' ? restoreSentence(value) : value)),
  );
