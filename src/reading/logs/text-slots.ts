// Caches numbers for texts that repeat in rows of a log, such as addresses. A text replaces another one in the same
// slot, so that a lookup is faster than in a Map and memory is bounded.

import { fnv1a } from '../../text/fnv1a.ts';

/** A power of two. */
const SLOTS = 1 << 15;

export class TextSlots {
  readonly #texts: string[] = new Array<string>(SLOTS).fill('');
  readonly #numbers = new Int32Array(SLOTS);

  /** Returns -1 for a text without a number. Texts must not be empty. */
  get(text: string): number {
    const slot = findSlot(text);
    return this.#texts[slot] === text ? (this.#numbers[slot] ?? -1) : -1;
  }

  set(text: string, number: number): void {
    const slot = findSlot(text);
    this.#texts[slot] = text;
    this.#numbers[slot] = number;
  }

  clear(): void {
    this.#texts.fill('');
  }
}

const findSlot = (text: string): number => Math.imul(fnv1a(text), 0x9e3779b1) >>> 17;
