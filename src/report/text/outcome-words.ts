// What each outcome of a policy is called; the same words in every output.

import type { OutcomeKind } from './outcome.ts';

export const OUTCOME_WORDS: Readonly<Record<OutcomeKind, string>> = {
  violation: 'violation',
  bypass: 'bypass',
  suspected: 'suspected',
  grace: 'in grace',
  updateOnly: 'update only',
  telemetryOnly: 'telemetry only',
  exempt: 'exempt',
  notSince: 'not since',
  approved: 'approved',
  observed: 'observed',
};
