// Refuses hosts and groups that do not occur in the input, and names the nearest ones.

import { optionError, type WiretallyError } from '../model/errors.ts';
import type { HostReport } from '../model/report.ts';
import { isHost, type KnownHost } from '../report/document/narrow.ts';
import { nearestWord } from '../text/near-word.ts';
import { isPseudonym } from '../text/pseudonym.ts';
import { plural } from '../text/quantity.ts';

/** Up to this number, all names are listed. */
const FEW = 6;

/** Finds hosts by address, name, MAC or pseudonym. Throws USAGE if there is none. */
export function requireKnownHost<T extends KnownHost>(
  hosts: readonly T[],
  word: string,
  pseudonymOf: ((host: string) => string) | null = null,
): T[] {
  const found = hosts.filter((host) => isHost(host, word) || pseudonymOf?.(host.host) === word);
  if (found.length > 0) return found;
  if (pseudonymOf === null) requirePseudonym(hosts, word);
  const words = pseudonymOf === null ? listWords(hosts) : hosts.map(({ host }) => pseudonymOf(host));
  const all = pseudonymOf === null ? hosts.map(({ host, name }) => name ?? host) : words;
  throw unknownHostError('host', word, words, all);
}

/** Refuses an address among pseudonyms, because it is never found: "not seen" would be false. Throws USAGE. */
export function requirePseudonym(hosts: readonly KnownHost[], word: string): void {
  if (isPseudonym(word) || !hosts.some(({ host }) => isPseudonym(host))) return;
  throw optionError(
    '--host',
    `hosts have pseudonyms here, and "${word}" is not one`,
    'pass the pseudonym; wiretally explain prints it with --pseudonymize KEYFILE and --host ADDRESS',
  );
}

/** The words by which users name a host. */
export const listWords = (hosts: readonly KnownHost[]): string[] =>
  hosts.flatMap(({ host, name, mac }) => [host, name, mac].filter((identifier) => identifier !== null));

/** Throws USAGE when no host is in the group, and neither policy nor hosts file names it. */
export function requireKnownGroup(
  hosts: readonly HostReport[],
  declared: readonly string[],
  word: string,
): void {
  const groupNames = [...new Set([...declared, ...hosts.flatMap(({ groups }) => groups)])];
  if (!groupNames.includes(word)) throw unknownHostError('group', word, groupNames, groupNames);
}

function unknownHostError(
  what: 'host' | 'group',
  word: string,
  words: readonly string[],
  all: readonly string[],
): WiretallyError {
  const near = nearestWord(word, words);
  const next = near === null ? describeNames(what, all) : `did you mean ${near}?`;
  return optionError(`--${what}`, `no ${what} "${word}" is in the input`, next);
}

function describeNames(what: 'host' | 'group', all: readonly string[]): string {
  if (all.length === 0) {
    return what === 'group' ? 'groups come from --policy or --hosts' : 'the input shows no host at all';
  }
  if (all.length <= FEW) return `there ${all.length === 1 ? 'is' : 'are'} ${all.join(', ')}`;
  return `there are ${plural(all.length, what)}, for example ${all.slice(0, 3).join(', ')}`;
}
