// ByteReader: big-endian numbers and slices out of bytes, one after the other; reading beyond the end throws.

export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  get offset(): number {
    return this.#at;
  }

  take(count: number): Uint8Array {
    if (count > this.left) throw new RangeError(`${count} bytes wanted, ${this.left} there`);
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  /** An unsigned number of `count` bytes, at most six. */
  number(count: number): number {
    return this.take(count).reduce((value, byte) => value * 256 + byte, 0);
  }

  /** A vector: its length in `lengthBytes` bytes, then its content. */
  vector(lengthBytes: number): Uint8Array {
    return this.take(this.number(lengthBytes));
  }
}

/** The bytes as big-endian 16-bit numbers; an odd number of bytes throws. */
export function words(bytes: Uint8Array): number[] {
  const reader = new ByteReader(bytes);
  const list: number[] = [];
  while (reader.left > 0) list.push(reader.number(2));
  return list;
}

/** Runs a parser; null when it reaches the end of the bytes or invalid data. */
export function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
