// Cost of an input without a clock: the execution counts of code blocks, as V8 counts them for coverage.

import { type Profiler, Session } from 'node:inspector';
import { setFlagsFromString } from 'node:v8';

export class Steps {
  readonly #session = new Session();

  constructor() {
    // Code that V8 inlines into optimized code is counted less, and when it is optimized depends on the load of the machine.
    setFlagsFromString('--no-opt');
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
