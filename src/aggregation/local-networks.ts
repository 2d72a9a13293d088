// Determines the local end of a flow: private and unique-local addresses, configured networks, and initiators of outbound flows.

import type { FlowRecord } from '../model/flow.ts';
import { type Network, networkContains, parseAddress, parseNetwork } from '../net/address.ts';
import { PRIVATE_NETWORKS } from '../net/private-networks.ts';

/** Ceiling of remembered answers: hostile traffic names millions of addresses, a lost answer is only computed again. */
const MAX_REMEMBERED = 65_536;
/** Ports below it are server ports (RFC 6335 §6). */
const FIRST_USER_PORT = 1024;

/** Our side as CIDR texts; those that cannot be read are left out. */
export function localNetworks(localNets: readonly string[]): string[] {
  return [...PRIVATE_NETWORKS, ...localNets].filter((text) => parseNetwork(text) !== null);
}

export class LocalNetworks {
  readonly #networks: readonly Network[];
  readonly #remembered = new Map<string, boolean>();

  /** `localNets` are CIDR texts that were checked before; those that cannot be read are left out. */
  constructor(localNets: readonly string[]) {
    this.#networks = localNetworks(localNets)
      .map(parseNetwork)
      .filter((network): network is Network => network !== null);
  }

  contains(address: string): boolean {
    const known = this.#remembered.get(address);
    if (known !== undefined) return known;
    const bytes = parseAddress(address);
    const inside = bytes !== null && this.#networks.some((network) => networkContains(network, bytes));
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(address, inside);
    return inside;
  }

  /**
   * The flow with the local host as its client. Null for flows that no local host opened: inbound flows to local servers,
   * and senders without an address.
   */
  orient(flow: FlowRecord): FlowRecord | null {
    const isFromLocal = this.contains(flow.client);
    if (!this.contains(flow.server)) return isFromLocal || isUnicast(flow.client) ? flow : null;
    if (!wasJoinedFromAnswer(flow)) return isFromLocal ? flow : null;
    // Between two local hosts the ports decide.
    return !isFromLocal || isFromServerPort(flow) ? reverse(flow) : flow;
  }
}

function reverse(flow: FlowRecord): FlowRecord {
  return {
    ...flow,
    client: flow.server,
    server: flow.client,
    clientPort: flow.serverPort,
    serverPort: flow.clientPort,
    clientMac: flow.serverMac,
    serverMac: flow.clientMac,
    packetsUp: flow.packetsDown,
    packetsDown: flow.packetsUp,
    bytesUp: flow.bytesDown,
    bytesDown: flow.bytesUp,
    payloadUp: flow.payloadDown,
    payloadDown: flow.payloadUp,
    lostUp: flow.lostDown,
    lostDown: flow.lostUp,
  };
}

/** The first packet seen was the server's: TCP without a SYN, or UDP from a server's port to a user's. */
function wasJoinedFromAnswer(flow: FlowRecord): boolean {
  if (flow.clientKnownBy !== 'firstPacket') return false;
  if (flow.protocol === 'tcp') return flow.isMidFlow;
  return isFromServerPort(flow);
}

const isFromServerPort = ({ clientPort, serverPort }: FlowRecord): boolean =>
  clientPort < FIRST_USER_PORT && serverPort >= FIRST_USER_PORT;

export function isUnicast(address: string): boolean {
  if (address.includes(':')) return address !== '::' && !address.startsWith('ff');
  const first = Number.parseInt(address, 10);
  return first > 0 && first < 224;
}
