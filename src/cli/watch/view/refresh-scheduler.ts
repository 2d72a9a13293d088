// RefreshScheduler renders a view again soon after each change. Renderings do not overlap, and each is followed by a pause
// of the same duration, so they take at most half of the CPU time.

import { setTimeout } from 'node:timers/promises';

export class RefreshScheduler {
  readonly #refresh: () => Promise<void>;
  #isDue = false;
  #work: Promise<void> | null = null;

  constructor(refresh: () => Promise<void>) {
    this.#refresh = refresh;
  }

  schedule(): void {
    this.#isDue = true;
    this.#work ??= this.#run().finally(() => {
      this.#work = null;
    });
  }

  async #run(): Promise<void> {
    while (this.#isDue) {
      this.#isDue = false;
      const before = performance.now();
      await this.#refresh();
      await setTimeout(performance.now() - before);
    }
  }
}
