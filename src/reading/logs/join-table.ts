// Stores values of a row for later rows of the same connection or query. A follower saves the table across restarts, so
// the table records changes.

import { fnv1a, mixHashes } from '../../text/fnv1a.ts';
import { hashAddress } from './values.ts';

export interface Ends {
  readonly client: string;
  readonly clientPort: number;
  readonly server: string;
  readonly serverPort: number;
}

/**
 * Returns the key of a connection. The ends are part of the key, because a sensor may reuse an identifier after a
 * restart, and a forged row may have that of another host. Rows of one connection may disagree about which end is the
 * client.
 */
export function connectionKey(id: string, { client, clientPort, server, serverPort }: Ends): string {
  const [one, other] = [`${client} ${clientPort}`, `${server} ${serverPort}`];
  return one < other ? `${id} ${one} ${other}` : `${id} ${other} ${one}`;
}

/**
 * Returns the hash of a connection, independent of the order of its ends; never 0. `id`: FNV-1a of its identifier;
 * `client` and `server`: hashes of their addresses.
 */
export const connectionHash = (
  id: number,
  client: number,
  clientPort: number,
  server: number,
  serverPort: number,
): number => id ^ (mixHashes(client, clientPort) + mixHashes(server, serverPort)) || 1;

/**
 * A set of hashes with two bits for each, and with false positives: four in ten thousand after ten thousand entries. The core
 * has the same places.
 */
export class SeenHashes {
  readonly bits = new Int32Array(1 << 15);

  add(hash: number): void {
    this.#setBit(firstBit(hash));
    this.#setBit(secondBit(hash));
  }

  mayHave(hash: number): boolean {
    return this.#isSet(firstBit(hash)) && this.#isSet(secondBit(hash));
  }

  #setBit(place: number): void {
    this.bits[place >>> 5] = (this.bits[place >>> 5] ?? 0) | (1 << (place & 31));
  }

  #isSet(place: number): boolean {
    return ((this.bits[place >>> 5] ?? 0) & (1 << (place & 31))) !== 0;
  }
}

const firstBit = (hash: number): number => Math.imul(hash, 0x9e3779b1) >>> 12;
const secondBit = (hash: number): number => Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) >>> 12;

/** Hashes of entries. Most rows learn from them that they have no entry, and need no key. */
interface Hashes<V> {
  hashOf(key: string, value: V): number;
}

const OF_KEYS: Hashes<unknown> = { hashOf: (key) => fnv1a(key) || 1 };

/** Hashes entries by `connectionKey`. */
export const OF_CONNECTIONS: Hashes<unknown> = {
  hashOf(key) {
    const parts = key.split(' ');
    const [client = '', clientPort, server = '', serverPort] = parts.splice(-4);
    const id = fnv1a(parts.join(' '));
    return connectionHash(
      id,
      hashAddress(client),
      Number(clientPort),
      hashAddress(server),
      Number(serverPort),
    );
  },
};

export type StoredEntry = [key: string, value: unknown];

/** A table that a follower stores. */
export interface StoredTable extends Iterable<StoredEntry> {
  /** Returns entries that were set or deleted since the last call, or since the first; null: deleted. */
  takeChanges(): StoredEntry[];
  /** Applies changes in the order in which they were taken. */
  apply(changes: readonly (readonly [key: string, value: unknown])[]): void;
}

export class JoinTable<V> extends Map<string, V> implements StoredTable {
  /** Null: no reader requests changes. */
  #changed: Set<string> | null = null;
  readonly #hashes: Hashes<V>;
  readonly #seen = new SeenHashes();

  constructor(hashes: Hashes<V> = OF_KEYS) {
    super();
    this.#hashes = hashes;
  }

  /** Bits of the hashes of all entries since the start. */
  get bits(): Int32Array {
    return this.#seen.bits;
  }

  /** Returns false if no entry has this hash. */
  mayHave(hash: number): boolean {
    return this.size > 0 && this.#seen.mayHave(hash);
  }

  /** Returns false if no entry has this hash, and none had it since the start. */
  mayHaveHad(hash: number): boolean {
    return this.#seen.mayHave(hash);
  }

  override set(key: string, value: V): this {
    this.#changed?.add(key);
    return this.#set(key, value);
  }

  #set(key: string, value: V): this {
    this.#seen.add(this.#hashes.hashOf(key, value));
    return super.set(key, value);
  }

  override delete(key: string): boolean {
    this.#changed?.add(key);
    return super.delete(key);
  }

  override clear(): void {
    for (const key of this.keys()) this.#changed?.add(key);
    super.clear();
  }

  takeChanges(): [key: string, value: V | null][] {
    const keys = [...(this.#changed ?? [])];
    this.#changed = new Set();
    return keys.map((key) => [key, super.get(key) ?? null]);
  }

  /** The oldest entry stays the first. */
  apply(changes: readonly (readonly [key: string, value: V | null])[]): void {
    for (const [key, value] of changes) {
      if (value === null) super.delete(key);
      else this.#set(key, value);
    }
  }
}

export type JoinTables = Readonly<Record<string, StoredTable>>;
