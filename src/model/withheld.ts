// Withholds figures of a use that are unknown, with the reason.

import { NO_TOOL_SUMS } from './counters.ts';
import { groupBy } from './grouped-by.ts';
import type { HostReport, ToolUse } from './report.ts';
import { phrase, readSentence, type Sentence } from './sentences.ts';

/** The reason for withheld requests of a tool that was seen without any. */
export const NO_REQUEST_SEEN = phrase('noRequest');

export const NO_REQUESTS_IN_LOGS = phrase('logsAlone');

export const isFromLogs = ({ withheld }: Pick<ToolUse, 'withheld'>): boolean =>
  withheld.some(({ reason }) => reason === NO_REQUESTS_IN_LOGS.text);

/** True for a host with a use whose program no fingerprint identifies, as in many logs. */
export const hasUndecided = ({ tools }: Pick<HostReport, 'tools'>): boolean =>
  tools.some(({ confidence, fingerprints }) => confidence === 'possible' && fingerprints.length === 0);

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

/** In English. */
const FIGURES: Readonly<Record<string, string>> = {
  activeMinutes: 'active minutes',
  modelPayloadUp: 'bytes of model requests',
  bytesUp: 'bytes sent',
  payloadUp: 'payload sent',
  bytesDown: 'bytes received',
  payloadDown: 'payload received',
};

/**
 * Lists fields and their English names, once for each reason. `sentence`: the reason, if the document has it.
 * `isPart`: the figures are known in part, so they are lower bounds.
 */
export function withheldByReason(use: Pick<ToolUse, ByteField | 'withheld'>): {
  readonly fields: readonly string[];
  readonly figures: readonly string[];
  readonly reason: string;
  readonly sentence: Sentence | null;
  readonly isPart: boolean;
}[] {
  return [...groupBy(use.withheld, ({ reason }) => reason)].map(([reason, entries]) => ({
    fields: entries.map(({ field }) => field),
    figures: entries.map(({ field }) => FIGURES[field] ?? field),
    reason,
    sentence: entries[0] === undefined ? null : readSentence(entries[0]),
    isPart: entries.every(({ field }) => isByteField(field) && use[field] > 0),
  }));
}

export const BYTE_FIELDS = ['bytesUp', 'bytesDown', 'payloadUp', 'payloadDown'] as const;
type ByteField = (typeof BYTE_FIELDS)[number];

const isByteField = (field: string): field is ByteField => BYTE_FIELDS.some((name) => name === field);

/** Returns null if a log does not count them, because unknown is not zero. `of`: the use, or one of its names. */
export function findBytes<F extends ByteField>(
  use: Pick<ToolUse, F | 'withheld'>,
  field: F,
  figures: Pick<ToolUse, F> = use,
): number | null {
  return figures[field] === 0 && use.withheld.some((entry) => entry.field === field) ? null : figures[field];
}

type SummedBytes = Pick<ToolUse, 'bytesUp' | 'bytesDown' | 'payloadUp'>;

/**
 * Returns the bytes of a sum of uses; null if the logs of its flows count none, because unknown is not zero. Every client
 * sends bytes, but a server may not answer. If only some logs count bytes, the sum is a lower bound.
 */
export function findCountedBytes({
  flows,
  bytesUp,
  bytesDown,
  payloadUp,
}: SummedBytes & Pick<ToolUse, 'flows'>): { readonly [F in keyof SummedBytes]: number | null } {
  if (flows === 0 || bytesUp > 0) return { bytesUp, bytesDown, payloadUp };
  return { bytesUp: null, bytesDown: bytesDown === 0 ? null : bytesDown, payloadUp: null };
}
