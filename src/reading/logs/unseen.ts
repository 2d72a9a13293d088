// Connections that a log cannot see into. They count as traffic that is not visible, as the same flows of packets do.

import type { NotVisibleSums } from '../../model/flow.ts';
import type { AppHint } from '../../model/window-words.ts';
import { DNS_OVER_TLS_PORT, isHostDiscoveryPort, UNKNOWN_UDP_BYTES } from '../collector/not-visible.ts';

/** Protocols that carry others, by parts of the words with which Zeek and Suricata name them. */
const CARRIERS: readonly (readonly [part: string, hint: AppHint])[] = [
  ['ssh', 'ssh'],
  ['wireguard', 'wireguard'],
  ['openvpn', 'openvpn'],
  ['ipsec', 'ipsec'],
  ['ike', 'ipsec'],
];

export interface LoggedEnds {
  readonly clientPort: number;
  readonly serverPort: number;
  /** The protocol that the sensor recognized, as it names it; null: none. */
  readonly service: string | null;
  /** The sensor did not see the beginning of a TCP connection. */
  readonly isMidFlow: boolean;
  readonly bytesUp: number;
  readonly bytesDown: number;
}

/** Kinds of unobserved traffic of a connection without a listed name. */
export function unseenIn(ends: LoggedEnds): readonly NotVisibleSums[] {
  const { clientPort, serverPort, service, isMidFlow, bytesUp, bytesDown } = ends;
  const bytes = bytesUp + bytesDown;
  if (serverPort === DNS_OVER_TLS_PORT) return [{ kind: 'dns', hint: 'unknown', flows: 1, bytes }];
  if (service !== null) {
    const carrier = CARRIERS.find(([part]) => service.includes(part));
    return carrier === undefined ? NOTHING : [{ kind: 'tunnel', hint: carrier[1], flows: 1, bytes }];
  }
  if (bytesUp === 0 || bytesDown === 0 || bytes < UNKNOWN_UDP_BYTES) return NOTHING;
  if (isHostDiscoveryPort(serverPort) || isHostDiscoveryPort(clientPort)) return NOTHING;
  return [{ kind: isMidFlow ? 'midFlow' : 'tunnel', hint: 'unknown', flows: 1, bytes }];
}

const NOTHING: readonly NotVisibleSums[] = [];
