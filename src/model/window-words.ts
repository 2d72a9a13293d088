// Lists the words of windows: sources of names, kinds of traffic that is not visible, reasons of gaps, protocols.

export const NAME_SOURCES = ['sni', 'proxy', 'dns', 'network', 'host'] as const;

/** Public DNS-over-HTTPS resolvers, from the pages of their operators. */
export const DOH_NAMES: readonly string[] = [
  'cloudflare-dns.com',
  'chrome.cloudflare-dns.com',
  'mozilla.cloudflare-dns.com',
  'security.cloudflare-dns.com',
  'family.cloudflare-dns.com',
  'odoh.cloudflare-dns.com',
  'one.one.one.one',
  'dns.google',
  'dns.quad9.net',
  'dns9.quad9.net',
  'dns10.quad9.net',
  'dns11.quad9.net',
  'doh.opendns.com',
  'doh.familyshield.opendns.com',
  'dns.nextdns.io',
  'dns.adguard-dns.com',
  'family.adguard-dns.com',
  'unfiltered.adguard-dns.com',
  'doh.cleanbrowsing.org',
];

/** Names of the host itself. Through a proxy they cannot reach the machine that the client means (RFC 6761 §6.3). */
export const LOCAL_NAMES = ['localhost', '127.0.0.1', '::1'] as const;

/** Outer name that clients of Cloudflare send, from its announcement of Encrypted ClientHello (September 2023). */
export const ECH_PUBLIC_NAMES = ['cloudflare-ech.com'] as const;

export const isEchPublicName = (name: string): boolean =>
  ECH_PUBLIC_NAMES.some((publicName) => publicName === name);

/** The empty name stands for a name that only a newer version knows. */
export const ECH_OUTER_NAMES = ['', ...ECH_PUBLIC_NAMES] as const;

/** Configuration ids are bytes, RFC 9849 section 4. */
export const ECH_CONFIG_IDS = 256;

export const NOT_VISIBLE_KINDS = [
  'ech',
  'tunnel',
  'dns',
  'relay',
  'cloud',
  'midFlow',
  'oneWay',
  'loss',
  'conflict',
  /** Media of calls: STUN, then encrypted packets. */
  'media',
  /** DNS with messages that are larger than name resolution needs. */
  'dnsTunnel',
  /** TLS or QUIC without a name, to an address that no DNS answer contained. */
  'unnamed',
  /** A hello without its answer. */
  'unanswered',
  /** TCP or UDP with bytes of an unknown protocol. */
  'unknown',
  /** No TCP or UDP header: SCTP, unknown Ethernet types, large ICMP. */
  'protocol',
  /** A header is malformed or truncated, or a datagram was never complete. */
  'damaged',
  'ssh',
  /** TLS with a name that Tor generates. */
  'tor',
  /** A mail protocol that other bytes follow. */
  'mail',
  /** IPsec to a gateway of a mobile network. */
  'wifiCalling',
  /** A log does not have the bytes of a direction. */
  'unsized',
] as const;

export type NotVisibleKind = (typeof NOT_VISIBLE_KINDS)[number];

/** Kinds whose names are known, or that are not bytes of the host. */
export const NAMED_KINDS: ReadonlySet<NotVisibleKind> = new Set(['relay', 'cloud', 'loss', 'unsized']);
/** Kinds of hidden traffic, which a policy may accept. */
export const ACCEPTED_KINDS = NOT_VISIBLE_KINDS.filter((kind) => !NAMED_KINDS.has(kind));

/** True for kinds that may contain all traffic of a host. */
export const isTunnel = (kind: NotVisibleKind): boolean =>
  kind === 'tunnel' || kind === 'tor' || kind === 'wifiCalling';

/**
 * True for traffic of unknown protocols. It is accepted together with a tunnel to the same address, because a tunnel
 * transports anything.
 */
export const goesWithTunnel = (kind: NotVisibleKind): boolean =>
  kind === 'unknown' || kind === 'midFlow' || kind === 'oneWay' || kind === 'protocol';

/** True for kinds that hide whose traffic it is. Encrypted DNS, loss and absent counts only weaken the evidence. */
export const hidesNames = (kind: NotVisibleKind): boolean =>
  kind !== 'dns' && kind !== 'loss' && kind !== 'unsized';

/** Reasons why a sensor lacks packets or received them altered. */
export const READING_FLAWS = [
  /** A capture filter was set. */
  'filtered',
  /** Networks that are not local were excluded. */
  'excluded',
  /** Local networks were excluded. */
  'excludedLocal',
  /** Too many packets have an original length below the captured length. */
  'wrongLengths',
  /** Too many packets have no time, or nanoseconds in a format with microseconds. */
  'wrongTimes',
  /** An exporter of flows counted one packet in N. */
  'sampled',
] as const;

/** Stands for excluded networks that are unknown (windows of version 0.1.0) or too many to list. */
export const ANY_NETWORK = '*';

export type ReadingFlaw = (typeof READING_FLAWS)[number];

export const GAP_REASONS = [
  'interfaceDown',
  'notRunning',
  /** The input is cut or damaged there. */
  'cut',
  'interrupted',
  /** Retained windows were evicted before delivery, or for lack of disk space. */
  'givenUp',
  /** A log of these hours is missing: rotated away, or never copied. */
  'logMissing',
  /** A sensor with a persistent name was silent while other sensors reported. */
  'silent',
  /** Another reading of the same sensor replaced the window and lacks this part. */
  'replaced',
  /** Nothing was captured. The gap is derived from windows and never stored in one. */
  'silence',
  /** No row of a log of this time was understood, or more than 1 % of its lines were ignored. */
  'logIgnored',
  /** An evidence bundle about a part of the time does not contain the windows. */
  'notInBundle',
] as const;

export type GapReason = (typeof GAP_REASONS)[number];

/** Reasons of gaps as texts in reports. */
export const GAP_WORDS: Readonly<Record<GapReason, string>> = {
  interfaceDown: 'the interface was down',
  notRunning: 'the sensor was not running',
  cut: 'the capture is cut or damaged',
  interrupted: 'the reading was interrupted',
  givenUp: 'undelivered windows were deleted for lack of space',
  logMissing: 'no log of this time was read',
  silent: 'a sensor of the fleet was silent',
  replaced: 'another capture of this sensor has the window',
  silence: 'nothing was captured',
  logIgnored: 'a log of this time was not understood',
  notInBundle: 'the evidence bundle does not contain this time',
};

export const TRANSPORTS = ['tcp', 'quic', 'dtls'] as const;

export type Transport = (typeof TRANSPORTS)[number];

export const PROXY_KINDS = ['connect', 'socks4', 'socks5', 'proxy'] as const;

export type ProxyKind = (typeof PROXY_KINDS)[number];

export const ECH_SEEN = ['none', 'present', 'esni'] as const;

export type EchSeen = (typeof ECH_SEEN)[number];

export const APP_HINTS = [
  'unknown',
  'tls',
  'quic',
  'dtls',
  'http',
  'ssh',
  'wireguard',
  'openvpn',
  'ipsec',
  'dns',
  'encrypted',
  /** DHCP, NTP, mDNS and similar, if each datagram is valid. */
  'naming',
  /** STUN, then media. */
  'stun',
  /** DNS with messages that are larger than name resolution needs. */
  'dnsTunnel',
  /** SMTP, IMAP, POP3. */
  'mail',
] as const;

export type AppHint = (typeof APP_HINTS)[number];

/** Protocols that announce names of hosts. */
export const CLAIM_SOURCES = ['dhcp', 'dhcp6', 'arp', 'ndp', 'mdns', 'nbns'] as const;

export type ClaimSource = (typeof CLAIM_SOURCES)[number];

/** Classes of MCP methods: initialize and server/discover, lists, contents, tool calls. */
export const MCP_CLASSES = ['sessions', 'lists', 'reads', 'calls'] as const;
