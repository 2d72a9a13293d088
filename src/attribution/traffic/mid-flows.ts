// Finds flows that continue from one capture into the next: a separate analysis of the later one sees no beginning.

import type { NotVisibleTraffic, UsageWindow } from '../../model/usage.ts';
import type { TimestampUs } from '../../time/units.ts';
import type { MidFlowSums } from './channel.ts';

/** Mid-flow traffic of a host in one window: flows without a captured beginning. */
export interface MidFlows {
  readonly host: string;
  readonly sensor: string;
  readonly windowSeconds: number;
  readonly firstUs: TimestampUs;
  readonly lastUs: TimestampUs;
  readonly flows: number;
  readonly bytes: number;
}

/** Minimum bytes: alerts and acknowledgements at the end of flows are smaller, requests are not. */
const MIN_BYTES = 2000;
/** Hints of TLS in mid-flow; SSH, databases and others have separate hints. */
const HINTS: ReadonlySet<NotVisibleTraffic['hint']> = new Set(['tls', 'quic', 'unknown']);

/** Separates the names of the sensors of a sum. */
const SENSORS = '+';

/** Lists mid-flow traffic; none for a single sensor, which saw the beginnings of its flows. */
export function* listMidFlows(windows: readonly UsageWindow[]): Iterable<MidFlows> {
  const [first] = windows;
  if (windows.every(({ sensor }) => sensor === first?.sensor && !isSum(sensor))) return;
  for (const { sensor, startSeconds: windowSeconds, hosts } of windows) {
    for (const { host, notVisible } of hosts) {
      for (const { kind, hint, flows, bytes, firstUs, lastUs } of notVisible) {
        if (kind !== 'midFlow' || !HINTS.has(hint) || bytes < MIN_BYTES) continue;
        yield { host, sensor, windowSeconds, firstUs, lastUs, flows, bytes };
      }
    }
  }
}

/** Follows one period in order of time. The sensor that saw its start saw its flows begin; others may have started later. */
export class MidFlowWatch {
  /** Sensors with traffic up to and including the first hello. */
  readonly #early = new Set<string>();
  #hasHello = false;
  readonly #found: MidFlows[] = [];

  addTraffic(sensor: string, isHello: boolean): void {
    if (!this.#hasHello) this.#early.add(sensor);
    this.#hasHello ||= isHello;
  }

  /** True if another capture may have seen the beginning of the flows. */
  mayContinue(flows: MidFlows): boolean {
    if (!this.#hasHello) this.#early.add(flows.sensor);
    // A sum of several sensors does not record which of them saw a flow.
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

/** Lists the sums of some channels, each once. */
export function listMidFlowSums(
  channels: readonly { readonly midFlowSums: MidFlowSums | null }[],
): MidFlowSums[] {
  return [...new Set(channels.map(({ midFlowSums }) => midFlowSums))].filter(
    (midFlowSums) => midFlowSums !== null,
  );
}
