// Closed lists of words, written as texts: `words('tcp udp')` is `['tcp', 'udp']`, of the same type.

type WordsOf<Text extends string> = Text extends `${infer First} ${infer Rest}`
  ? [First, ...WordsOf<Rest>]
  : [Text];

export type Words<Lines extends readonly string[]> = Lines extends readonly [
  infer First extends string,
  ...infer Rest extends readonly string[],
]
  ? [...WordsOf<First>, ...Words<Rest>]
  : [];

/** The words of all lines; one space stands between two words. */
export const words = <const Lines extends readonly string[]>(...lines: Lines): Readonly<Words<Lines>> =>
  lines.flatMap((line) => line.split(' ')) as readonly string[] as Readonly<Words<Lines>>;
