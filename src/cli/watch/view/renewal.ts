// Renewal: renders pages again soon after each change, one at a time, for at most half of the time.

import { setTimeout } from 'node:timers/promises';

export class Renewal {
  readonly #renew: () => Promise<void>;
  #isDue = false;
  #work: Promise<void> | null = null;

  constructor(renew: () => Promise<void>) {
    this.#renew = renew;
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
      await this.#renew();
      await setTimeout(performance.now() - before);
    }
  }
}
