// Messages: each field is declared once, with its number and encoding on the wire and its limits. The types of a message,
// its codec and the images of closed windows are derived from it.

/** How a field is written. Texts are numbers into the window's table of texts; times are relative to its start. */
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

/** Numbers of the table of texts and of the checksum of a window, which the codec writes. */
export const STRINGS_FIELD = 1;
export const CHECKSUM_FIELD = 15;

/** A field whose values have the type T, which `type` says and no object has. */
interface Declared<T> {
  readonly type?: T;
  readonly number: number;
  readonly kind: FieldKind;
  readonly schema?: Schema;
  readonly words?: readonly string[];
  /** Absent from the value when it is empty. */
  readonly isOptional?: boolean;
  /** Entries of a list at most; readers refuse a window with more. Absent: known by the length of the window. */
  readonly most?: number;
  /** Maximum distance of times from the start of the window; default MAX_DISTANCE_US. */
  readonly farthestUs?: number;
  /** Replaces an enum value of a newer version; without it such a window is not readable. */
  readonly otherWord?: string;
}

export interface Field extends Declared<unknown> {
  readonly name: string;
}

/** In the order of images of closed windows; on the wire, fields stand in the order of their numbers. */
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

/** The values of a message. */
export type TypeOf<S> = S extends Schema<infer T> ? T : never;

export const message = <F extends Fields>(fields: F): Schema<Values<F>> =>
  Object.entries(fields).map(([name, field]) => ({ ...field, name }));

/** Adds entries of several lists up, as far as those of a host that follow each other differ in counters and times alone. */
export interface EntrySums<T> {
  /** Sums and entries to which nothing more is added, in the order of each host. Null: this list is made in another way. */
  add(list: Entries<T>): readonly T[] | null;
  /** The other sums. */
  end(): readonly T[];
}

/**
 * Entries of a window, in their order. In a window that was just closed they are made each time the list is read:
 * entries that are not kept do not stay in memory.
 */
export interface Entries<T> extends Iterable<T> {
  readonly length: number;
  filter(isKept: (entry: T) => boolean): readonly T[];
  map<U>(of: (entry: T) => U): readonly U[];
  flatMap<U>(of: (entry: T) => readonly U[]): readonly U[];
  some(is: (entry: T) => boolean): boolean;
  every(is: (entry: T) => boolean): boolean;
  /** Entries of some hosts, selected before they are made; absent where they are in memory: ofHosts of entries.ts. */
  ofHosts?(isWanted: (host: string) => boolean): readonly T[];
  /** Sums of lists that are made in the same way; absent where they are in memory: addedUp of entries.ts. */
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
  ...{ number, kind: 'time' },
  ...limits,
});

export const word = <W extends string>(
  number: number,
  words: readonly W[],
  other: { readonly otherWord?: NoInfer<W> } = {},
): Declared<W> => ({ number, kind: 'word', words, ...other });

export const wordOrNull = <W extends string>(number: number, words: readonly W[]): Declared<W | null> => ({
  ...{ number, kind: 'wordOrNull', words },
});

const list =
  <T>(kind: FieldKind) =>
  (number: number, most: number): Declared<readonly T[]> => ({ number, kind, most });

export const numbers = list<number>('numbers');
export const times = list<number>('times');
export const texts = list<string>('texts');

export const nested = <T>(number: number, schema: Schema<T>): Declared<T> => ({
  number,
  kind: 'message',
  schema,
});

export const nestedOrNull = <T>(number: number, schema: Schema<T>): Declared<T | null> => ({
  ...{ number, kind: 'message', schema },
});

export const messages = <T>(
  number: number,
  schema: Schema<T>,
  limits: Pick<Field, 'most'> = {},
): Declared<readonly T[]> => ({ number, kind: 'messages', schema, ...limits });

/** Messages that may be made each time they are read. */
export const entries = <T>(number: number, schema: Schema<T>): Declared<Entries<T>> => ({
  ...{ number, kind: 'messages', schema },
});

const COUNT = message({ name: text(1), count: count(2) });

export const counts = (number: number, most: number): Declared<Readonly<Record<string, number>>> => ({
  ...{ number, kind: 'counts', schema: COUNT, most },
});

/** Absent from the value when it is empty. */
export const optional = <T>(field: Declared<T>): Declared<T> & { readonly isOptional: true } => ({
  ...field,
  isOptional: true,
});

/** Its maker may leave it out; readers of the wire form give the empty value. */
export const lacking = <T>(field: Declared<T>): Declared<T> & { readonly mayLack: true } => ({
  ...field,
  mayLack: true,
});

/** Counters with consecutive numbers from `first`. */
export const countsFrom = <K extends string>(
  first: number,
  names: readonly K[],
): Readonly<Record<K, Declared<number>>> =>
  sums(Object.fromEntries(names.map((name, i) => [name, first + i])) as Record<K, number>);

/** Counters with the numbers of a table. */
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

/** Most lists of most hosts are empty and share one instance. */
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
