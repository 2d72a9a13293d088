// Contains the ports, sizes and names that determine if a flow is visible: for packets in
// native-bindings/src/collector/unseen.cc, for rows of logs in reading/logs/unseen.ts.

import { DOH_NAMES, ECH_PUBLIC_NAMES, isEchPublicName } from '../../model/window-words.ts';

/** Port of DNS over TLS and over QUIC, RFC 7858 §3.1 and RFC 9250 §4.1.1. */
export const DNS_OVER_TLS_PORT = 853;

/** Minimum bytes of a hidden flow. A lookup, a ping or a game lobby is smaller; a tunnel with work traffic is not. */
export const UNKNOWN_UDP_BYTES = 4096;

/**
 * Gateways of VPNs, of zero-trust access and of private relays, from the pages of their operators: exact names, or
 * ".suffix".
 */
export const TUNNEL_NAMES: readonly string[] = [
  // iCloud Private Relay
  'mask.icloud.com',
  'mask-h2.icloud.com',
  'mask-api.icloud.com',
  // Cloudflare WARP and Zero Trust
  '.cloudflareclient.com',
  '.cloudflare-gateway.com',
  // Tailscale
  '.tailscale.com',
  // Zscaler
  '.zscaler.net',
  '.zscalerone.net',
  '.zscalertwo.net',
  '.zscalerthree.net',
  '.zscloud.net',
  '.zpath.net',
  '.private.zscaler.com',
  // Netskope
  '.goskope.com',
  // Palo Alto Networks Prisma Access
  '.gpcloudservice.com',
  '.prismaaccess.com',
  // Cisco Secure Access
  '.sse.cisco.com',
  // Cato Networks
  '.catonetworks.com',
  // Perimeter 81
  '.perimeter81.com',
  // Twingate
  '.twingate.com',
  // ngrok
  '.ngrok-agent.com',
  ...['', 'us.', 'eu.', 'ap.', 'au.', 'sa.', 'jp.', 'in.'].map((region) => `tunnel.${region}ngrok.com`),
  // OpenVPN CloudConnexa
  '.gw.openvpn.com',
  // Cloudflare Tunnel
  '.argotunnel.com',
  // Microsoft dev tunnels
  '.devtunnels.ms',
  '.tunnels.api.visualstudio.com',
  // Consumer VPNs
  '.nordvpn.com',
  '.protonvpn.net',
  '.mullvad.net',
  '.expressvpn.com',
  '.surfshark.com',
  '.opera-proxy.net',
  '.sec-tunnel.com',
];

/** Names of relays that hide the real destination. */
export const HIDING_NAMES: readonly string[] = [...ECH_PUBLIC_NAMES, ...DOH_NAMES, ...TUNNEL_NAMES];

/** Names of tunnels, without the dot of a suffix. */
const EXACT_TUNNELS: ReadonlySet<string> = new Set(TUNNEL_NAMES.map((name) => name.replace(/^\./, '')));
const TUNNEL_SUFFIXES: ReadonlySet<string> = new Set(
  TUNNEL_NAMES.filter((name) => name.startsWith('.')).map((name) => name.slice(1)),
);

/** Returns what a connection to this name hides; null: nothing. `name`: in lower case. */
export function hiddenBehind(name: string): 'unnamed' | 'dns' | 'tunnel' | null {
  if (isEchPublicName(name)) return 'unnamed';
  if (DOH_NAMES.includes(name)) return 'dns';
  if (EXACT_TUNNELS.has(name)) return 'tunnel';
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1))
    if (TUNNEL_SUFFIXES.has(name.slice(dot + 1))) return 'tunnel';
  return null;
}
