// Known absence of model requests. A tool that was seen without one may use a gateway or a relay; where the host sent
// too little elsewhere for a request, it did not.

import type { ToolUse } from '../../model/report.ts';
import { NO_REQUEST_SEEN } from '../../model/words.ts';
import type { HostFacts } from './host-facts.ts';

/**
 * Bytes that the first request of an agent needs. It carries instructions and tools: the smallest of the recordings has
 * a body of 5447 B, and with its connection 7 kB of frames.
 */
const LEAST_REQUEST_BYTES = 5000;
const LEAST_CONNECTION_BYTES = 6000;

/** Roles whose exchanges are classified: a request there would have been counted. */
const CLASSIFIED: ReadonlySet<string> = new Set(['inference', 'relay', 'telemetry']);

/** `facts`: of the host in the same span. */
export function withKnownAbsence(use: ToolUse, facts: HostFacts): ToolUse {
  const isUnseen = ({ reason }: { readonly reason: string }): boolean => reason === NO_REQUEST_SEEN;
  if (!use.withheld.some(isUnseen) || hasBlindSpot(facts)) return use;
  if (facts.bytesUp - use.bytesUp >= LEAST_CONNECTION_BYTES) return use;
  if (use.names.some(({ role, payloadUp }) => !CLASSIFIED.has(role) && payloadUp >= LEAST_REQUEST_BYTES))
    return use;
  return {
    ...use,
    activeMinutes: 0,
    modelPayloadUp: 0,
    requests: { min: 0, max: 0 },
    prompts: { min: 0, max: 0 },
    sessions: 0,
    withheld: use.withheld.filter((one) => !isUnseen(one)),
    days: use.days.map((day) => ({ ...day, activeMinutes: 0 })),
  };
}

/** Other machines, or other addresses of this one, may have sent what the facts of the host do not contain. */
const hasBlindSpot = ({ notVisible, isOfSeveral, isBehindRouter, sameMachine }: HostFacts): boolean =>
  notVisible.length > 0 || isOfSeveral || isBehindRouter || sameMachine.length > 0;
