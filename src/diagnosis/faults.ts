// The faults: where each usually lies, what else would look the same, and what to do about it.

import type { Fault, Leg } from '../model/faults.ts';

export interface FaultEntry {
  readonly leg: Leg;
  readonly alike: readonly Fault[];
  /** One sentence for an administrator. `at`: the box, resolver or proxy that the packets name. */
  readonly advice: (name: string, at: string) => string;
}

const CERTIFICATE: readonly Fault[] = [
  'interception-untrusted',
  'cert-expired',
  'cert-wrongname',
  'clock-wrong',
];
const others = (fault: Fault): readonly Fault[] => CERTIFICATE.filter((one) => one !== fault);

export const FAULT_TABLE: Readonly<Record<Exclude<Fault, 'none'>, FaultEntry>> = {
  'dns-nxdomain': {
    leg: 'resolver',
    alike: [],
    advice: (name, at) =>
      `The resolver ${at} says that ${name} does not exist: check its filter lists and forwarders, or use another resolver.`,
  },
  'dns-refused': {
    leg: 'resolver',
    alike: [],
    advice: (name, at) =>
      `The resolver ${at} refuses or fails to look up ${name}: check its access list and forwarders.`,
  },
  'dns-blocked': {
    leg: 'resolver',
    alike: ['dns-sinkhole', 'dns-nxdomain'],
    advice: (name, at) =>
      `The resolver ${at} gives no usable address for ${name}: check its DNS filter for ${name}.`,
  },
  'dns-timeout': {
    leg: 'resolver',
    alike: [],
    advice: (_name, at) =>
      `The resolver ${at} does not answer: check that it runs and that UDP and TCP port 53 reach it.`,
  },
  'dns-slow': {
    leg: 'resolver',
    alike: ['delay'],
    advice: (name, at) =>
      `The resolver ${at} takes seconds to look up ${name}: check its load and its forwarders.`,
  },
  'dns-sinkhole': {
    leg: 'resolver',
    alike: ['dns-blocked', 'tcp-refused', 'tcp-blackhole'],
    advice: (name, at) =>
      `${name} resolves to the inside address ${at}: check the DNS filter, unless split DNS is intended.`,
  },
  'tcp-blackhole': {
    leg: 'local-firewall',
    alike: ['proxy-ignored', 'data-blackhole'],
    advice: (name) =>
      `Connections to ${name} are dropped without an answer: check the firewall rule for ${name}, TCP port 443.`,
  },
  'tcp-refused': {
    leg: 'local-firewall',
    alike: ['provider-refused'],
    advice: (name) =>
      `A box near the client resets connections to ${name}: check the firewall rule for ${name}, TCP port 443.`,
  },
  'icmp-prohibited': {
    leg: 'local-firewall',
    alike: ['proxy-ignored'],
    advice: (name, at) =>
      `${at} reports that access to ${name} is prohibited: change its rule for ${name}, TCP port 443.`,
  },
  'data-blackhole': {
    leg: 'path',
    alike: ['sni-drop', 'mtu-blackhole'],
    advice: (name) =>
      `Connections to ${name} open, but no data arrives: check stateful firewalls and asymmetric routes on the way.`,
  },
  'mtu-blackhole': {
    leg: 'path',
    alike: ['data-blackhole', 'split-hello'],
    advice: (name) =>
      `Full-size packets to or from ${name} are lost: lower the MTU (1280 to 1400), clamp the MSS, or let ICMP "fragmentation needed" pass.`,
  },
  'split-hello': {
    leg: 'local-firewall',
    alike: ['sni-reset', 'sni-drop', 'mtu-blackhole'],
    advice: (name) =>
      `A box on the way cannot read a ClientHello in two packets: update it, or exempt ${name} from inspection.`,
  },
  'sni-reset': {
    leg: 'local-firewall',
    alike: ['split-hello'],
    advice: (name) =>
      `A box near the client resets connections after the server name ${name}: check its URL or application filter.`,
  },
  'sni-drop': {
    leg: 'local-firewall',
    alike: ['data-blackhole', 'split-hello', 'mtu-blackhole'],
    advice: (name) =>
      `Connections to ${name} go silent after the server name is sent: check the URL or application filter for ${name}.`,
  },
  'sni-alert': {
    leg: 'local-firewall',
    alike: ['provider-tls'],
    advice: (name) =>
      `A box near the client answers for ${name} with a TLS alert: check its URL or application filter.`,
  },
  'block-page': {
    leg: 'proxy',
    alike: ['interception-untrusted', 'provider-auth', 'provider-error'],
    advice: (name) => `An intercepting proxy answers for ${name}: check its category and block page log.`,
  },
  'interception-untrusted': {
    leg: 'proxy',
    alike: others('interception-untrusted'),
    advice: (name) =>
      `The client refuses the certificate for ${name}: exempt ${name} from TLS inspection, or install the inspection CA (Node tools: NODE_EXTRA_CA_CERTS).`,
  },
  'cert-expired': {
    leg: 'provider',
    alike: others('cert-expired'),
    advice: (name) =>
      `The client says that the certificate of ${name} has expired: check the client's clock, then who issued the certificate.`,
  },
  'cert-wrongname': {
    leg: 'provider',
    alike: others('cert-wrongname'),
    advice: (name) =>
      `The client refuses the certificate of ${name}: read it with "openssl s_client -connect ${name}:443", check issuer, name and dates.`,
  },
  'clock-wrong': {
    leg: 'client',
    alike: others('clock-wrong'),
    advice: () =>
      'The client refuses the certificates of every name: check its clock first, then its trusted CAs.',
  },
  'proxy-auth': {
    leg: 'proxy',
    alike: [],
    advice: (_name, at) =>
      `The proxy ${at} requires authentication (407): give the tool credentials, or allow the host on the proxy.`,
  },
  'proxy-denied': {
    leg: 'proxy',
    alike: [],
    advice: (name, at) => `The proxy ${at} refuses ${name} (403): add ${name} to its allow list.`,
  },
  'proxy-bad-gateway': {
    leg: 'proxy',
    alike: [],
    advice: (name, at) =>
      `The proxy ${at} cannot reach ${name}: check its DNS, its route and the firewall behind it.`,
  },
  'proxy-unreachable': {
    leg: 'proxy',
    alike: ['tcp-refused', 'tcp-blackhole', 'dns-nxdomain'],
    advice: (_name, at) =>
      `The configured proxy ${at} does not accept connections: check the proxy setting of the client and whether the proxy runs.`,
  },
  'proxy-ignored': {
    leg: 'client',
    alike: ['tcp-blackhole', 'icmp-prohibited'],
    advice: (name) =>
      `The host uses a proxy, but connections to ${name} go direct and are dropped: set the proxy in the settings of the tool.`,
  },
  'proxy-lifetime': {
    leg: 'proxy',
    alike: [],
    advice: (_name, at) =>
      `The proxy ${at} ends connections after a fixed time: raise its maximum tunnel lifetime.`,
  },
  'gateway-denied': {
    leg: 'local-firewall',
    alike: [],
    advice: (name) =>
      `A firewall or web gateway refuses ${name}: check its URL or application filter, and add ${name} to its allow list.`,
  },
  'idle-cut-silent': {
    leg: 'path',
    alike: ['provider-slow', 'data-blackhole'],
    advice: (name) =>
      `An idle connection to ${name} was forgotten on the way: raise the idle timeout of NAT and firewall, or enable keep-alives.`,
  },
  'idle-cut-reset': {
    leg: 'path',
    alike: ['proxy-lifetime'],
    advice: (name) =>
      `Idle connections to ${name} are reset after a fixed time: raise the idle timeout of NAT, firewall or load balancer.`,
  },
  buffering: {
    leg: 'proxy',
    alike: ['provider-slow'],
    advice: (name) =>
      `Streamed answers of ${name} arrive in one piece: disable response buffering or content scanning for ${name}.`,
  },
  squeeze: {
    leg: 'path',
    alike: ['delay'],
    advice: () =>
      'The line carries very few bits per second: check traffic shaping, the link and other load on it.',
  },
  loss: {
    leg: 'path',
    alike: [],
    advice: () =>
      'Many packets are lost on the way to every name: check the link (Wi-Fi, cable, duplex) and queue drops.',
  },
  delay: {
    leg: 'path',
    alike: ['squeeze'],
    advice: () =>
      'Every round trip to the outside is very long: check the route (VPN, satellite, mobile link).',
  },
  'quic-blocked': {
    leg: 'local-firewall',
    alike: [],
    advice: () =>
      'UDP port 443 is blocked; programs fall back to TCP: nothing to do, unless HTTP/3 is wanted.',
  },
  'ipv6-broken': {
    leg: 'path',
    alike: [],
    advice: (name) =>
      `${name} has an IPv6 address, but IPv6 does not work here: repair the IPv6 route, or stop announcing it.`,
  },
  'provider-refused': {
    leg: 'provider',
    alike: ['tcp-refused'],
    advice: (name) =>
      `The host of ${name}, or a box near it, refuses connections: check the provider's status page.`,
  },
  'provider-tls': {
    leg: 'provider',
    alike: ['sni-alert', 'sni-reset'],
    advice: (name) =>
      `${name} itself ends the TLS handshake: check the provider's status page and the TLS settings of the client.`,
  },
  'provider-error': {
    leg: 'provider',
    alike: ['provider-auth'],
    advice: (name) =>
      `${name} answers the same request again and again with a short refusal: check quota, rate limits and the provider's status page.`,
  },
  'provider-auth': {
    leg: 'provider',
    alike: ['provider-error', 'block-page'],
    advice: (name) =>
      `${name} answers every request with the same short refusal: check the key or login of the tool.`,
  },
  'provider-slow': {
    leg: 'provider',
    alike: ['buffering', 'idle-cut-silent'],
    advice: (name) =>
      `${name} took the request and answered very late: the network is not the cause; check the provider's status page.`,
  },
  'captive-portal': {
    leg: 'local-firewall',
    alike: ['interception-untrusted', 'tcp-refused'],
    advice: () => 'The network requires a login first: open any http:// address in a browser.',
  },
};
