// Describes the outcome of attempts for findings and explanations.

import type { ReportAttempt } from './report.ts';

type Stopped = Pick<ReportAttempt, 'attempts' | 'result' | 'fault' | 'leg' | 'confidence'>;

/**
 * Returns a text such as "54 blocked before any request, certain proxy-denied (proxy)". `count`: the number of
 * attempts, in words.
 */
export function stoppedText(
  { attempts, result, fault, leg, confidence }: Stopped,
  count = String(attempts),
): string {
  const why = fault === null ? '' : `, ${confidence} ${fault}`;
  return `${count} ${result} before any request${why}${leg === null ? '' : ` (${leg})`}`;
}
