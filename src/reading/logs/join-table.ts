// What a row leaves behind for later rows of the same connection or question. A follower keeps it over a restart, so it must
// know what has changed.

export interface Ends {
  readonly client: string;
  readonly clientPort: number;
  readonly server: string;
  readonly serverPort: number;
}

/**
 * Key of a connection. A sensor may use an identifier again after a restart, and a forged row may have that of another
 * host: the ends are part of the key. Rows of one connection may disagree on which end is the client.
 */
export function connectionKey(id: string, { client, clientPort, server, serverPort }: Ends): string {
  const [one, other] = [`${client} ${clientPort}`, `${server} ${serverPort}`];
  return one < other ? `${id} ${one} ${other}` : `${id} ${other} ${one}`;
}

export class JoinTable<V> extends Map<string, V> {
  /** Null: no reader asks for changes. */
  #changed: Set<string> | null = null;

  override set(key: string, value: V): this {
    this.#changed?.add(key);
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

  /** Entries that were set or deleted since the last call, or since the first; null: deleted. */
  takeChanges(): [key: string, value: V | null][] {
    const keys = [...(this.#changed ?? [])];
    this.#changed = new Set();
    return keys.map((key) => [key, super.get(key) ?? null]);
  }

  /** Changes as they were taken; in the same order, so that the oldest entry stays the first. */
  apply(changes: readonly (readonly [key: string, value: V | null])[]): void {
    for (const [key, value] of changes) {
      if (value === null) super.delete(key);
      else super.set(key, value);
    }
  }
}

export type JoinTables = Readonly<Record<string, JoinTable<unknown>>>;
