// Flows that cross from one capture into the next: analysed apart, the later part sees them without a beginning.

import type { NotVisibleTraffic, UsageWindow } from '../../model/usage.ts';
import type { TimestampUs } from '../../time/units.ts';
import type { MidFlowSums } from './channel.ts';

/** One window's mid-flow traffic of a host: flows whose beginning the capture did not see. */
export interface MidFlows {
  readonly host: string;
  readonly sensor: string;
  readonly windowSeconds: number;
  readonly firstUs: TimestampUs;
  readonly lastUs: TimestampUs;
  readonly flows: number;
  readonly bytes: number;
}

/** Closing alerts and acknowledgements of flows that are over; no request is as small. */
const LEAST_BYTES = 2000;
/** TLS in mid-flow has one of these hints; SSH, databases and the like have hints of their own. */
const HINTS: ReadonlySet<NotVisibleTraffic['hint']> = new Set(['tls', 'quic', 'unknown']);

/** Between the names of the sensors of a sum. */
const SENSORS = '+';

/** None where one sensor saw everything: it saw the beginning of what it could see. */
export function* listMidFlows(windows: readonly UsageWindow[]): Iterable<MidFlows> {
  const [first] = windows;
  if (windows.every(({ sensor }) => sensor === first?.sensor && !isSum(sensor))) return;
  for (const { sensor, startSeconds: windowSeconds, hosts } of windows) {
    for (const { host, notVisible } of hosts) {
      for (const { kind, hint, flows, bytes, firstUs, lastUs } of notVisible) {
        if (kind !== 'midFlow' || !HINTS.has(hint) || bytes < LEAST_BYTES) continue;
        yield { host, sensor, windowSeconds, firstUs, lastUs, flows, bytes };
      }
    }
  }
}

/** Watches one period, in the order of time. The sensor that saw it begin saw its flows begin; others may have come later. */
export class MidFlowWatch {
  /** Sensors with traffic up to the first hello, that one's among them. */
  readonly #early = new Set<string>();
  #hasHello = false;
  readonly #found: MidFlows[] = [];

  addTraffic(sensor: string, isHello: boolean): void {
    if (!this.#hasHello) this.#early.add(sensor);
    this.#hasHello ||= isHello;
  }

  /** True when the flows may be those that another capture saw begin. */
  takes(flows: MidFlows): boolean {
    if (!this.#hasHello) this.#early.add(flows.sensor);
    // A sum of several sensors does not tell which of them saw what.
    if (!this.#hasHello || (this.#early.has(flows.sensor) && !isSum(flows.sensor))) return false;
    this.#found.push(flows);
    return true;
  }

  midFlowSums(): MidFlowSums | null {
    const [first, ...more] = this.#found;
    if (first === undefined) return null;
    const { firstUs, lastUs, flows, bytes, windowSeconds } = first;
    const sum = { firstUs, lastUs, flows, bytes, windows: [windowSeconds] };
    for (const midFlows of more) {
      sum.firstUs = Math.min(sum.firstUs, midFlows.firstUs);
      sum.lastUs = Math.max(sum.lastUs, midFlows.lastUs);
      sum.flows += midFlows.flows;
      sum.bytes += midFlows.bytes;
      sum.windows.push(midFlows.windowSeconds);
    }
    return sum;
  }
}

function isSum(sensor: string): boolean {
  return sensor.includes(SENSORS);
}

/** Those of some channels, each once. */
export function listMidFlowSums(
  channels: readonly { readonly midFlowSums: MidFlowSums | null }[],
): MidFlowSums[] {
  return [...new Set(channels.map(({ midFlowSums }) => midFlowSums))].filter(
    (midFlowSums) => midFlowSums !== null,
  );
}
