// Words of windows: where a name comes from, kinds of traffic that is not visible, reasons of gaps, protocols.

export const NAME_SOURCES = ['sni', 'proxy', 'dns', 'network', 'host'] as const;

export type NameSource = (typeof NAME_SOURCES)[number];

/** Public resolvers of DNS over HTTPS, by their operators' own pages. */
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

/** Names of the host itself: a proxy never reaches what they mean to the client (RFC 6761 §6.3). */
export const LOCAL_NAMES = ['localhost', '127.0.0.1', '::1'] as const;

/** Outer name that Cloudflare's clients send, by its announcement of Encrypted ClientHello (September 2023). */
export const ECH_PUBLIC_NAMES = ['cloudflare-ech.com'] as const;

export const isEchPublicName = (name: string): boolean =>
  ECH_PUBLIC_NAMES.some((publicName) => publicName === name);

/** The empty one: a name that only a newer version knows. */
export const ECH_OUTER_NAMES = ['', ...ECH_PUBLIC_NAMES] as const;

/** Configuration ids are bytes, RFC 9849 section 4. */
export const ECH_CONFIG_IDS = 256;

export type EchOuterName = (typeof ECH_OUTER_NAMES)[number];

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
  /** DNS with messages that are larger than names need. */
  'dnsTunnel',
  /** TLS or QUIC without a name, to an address that no DNS answer named. */
  'unnamed',
  /** A hello without its answer. */
  'unanswered',
  /** TCP or UDP with bytes of no known protocol. */
  'unknown',
  /** No TCP or UDP header: SCTP, unknown Ethernet types, large ICMP. */
  'protocol',
  /** A header is malformed or cut, or a datagram was never whole. */
  'damaged',
  'ssh',
  /** TLS with a name that Tor makes up. */
  'tor',
  /** A mail protocol, and then other bytes. */
  'mail',
  /** IPsec to a gateway of a mobile network. */
  'wifiCalling',
] as const;

export type NotVisibleKind = (typeof NOT_VISIBLE_KINDS)[number];

/** Their names are known, or they are no bytes of the host. */
export const NAMED_KINDS: ReadonlySet<NotVisibleKind> = new Set(['relay', 'cloud', 'loss']);
/** Kinds of hidden traffic, which a policy may accept. */
export const ACCEPTED_KINDS = NOT_VISIBLE_KINDS.filter((kind) => !NAMED_KINDS.has(kind));

/** All of a host's work may be inside. */
export const isTunnel = (kind: NotVisibleKind): boolean =>
  kind === 'tunnel' || kind === 'tor' || kind === 'wifiCalling';

/** A tunnel carries anything: whatever else of no known protocol goes to its end is accepted with it. */
export const goesWithTunnel = (kind: NotVisibleKind): boolean =>
  kind === 'unknown' || kind === 'midFlow' || kind === 'oneWay' || kind === 'protocol';

/** Encrypted DNS and loss weaken what is seen; the other kinds hide whose traffic it is. */
export const hidesNames = (kind: NotVisibleKind): boolean => kind !== 'dns' && kind !== 'loss';

/** The reason why a sensor does not have all packets, or not as they were. */
export const READING_FLAWS = [
  /** A capture filter was set. */
  'filtered',
  /** Networks that are not local were left out. */
  'excluded',
  /** Local networks were left out. */
  'excludedLocal',
  /** Too many packets have an original length below the captured one. */
  'wrongLengths',
  /** Too many packets have nanoseconds in a format of microseconds. */
  'wrongTimes',
] as const;

/** Stands for excluded networks that are not known: those of windows of version 0.1.0, or too many. */
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
  /** A sensor with a persistent name was silent while others reported. */
  'silent',
  /** Another reading of one sensor has the window, and did not see this part of it. */
  'replaced',
  /** Nothing was captured: derived from windows, never in one. */
  'silence',
  /** A log of this time was not understood: it has no row, or more than 1 % of its lines was ignored. */
  'logIgnored',
] as const;

export type GapReason = (typeof GAP_REASONS)[number];

/** Texts in reports. */
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
  /** DHCP, NTP, mDNS and the like, each datagram of which parses. */
  'naming',
  /** STUN, then media. */
  'stun',
  /** DNS with messages that are larger than names need. */
  'dnsTunnel',
  /** SMTP, IMAP, POP3. */
  'mail',
] as const;

export type AppHint = (typeof APP_HINTS)[number];

/** Protocols that name hosts. */
export const CLAIM_SOURCES = ['dhcp', 'dhcp6', 'arp', 'ndp', 'mdns', 'nbns'] as const;

export type ClaimSource = (typeof CLAIM_SOURCES)[number];

/** Classes of the methods of MCP: initialize and server/discover, lists, contents, calls of tools. */
export const MCP_CLASSES = ['sessions', 'lists', 'reads', 'calls'] as const;
