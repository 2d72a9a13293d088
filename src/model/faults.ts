// Lists the faults of connections and their places.

/** Places of a fault, from the program outwards. */
export const LEGS = ['client', 'resolver', 'local-firewall', 'proxy', 'path', 'provider', 'none'] as const;
export type Leg = (typeof LEGS)[number];

/** All faults. */
export const FAULTS = [
  'none',
  'dns-nxdomain',
  'dns-refused',
  'dns-blocked',
  'dns-timeout',
  'dns-slow',
  'dns-sinkhole',
  'tcp-blackhole',
  'tcp-refused',
  'icmp-prohibited',
  'data-blackhole',
  'mtu-blackhole',
  'split-hello',
  'sni-reset',
  'sni-drop',
  'sni-alert',
  'block-page',
  'interception-untrusted',
  'cert-expired',
  'cert-wrongname',
  'clock-wrong',
  'proxy-auth',
  'proxy-denied',
  'proxy-bad-gateway',
  'proxy-unreachable',
  'proxy-ignored',
  'proxy-lifetime',
  'gateway-denied',
  'idle-cut-silent',
  'idle-cut-reset',
  'buffering',
  'squeeze',
  'loss',
  'delay',
  'quic-blocked',
  'ipv6-broken',
  'provider-refused',
  'provider-tls',
  'provider-error',
  'provider-auth',
  'provider-slow',
  'captive-portal',
] as const;
export type Fault = (typeof FAULTS)[number];
