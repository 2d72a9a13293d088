// Cost of an input without a clock: the execution counts of code blocks, as V8 counts them for coverage.

import { type Profiler, Session } from 'node:inspector';

export class Steps {
  readonly #session = new Session();

  constructor() {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Runs of blocks since the call before, in code of the project and its packages. */
  take(): number {
    let scripts: readonly Profiler.ScriptCoverage[] = [];
    // In-process, so the answer arrives before the call returns.
    this.#session.post('Profiler.takePreciseCoverage', (_error, answer) => {
      scripts = answer.result;
    });
    let sum = 0;
    for (const { url, functions } of scripts) {
      if (!/\/(src|node_modules\/(yaml|zod|fzstd|protobufjs))\//.test(url)) continue;
      for (const { ranges } of functions) for (const { count } of ranges) sum += count;
    }
    return sum;
  }

  end(): void {
    this.#session.post('Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }
}
