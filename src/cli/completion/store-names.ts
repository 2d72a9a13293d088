// Hosts and tools of the store that stands on the line: what can be said in the time that a key may take, else nothing.

import { setTimeout } from 'node:timers/promises';
import { kindOfInput } from '../../query/inputs/source-kind.ts';
import type { ListedNames } from '../../store/duckdb/names.ts';
import { confinePlaces } from '../rights/rights.ts';

const MOST_MS = 200;
/** What may be offered to a shell: a store may be a file of another user with any content. */
const PLAIN = /^[0-9A-Za-z][0-9A-Za-z.:_-]{0,63}$/;

/** null: no word is a store. */
export async function namesOfStore(
  words: readonly string[],
  kind: ListedNames,
  mostMs: number = MOST_MS,
): Promise<readonly string[] | null> {
  const store = words.find((word) => !word.startsWith('-') && kindOfInput(word) === 'store');
  if (store === undefined) return null;
  const names = await Promise.race([ask(store, kind), setTimeout(mostMs, [], { ref: false })]);
  return names.filter((name) => PLAIN.test(name));
}

async function ask(store: string, kind: ListedNames): Promise<readonly string[]> {
  try {
    const { listNames } = await import('../../store/duckdb/names.ts');
    confinePlaces([], [store], [], () => undefined);
    return await listNames(store, kind);
  } catch {
    // It is damaged, in use or no store: the command says so.
    return [];
  }
}
