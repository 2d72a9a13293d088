// Describes the faults: their usual place, other causes that look the same, and the fix.

import type { Fault, Leg } from '../model/faults.ts';
import { endpointAddress, endpointPort, isResolver } from '../net/address.ts';

/**
 * The stage that an attempt reached. `lookup`: no resolver gave an address. `refusal`: by a proxy, or by a firewall that
 * logged the name.
 */
export type Stage = 'lookup' | 'connect' | 'refusal' | 'hello';

export interface FaultEntry {
  readonly leg: Leg;
  /** Result of connections that it stops before their first request, and the stage that they reach; null: none. */
  readonly stops: { readonly result: 'blocked' | 'failed'; readonly stage: Stage } | null;
  readonly alike: readonly Fault[];
  /** The fault in one sentence without its full stop. `at`: the device, resolver or proxy in the packets. */
  readonly summary: (name: string, at: string) => string;
  /** Replaces the summary if several faults look the same. */
  readonly possible?: (name: string, at: string) => string;
  /** States in one sentence what an administrator changes. */
  readonly advice: (name: string, at: string, ends: Ends) => string;
}

/** Both ends of the connections that failed. */
export interface Ends {
  readonly host: string;
  /** Address and port of each. */
  readonly servers: readonly string[];
}

/** Stands for a device that is not in the packets. */
export const UNPLACED = 'on the way';

/** Returns the rule that a firewall needs. */
function formatFirewallRule(name: string, { host, servers }: Ends): string {
  const ends = servers.filter((server) => !isResolver(server));
  const addresses = ends.map(endpointAddress).join(', ');
  const ports = [...new Set(ends.map(endpointPort))].join(', ') || '443';
  const now = addresses === '' || addresses === name ? '' : ` (now ${addresses})`;
  return `allow TCP from ${host} to ${name}${now}, port ${ports}.`;
}

/** Returns the rule that a filter by server name needs. */
const formatNameRule = (name: string, { host }: Ends): string =>
  `On the firewall, gateway or proxy that filters by server name: allow ${name} for the client ${host}.`;

const FORWARDS = 'If it forwards queries, the filter may be in the resolver behind it.';

const CERTIFICATE: readonly Fault[] = [
  'interception-untrusted',
  'cert-expired',
  'cert-wrongname',
  'clock-wrong',
];
const listOtherFaults = (fault: Fault): readonly Fault[] => CERTIFICATE.filter((other) => other !== fault);

/** Returns " of the resolver ADDRESS"; empty without one. */
function nameResolvers(servers: readonly string[]): string {
  const resolvers = servers.filter(isResolver).map(endpointAddress).join(', ');
  return resolvers === '' ? '' : ` of the resolver ${resolvers}`;
}

export const FAULT_TABLE: Readonly<Record<Exclude<Fault, 'none'>, FaultEntry>> = {
  'dns-nxdomain': {
    leg: 'resolver',
    stops: { result: 'blocked', stage: 'lookup' },
    alike: [],
    summary: (name, at) => `The resolver ${at} says that ${name} does not exist`,
    advice: (name, at) => `Check the filter lists of the resolver ${at} for ${name}. ${FORWARDS}`,
  },
  'dns-refused': {
    leg: 'resolver',
    stops: { result: 'blocked', stage: 'lookup' },
    alike: [],
    summary: (name, at) => `The resolver ${at} refuses or fails to look up ${name}`,
    advice: (_name, at) => `Check the access list of the resolver ${at}. ${FORWARDS}`,
  },
  'dns-blocked': {
    leg: 'resolver',
    stops: { result: 'blocked', stage: 'lookup' },
    alike: ['dns-sinkhole', 'dns-nxdomain'],
    summary: (name, at) => `The resolver ${at} gives no usable address for ${name}`,
    advice: (name, at) => `Check the DNS filter of the resolver ${at} for ${name}. ${FORWARDS}`,
  },
  'dns-timeout': {
    leg: 'resolver',
    stops: { result: 'failed', stage: 'lookup' },
    alike: [],
    summary: (_name, at) => `The resolver ${at} does not answer`,
    advice: (_name, at, { host }) =>
      `Check that the resolver ${at} runs, and on the firewalls before it that UDP and TCP port 53 pass from ${host}.`,
  },
  'dns-slow': {
    leg: 'resolver',
    stops: null,
    alike: ['delay'],
    summary: (name, at) => `The resolver ${at} takes seconds to look up ${name}`,
    advice: (_name, at) => `Check the load and the forwarders of the resolver ${at}.`,
  },
  'dns-sinkhole': {
    leg: 'resolver',
    stops: { result: 'blocked', stage: 'hello' },
    alike: ['dns-blocked', 'tcp-refused', 'tcp-blackhole'],
    summary: (name, at) =>
      `${name} resolves to ${at === UNPLACED ? 'an inside address' : `the inside address ${at}`}`,
    advice: (name, _at, { servers }) =>
      `Check the DNS filter${nameResolvers(servers)} for ${name}, unless split DNS is intended.`,
  },
  'tcp-blackhole': {
    leg: 'local-firewall',
    stops: { result: 'blocked', stage: 'connect' },
    alike: ['proxy-ignored'],
    summary: (name) => `Connections to ${name} are dropped without an answer`,
    advice: (name, _at, ends) =>
      `On each firewall between the client and the Internet: ${formatFirewallRule(name, ends)}`,
  },
  'tcp-refused': {
    leg: 'local-firewall',
    stops: { result: 'blocked', stage: 'connect' },
    alike: ['provider-refused', 'proxy-ignored'],
    summary: (name) => `A device between client and server resets connections to ${name}`,
    advice: (name, _at, ends) => `On the firewall nearest to the client: ${formatFirewallRule(name, ends)}`,
  },
  'icmp-prohibited': {
    leg: 'local-firewall',
    stops: { result: 'blocked', stage: 'connect' },
    alike: ['proxy-ignored'],
    summary: (name, at) =>
      `${at === UNPLACED ? 'A device' : at} reports that access to ${name} is prohibited`,
    advice: (name, at, ends) =>
      `On ${at === UNPLACED ? 'the device that sends the ICMP messages' : at}: ${formatFirewallRule(name, ends)}`,
  },
  'data-blackhole': {
    leg: 'path',
    stops: { result: 'failed', stage: 'hello' },
    alike: ['sni-drop', 'mtu-blackhole'],
    summary: (name) => `Connections to ${name} open, but no data arrives`,
    advice: (name, _at, { host }) =>
      `On the stateful firewalls between ${host} and ${name}: look for dropped packets of open connections, and for a return route past the firewall.`,
  },
  'mtu-blackhole': {
    leg: 'path',
    stops: { result: 'failed', stage: 'hello' },
    alike: ['data-blackhole', 'split-hello'],
    summary: (name) => `Full-size packets to or from ${name} are lost`,
    advice: () =>
      'On the router or VPN gateway whose link has the smaller MTU: clamp the TCP MSS to that MTU minus 40 (IPv6: minus 60). On every firewall of the path: let ICMP type 3 code 4 (ICMPv6: type 2) pass. As a test, set the MTU of the client to 1280.',
  },
  'split-hello': {
    leg: 'local-firewall',
    stops: { result: 'failed', stage: 'hello' },
    alike: ['sni-reset', 'sni-drop', 'mtu-blackhole'],
    summary: () => 'A device between client and server cannot read a ClientHello in two packets',
    advice: (name) => `Update this device, or exempt ${name} from its inspection.`,
  },
  'sni-reset': {
    leg: 'local-firewall',
    stops: { result: 'blocked', stage: 'hello' },
    alike: ['split-hello'],
    summary: (name) => `A device between client and server resets connections after the server name ${name}`,
    advice: (name, _at, ends) => formatNameRule(name, ends),
  },
  'sni-drop': {
    leg: 'local-firewall',
    stops: { result: 'blocked', stage: 'hello' },
    alike: ['data-blackhole', 'split-hello', 'mtu-blackhole'],
    summary: (name) => `Connections to ${name} go silent after the server name is sent`,
    advice: (name, _at, ends) => formatNameRule(name, ends),
  },
  'sni-alert': {
    leg: 'local-firewall',
    stops: { result: 'blocked', stage: 'hello' },
    alike: ['provider-tls'],
    summary: (name) => `A device between client and server answers for ${name} with a TLS alert`,
    advice: (name, _at, ends) => formatNameRule(name, ends),
  },
  'block-page': {
    leg: 'proxy',
    stops: null,
    alike: ['interception-untrusted', 'provider-auth', 'provider-error'],
    summary: (name) => `An intercepting proxy answers for ${name}`,
    advice: (name) => `Check the category of ${name} and the block page log of the proxy.`,
  },
  'interception-untrusted': {
    leg: 'proxy',
    stops: { result: 'failed', stage: 'hello' },
    alike: [...listOtherFaults('interception-untrusted'), 'block-page'],
    summary: (name) => `The client refuses the certificate for ${name}`,
    advice: (name) =>
      `On the device that inspects TLS (proxy or firewall), exempt ${name} from the inspection. Or install the inspection CA on the client (Node tools: NODE_EXTRA_CA_CERTS).`,
  },
  'cert-expired': {
    leg: 'provider',
    stops: { result: 'failed', stage: 'hello' },
    alike: listOtherFaults('cert-expired'),
    summary: (name) => `The client says that the certificate of ${name} has expired`,
    possible: (name) => `The certificate of ${name} has expired`,
    advice: () => "Check the client's clock, then the issuer of the certificate.",
  },
  'cert-wrongname': {
    leg: 'provider',
    stops: { result: 'failed', stage: 'hello' },
    alike: listOtherFaults('cert-wrongname'),
    summary: (name) => `The client refuses the certificate of ${name}`,
    advice: (name) =>
      `Read the certificate with "openssl s_client -connect ${name}:443 -servername ${name}": an unknown issuer is an inspection, other names or dates are a fault of the server.`,
  },
  'clock-wrong': {
    leg: 'client',
    stops: { result: 'failed', stage: 'hello' },
    alike: listOtherFaults('clock-wrong'),
    summary: () => 'The client refuses the certificates of every name',
    possible: () => 'The clock of the client is wrong',
    advice: () => 'Check the clock of the client first, then its trusted CAs.',
  },
  'proxy-auth': {
    leg: 'proxy',
    stops: { result: 'blocked', stage: 'refusal' },
    alike: [],
    summary: (_name, at) => `The proxy ${at} requires authentication`,
    advice: (name, at, { host }) =>
      `Configure the tool with a login for the proxy (HTTPS_PROXY=http://USER:PASSWORD@${at === UNPLACED ? 'ADDRESS:PORT' : at}), or on the proxy allow client ${host} without a login to: ${name}.`,
  },
  'proxy-denied': {
    leg: 'proxy',
    stops: { result: 'blocked', stage: 'refusal' },
    alike: [],
    summary: (name, at) => `The proxy ${at} refuses ${name}`,
    advice: (name, at, { host }) =>
      `On the proxy ${at === UNPLACED ? '' : `${at} `}add to the allow list for the client ${host}: ${name}.`,
  },
  'proxy-bad-gateway': {
    leg: 'proxy',
    stops: { result: 'failed', stage: 'refusal' },
    alike: [],
    summary: (name, at) => `The proxy ${at} cannot reach ${name}`,
    advice: (name, at) =>
      `On the proxy ${at === UNPLACED ? '' : `${at} `}look up and connect to ${name}: check its DNS, its route and the firewall behind it.`,
  },
  'proxy-unreachable': {
    leg: 'proxy',
    stops: { result: 'failed', stage: 'connect' },
    alike: ['tcp-refused', 'tcp-blackhole', 'dns-nxdomain'],
    summary: (_name, at) => `The configured proxy ${at} does not accept connections`,
    advice: (_name, at, { host }) =>
      `Check that the proxy ${at} runs and accepts connections from ${host}, and that this is the right proxy in the settings of the client.`,
  },
  'proxy-ignored': {
    leg: 'client',
    stops: { result: 'blocked', stage: 'connect' },
    alike: ['tcp-blackhole', 'tcp-refused', 'icmp-prohibited'],
    summary: (name) => `The host uses a proxy, but connections to ${name} go direct and are stopped`,
    possible: () => 'The network requires a proxy that the client does not use',
    advice: (_name, _at, { host }) =>
      `On the client ${host}, set the proxy in the settings of the tool. Open the firewall only if the policy allows connections without the proxy.`,
  },
  'proxy-lifetime': {
    leg: 'proxy',
    stops: null,
    alike: [],
    summary: (_name, at) => `The proxy ${at} ends connections after a fixed time`,
    advice: (_name, at) => `Raise the maximum tunnel lifetime of the proxy ${at}.`,
  },
  'gateway-denied': {
    leg: 'local-firewall',
    stops: { result: 'blocked', stage: 'refusal' },
    alike: [],
    summary: (name) => `A firewall or web gateway refuses ${name}`,
    advice: (name) => `Check its URL or application filter, and add ${name} to its allow list.`,
  },
  'idle-cut-silent': {
    leg: 'path',
    stops: null,
    alike: ['provider-slow', 'data-blackhole'],
    summary: (name) => `An idle connection to ${name} was forgotten on the way`,
    advice: () =>
      'On the NAT and the firewalls of the path: raise the idle timeout of TCP. Or enable keep-alives on the client.',
  },
  'idle-cut-reset': {
    leg: 'path',
    stops: null,
    alike: ['proxy-lifetime'],
    summary: (name) => `Idle connections to ${name} are reset after a fixed time`,
    advice: () =>
      'On the NAT, the firewalls and the load balancers of the path: raise the idle timeout of TCP.',
  },
  buffering: {
    leg: 'proxy',
    stops: null,
    alike: ['provider-slow'],
    summary: (name) => `Streamed answers of ${name} arrive in one piece`,
    advice: (name) => `Disable response buffering or content scanning for ${name}.`,
  },
  squeeze: {
    leg: 'path',
    stops: null,
    alike: ['delay'],
    summary: () => 'The line carries very few bits per second',
    advice: () => 'Check traffic shaping, the link and other load on it.',
  },
  loss: {
    leg: 'path',
    stops: null,
    alike: [],
    summary: () => 'Many packets are lost between the client and every name',
    advice: () => 'Check the link (Wi-Fi, cable, duplex) and queue drops.',
  },
  delay: {
    leg: 'path',
    stops: null,
    alike: ['squeeze'],
    summary: () => 'Every round trip to the outside is very long',
    advice: () => 'Check the route (VPN, satellite, mobile link).',
  },
  'quic-blocked': {
    leg: 'local-firewall',
    stops: null,
    alike: [],
    summary: () => 'UDP port 443 is blocked, and programs fall back to TCP',
    advice: () => 'Allow UDP port 443 if HTTP/3 is wanted; otherwise nothing needs to change.',
  },
  'ipv6-broken': {
    leg: 'path',
    stops: null,
    alike: [],
    summary: (name) => `IPv6 does not work here, and programs try it first for ${name}`,
    advice: (_name, _at, { host }) =>
      `On the router of ${host}: repair the IPv6 route, or stop announcing IPv6 (router advertisements).`,
  },
  'provider-refused': {
    leg: 'provider',
    stops: { result: 'failed', stage: 'connect' },
    alike: ['tcp-refused'],
    summary: (name) => `The server of ${name}, or a device near it, refuses connections`,
    advice: () => "Check the provider's status page.",
  },
  'provider-tls': {
    leg: 'provider',
    stops: { result: 'failed', stage: 'hello' },
    alike: ['sni-alert', 'sni-reset'],
    summary: (name) => `${name} itself ends the TLS handshake`,
    advice: () => "Check the provider's status page and the TLS settings of the client.",
  },
  'provider-error': {
    leg: 'provider',
    stops: null,
    alike: ['provider-auth'],
    summary: (name) => `${name} repeatedly answers the same request with a short refusal`,
    advice: () => "Check the key, quota and rate limits, then the provider's status page.",
  },
  'provider-auth': {
    leg: 'provider',
    stops: null,
    alike: ['provider-error', 'block-page'],
    summary: (name) => `${name} answers requests with the same short refusal`,
    advice: () => 'Check the key or login of the tool, and whether the provider serves this region.',
  },
  'provider-slow': {
    leg: 'provider',
    stops: null,
    alike: ['buffering', 'idle-cut-silent'],
    summary: (name) => `${name} took the request and answered very late`,
    advice: () => "Check the provider's status page: the network is not the cause.",
  },
  'captive-portal': {
    leg: 'local-firewall',
    stops: { result: 'blocked', stage: 'hello' },
    alike: ['interception-untrusted', 'tcp-refused'],
    summary: () => 'The network requires a login first',
    advice: () => 'Open any http:// address in a browser.',
  },
};
