// How often a diagnosis was seen, in words.

import type { Diagnosis } from '../../model/diagnosis.ts';
import { formatCount } from '../../text/quantity.ts';

const REFUSALS: ReadonlySet<Diagnosis['fault']> = new Set(['provider-error', 'provider-auth']);

/** "3 of 21 failed". Where others were answered, all attempts did not fail: failures may count questions and packets. */
export function failuresText(diagnosis: Diagnosis): string {
  const { fault, failures, attempts, neverWorked, effect } = diagnosis;
  const counted = `${formatCount(failures)} of ${formatCount(attempts)}`;
  if (REFUSALS.has(fault)) return `${counted} answered with a refusal`;
  const isAll = failures >= attempts;
  if (effect === 'degraded')
    return `${isAll ? formatCount(failures) : counted} affected; requests were answered`;
  if (isAll && !neverWorked) return `${formatCount(failures)} failed, others were answered`;
  return `${counted} failed${neverWorked ? '; no request was answered' : ''}`;
}
