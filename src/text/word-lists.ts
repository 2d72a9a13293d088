// Splits texts into closed lists of words, and converts names of fields.

type WordsOf<Text extends string> = Text extends `${infer First} ${infer Rest}`
  ? [First, ...WordsOf<Rest>]
  : [Text];

export type Words<Lines extends readonly string[]> = Lines extends readonly [
  infer First extends string,
  ...infer Rest extends readonly string[],
]
  ? [...WordsOf<First>, ...Words<Rest>]
  : [];

/** Returns the words of all lines, which are separated by single spaces. */
export const splitWords = <const Lines extends readonly string[]>(...lines: Lines): Readonly<Words<Lines>> =>
  lines.flatMap((line) => line.split(' ')) as readonly string[] as Readonly<Words<Lines>>;

/** Converts "payloadUp" to "payload_up", the form of columns in CSV and SQL. */
export const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
