// Defines messages for their callers: a text, or a function of the arguments in its key: "mail(tool, host)". An
// argument with "?" may be null, which its message calls "null". A list NAME gives NAME, NAME_and and NAME_count; an
// object gives NAME_FIELD.

import type { BREACHES } from '../../model/findings.ts';
import type { Words } from '../../text/word-lists.ts';

type Values = Readonly<Record<string, unknown>>;
export interface CompiledMessages {
  readonly [key: string]: CompiledMessages | string | ((values: Values) => string);
}

/** The object of a rule that bans or limits. */
export type Banned =
  | { readonly kind: Exclude<(typeof BREACHES)[number], 'violation'> }
  | { readonly kind: 'services' }
  | { readonly kind: 'mcp' }
  | { readonly kind: 'unlisted' }
  | { readonly kind: 'several'; readonly count: number }
  | { readonly kind: 'tool'; readonly name: string | null };

/** Records that begin or end within the requested time. */
export interface RecordsEnd {
  readonly end: 'begin' | 'end';
  readonly time: string;
}

/** Nouns for the entries of lists. */
export type ListNoun = 'host' | 'line' | 'advisory' | 'service' | 'server' | 'name' | 'tool';

/** The start of a denial: in force, in its grace period, or unknown. */
export type Since = 'inForce' | 'grace' | null;

/** Types of arguments by their names. Other arguments are texts. */
interface ArgumentTypes
  extends Record<Count, number>,
    Record<Flag, boolean>,
    Record<List, readonly string[]> {
  readonly banned: Banned;
  readonly noun: ListNoun;
  readonly ruleSince: Since;
  readonly sums: { readonly real: number; readonly others: number };
  readonly records: RecordsEnd;
  readonly facts: object;
}

type Count = Words<
  [
    'allNames blocked captures count days entries findingDays findings flows found hellos hosts',
    'hostsSeen hostsWith ignored incomplete inputs leastHosts left lines machines minutes more',
    'most offset packets placed printed probes revision rules seconds shown starts suspected',
    'toolCount top total traced uses weeks windowDays',
  ]
>[number];
type Flag =
  | 'hasCaptures'
  | 'isAbove'
  | 'isDaily'
  | 'isOne'
  | 'isOverlapping'
  | 'isPseudonym'
  | 'isService'
  | 'isWhole';
type List = 'files' | 'groups' | 'names' | 'parts' | 'states';

type TypeOf<Name extends string> = Name extends keyof ArgumentTypes ? ArgumentTypes[Name] : string;
type Argument<Name extends string> = Name extends `${infer Known}?` ? TypeOf<Known> | null : TypeOf<Name>;
type Arguments<Names extends string> = Names extends `${infer First}, ${infer More}`
  ? [Argument<First>, ...Arguments<More>]
  : [Argument<Names>];
type NameOf<Key> = Key extends `${infer Name}(${string}` ? Name : Key;

/** The type that `messagesOf` returns for a message file. */
export type MessagesOf<File> = {
  readonly [Key in keyof File as NameOf<Key>]: Key extends `${string}(${infer Names})`
    ? (...values: Arguments<Names>) => string
    : File[Key] extends string
      ? string
      : MessagesOf<File[Key]>;
};

function listValues(name: string, value: unknown, list: ListWords): [string, unknown][] {
  if (Array.isArray(value))
    return [
      [name, value.join(list.separator)],
      [`${name}_and`, list.and(value)],
      [`${name}_count`, value.length],
    ];
  if (typeof value !== 'object' || value === null) return [[name, String(value)]];
  return Object.entries(value).flatMap(([field, message]) => listValues(`${name}_${field}`, message, list));
}

interface ListWords {
  readonly separator: string;
  and(items: readonly string[]): string;
}

export function buildMessages<File>(compiled: CompiledMessages, list: ListWords): MessagesOf<File> {
  const entries = Object.entries(compiled).map(([key, message]) => {
    if (typeof message === 'object') return [key, buildMessages(message, list)];
    const [name = '', names] = key.split(/[()]/);
    if (names === undefined) return [name, message];
    const format = typeof message === 'string' ? () => message : message;
    const places = names.split(', ').map((parameter) => parameter.replace('?', ''));
    return [
      name,
      (...values: readonly unknown[]) =>
        format(Object.fromEntries(places.flatMap((place, index) => listValues(place, values[index], list)))),
    ];
  });
  return Object.fromEntries(entries) as MessagesOf<File>;
}
