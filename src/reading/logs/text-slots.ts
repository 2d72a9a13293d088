// Numbers of texts that come again in each row of a log, as addresses do. A text takes the place of another one with the same
// place, so that a lookup costs less than one in a Map, and no number of texts takes more memory.

import { fnv1a } from '../../text/fnv1a.ts';

/** A power of two. */
const SLOTS = 1 << 15;

export class TextSlots {
  readonly #texts: string[] = new Array<string>(SLOTS).fill('');
  readonly #numbers = new Int32Array(SLOTS);

  /** -1 for a text without a number. No text that is asked for is empty. */
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
