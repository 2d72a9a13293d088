// Kinds of unobserved traffic that one slice of a flow shows.

import type { FlowRecord, FlowSummary } from '../model/flow.ts';
import type { AppHint, NotVisibleKind } from '../model/words.ts';

/** DNS over TLS and over QUIC, RFC 7858 §3.1 and RFC 9250 §4.1.1. */
export const DNS_OVER_TLS_PORT = 853;
/** Below this number of packets one way and none back, the flow was refused or unanswered; above, half is not captured. */
const MIN_ONE_WAY_PACKETS = 4;

/** DNS, DHCP, NTP, mDNS and the like carry no model calls. */
const HOST_DISCOVERY_PORTS: ReadonlySet<number> = new Set([53, 67, 68, 123, 137, 138, 1900, 5353, 5355]);

export function isHostDiscoveryPort(port: number): boolean {
  return HOST_DISCOVERY_PORTS.has(port);
}

/** HTTP/3's port, RFC 9114 §3.1. */
const QUIC_PORT = 443;
const GREETED_HINTS: ReadonlySet<AppHint> = new Set(['tls', 'quic', 'dtls']);
const TUNNEL_HINTS: ReadonlySet<AppHint> = new Set(['wireguard', 'openvpn', 'ipsec', 'ssh', 'encrypted']);

/** A lookup, a ping or a game lobby is smaller; a tunnel with work traffic is not. */
export const UNKNOWN_UDP_BYTES = 4096;

/** Outer name that Cloudflare's clients send, by its announcement of Encrypted ClientHello (September 2023). */
export const ECH_PUBLIC_NAMES: ReadonlySet<string> = new Set(['cloudflare-ech.com']);

/** Public resolvers of DNS over HTTPS, by their operators' own pages. */
export const DOH_NAMES: ReadonlySet<string> = new Set([
  'cloudflare-dns.com',
  'chrome.cloudflare-dns.com',
  'mozilla.cloudflare-dns.com',
  'one.one.one.one',
  'dns.google',
  'dns.quad9.net',
  'doh.opendns.com',
  'dns.nextdns.io',
  'dns.adguard-dns.com',
  'doh.cleanbrowsing.org',
]);

/** Names of relays that hide the real destination. */
export const HIDING_NAMES: ReadonlySet<string> = new Set([...ECH_PUBLIC_NAMES, ...DOH_NAMES]);

export function hidesName(flow: FlowRecord): boolean {
  if (flow.hello === null || flow.hello.ech === 'none' || flow.sni === null) return false;
  return ECH_PUBLIC_NAMES.has(flow.sni);
}

/** True when the flow has no unobserved part, whatever else its record contains. */
export function isPlainlySeen(flow: FlowSummary): boolean {
  if (flow.isContradicted) return false;
  if (flow.lostUp + flow.lostDown > 0 || TUNNEL_HINTS.has(flow.appHint)) return false;
  if (flow.serverPort === DNS_OVER_TLS_PORT) return false;
  if (flow.helloUs === null && (flow.isMidFlow || lacksHello(flow) || isUnknownUdp(flow))) return false;
  return !(flow.isFirstSlice ? isOneWay(flow) : maySeeHalf(flow));
}

/**
 * True for a flow that starts like TLS or QUIC, or whose start is not in the capture. Without a hello its name
 * is missing. Flows without a name for other reasons (SSH, HTTP, databases) do not count.
 */
function lacksHello(flow: FlowSummary | FlowRecord): boolean {
  if (GREETED_HINTS.has(flow.appHint)) return true;
  // A QUIC connection that was joined in its middle, or no QUIC at all.
  if (flow.serverPort === QUIC_PORT && isUnknownUdp(flow)) return true;
  if (flow.appHint !== 'unknown' || !flow.cutShort) return false;
  return flow.protocol === 'tcp' || flow.serverPort === QUIC_PORT;
}

/** Unknown UDP with much traffic in both directions: every tunnel looks like this. */
function isUnknownUdp(flow: FlowSummary | FlowRecord): boolean {
  if (flow.protocol !== 'udp' || flow.appHint !== 'unknown') return false;
  if (flow.packetsUp === 0 || flow.packetsDown === 0) return false;
  if (isHostDiscoveryPort(flow.serverPort) || isHostDiscoveryPort(flow.clientPort)) return false;
  return flow.payloadUp + flow.payloadDown >= UNKNOWN_UDP_BYTES;
}

export interface NotVisiblePart {
  readonly kind: NotVisibleKind;
  readonly bytes: number;
}

/** Kinds that this slice shows; 'relay' and 'cloud' need more than one slice and are found elsewhere. */
export function notVisiblePartsOf(flow: FlowRecord): NotVisiblePart[] {
  const bytes = flow.bytesUp + flow.bytesDown;
  const parts: NotVisiblePart[] = [];
  if (hidesName(flow)) parts.push({ kind: 'ech', bytes });
  if (TUNNEL_HINTS.has(flow.appHint) || isUnnamedTunnel(flow)) parts.push({ kind: 'tunnel', bytes });
  if (isEncryptedDns(flow)) parts.push({ kind: 'dns', bytes });
  if (flow.sni === null && flow.hello === null && (flow.isMidFlow || lacksHello(flow)))
    parts.push({ kind: 'midFlow', bytes });
  if (isOneWay(flow)) parts.push({ kind: 'oneWay', bytes });
  const lost = flow.lostUp + flow.lostDown;
  if (lost > 0) parts.push({ kind: 'loss', bytes: lost });
  if (flow.isContradicted) parts.push({ kind: 'conflict', bytes });
  return parts;
}

const isUnnamedTunnel = (flow: FlowRecord): boolean =>
  flow.hello === null && flow.sni === null && flow.serverPort !== QUIC_PORT && isUnknownUdp(flow);

function isEncryptedDns(flow: FlowRecord): boolean {
  if (flow.serverPort === DNS_OVER_TLS_PORT) return true;
  return flow.sni !== null && DOH_NAMES.has(flow.sni);
}

/** Evaluated on the first slice of TCP flows: it holds the handshake, and a later one may well be silent one way. */
export function isOneWay(flow: FlowSummary | FlowRecord): boolean {
  return flow.isFirstSlice && maySeeHalf(flow) && flow.packetsUp + flow.packetsDown >= MIN_ONE_WAY_PACKETS;
}

/** True for a slice with packets one way only; it is dark when the flow has been so from its first slice on. */
export function maySeeHalf(flow: FlowSummary | FlowRecord): boolean {
  return flow.protocol === 'tcp' && (flow.packetsUp === 0 || flow.packetsDown === 0);
}
