// Parses --fail-on: results that cause exit code 1 in addition to a violation.

import { optionError } from '../../model/errors.ts';
import { FINDING_RESULTS } from '../../model/findings.ts';
import type { Finding, ReportDocument, RuleSummary } from '../../model/report.ts';
import { EXIT, type ExitCode } from '../output/exit-code.ts';

export type FailOn = ReadonlySet<Finding['result'] | RuleSummary['verdict']>;

const FAIL_ON: readonly (Finding['result'] | RuleSummary['verdict'])[] = [...FINDING_RESULTS, 'inconclusive'];

/** Parses a list such as "suspected,inconclusive". Throws USAGE. */
export function parseFailOn(value: string): FailOn {
  const results = new Set<Finding['result'] | RuleSummary['verdict']>();
  for (const word of value.split(',').map((part) => part.trim())) {
    const valid = FAIL_ON.find((result) => result === word);
    if (valid === undefined) {
      throw optionError('--fail-on', `--fail-on takes ${FAIL_ON.join(', ')}, not "${word}"`);
    }
    results.add(valid);
  }
  return results;
}

/** Returns 1 for a violation or a result of --fail-on. Only the code of an interruption has priority. */
export function findingsExitCode(document: ReportDocument, failOn: FailOn, reading: ExitCode): ExitCode {
  if (reading === EXIT.interrupted) return reading;
  const isFailing = (document.findings ?? []).some(
    (item) => item.result === 'violation' || failOn.has(item.result),
  );
  const isOpen = (document.summary?.rules ?? []).some((rule) => failOn.has(rule.verdict));
  return isFailing || isOpen ? EXIT.violation : reading;
}
