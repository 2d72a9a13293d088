// Closed lists of words in windows, reports, policies and the catalogue, and constants that several layers share.

/** Id of the provider entry for unlisted names; its runtimes are those of agents. */
export const RELAY_ID = 'relay';

/** Why requests are withheld of a tool that was seen without any. */
export const NO_REQUEST_SEEN =
  'no model request was seen; one that went through a gateway or a relay would not show here';

/** Why requests are withheld of rows of logs. */
export const NO_REQUESTS_IN_LOGS = 'a log has one row for each connection, and none for requests';

export const ROLES = [
  'inference',
  'auth',
  'telemetry',
  'update',
  'marketplace',
  'web',
  'docs',
  'mcp',
  'cdn',
  'relay',
] as const;
export type Role = (typeof ROLES)[number];

export const TOOL_KINDS = [
  'cli',
  'ide',
  'ide-extension',
  'agent',
  'chat',
  'api',
  'gateway',
  'local-runtime',
  'model-hub',
] as const;
export type ToolKind = (typeof TOOL_KINDS)[number];

/** Of what many programs use: a report has a provider's row for it, and a policy can only suspect by it. */
export const PROVIDER_KINDS: readonly ToolKind[] = ['api', 'gateway', 'local-runtime', 'model-hub'];
/** Programs on a host. Other programs can call the APIs of their vendors: such a row does not prove the program. */
export const PROGRAM_KINDS: ReadonlySet<string> = new Set<ToolKind>(['cli', 'ide', 'ide-extension']);

/** tool: only this tool uses the name; vendor: any product of the vendor; shared: a third party's. */
export const SPECIFICITIES = ['tool', 'vendor', 'shared'] as const;
export type Specificity = (typeof SPECIFICITIES)[number];

export const NAME_SOURCES = ['sni', 'proxy', 'dns', 'network', 'host'] as const;
export type NameSource = (typeof NAME_SOURCES)[number];

/** Outer name that Cloudflare's clients send, by its announcement of Encrypted ClientHello (September 2023). */
export const ECH_PUBLIC_NAMES = ['cloudflare-ech.com'] as const;
export const isEchPublicName = (name: string): boolean => ECH_PUBLIC_NAMES.some((known) => known === name);
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
] as const;
export type NotVisibleKind = (typeof NOT_VISIBLE_KINDS)[number];
/** Those of hidden traffic that a policy may accept. */
export const ACCEPTED_KINDS = NOT_VISIBLE_KINDS.filter(
  (kind) => kind !== 'relay' && kind !== 'cloud' && kind !== 'loss',
);
/** Encrypted DNS and loss weaken what is seen; the other kinds hide whose traffic it is. */
export const hidesNames = (kind: NotVisibleKind): boolean => kind !== 'dns' && kind !== 'loss';

export const GAP_REASONS = [
  'betweenCaptures',
  'interfaceDown',
  'notRunning',
  /** The input is cut or damaged there. */
  'cut',
  /** The read was interrupted there. */
  'interrupted',
  /** Retained windows were evicted before delivery, or for lack of disk space. */
  'givenUp',
  /** A log of these hours is missing: rotated away, or never copied. */
  'logMissing',
  /** A sensor with a persistent name was silent while others reported. */
  'silent',
] as const;
export type GapReason = (typeof GAP_REASONS)[number];

/** Texts in reports. */
export const GAP_WORDS: Readonly<Record<GapReason, string>> = {
  betweenCaptures: 'between two captures',
  interfaceDown: 'the interface was down',
  notRunning: 'the sensor was not running',
  cut: 'the capture is cut or damaged',
  interrupted: 'the reading was interrupted',
  givenUp: 'undelivered windows were deleted for lack of space',
  logMissing: 'no log of this time was read',
  silent: 'a sensor of the fleet was silent',
};

export const CONFIDENCES = ['certain', 'likely', 'possible'] as const;
export type Confidence = (typeof CONFIDENCES)[number];

/** Above this share of missing bytes, estimates are withheld. */
export const MAX_LOSS = 0.05;

/** Attempts that are no use: stopped by a box or resolver that may mean it, or for another reason. */
export const ATTEMPT_RESULTS = ['blocked', 'failed'] as const;
export type AttemptResult = (typeof ATTEMPT_RESULTS)[number];

export const FINDING_RESULTS = [
  'violation',
  'grace',
  'suspected',
  'updateOnly',
  'telemetryOnly',
  'exempt',
  /** Use of a tool around the gateways that its rule names. */
  'bypass',
  /** Connections to names of a tool that were stopped before any request: no use. */
  'attempted',
] as const;
export type FindingResult = (typeof FINDING_RESULTS)[number];

/** The life of a finding, in order; each is set by a person but the first. */
export const FINDING_STATES = ['new', 'acknowledged', 'assigned', 'exceptionRequested', 'closed'] as const;
export type FindingState = (typeof FINDING_STATES)[number];

/** Evidence of the path of a use. */
export const PATH_RULE = 'path';

/** In order. */
export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Of advisories, the gravest first; unrated: no rating is known. */
export const ADVISORY_SEVERITIES = ['critical', 'high', 'unrated', 'medium', 'low', 'info'] as const;
export type AdvisorySeverity = (typeof ADVISORY_SEVERITIES)[number];

/** The worst first. */
export const VERDICT_WORDS = ['violated', 'inconclusive', 'compliant'] as const;
export type VerdictWord = (typeof VERDICT_WORDS)[number];

/** What limits a verdict. All but `someEvidence` and `hiddenServices` prevent the verdict `compliant`. */
export const VERDICT_LIMITS = [
  /** An interface of the sensor is down now. */
  'blind',
  /** The read was interrupted before the end of its inputs. */
  'interrupted',
  /** An input is cut or damaged. */
  'cut',
  /** An input, or a part of one, was unreadable, and its time is unknown. */
  'unread',
  /** All data lie before the rule. */
  'notYetInForce',
  /** All data lie before the end of the grace period. */
  'onlyGrace',
  /** All data lie after the end of the rule. */
  'ended',
  /** No host of the scope was on the network while the rule was in force, grace left out. */
  'noHosts',
  /** Too much of that time was unobserved. */
  'unobserved',
  /** More than half of the bytes, or of the hosts, could not be inspected. */
  'dark',
  /** Too many bytes of a host on a day are hidden. */
  'hidden',
  /** Hidden traffic went to networks of the vendor of the tool. */
  'hiddenVendor',
  /** Windows of an earlier version have no account of traffic. */
  'noAccount',
  /** The sensor lost packets. */
  'loss',
  /** Much of the traffic of hosts in scope was captured in one direction only. */
  'oneWay',
  /** Packets of flows of hosts in scope contradict each other, so that a name may be hidden. */
  'conflict',
  /** Use of hosts in scope may violate the rule: its program, or the number of its requests, is uncertain. */
  'suspected',
  /** Of the default: programs that are not known called APIs, gateways or suspected relays, which no rule is about. */
  'otherPrograms',
  /** Use of hosts in scope is only suspected because its flows were not seen whole, or contradict themselves. */
  'unproven',
  /** Logs of hosts in scope do not show which proxy their use went through. */
  'path',
  /** The evidence that the rule requires is never available. */
  'evidence',
  /** The same of some of its tools. */
  'someEvidence',
  /** The rule is about AI services, of which some are never visible. */
  'hiddenServices',
  /** Only some of the tools of the rule were requested. */
  'part',
] as const;
export type VerdictLimit = (typeof VERDICT_LIMITS)[number];

/** Requirements of a rule that use of a tool may never meet. */
export const REQUIREMENTS = ['confidence', 'roles', 'counts'] as const;
export type Requirement = (typeof REQUIREMENTS)[number];

/** The id of the rule that `default: deny` creates. */
export const DEFAULT_RULE = 'default';

/** The id of the rule that `services: deny` creates. */
export const SERVICES_RULE = 'services';

/** Keys of breakdowns. */
export const BREAKDOWNS = ['hour', 'day', 'week', 'tool', 'host', 'role'] as const;
export type BreakdownBy = (typeof BREAKDOWNS)[number];

/**
 * ran: a start was seen that only affected versions can have made. may: one that they can have made, or use without a
 * start that is placed. notSeen: every use has a placed start, and none is of theirs.
 */
export const EXPOSURE_ANSWERS = ['ran', 'may', 'notSeen', 'cannotSay'] as const;
export type ExposureAnswer = (typeof EXPOSURE_ANSWERS)[number];
/**
 * Why a day has no answer. noStart: the use has no start. startUnknown: no start fits the recorded builds. newerStart: the
 * same, and later than the recordings. noBuilds: none is recorded. unmapped: the advisory names no known version.
 */
export const EXPOSURE_REASONS = ['startUnknown', 'newerStart', 'noStart', 'noBuilds', 'unmapped'] as const;
export type ExposureReason = (typeof EXPOSURE_REASONS)[number];
export const GRAVEST_FIRST: readonly ExposureAnswer[] = ['ran', 'may', 'cannotSay', 'notSeen'];

export const COMPARISON_LIMITS = [
  /** Less than half of the span was observed: nothing is compared. */
  'notObserved',
  /** A part of the span was not observed. */
  'partly',
  /** The length of a gap in the span is unknown. */
  'openGap',
  /** A sensor was silent while others reported. */
  'silent',
  /** The reading of the span was ended before its inputs ended, or an input is damaged. */
  'incomplete',
  /** Packets were lost. */
  'loss',
  /** Sensors with data in this span only. */
  'sensors',
  /** The spans are not equally long. */
  'length',
  /** The spans have not equally many days of the weekend. */
  'weekend',
  /** A much larger share could not be inspected than in the other span. */
  'notVisible',
  /** A rule was not in force in all of the span, so violations are not compared. */
  'rule',
] as const;
export type ComparisonLimitKind = (typeof COMPARISON_LIMITS)[number];

// Words in the order of their numbers in native-bindings/src/base/event.h, which a test holds them to.
export const FLOW_ENDS = ['open', 'idle', 'fin', 'reset', 'endOfInput', 'evicted', 'reused'] as const;
export type FlowEnd = (typeof FLOW_ENDS)[number];

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
] as const;
export type AppHint = (typeof APP_HINTS)[number];

/** Protocols that name hosts. */
export const CLAIM_SOURCES = ['dhcp', 'dhcp6', 'arp', 'ndp', 'mdns', 'nbns'] as const;
export type ClaimSource = (typeof CLAIM_SOURCES)[number];

/** Identifiers of the evidence, by meaning. */
export const DOUBT = {
  /** No flow shows that both ends took part. */
  oneSided: 'one-sided',
  /** Packets of a flow contradict each other. */
  contradicted: 'contradicted',
  /** Frames carry the MAC of another machine. */
  otherMachine: 'other-machine',
  /** A sensor reports a host that other sensors see usually. */
  unusualSensor: 'unusual-sensor',
} as const;

export const DOUBTS: ReadonlySet<string> = new Set(Object.values(DOUBT));

/** Kinds of AI services on local networks. */
export const SERVICE_CLASSES = [
  'ollama',
  'openai-compatible',
  'anthropic-relay',
  'mcp',
  'agent-server',
  'other',
] as const;
export type ServiceClass = (typeof SERVICE_CLASSES)[number];
