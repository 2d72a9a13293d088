// Names to which no connection of a host carried a request.

import { ATTEMPT_KINDS, PASSED_KINDS } from '../../model/outcome.ts';
import type { OutcomeCell } from '../../model/usage.ts';

/** What the windows of one host say of the connections to a name. */
interface Tries {
  readonly windowSeconds: number;
  readonly name: string;
  readonly isPassed: boolean;
}

/** Connections of one host that failed before any request, and those that did not, by window. */
export class HostTries {
  readonly #tries: Tries[] = [];

  add(windowSeconds: number, { name, kind }: OutcomeCell): void {
    // A client that refuses a certificate was stopped by nothing but itself: the program ran.
    const isPassed = PASSED_KINDS.has(kind) || kind === 'answerRefused';
    if (name !== '' && (isPassed || ATTEMPT_KINDS.has(kind)))
      this.#tries.push({ windowSeconds, name, isPassed });
  }

  /** Names to which no connection carried a request from the one window to the other. */
  onlyTried(fromSeconds: number, toSeconds: number): ReadonlySet<string> {
    const within = this.#tries.filter(
      ({ windowSeconds }) => windowSeconds >= fromSeconds && windowSeconds <= toSeconds,
    );
    const passed = new Set(within.filter(({ isPassed }) => isPassed).map(({ name }) => name));
    return new Set(within.map(({ name }) => name).filter((name) => !passed.has(name)));
  }
}
