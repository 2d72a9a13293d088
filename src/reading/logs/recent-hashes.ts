// Stores hashes of connections in recent rows. A later one replaces an earlier one.

const PLACES = 1 << 20;

export class RecentHashes {
  /** Free slots contain 0, so 0 is not a valid hash. */
  readonly places = new Int32Array(PLACES);

  has(hash: number): boolean {
    return hash !== 0 && this.places[hash & (PLACES - 1)] === hash;
  }

  add(hash: number): void {
    this.places[hash & (PLACES - 1)] = hash;
  }

  remove(hash: number): void {
    this.places[hash & (PLACES - 1)] = 0;
  }
}
