// Defines estimates of a use as sums, and the reasons to withhold them.

import { LEAST_LOST_BYTES, MAX_LOSS, NO_REQUESTS_IN_LOGS } from '../../model/withheld.ts';

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
export function reasonToWithhold(shortfall: Shortfall): string | null {
  const { lost, payload, payloadUp, flows, oneWay, established, uncut, isCut, logged } = shortfall;
  if (logged > 0) return NO_REQUESTS_IN_LOGS;
  const loss = lost / Math.max(1, lost + payload);
  if (loss > MAX_LOSS && lost >= LEAST_LOST_BYTES)
    return `${(loss * 100).toFixed(1)} % of the bytes are missing from the capture`;
  if (flows > 0 && oneWay * 2 > flows) return 'most flows were seen in one direction only';
  if (uncut > MAX_UNCUT * payloadUp)
    return 'flows without a handshake or without application data (begun before the capture, joined by multipath TCP, or cut when captured) could not be cut into exchanges';
  if (established > 0 && !isCut) return 'the flows could not be cut into exchanges';
  return null;
}
