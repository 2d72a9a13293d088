// Which results end with exit code 1 beside a violation: the value of --fail-on.

import { WiretallyError } from '../../model/errors.ts';
import type { Finding, RuleSummary } from '../../model/report.ts';

export type FailOn = ReadonlySet<Finding['result'] | RuleSummary['verdict']>;

const FAIL_ON: readonly (Finding['result'] | RuleSummary['verdict'])[] = [
  'violation',
  'grace',
  'suspected',
  'updateOnly',
  'telemetryOnly',
  'exempt',
  'cannotSay',
];

/** "suspected,cannotSay": what fails beside a violation. */
export function parseFailOn(value: string): FailOn {
  const wanted = new Set<Finding['result'] | RuleSummary['verdict']>();
  for (const word of value.split(',').map((part) => part.trim())) {
    const known = FAIL_ON.find((result) => result === word);
    if (known === undefined) {
      throw new WiretallyError('USAGE', `--fail-on takes ${FAIL_ON.join(', ')}, not "${word}"`, {
        where: 'option --fail-on',
      });
    }
    wanted.add(known);
  }
  return wanted;
}
