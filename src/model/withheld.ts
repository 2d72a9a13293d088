// Withholds figures of a use that are unknown, with the reason.

import { NO_TOOL_SUMS } from './counters.ts';
import { groupedBy } from './grouped-by.ts';

/** Above this share of missing bytes, no estimates are reported. */
export const MAX_LOSS = 0.05;

/**
 * Estimates are reported up to this number of missing bytes, because gaps of a few segments are filled from sequence
 * numbers.
 */
export const LEAST_LOST_BYTES = 10_000;

/** The reason for withheld requests of a tool that was seen without any. */
export const NO_REQUEST_SEEN =
  'no model request was seen; one that went through a gateway or a relay would not show here';

export const NO_REQUESTS_IN_LOGS = 'a log has one row for each connection, and none for requests';

export const NO_ESTIMATES = {
  activeMinutes: null,
  modelPayloadUp: null,
  requests: null,
  prompts: null,
  sessions: null,
  telemetry: null,
  withheld: [],
} as const;

/** A use without any measurement and evidence. */
export const UNMEASURED_USE = {
  ...NO_TOOL_SUMS,
  ...NO_ESTIMATES,
  days: [],
  names: [],
  fingerprints: [],
  evidence: [],
} as const;

const FIGURES: Readonly<Record<string, string>> = {
  activeMinutes: 'active minutes',
  modelPayloadUp: 'bytes of model requests',
  bytesUp: 'bytes sent',
  payloadUp: 'payload sent',
  bytesDown: 'bytes received',
  payloadDown: 'payload received',
};

/** Returns "requests", "prompts" and "active minutes", once for each reason. */
export function withheldByReason(
  withheld: readonly { readonly field: string; readonly reason: string }[],
): { readonly figures: readonly string[]; readonly reason: string }[] {
  return [...groupedBy(withheld, ({ reason }) => reason)].map(([reason, entries]) => ({
    figures: entries.map(({ field }) => FIGURES[field] ?? field),
    reason,
  }));
}
