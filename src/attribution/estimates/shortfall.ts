// Defines estimates of a use as sums, and the reasons to withhold them.

import { MAX_LOSS, MIN_LOST_BYTES } from '../../model/counters.ts';
import { phrase, type Sentence } from '../../model/sentences.ts';

/** Sums of channel traffic that is missing or could not be cut into exchanges; sums of parts add up to the whole. */
export interface Shortfall {
  readonly lost: number;
  readonly payload: number;
  readonly payloadUp: number;
  readonly flows: number;
  readonly oneWay: number;
  readonly established: number;
  /** Payload of flows without recognized records. */
  readonly uncut: number;
  /** Number of slices from rows of logs, and of those with bytes of one direction only. */
  readonly logged: number;
  readonly unsizedUp: number;
  readonly unsizedDown: number;
  readonly isCut: boolean;
}

/** Estimates are always computed, because they are withheld by a decision over all periods. */
export interface Estimates {
  readonly requestsMin: number; // sum
  readonly requestsMax: number; // sum
  readonly modelPayloadUp: number; // sum
  readonly telemetryPayloadUp: number; // sum
}

/** Above this share of payload in flows that could not be cut into exchanges, estimates are withheld. */
const MAX_UNCUT = 0.05;

/** Returns the reason to withhold estimates; null if they can be reported. */
export function reasonToWithhold(shortfall: Shortfall): Sentence | null {
  const { lost, payload, payloadUp, flows, oneWay, established, uncut, isCut, logged } = shortfall;
  if (logged > 0) return phrase('logsAlone');
  const loss = lost / Math.max(1, lost + payload);
  if (loss > MAX_LOSS && lost >= MIN_LOST_BYTES) {
    const tenths = Math.round(loss * 1000);
    return phrase('missing', { percent: Math.floor(tenths / 10), tenths: tenths % 10 });
  }
  if (flows > 0 && oneWay * 2 > flows) return phrase('mostOneWay');
  if (uncut > MAX_UNCUT * payloadUp) return phrase('uncutFlows');
  if (established > 0 && !isCut) return phrase('uncut');
  return null;
}
