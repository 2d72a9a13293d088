// A seeded random source for made traffic: the same seed gives the same capture on every machine.

export class Random {
  #state: number;
  readonly #pool: Buffer;

  constructor(seed: number) {
    this.#state = seed | 0;
    this.#pool = Buffer.alloc(1 << 16);
    for (let at = 0; at < this.#pool.length; at += 4) this.#pool.writeUInt32LE(this.next32(), at);
  }

  /** Mulberry32: 32 random bits. */
  next32(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  below(limit: number): number {
    return Math.floor((this.next32() / 2 ** 32) * limit);
  }

  /** Fills a short range with fresh bits: for randoms, session ids and key shares, which a decoder may compare. */
  fillFresh(target: Buffer, from: number, to: number): void {
    let at = from;
    for (; at + 4 <= to; at += 4) target.writeUInt32LE(this.next32(), at);
    for (; at < to; at++) target.writeUInt8(this.next32() & 255, at);
  }

  /** Fills with bytes of a pool: for payload without readers, at the speed of a copy. */
  fill(target: Buffer, from: number, to: number): void {
    let at = from;
    while (at < to) {
      const start = this.below(this.#pool.length >> 1);
      at += this.#pool.copy(target, at, start, start + Math.min(to - at, this.#pool.length >> 1));
    }
  }
}
