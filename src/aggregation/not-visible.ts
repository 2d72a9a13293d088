// What of a flow could not be seen, and why: the kinds of dark traffic that a slice of a flow shows by itself.

import type { AppHint, FlowRecord, FlowSummary } from '../model/flow.ts';
import type { NotVisibleKind } from '../model/usage.ts';

/** DNS over TLS and over QUIC, RFC 7858 §3.1 and RFC 9250 §4.1.1. */
const DNS_OVER_TLS_PORT = 853;
/** A flow with fewer packets one way and none the other was refused or never answered; more say half is not seen. */
const MIN_ONE_WAY_PACKETS = 4;

/** HTTP/3's port, RFC 9114 §3.1. */
const QUIC_PORT = 443;
const GREETED_HINTS: ReadonlySet<AppHint> = new Set(['tls', 'quic', 'dtls']);
const TUNNEL_HINTS: ReadonlySet<AppHint> = new Set(['wireguard', 'openvpn', 'ipsec', 'ssh']);

/** Outer name that Cloudflare's clients send, by its announcement of Encrypted ClientHello (September 2023). */
const ECH_PUBLIC_NAMES: ReadonlySet<string> = new Set(['cloudflare-ech.com']);

/** Public resolvers of DNS over HTTPS, by their operators' own pages. */
const DOH_NAMES: ReadonlySet<string> = new Set([
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

/** Names that stand for something hidden behind them. */
export const HIDING_NAMES: ReadonlySet<string> = new Set([...ECH_PUBLIC_NAMES, ...DOH_NAMES]);

export function hidesName(flow: FlowRecord): boolean {
  if (flow.hello === null || flow.hello.ech === 'none' || flow.sni === null) return false;
  return ECH_PUBLIC_NAMES.has(flow.sni);
}

/** True when nothing about the flow is dark, whatever else its record holds. */
export function isPlainlySeen(flow: FlowSummary): boolean {
  if (flow.lostUp + flow.lostDown > 0 || TUNNEL_HINTS.has(flow.appHint)) return false;
  if (flow.serverPort === DNS_OVER_TLS_PORT) return false;
  if (flow.helloUs === null && (flow.isMidFlow || lacksHello(flow))) return false;
  return !(flow.isFirstSlice ? isOneWay(flow) : maySeeHalf(flow));
}

/**
 * True for a flow that begins like TLS or QUIC, or whose beginning was cut off by the capture. Without a hello its name
 * is missing. What has no name for another reason (SSH, HTTP, a database) is not meant.
 */
function lacksHello(flow: FlowSummary | FlowRecord): boolean {
  if (GREETED_HINTS.has(flow.appHint)) return true;
  if (flow.appHint !== 'unknown' || !flow.cutShort) return false;
  return flow.protocol === 'tcp' || flow.serverPort === QUIC_PORT;
}

export interface NotVisiblePart {
  readonly kind: NotVisibleKind;
  readonly bytes: number;
}

/** The kinds that this slice shows; 'relay' and 'cloud' need more than one slice and are found elsewhere. */
export function notVisiblePartsOf(flow: FlowRecord): NotVisiblePart[] {
  const bytes = flow.bytesUp + flow.bytesDown;
  const parts: NotVisiblePart[] = [];
  if (hidesName(flow)) parts.push({ kind: 'ech', bytes });
  if (TUNNEL_HINTS.has(flow.appHint)) parts.push({ kind: 'tunnel', bytes });
  if (isEncryptedDns(flow)) parts.push({ kind: 'dns', bytes });
  if (flow.sni === null && flow.hello === null && (flow.isMidFlow || lacksHello(flow)))
    parts.push({ kind: 'midFlow', bytes });
  if (isOneWay(flow)) parts.push({ kind: 'oneWay', bytes });
  const lost = flow.lostUp + flow.lostDown;
  if (lost > 0) parts.push({ kind: 'loss', bytes: lost });
  return parts;
}

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
