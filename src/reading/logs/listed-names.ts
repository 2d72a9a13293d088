// Names of log rows: nearly all are of no interest, and most come again and again. Those are known by two hashes of their
// bytes, so that no text is made of them, and none is looked up.

import { nameOf, unescaped } from './values.ts';

/** Places, a power of two: 2 MB. A name that falls into the place of another is looked up again. */
const PLACES = 1 << 18;
const [FIRST_PRIME, SECOND_PRIME] = [0x01000193, 0x85ebca6b];

/** Names that are not listed, as texts. */
export class UnlistedNames {
  readonly #hashes = new Int32Array(2 * PLACES);
  #first = 0;
  #second = 0;

  has(name: string): boolean {
    const place = this.#place(name);
    return this.#hashes[place] === this.#first && this.#hashes[place + 1] === this.#second;
  }

  add(name: string): void {
    const place = this.#place(name);
    this.#hashes[place] = this.#first;
    this.#hashes[place + 1] = this.#second;
  }

  #place(name: string): number {
    let first = 0x811c9dc5 | 0;
    let second = name.length;
    for (let at = 0; at < name.length; at++) {
      const unit = name.charCodeAt(at);
      first = Math.imul(first ^ unit, FIRST_PRIME);
      second = Math.imul(second ^ unit, SECOND_PRIME) ^ (second >>> 13);
    }
    this.#first = first;
    this.#second = second;
    return 2 * ((first ^ (first >>> 15)) & (PLACES - 1));
  }
}

export class ListedNames {
  readonly #isListed: (name: string) => boolean;
  readonly #unlisted = new Int32Array(2 * PLACES);

  constructor(isListed: (name: string) => boolean) {
    this.#isListed = isListed;
  }

  /** The name in bytes[start, end) as the catalogue writes it, where it is listed; else null. */
  get(bytes: Buffer, start: number, end: number): string | null {
    let first = 0x811c9dc5 | 0;
    let second = end - start;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? 0;
      first = Math.imul(first ^ byte, FIRST_PRIME);
      second = Math.imul(second ^ byte, SECOND_PRIME) ^ (second >>> 13);
    }
    const place = 2 * ((first ^ (first >>> 15)) & (PLACES - 1));
    if (this.#unlisted[place] === first && this.#unlisted[place + 1] === second) return null;
    const name = nameOf(unescaped(bytes, start, end));
    if (name !== null && this.#isListed(name)) return name;
    this.#unlisted[place] = first;
    this.#unlisted[place + 1] = second;
    return null;
  }
}
