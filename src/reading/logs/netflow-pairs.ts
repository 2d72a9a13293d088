// Joins EVE `netflow` events, one for each direction of a connection, to flow events of both, because AWS Network
// Firewall logs no others. Source: Suricata, "EVE JSON Format: Event type: netflow", output-json-netflow.c; AWS,
// "Network Firewall: contents of a flow log".

import { JoinTable } from './join-table.ts';

/** Maximum events of one direction that wait for the other. The events of a connection follow each other. */
const MAX_HALVES = 4096;
/** Maximum pairs that wait. A sensor that also writes flow events writes one next to each pair. */
const MAX_PAIRS = 64;

/** One event: a direction of a connection, from the side that sent. */
export interface Half {
  readonly timestamp: string;
  readonly flowId: string;
  readonly appProto: string | null;
  readonly transport: string;
  readonly from: string;
  readonly fromPort: number;
  readonly to: string;
  readonly toPort: number;
  readonly start: string;
  readonly end: string;
  readonly bytes: number;
  readonly packets: number;
}

export class NetflowPairs {
  /** Events without the other direction so far. */
  readonly halves = new JoinTable<Half>();
  /** Flow events that are passed on if no original flow event follows. */
  readonly pairs = new JoinTable<string>();

  /**
   * Adds an event of the connection `key`. Returns the flow events to read. `hasNoFlowEvents`: the sensor writes no flow
   * events.
   */
  add(key: string, half: Half, hasNoFlowEvents: boolean): readonly string[] {
    const other = this.halves.get(key);
    if (other === undefined) {
      this.halves.set(key, half);
      if (this.halves.size <= MAX_HALVES) return [];
      const [[oldest, alone] = ['', half]] = this.halves;
      this.halves.delete(oldest);
      return this.#emitPair(oldest, flowEvent(alone, null), hasNoFlowEvents);
    }
    this.halves.delete(key);
    const event = isFromClient(other, half) ? flowEvent(other, half) : flowEvent(half, other);
    return this.#emitPair(key, event, hasNoFlowEvents);
  }

  #emitPair(key: string, event: string, hasNoFlowEvents: boolean): readonly string[] {
    if (hasNoFlowEvents) return [event];
    this.pairs.set(key, event);
    if (this.pairs.size <= MAX_PAIRS) return [];
    const events = [...this.pairs.values()];
    this.pairs.clear();
    return events;
  }

  /** Drops the pairs, because the flow events of the sensor contain everything. */
  drop(): void {
    this.halves.clear();
    this.pairs.clear();
  }

  /** Returns waiting pairs, and events without their other direction, as flow events. They still wait. */
  all(): readonly string[] {
    return [...this.pairs.values(), ...[...this.halves.values()].map((half) => flowEvent(half, null))];
  }
}

/** True if the first of two events belongs to the client: the server has the smaller port. */
const isFromClient = (half: Half, other: Half): boolean => half.fromPort >= other.fromPort;

function flowEvent(half: Half, other: Half | null): string {
  const isTurned = other === null && half.fromPort < half.toPort;
  const [up, down] = isTurned ? [other, half] : [half, other];
  const { from, fromPort, to, toPort } = half;
  const [client, clientPort, server, serverPort] = isTurned
    ? [to, toPort, from, fromPort]
    : [from, fromPort, to, toPort];
  const starts = [half.start, ...(other === null ? [] : [other.start])].sort();
  const ends = [half.end, ...(other === null ? [] : [other.end])].sort();
  return JSON.stringify({
    timestamp: half.timestamp,
    flow_id: half.flowId,
    event_type: 'flow',
    src_ip: client,
    src_port: clientPort,
    dest_ip: server,
    dest_port: serverPort,
    proto: half.transport,
    ...(half.appProto === null ? {} : { app_proto: half.appProto }),
    flow: {
      pkts_toserver: up?.packets ?? 0,
      pkts_toclient: down?.packets ?? 0,
      bytes_toserver: up?.bytes ?? 0,
      bytes_toclient: down?.bytes ?? 0,
      start: starts[0],
      end: ends.at(-1),
    },
  });
}
