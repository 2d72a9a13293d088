// Declares each field of a message once, with its number and encoding on the wire and its limits. The types of a
// message, its codec and the images of closed windows are derived from these declarations.

/** Encoding of a field. Texts are indexes into the text table of the window; times are relative to its start. */
export type FieldKind =
  | 'number' // uint64, not negative
  | 'signed' // sint64
  | 'time' // sint64, microseconds after the window's start
  | 'bool'
  | 'text' // absent = ''
  | 'textOrNull' // absent = null
  | 'word' // a text of a closed list
  | 'wordOrNull'
  | 'numbers'
  | 'times'
  | 'texts'
  | 'message' // absent = null
  | 'messages'
  | 'counts'; // Record<string, number>

/** Field numbers of the text table and the checksum of a window, which only the codec writes. */
export const STRINGS_FIELD = 1;
export const CHECKSUM_FIELD = 15;

/** A field whose values have the type T. `type` exists for the compiler only; no object has it. */
interface Declared<T> {
  readonly type?: T;
  readonly number: number;
  readonly kind: FieldKind;
  readonly schema?: Schema;
  readonly words?: readonly string[];
  /** The value has no such field if it is empty. */
  readonly isOptional?: boolean;
  /**
   * Maximum entries of a list; readers refuse a window with more. If absent, the length of the window determines the
   * maximum.
   */
  readonly most?: number;
  /** Maximum distance of times from the start of the window; default MAX_DISTANCE_US. */
  readonly farthestUs?: number;
  /** Replaces a word that only a newer version knows; without it such a window is not readable. */
  readonly otherWord?: string;
}

export interface Field extends Declared<unknown> {
  readonly name: string;
}

/** In the order of images of closed windows. On the wire, fields are ordered by number. */
export type Schema<T = unknown> = readonly Field[] & { readonly type?: T };

type Fields = Readonly<Record<string, Declared<unknown>>>;
type OptionalName<F extends Fields> = {
  [K in keyof F]: F[K] extends { readonly isOptional: true } | { readonly mayLack: true } ? K : never;
}[keyof F];
type ValueIn<D> = D extends Declared<infer T> ? T : never;
type Values<F extends Fields> = {
  readonly [K in keyof F as K extends OptionalName<F> ? never : K]: ValueIn<F[K]>;
} & {
  readonly [K in keyof F as K extends OptionalName<F> ? K : never]?: ValueIn<F[K]>;
};

/** The type of a message's values. */
export type TypeOf<S> = S extends Schema<infer T> ? T : never;

export const message = <F extends Fields>(fields: F): Schema<Values<F>> =>
  Object.entries(fields).map(([name, field]) => ({ ...field, name }));

/** Sums entries of several lists. Consecutive entries of a host add up if they differ in counters and times only. */
export interface EntrySums<T> {
  /** Returns completed sums and entries, in the order of each host; null if the list has another implementation. */
  add(list: Entries<T>): readonly T[] | null;
  /** Returns the remaining sums. */
  end(): readonly T[];
}

/**
 * Entries of a window, in order. A window that was just closed computes them at each read, so that entries that are not
 * kept use no memory.
 */
export interface Entries<T> extends Iterable<T> {
  readonly length: number;
  filter(isKept: (entry: T) => boolean): readonly T[];
  map<U>(transform: (entry: T) => U): readonly U[];
  flatMap<U>(transform: (entry: T) => readonly U[]): readonly U[];
  some(is: (entry: T) => boolean): boolean;
  every(is: (entry: T) => boolean): boolean;
  /** Selects the entries of some hosts before they are computed. Lists in memory use ofHosts of entries.ts instead. */
  ofHosts?(isWanted: (host: string) => boolean): readonly T[];
  /** Returns the list with other entries for some hosts; the remaining entries stay as they are. */
  replaceHosts?(isReplaced: (host: string) => boolean, replacements: readonly T[]): Entries<T>;
  /** Begins sums of lists with the same implementation. Lists in memory use sumByHost of entries.ts instead. */
  beginSums?(): EntrySums<T>;
}

const scalar =
  <T>(kind: FieldKind) =>
  (number: number): Declared<T> => ({ number, kind });

export const count = scalar<number>('number');
export const signed = scalar<number>('signed');
export const bool = scalar<boolean>('bool');
export const text = scalar<string>('text');
export const textOrNull = scalar<string | null>('textOrNull');

export const time = (number: number, limits: Pick<Field, 'farthestUs'> = {}): Declared<number> => ({
  number,
  kind: 'time',
  ...limits,
});

export const word = <W extends string>(
  number: number,
  words: readonly W[],
  other: { readonly otherWord?: NoInfer<W> } = {},
): Declared<W> => ({ number, kind: 'word', words, ...other });

export const wordOrNull = <W extends string>(number: number, words: readonly W[]): Declared<W | null> => ({
  number,
  kind: 'wordOrNull',
  words,
});

const list =
  <T>(kind: FieldKind) =>
  (number: number, most: number): Declared<readonly T[]> => ({ number, kind, most });

export const numbers = list<number>('numbers');
export const times = list<number>('times');
export const texts = list<string>('texts');

export const declareMessage = <T>(number: number, schema: Schema<T>): Declared<T> => ({
  number,
  kind: 'message',
  schema,
});

export const nestedOrNull = <T>(number: number, schema: Schema<T>): Declared<T | null> => ({
  number,
  kind: 'message',
  schema,
});

export const messages = <T>(
  number: number,
  schema: Schema<T>,
  limits: Pick<Field, 'most'> = {},
): Declared<readonly T[]> => ({ number, kind: 'messages', schema, ...limits });

/** Declares messages that may be computed at each read. */
export const entries = <T>(number: number, schema: Schema<T>): Declared<Entries<T>> => ({
  number,
  kind: 'messages',
  schema,
});

const COUNT = message({ name: text(1), count: count(2) });

export const counts = (number: number, most: number): Declared<Readonly<Record<string, number>>> => ({
  number,
  kind: 'counts',
  schema: COUNT,
  most,
});

/** Declares a field that a value lacks if it is empty. */
export const optional = <T>(field: Declared<T>): Declared<T> & { readonly isOptional: true } => ({
  ...field,
  isOptional: true,
});

/** Declares a field that a writer may omit. Readers of the wire form then set the empty value. */
export const lacking = <T>(field: Declared<T>): Declared<T> & { readonly mayLack: true } => ({
  ...field,
  mayLack: true,
});

/** Declares counters with consecutive numbers from `first`. */
export const countsFrom = <K extends string>(
  first: number,
  names: readonly K[],
): Readonly<Record<K, Declared<number>>> =>
  sums(Object.fromEntries(names.map((name, i) => [name, first + i])) as Record<K, number>);

/** Declares counters with the numbers of a table. */
export const sums = <K extends string>(
  table: Readonly<Record<K, number>>,
): Readonly<Record<K, Declared<number>>> =>
  Object.fromEntries(Object.entries<number>(table).map(([name, number]) => [name, count(number)])) as Record<
    K,
    Declared<number>
  >;

export type MessageValues = Record<string, unknown>;

interface Template {
  readonly values: MessageValues;
  /** Fields whose empty value must be a new object each time. */
  readonly own: readonly Field[];
}

/** The empty list that most lists of most hosts share. */
export const NO_ENTRIES: readonly never[] = Object.freeze([]);

const TEMPLATES = new WeakMap<Schema, Template>();

/** Copying a template costs a third of building the object field by field. */
export function emptyValues(schema: Schema): MessageValues {
  let template = TEMPLATES.get(schema);
  if (template === undefined) {
    const fields = schema.filter((field) => !field.isOptional);
    template = {
      values: Object.fromEntries(fields.map((field) => [field.name, emptyValue(field)])),
      own: fields.filter(({ kind }) => kind === 'counts'),
    };
    TEMPLATES.set(schema, template);
  }
  const values = { ...template.values };
  for (const field of template.own) values[field.name] = emptyValue(field);
  return values;
}

export function emptyValue(field: Field): unknown {
  switch (field.kind) {
    case 'number':
    case 'signed':
    case 'time':
      return 0;
    case 'bool':
      return false;
    case 'text':
    case 'word':
      return '';
    case 'textOrNull':
    case 'wordOrNull':
    case 'message':
      return null;
    case 'counts':
      return {};
    default:
      return NO_ENTRIES;
  }
}
