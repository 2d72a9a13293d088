// Caches names of log rows. Almost all names are not listed and repeat. Two hashes of their bytes identify these, so
// that no text is created and no lookup is needed.

import { parseName, unescapeHex } from './values.ts';

/** Slots, a power of two: 2 MB. A name that collides with another is looked up again. */
const PLACES = 1 << 18;
const [FIRST_PRIME, SECOND_PRIME] = [0x01000193, 0x85ebca6b];

export class ListedNames {
  readonly #isListed: (name: string) => boolean;
  /** Two hashes per slot. The core also looks names up here. */
  readonly unlisted = new Int32Array(2 * PLACES);

  constructor(isListed: (name: string) => boolean) {
    this.#isListed = isListed;
  }

  /** Returns the name in bytes[start, end) as the catalogue spells it, if it is listed; else null. */
  get(bytes: Buffer, start: number, end: number): string | null {
    let first = 0x811c9dc5 | 0;
    let second = end - start;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? 0;
      first = Math.imul(first ^ byte, FIRST_PRIME);
      second = Math.imul(second ^ byte, SECOND_PRIME) ^ (second >>> 13);
    }
    if (this.#isUnlisted(first, second)) return null;
    const name = parseName(unescapeHex(bytes, start, end));
    if (name !== null && this.#isListed(name)) return name;
    this.#setUnlisted(first, second);
    return null;
  }

  /** Tests a name that is already a text. */
  has(name: string): boolean {
    let first = 0x811c9dc5 | 0;
    let second = name.length;
    for (let at = 0; at < name.length; at++) {
      const unit = name.charCodeAt(at);
      first = Math.imul(first ^ unit, FIRST_PRIME);
      second = Math.imul(second ^ unit, SECOND_PRIME) ^ (second >>> 13);
    }
    if (this.#isUnlisted(first, second)) return false;
    if (this.#isListed(name)) return true;
    this.#setUnlisted(first, second);
    return false;
  }

  #isUnlisted(first: number, second: number): boolean {
    const place = hashSlot(first);
    return this.unlisted[place] === first && this.unlisted[place + 1] === second;
  }

  #setUnlisted(first: number, second: number): void {
    const place = hashSlot(first);
    this.unlisted[place] = first;
    this.unlisted[place + 1] = second;
  }
}

const hashSlot = (first: number): number => 2 * ((first ^ (first >>> 15)) & (PLACES - 1));
