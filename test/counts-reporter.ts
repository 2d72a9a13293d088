// Ends a test run with one plain line of counts, "N passed, N failed, N skipped", for people and machines that read
// the last line only.
import type { Reporter, TestCase } from 'vitest/node';

export class CountsReporter implements Reporter {
  readonly #counts = { passed: 0, failed: 0, skipped: 0 };

  onTestCaseResult(testCase: TestCase): void {
    const { state } = testCase.result();
    if (state !== 'pending') this.#counts[state]++;
  }

  /** At exit, so that no other reporter's summary follows it. A file that cannot be loaded is a failure, too. */
  onTestRunEnd(
    modules: Parameters<NonNullable<Reporter['onTestRunEnd']>>[0],
    errors: readonly unknown[],
  ): void {
    const broken = modules.filter((module) => module.errors().length > 0).length;
    const failed = this.#counts.failed + broken + errors.length;
    process.once('exit', () => {
      process.stdout.write(
        `${this.#counts.passed} passed, ${failed} failed, ${this.#counts.skipped} skipped\n`,
      );
    });
  }
}
