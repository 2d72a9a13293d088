// Hashes of connections that rows have told about. A later one takes the place of an earlier one.

const PLACES = 1 << 20;

export class RecentHashes {
  /** Places without a hash hold 0, which is therefore no hash. */
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
