// Caches values that are computed from a few bytes which repeat: names, addresses, fingerprints. One flow in a hundred
// has a new one. Without the cache, most memory that decoding allocates would be the same strings again.

const SLOTS = 4096;
/** Maximum length of a cached key. Longer keys rarely repeat. */
const MAX_KEY_BYTES = 96;

export class ByteCache<T> {
  readonly #make: (bytes: Uint8Array, start: number, end: number) => T;
  readonly #slots: number;
  // Without slots until the first value: most logs are tried as formats that they do not have.
  #keys = new Uint8Array(0);
  #lengths = new Uint16Array(0); // Length plus one; 0 = empty slot.
  readonly #values: T[] = [];

  /** `slots`: a power of two. */
  constructor(make: (bytes: Uint8Array, start: number, end: number) => T, slots = SLOTS) {
    this.#make = make;
    this.#slots = slots;
  }

  /** Returns the value of bytes[start, end). A slot contains the latest key with its hash. */
  get(bytes: Uint8Array, start: number, end: number): T {
    const length = end - start;
    if (length > MAX_KEY_BYTES) return this.#make(bytes, start, end);
    let hash = 0x811c9dc5;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
    const slot = (hash ^ (hash >>> 15)) & (this.#slots - 1);
    const keyAt = slot * MAX_KEY_BYTES;
    if (this.#lengths[slot] === length + 1) {
      let i = 0;
      while (i < length && this.#keys[keyAt + i] === bytes[start + i]) i++;
      const value = this.#values[slot];
      if (i === length && value !== undefined) return value;
    }
    const created = this.#make(bytes, start, end);
    if (this.#lengths.length === 0) {
      this.#keys = new Uint8Array(this.#slots * MAX_KEY_BYTES);
      this.#lengths = new Uint16Array(this.#slots);
    }
    for (let i = 0; i < length; i++) this.#keys[keyAt + i] = bytes[start + i] ?? 0;
    this.#lengths[slot] = length + 1;
    this.#values[slot] = created;
    return created;
  }
}

/** A ByteCache for keys of at most eight bytes, passed as two words: almost all addresses and MACs. */
export class WordCache<T> {
  readonly #keys = new Uint32Array(SLOTS * 2);
  readonly #values: (T | undefined)[] = new Array<T | undefined>(SLOTS);

  /** Returns undefined if the slot contains another key. */
  get(low: number, high: number): T | undefined {
    const at = slotIndex(low, high);
    return this.#keys[2 * at] === low && this.#keys[2 * at + 1] === high ? this.#values[at] : undefined;
  }

  put(low: number, high: number, value: T): T {
    const at = slotIndex(low, high);
    this.#keys[2 * at] = low;
    this.#keys[2 * at + 1] = high;
    this.#values[at] = value;
    return value;
  }
}

function slotIndex(low: number, high: number): number {
  const hash = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
  return (hash >>> 20) & (SLOTS - 1);
}
