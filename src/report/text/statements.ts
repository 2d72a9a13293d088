// Translates English sentences of a document: evidence, and reasons why figures are unknown. Documents and stores
// identify evidence by its sentence. For another language, the values are parsed from the sentence with the English
// message of the same form.

import type { Word } from './messages.ts';

/** A message with its values, in the order of its key. */
export interface Statement {
  readonly key: string;
  readonly values: readonly string[];
}

type Messages = Readonly<Record<string, Word>>;

/** Placeholders for the values of a message. No text has a character of a private use area. */
const MARKS = Array.from({ length: 6 }, (_, i) => String.fromCharCode(0xe000 + i));
const MARK = /([\ue000-\ue005])/;

interface Form {
  readonly key: string;
  readonly names: readonly string[];
  /** Texts before the first value, between values, and after the last. */
  readonly texts: readonly string[];
  /** Positions of the values in the key. */
  readonly places: readonly number[];
}

/** `keys`: keys of the file, with the names of their values. */
export function buildForms(keys: readonly string[], messages: Messages): Form[] {
  return keys.map((entry) => {
    const [key = '', list = ''] = entry.split(/[()]/);
    const message = messages[key] ?? '';
    const parts = (typeof message === 'string' ? message : message(...MARKS)).split(MARK);
    return {
      key,
      names: list.split(', '),
      texts: parts.filter((_, i) => i % 2 === 0),
      places: parts.filter((_, i) => i % 2 === 1).map((mark) => MARKS.indexOf(mark)),
    };
  });
}

/** Matches names of hosts, which contain no spaces, so that a sentence of another form does not match. */
const LISTED = /^\S+(?:, \S+)*$/;

/** Finds the values between the texts of the form, each as short as possible; null for a sentence of another form. */
function valuesIn(
  { texts: [first = '', ...others], places, names }: Form,
  sentence: string,
): string[] | null {
  if (others.length === 0) return sentence === first ? [] : null;
  if (!sentence.startsWith(first)) return null;
  const values: string[] = [];
  let at = first.length;
  for (const [i, text] of others.entries()) {
    const end = i === others.length - 1 ? sentence.length - text.length : sentence.indexOf(text, at + 1);
    if (end <= at || !sentence.startsWith(text, end)) return null;
    const place = places[i] ?? 0;
    const value = sentence.slice(at, end);
    if (names[place] === 'name' && !LISTED.test(value)) return null;
    values[place] = value;
    at = end + text.length;
  }
  return values;
}

export function readStatement(forms: readonly Form[], sentence: string): Statement | null {
  for (const form of forms) {
    const values = valuesIn(form, sentence);
    if (values !== null) return { key: form.key, values };
  }
  return null;
}

/** Values that are sentences, or parts of one. */
const NESTED = new Set('said what other calls pattern sensor outcome why'.split(' '));

/** Translates sentences to the language of the messages; null for an unknown form. */
export function statementsIn(
  forms: readonly Form[],
  messages: Messages,
  clauseSeparator: string,
): (sentence: string) => string | null {
  const names = new Map(forms.map((form) => [form.key, form.names]));
  const known = new Map<string, string | null>();
  const say = (sentence: string): string | null => {
    const found = readStatement(forms, sentence);
    if (found === null) return joined(sentence);
    const message = messages[found.key] ?? '';
    if (typeof message === 'string') return message;
    return message(...found.values.map((value, i) => sayValue(names.get(found.key)?.[i] ?? '', value)));
  };
  const sayValue = (name: string, value: string): string => {
    if (NESTED.has(name)) return say(value) ?? value;
    return name === 'programs' ? value.replaceAll(/[^,]+/g, (part) => sayProgram(part)) : value;
  };
  const sayProgram = (part: string): string => {
    const program = part.trimStart();
    return part.slice(0, part.length - program.length) + (program === '' ? '' : (say(program) ?? program));
  };
  /** Translates sentences with several clauses. */
  const joined = (sentence: string): string | null => {
    const clauses = sentence.split('; ');
    const all = clauses.length < 2 ? [null] : clauses.map(say);
    return all.includes(null) ? null : all.join(clauseSeparator);
  };
  return (sentence) => {
    let text = known.get(sentence);
    if (text === undefined) {
      text = say(sentence);
      known.set(sentence, text);
    }
    return text;
  };
}
