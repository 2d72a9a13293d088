// Orders batches of several workers so that the result is independent of the workers: DNS answers first, the
// rest of a batch when every worker has delivered all answers before it.

/** A batch of a worker. `clockUs` is the capture clock of the worker at its end. */
export interface WorkerBatch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly length: number;
  readonly clockUs: number;
}

export class BatchOrder<B extends WorkerBatch> {
  readonly #clocks: number[];
  /** Of the batches that have been given out. */
  readonly #given: number[];
  readonly #waiting: B[][];

  constructor(workers: number) {
    this.#clocks = new Array<number>(workers).fill(Number.NEGATIVE_INFINITY);
    this.#given = [...this.#clocks];
    this.#waiting = Array.from({ length: workers }, () => []);
  }

  add(worker: number, batch: B): void {
    this.#clocks[worker] = batch.clockUs;
    this.#waiting[worker]?.push(batch);
  }

  /** Clock of a worker without records. */
  advance(worker: number, clockUs: number): void {
    this.#clocks[worker] = clockUs;
  }

  /** True when nothing of the worker waits. */
  isEmpty(worker: number): boolean {
    return (this.#waiting[worker]?.length ?? 0) === 0;
  }

  /** The worker has delivered its last batch: others no longer wait for it. */
  end(worker: number): void {
    this.#clocks[worker] = Number.POSITIVE_INFINITY;
  }

  /** True when the worker has ended and all of its batches have been given out. */
  isThrough(worker: number): boolean {
    return this.#clocks[worker] === Number.POSITIVE_INFINITY && this.#waiting[worker]?.length === 0;
  }

  /** Batches that may be read now. */
  *ready(): Generator<B> {
    for (const [worker, waiting] of this.#waiting.entries()) {
      const untilUs = this.#clockOfOthers(worker);
      for (let batch = waiting[0]; batch !== undefined && batch.clockUs <= untilUs; batch = waiting[0]) {
        waiting.shift();
        this.#given[worker] = batch.clockUs;
        yield batch;
      }
    }
  }

  /** The least clock of a worker, by the batches of it that have been given out. */
  givenUs(): number {
    let least = Number.POSITIVE_INFINITY;
    for (const [worker, waiting] of this.#waiting.entries())
      least = Math.min(least, (waiting.length > 0 ? this.#given : this.#clocks)[worker] ?? least);
    return least;
  }

  #clockOfOthers(worker: number): number {
    return this.#clocks.reduce(
      (least, clock, other) => (other === worker ? least : Math.min(least, clock)),
      Number.POSITIVE_INFINITY,
    );
  }
}
