// Describes the document of analyze, report and audit, printed by --format json: one schema. Types, the API description
// and the tables of docs/report-json.md are generated from it. Import types only where no schema is needed: zod is slow
// to load.

import { z } from 'zod';
import { BREAKDOWNS } from './breakdowns.ts';
import { SERVICE_CLASSES, SPECIFICITIES } from './catalogue-words.ts';
import { CONFIDENCES } from './confidence.ts';
import type { ToolSums } from './counters.ts';
import { ADVISORY_SEVERITIES, EXPOSURE_ANSWERS, EXPOSURE_REASONS } from './exposure-answers.ts';
import { FAULTS, LEGS } from './faults.ts';
import {
  ENTRY_USES,
  FINDING_RESULTS,
  FINDING_STATES,
  OPT_OUT_ANSWERS,
  OPT_OUT_REASONS,
  REGISTER_RESULTS,
  REQUIREMENTS,
  SEVERITIES,
  VERDICT_LIMITS,
  VERDICT_WORDS,
} from './findings.ts';
import type { Immutable } from './immutable.ts';
import { LOG_FORMAT_IDS } from './input-format.ts';
import type { REQUEST, ReportRequest } from './request.ts';
import { ECH_OUTER_NAMES, NOT_VISIBLE_KINDS } from './window-words.ts';

/**
 * Results of attempts that are not use: stopped by a middlebox or resolver that may intend it, or for another reason.
 */
export const ATTEMPT_RESULTS = ['blocked', 'failed'] as const;

export const COMPARISON_LIMITS = [
  /** Less than half of the span was observed, so nothing is compared. */
  'notObserved',
  'partly',
  /** The length of a gap in the span is unknown. */
  'openGap',
  /** A sensor was silent while others reported. */
  'silent',
  /** The read ended before the end of the inputs of the span, or an input is damaged. */
  'incomplete',
  /** Packets were lost. */
  'loss',
  /** Some sensors have data in this span only. */
  'sensors',
  /** The spans differ in length. */
  'length',
  /** The spans differ in the number of weekend days. */
  'weekend',
  /** A much larger share of traffic was not inspectable than in the other span. */
  'notVisible',
  /** A rule was not in force during the whole span, so violations are not compared. */
  'rule',
] as const;

const count = z.number().int().nonnegative();
const share = z.number().min(0).max(1);
/** RFC 3339 in UTC. */
const time = z.string();
/** A day in the time zone of the document. */
const date = z.string();
const dates = z.array(date);
const words = z.array(z.string());
const isSet = z.literal(true).exactOptional();
const confidence = z.enum(CONFIDENCES);
const severity = z.enum(SEVERITIES);
/** First and last version of each range; null: no bound. */
const versions = z.array(z.tuple([z.string().nullable(), z.string().nullable()]));

/** The true value lies between the bounds. */
const range = z
  .strictObject({
    min: z.number(),
    max: z.number(),
    isOpen: isSet.describe('of a live sensor: something is in progress and not counted yet'),
  })
  .meta({ title: 'A range' });
export type Range = Immutable<z.infer<typeof range>>;

const traffic = {
  flows: count.describe('flows that start in the period'),
  bytesUp: count.describe('whole frames from client to server'),
  bytesDown: count.describe('whole frames from server to client'),
  payloadUp: count.describe('TCP or UDP payload from client to server'),
  payloadDown: count.describe('TCP or UDP payload from server to client'),
} satisfies Record<keyof ToolSums, z.ZodNumber>;

export const evidence = z
  .strictObject({
    kind: z.enum(['name', 'dns', 'proxy', 'network', 'fingerprint', 'pair', 'companion', 'service']),
    rule: z.string().describe('rule of the catalogue'),
    detail: z.string().describe('what was observed, over the whole activity period'),
    for: z.boolean().describe('true: evidence for the tool; false: evidence against it'),
    first: time.describe('first observation'),
    last: time.describe('last observation'),
    flows: count.describe('flows with this evidence'),
    communityIds: words.describe('Community IDs, which identify flows in other programs'),
  })
  .meta({ title: 'Evidence' });
export type EvidenceItem = Immutable<z.infer<typeof evidence>>;

const toolDay = z.strictObject({
  date,
  activeMinutes: count.nullable().describe('as for the whole period'),
  flows: count,
  bytesUp: count,
  bytesDown: count,
  confidence,
  rules: words
    .exactOptional()
    .describe(
      'IDs of the rules that decide about the use on this day, in the order of the policy; several where one of them begins or ends on it. Absent: no rule',
    ),
  upcomingRules: words.exactOptional().describe('the same of rules that take effect later. Absent: none'),
});
export type ToolDay = Immutable<z.infer<typeof toolDay>>;

const toolName = z.strictObject({
  name: z.string().describe('server name'),
  role: z.string().describe('purpose of the name, from the catalogue'),
  specificity: z
    .enum(SPECIFICITIES)
    .describe('users of the name: only this tool, products of the vendor, or others as well'),
  servers: words.describe(
    'addresses of servers outside the network, at most eight, sorted; empty where a log has none',
  ),
  serverPorts: z.array(count).describe('their ports, at most four, sorted'),
  ...traffic,
});
export type ToolName = Immutable<z.infer<typeof toolName>>;

const toolFingerprint = z.strictObject({
  ja4: z.string(),
  ja3: z.string(),
  alpn: words.describe('protocols as offered'),
  runtime: z.string().nullable().describe('runtime with this hello; null if unknown'),
  flows: count,
});
export type ToolFingerprint = Immutable<z.infer<typeof toolFingerprint>>;

const telemetryEstimate = z.strictObject({
  payloadUp: z.number().describe('request bodies as estimated'),
  min: z.number().describe('lower bound of `payloadUp`'),
  max: z.number().describe('upper bound of `payloadUp`'),
  share: share
    .nullable()
    .describe(
      'telemetry / (telemetry + model); null if either is not known, if connections that began before the capture may change it, or if most of the telemetry may be refused model requests, or all requests those of another program',
    ),
  method: z
    .enum(['name', 'exchange'])
    .describe('own server name (measured), or the shape of uploads (estimate)'),
});

const buildDay = z.strictObject({
  date,
  spans: versions.describe('union of the version ranges of all matched starts; null is open'),
  state: z
    .enum(['placed', 'partly', 'cannotSay'])
    .describe('every use, some use, or no use has a matched start'),
  newerSince: date
    .describe(
      'a start fits no recorded build and is possibly of a newer one: date of the last recording; absent without one',
    )
    .exactOptional(),
});
export type BuildDay = Immutable<z.infer<typeof buildDay>>;

const buildsSeen = z.strictObject({
  starts: count.describe('observed starts'),
  placed: count.describe('starts matched to builds'),
  days: z.array(buildDay),
});
export type BuildsSeen = Immutable<z.infer<typeof buildsSeen>>;

const updateDay = z.strictObject({
  date,
  name: z.string().describe('name of the update channel'),
  first: time.describe('first of its traffic on the day'),
  last: time.describe('last of its traffic on the day'),
  payloadDown: count.describe('TCP or UDP payload received'),
  isRelease: z
    .boolean()
    .describe('true: 1 MiB or more, enough for a release; false: a check for a new release'),
});
export type UpdateDay = Immutable<z.infer<typeof updateDay>>;

export const toolUse = z
  .strictObject({
    tool: z.string().describe('ID of the catalogue; a suspected relay is the provider `relay`'),
    name: z.string().describe('name in the catalogue'),
    vendor: z.string().describe('vendor in the catalogue'),
    kind: z.string().describe('kind in the catalogue'),
    confidence: confidence.describe('how certain the tool is ([evidence.md](evidence.md#confidence))'),
    firstSeen: time.describe(
      'first flow with confidence certain or likely; the first of all flows if none had it',
    ),
    lastSeen: time.describe('last flow, selected in the same way'),
    firstSeenEver: time.describe('first of its flows in the whole store, if there is one'),
    activeMinutes: count
      .nullable()
      .describe('UTC minutes with at least one model request in progress; null if exchanges are unknown'),
    ...traffic,
    modelPayloadUp: z.number().nullable().describe('bodies of model requests as estimated'),
    requests: range
      .nullable()
      .describe('range that contains the number of model requests; null if no estimate is possible'),
    prompts: range
      .nullable()
      .describe('range that contains the number of prompts; null if no estimate is possible'),
    sessions: count.nullable().describe('runs of activity; null if no estimate is possible'),
    telemetry: telemetryEstimate.nullable(),
    withheld: z
      .array(z.strictObject({ field: z.string(), reason: z.string() }))
      .describe('withheld estimates with the reason'),
    calibration: z
      .string()
      .exactOptional()
      .describe('accuracy of the estimates of this tool in recordings; absent without estimates'),
    days: z.array(toolDay).describe('per day of the time zone'),
    names: z.array(toolName).describe('server names'),
    fingerprints: z.array(toolFingerprint).describe('hello forms'),
    builds: buildsSeen
      .exactOptional()
      .describe('possible builds; absent if the catalogue has no builds of the tool, or nothing was used'),
    updates: z
      .array(updateDay)
      .exactOptional()
      .describe(
        'use of the own update channel by day; absent if updates are not visible ([advisories.md](advisories.md#update-channels))',
      ),
    evidence: z.array(evidence).describe('evidence for and against the tool'),
    inspection: z
      .strictObject({
        inspected: count.describe('connections that the gateway decrypted'),
        notInspected: count.describe('connections that it did not decrypt'),
        unknown: count.describe('connections whose rows do not state it'),
      })
      .exactOptional()
      .describe(
        'connections to `names` that carried a request, by the inspection that logs of gateways state; absent if no log states it',
      ),
    sensors: words
      .exactOptional()
      .describe('sensors that report it, sorted; absent for one capture without the name of a sensor'),
  })
  .meta({ title: 'A tool on a host, or a provider' });
/** One tool (or provider) on one host. */
export type ToolUse = Immutable<z.infer<typeof toolUse>>;

export const notVisible = z
  .strictObject({
    kind: z.enum(NOT_VISIBLE_KINDS),
    flows: count,
    bytes: count,
    share: share.describe('share of the bytes of the host, or of all hosts'),
    first: time.nullable(),
    last: time.nullable(),
    effect: z.string().exactOptional().describe('effect on the results; in totals only'),
  })
  .meta({ title: 'Traffic that is not visible' });
export type NotVisible = Immutable<z.infer<typeof notVisible>>;

export const trafficAccount = z
  .strictObject({
    wireBytes: count.describe('bytes of whole frames on the wire: the sum of the other fields'),
    lookedInto: count.describe(
      'bytes of protocols that were parsed to their answer, with a known name or purpose',
    ),
    harmless: count.describe(
      'bytes that cannot carry a tool, by content: TCP without payload, ARP, DHCP, NTP',
    ),
    inside: count.describe('bytes that were not parsed, between local networks or to a group address'),
    hidden: count.describe('all other bytes'),
  })
  .meta({ title: 'Account of traffic' });
export type TrafficAccount = Immutable<z.infer<typeof trafficAccount>>;

export const host = z
  .strictObject({
    host: z.string().describe('address, MAC or pseudonym, according to `identity`'),
    identity: z.enum(['address', 'pseudonym']).describe('kind of the value of `host`'),
    mac: z
      .string()
      .nullable()
      .describe(
        'null unless DHCP, neighbor discovery or ARP prove it, or the frames of no other host have it',
      ),
    name: z
      .string()
      .nullable()
      .describe(
        'from the hosts file, otherwise DHCP, mDNS, NBNS; "(also claimed by …)" if other machines claim it',
      ),
    addresses: words
      .exactOptional()
      .describe('all addresses of a machine with IPv4 and IPv6; absent if only `host` is known'),
    groups: words.describe('groups that contain the host'),
    bytes: count.describe('all its traffic'),
    flows: count.describe('all its flows'),
    presence: dates.describe('days on which it was seen'),
    tools: z.array(toolUse).describe('its tools'),
    providers: z.array(toolUse).describe('providers for which no tool can be named'),
    notVisible: z.array(notVisible).describe('its traffic that is not visible'),
    account: trafficAccount
      .exactOptional()
      .describe('its bytes by class; absent where none is known, as in logs without bytes'),
    severalMachines: isSet.describe('several machines used the address; otherwise absent'),
    behindRouter: isSet.describe(
      'frames of the host have the MAC of a router, which does not identify the machine; otherwise absent',
    ),
    sameMachine: words
      .exactOptional()
      .describe(
        'other hosts of the report that are this machine according to a proven MAC; absent without any. [fleet.md](fleet.md) lists the conditions',
      ),
  })
  .meta({ title: 'A host' });
export type HostReport = Immutable<z.infer<typeof host>>;

export const tool = z
  .strictObject({
    tool: z.string().describe('ID of the catalogue'),
    name: z.string(),
    vendor: z.string(),
    kind: z.string(),
    hosts: count.describe('hosts with certain or likely use'),
    hostsByConfidence: z
      .strictObject({ certain: count, likely: count, possible: count })
      .describe('hosts by confidence of the tool'),
    hostsByDay: z
      .array(z.strictObject({ date, hosts: count }))
      .describe('hosts with certain or likely use, by day'),
    flows: traffic.flows,
    bytesUp: traffic.bytesUp.nullable().describe('null if logs do not count them'),
    bytesDown: traffic.bytesDown.nullable().describe('null if logs do not count them'),
    payloadUp: traffic.payloadUp.nullable().describe('null if logs do not count them'),
    payloadDown: traffic.payloadDown.nullable().describe('null if logs do not count them'),
    activeMinutes: count.nullable(),
    requests: range.nullable(),
    telemetryPayloadUp: z.number().nullable(),
    modelPayloadUp: z.number().nullable(),
    suppressed: isSet.describe('fewer hosts than the minimum group of the policy; otherwise absent'),
  })
  .meta({ title: 'Totals of a tool' });
export type ToolTotals = Immutable<z.infer<typeof tool>>;

const logInput = z.strictObject({
  path: z.string(),
  kind: z.enum(LOG_FORMAT_IDS),
  content: z.string().describe('kind of its rows: "conn", "ssl", …'),
  lines: count.describe('of a JSON document, its entries'),
  read: count.describe('lines that were understood, those that state no connection too'),
  rows: count.describe('of these, connections and DNS queries'),
  ignored: z.record(z.string(), count).describe('other lines by reason'),
  firstIgnored: count.nullable().describe('line number; null without an ignored line'),
});
/** A log of another sensor. */
export type LogInput = Immutable<z.infer<typeof logInput>>;

const capture = z.strictObject({
  file: z.string(),
  packets: count,
  bytes: count.describe('bytes on the wire'),
  firstPacket: time.nullable(),
  lastPacket: time.nullable(),
  linkTypes: z.array(z.number().int()).describe('link-layer header types (LINKTYPE_ numbers)'),
  truncated: z.boolean().describe('true: the file ends inside a record'),
  clockBackSeconds: z
    .number()
    .exactOptional()
    .describe('maximum backward step of packet times; absent below ten seconds'),
  error: z
    .strictObject({ offset: count, reason: z.string() })
    .exactOptional()
    .describe('byte offset and reason if reading ended early; otherwise absent'),
});
export type CaptureSummary = Immutable<z.infer<typeof capture>> & {
  /** The input is a log of another sensor; `packets` counts its rows. */
  readonly log?: Omit<LogInput, 'path'> & { readonly unread: 'ignored' | 'noRow' | null };
};

export const stats = z.strictObject({
  packets: count,
  bytes: count.describe('bytes on the wire'),
  flows: count,
  clientHellos: z
    .strictObject({ complete: count, incomplete: count })
    .describe('without second ones after a retry'),
  malformed: z.record(z.string(), count).describe('packets by layer and reason, as `tcp.data_offset`'),
  snaplenCut: count.describe('packets truncated by the snap length'),
  evictedFlows: count.describe('flows evicted from a full flow table'),
  kernelDrops: count.describe('packets that the capturing machine dropped'),
});
export type ReportStats = Immutable<z.infer<typeof stats>>;

const sensorReport = z.strictObject({
  sensor: z.string(),
  first: time.nullable().describe('start of its first window in the period; null without any'),
  last: time.nullable().describe('end of its last window in the period; null without any'),
  windows: count,
  hours: z.number().describe('total duration of its windows'),
  silent: z
    .array(z.strictObject({ from: time, to: time }))
    .describe('periods without windows while other sensors delivered'),
});
/** Coverage of one sensor of a fleet. */
export type SensorReport = Immutable<z.infer<typeof sensorReport>>;

const outsideNetworks = z.strictObject({ sensor: z.string(), hosts: count });
export type OutsideNetworks = Immutable<z.infer<typeof outsideNetworks>>;

const sensorTime = z.strictObject({
  sensor: z.string(),
  first: time.describe('start of its first window in the period'),
  last: time.describe('end of its last window in the period'),
});
export type SensorTime = Immutable<z.infer<typeof sensorTime>>;

export const coverage = z.strictObject({
  date,
  packets: count.describe('packets of flows'),
  kernelDrops: count.describe('packets that the capturing machine dropped'),
  gaps: z
    .array(
      z.strictObject({
        from: time,
        to: time
          .nullable()
          .describe('null if the end is unknown, after a truncated capture or an interrupted analysis'),
        reason: z.string(),
      }),
    )
    .describe('every gap; texts have their number, their sum and the longest one'),
});
export type CoverageDay = Immutable<z.infer<typeof coverage>>;

const serviceClient = z
  .strictObject({
    host: z.string(),
    requests: z
      .strictObject({ min: count, max: count.nullable().describe('null: not all were counted') })
      .nullable()
      .describe('HTTP requests; a WebSocket counts as one'),
    otherNetwork: z.boolean().describe('the client is outside the network of the service'),
    bytesUp: count.describe('whole frames from client to service'),
    bytesDown: count,
    firstSeen: time,
    lastSeen: time,
  })
  .meta({ title: 'A client of a service' });
export type ServiceClient = Immutable<z.infer<typeof serviceClient>>;

const serviceUpstream = z
  .strictObject({
    tool: z.string().describe('ID of the catalogue; of a service of the local networks its product'),
    name: z.string(),
    names: words.describe('server names; none for a service of the local networks'),
    service: z
      .strictObject({ host: z.string(), port: count })
      .exactOptional()
      .describe('of a service of the local networks'),
    confidence: confidence.describe(
      'that the requests of the clients went there ([services.md](services.md#relays))',
    ),
    requests: z.strictObject({ min: z.number(), max: z.number().nullable() }).nullable(),
    bytesUp: count.describe('whole frames from the host of the relay'),
    bytesDown: count,
  })
  .meta({ title: 'Where a relay sends requests' });
export type ServiceUpstream = Immutable<z.infer<typeof serviceUpstream>>;

const service = z
  .strictObject({
    product: z.string().describe('product, or the interface where no product is known'),
    class: z.enum(SERVICE_CLASSES).describe('interface of the service ([services.md](services.md))'),
    host: z.string().describe('host that runs the service'),
    port: count.describe('TCP port'),
    confidence: confidence.describe('of product and interface'),
    exposed: z
      .boolean()
      .describe('a client outside the network of the service (/24, IPv6 /64) got an answer'),
    firstSeen: time,
    lastSeen: time,
    bytesUp: count.describe('whole frames from clients to the service'),
    bytesDown: count,
    signs: words.describe('evidence ([services.md](services.md))'),
    versions: words.exactOptional().describe('that its answers stated, the oldest first; absent without any'),
    withoutCredentials: z
      .literal(true)
      .exactOptional()
      .describe('at least one request without a key, token or cookie was answered'),
    mcp: z
      .strictObject({ sessions: count, lists: count, reads: count, calls: count })
      .exactOptional()
      .describe('answered MCP requests by class, as lower bounds; absent without any'),
    clients: z.array(serviceClient).describe('hosts that used the service'),
    probes: count.describe('other hosts that only asked which service it is'),
    upstream: z
      .array(serviceUpstream)
      .exactOptional()
      .describe(
        'of a relay: what its host sent while clients used it; the clients are the users. Absent without any',
      ),
  })
  .meta({ title: 'An AI service of a local network' });
export type ReportService = Immutable<z.infer<typeof service>>;

const echDay = z
  .strictObject({
    host: z.string(),
    date,
    without: count.describe('hellos without the extension'),
    grease: count.describe(
      'with the extension and another outer name: GREASE, or ECH behind a public name that is not known',
    ),
    real: count.describe('with a known public name as outer name: the real name is hidden'),
    configs: z
      .array(
        z.strictObject({
          outer: z.enum(ECH_OUTER_NAMES).describe('public name in the hello'),
          id: count.describe('configuration ID'),
          hellos: count.describe('hellos with this name and ID'),
        }),
      )
      .describe(
        'configurations of `real` by public name and id; several ids: another configuration since, or a retry after a rejection',
      ),
  })
  .meta({ title: 'Hellos of a host on a day with Encrypted ClientHello' });
export type EchDay = Immutable<z.infer<typeof echDay>>;

const echName = z
  .strictObject({
    name: z.string().describe('name of the catalogue'),
    resolver: z.string().describe('address of the resolver'),
    since: time.describe('first answer of this resolver with an ECH configuration'),
    ttlSeconds: count.describe('largest TTL of these answers'),
    hosts: words.describe('hosts that got such an answer'),
  })
  .meta({ title: 'A name whose HTTPS record has an ECH configuration' });
export type EchName = Immutable<z.infer<typeof echName>>;

const ech = z.strictObject({ hosts: z.array(echDay), names: z.array(echName) });

const findingService = z
  .strictObject({
    product: z.string(),
    class: z.enum(SERVICE_CLASSES),
    port: count,
    exposed: z.boolean().describe('a host outside the network of the service got an answer'),
    clients: z
      .array(serviceClient.pick({ host: true, requests: true, firstSeen: true }))
      .describe('hosts that used it'),
    probes: count.describe('other hosts that only asked which service it is'),
  })
  .meta({ title: 'The service of a finding' });
/** Fields refer to the time of the finding. */
export type FindingService = Immutable<z.infer<typeof findingService>>;

export const findingUpload = z
  .strictObject({
    since: time.describe('first quarter hour of the hour or day'),
    bytes: count.describe('whole frames from the host to names of the tool or provider'),
  })
  .meta({ title: 'An upload above the limit of a rule' });
export type FindingUpload = Immutable<z.infer<typeof findingUpload>>;

const findingLife = z
  .strictObject({
    state: z.enum(FINDING_STATES).describe('current state'),
    changes: count.describe('entries of the log about this finding'),
    last: z
      .strictObject({
        time,
        who: z.string().describe('name of the editor'),
        why: z.string().describe('reason'),
      })
      .nullable()
      .describe('last entry; null without any'),
    assignee: z.string().nullable().describe('of the last entry that assigns it'),
    closedBefore: time
      .exactOptional()
      .describe('it was closed at this time and happened again on a later day: its state is `new`'),
  })
  .meta({ title: 'The life of a finding' });
export type FindingLife = Immutable<z.infer<typeof findingLife>>;

export const finding = z
  .strictObject({
    id: z.string().describe('the same in every run: rule, revision of the rule, host, tool and result'),
    rule: z.string().describe('ID of the rule'),
    rev: z.number().int().describe('revision of the rule'),
    host: z.string(),
    tool: z.string().describe('ID of the catalogue; of a service `product:port`'),
    result: z.enum(FINDING_RESULTS).describe('kind of the finding ([policy.md](policy.md#evaluation))'),
    severity,
    confidence,
    first: time.describe('first request with this result, or first packet if requests are unknown'),
    last: time.describe('last request with this result, or last packet if requests are unknown'),
    days: dates.describe('days of the time zone of the period'),
    activeMinutes: count.nullable().describe('null if that of the row is'),
    requests: range.nullable().describe('null if those of the row are'),
    payloadUp: count
      .nullable()
      .describe('of a service whole frames from hosts to it; null if a log has no byte counts'),
    exception: z.string().nullable().describe('ID of the exception that exempts it'),
    evidence: z.array(evidence).describe('evidence for it, with times and flows of these quarter hours'),
    against: z.array(evidence).describe('evidence against it'),
    next: z.string().describe('recommended action'),
    references: words.describe('references of the rule'),
    sensors: words
      .exactOptional()
      .describe('sensors that report it, sorted; absent for one capture without the name of a sensor'),
    service: findingService
      .exactOptional()
      .describe('of an AI service that the host runs: in the time of the finding; absent for tools'),
    uploads: z
      .array(findingUpload)
      .exactOptional()
      .describe('of `uploaded`: hours or days above the limit, the five largest first'),
    life: findingLife
      .exactOptional()
      .describe(
        'with `--finding-log`: state, with user, time and reason of the change ([policy.md](policy.md#life-of-a-finding))',
      ),
    provisionalUntil: time
      .exactOptional()
      .describe('of a live sensor: time at which it becomes final; until then other evidence may explain it'),
  })
  .meta({ title: 'Findings' });
export type Finding = Immutable<z.infer<typeof finding>>;

const findingLog = z
  .strictObject({
    entries: count.describe('entries that hold'),
    sha256: z.string().describe('SHA-256 of the log up to the last of them'),
    signatures: z
      .boolean()
      .describe('the signatures were verified with `--finding-key`; false: the chain of digests alone'),
    fault: z
      .string()
      .nullable()
      .describe(
        'first entry that does not hold, or the incomplete end of the log; later entries are not used',
      ),
  })
  .meta({ title: 'The log of findings' });
export type FindingLogFacts = Immutable<z.infer<typeof findingLog>>;

const verdictReason = z.strictObject({
  reason: z.enum(VERDICT_LIMITS).describe('word for the reason ([policy.md](policy.md))'),
  since: time.exactOptional().describe('start of the time that it concerns'),
  until: time.nullable().exactOptional().describe('end of that time; null: unknown'),
  share: share.exactOptional().describe('share of packets, bytes or time'),
  detail: z.string().exactOptional().describe('names of inputs, or the evidence that is not available'),
  unmet: z
    .array(
      z.strictObject({
        requirement: z.enum(REQUIREMENTS).describe('field of the rule'),
        required: z.array(z.string()).describe('confidence, roles or counts, as the rule has them'),
        tools: z.array(z.string()).describe('ids of the first tools that never meet it'),
        moreTools: z.number().int().nonnegative().describe('number of further tools'),
      }),
    )
    .exactOptional()
    .describe('requirements of the rule that some of its tools never meet'),
  kinds: z
    .array(z.enum(NOT_VISIBLE_KINDS))
    .exactOptional()
    .describe('of hidden traffic, the most bytes first'),
  advice: words
    .exactOptional()
    .describe('what would resolve it: lines of the policy, options, or another way to capture'),
});
export type VerdictReason = Immutable<z.infer<typeof verdictReason>>;

/** Use of one tool on one host before a rule took effect. */
const earlierUse = z.strictObject({ host: z.string(), tool: z.string(), days: dates });

const control = z
  .strictObject({
    blocked: count.describe(
      'connections to names of its tools that a resolver, firewall or proxy stopped before any request',
    ),
    failed: count.describe('attempts that failed before any request for another reason'),
    passed: count.describe(
      'connections to these names that carried a request; those of QUIC are not counted',
    ),
    hostsBlocked: count.describe('hosts of `blocked`'),
    hostsPassed: count.describe('hosts of `passed`, and hosts with violations'),
    legs: z
      .array(z.strictObject({ leg: z.enum(LEGS).nullable().describe('null: not known'), blocked: count }))
      .describe('where they were blocked ([diagnose.md](diagnose.md#places)), the most first'),
  })
  .meta({ title: 'Whether a control stops what a rule denies' });
export type RuleControl = Immutable<z.infer<typeof control>>;

export const optOut = z
  .strictObject({
    host: z.string(),
    tool: z.string().describe('ID of the catalogue'),
    answer: z
      .enum(OPT_OUT_ANSWERS)
      .describe(
        'nothing was sent; telemetry was sent; neither can be said ([policy.md](policy.md#telemetry))',
      ),
    since: time.nullable().describe('of `notKept`: first telemetry since the rule took effect; else null'),
    last: time.nullable().describe('of `notKept`: last telemetry; else null'),
    payloadUp: z
      .strictObject({ min: count, max: count })
      .nullable()
      .describe('request bodies of telemetry while the rule was in force; null if no estimate is possible'),
    reasons: z.array(z.enum(OPT_OUT_REASONS)).describe('of `cannotSay`; else empty'),
  })
  .meta({ title: 'Telemetry of a tool that is switched off' });
export type OptOut = Immutable<z.infer<typeof optOut>>;

const observedUse = {
  answer: z.enum(ENTRY_USES).describe('`cannotSay`: nothing was observed'),
  last: time.nullable().describe('last use; null without any'),
  hostsSeen: count.describe('hosts of the scope whose traffic was seen in that time'),
  observedSeconds: count.describe('observed part of that time'),
};

const registerEntry = z
  .strictObject({
    line: count.describe('line of the register'),
    tool: z.string().describe('ID of the catalogue'),
    name: z.string().describe('name in the catalogue'),
    owner: z.string().exactOptional().describe('absent without one, with pseudonyms and in evidence bundles'),
    hosts: count.describe('hosts with certain or likely use in scope and approved time'),
    first: time.nullable().describe('first use in scope and approved time; null without any'),
    ...observedUse,
    removed: z
      .strictObject({ since: time, ...observedUse })
      .nullable()
      .describe('use in scope since the end of the approval: `unused` is silence; null: not yet at an end'),
  })
  .meta({ title: 'Entry of a register' });

const registerUse = z
  .strictObject({
    host: z.string(),
    tool: z.string().describe('ID of the catalogue'),
    result: z
      .enum(REGISTER_RESULTS)
      .describe('against the entries of the tool ([policy.md](policy.md#register))'),
    confidence,
    first: time,
    last: time,
    lines: z.array(count).describe('entries of the tool: those of the host, else all of them'),
  })
  .meta({ title: 'Use without an approval' });

const register = z
  .strictObject({
    sha256: z.string().describe('digest of the register; nothing else of it is kept'),
    entries: z.array(registerEntry).describe('by line; empty if the report shows only some hosts'),
    uses: z.array(registerUse).describe('use that no entry approves, by host'),
    withheld: z
      .strictObject({ entries: count, uses: count, leastHosts: count })
      .exactOptional()
      .describe(
        'with pseudonyms: left out, because an entry of the tool means fewer than `leastHosts` hosts; absent without any',
      ),
  })
  .meta({ title: 'Use compared with a register' });
export type RegisterReport = Immutable<z.infer<typeof register>>;
export type RegisterEntryReport = RegisterReport['entries'][number];
export type RegisterUse = RegisterReport['uses'][number];

const pathDay = z
  .strictObject({
    host: z.string(),
    tool: z.string().describe('ID of the catalogue'),
    date: z.string().describe('day of the time zone of the report'),
    through: count.describe('connections through a gateway of the rule'),
    around: count.describe('connections to the provider itself'),
    unclear: count.describe('connections through another proxy, or to an address that may be a gateway'),
    unknown: count.describe('connections in a log that does not say which proxy they passed'),
    direct: z
      .array(z.strictObject({ name: z.string(), servers: words, flows: count }))
      .exactOptional()
      .describe('where the direct connections went; absent without any'),
  })
  .meta({ title: 'Connections of a tool by path' });
export type PathDay = Immutable<z.infer<typeof pathDay>>;

const ruleSummary = z
  .strictObject({
    rule: z.string().describe('ID of the rule'),
    verdict: z
      .enum(VERDICT_WORDS)
      .describe(
        'a violation was found; no verdict is possible; no violation was found ([policy.md](policy.md))',
      ),
    observed: z
      .strictObject({
        since: time,
        until: time,
        seconds: z.number().describe('observed seconds of the period'),
        share: share.describe('observed share of the period'),
        sensors: z
          .array(z.strictObject({ sensor: z.string(), share }))
          .exactOptional()
          .describe(
            'observed share of each sensor that sees hosts of the scope, if one of them observed more than all together; otherwise absent',
          ),
      })
      .nullable()
      .describe('period of the verdict with its observed seconds and their share; null if there is none'),
    reasons: z
      .array(verdictReason)
      .describe('reasons for `inconclusive`, or with `violated` for possibly missed violations'),
    inScope: count.describe(
      'hosts of the scope that opened a connection, asked for a name, or received answers, at any time',
    ),
    hostsSeen: count.describe('hosts of the scope with traffic while the rule was in force, without grace'),
    hostsNotVisible: count.describe('of these, hosts with more than half of the bytes not visible'),
    notVisibleShare: share
      .nullable()
      .describe('share of the bytes of `hostsSeen` that is not visible; null without any'),
    accepted: z
      .array(
        z.strictObject({
          kind: z.enum(NOT_VISIBLE_KINDS),
          to: words.describe('as written in the policy'),
          bytes: count.describe('bytes of accepted traffic'),
        }),
      )
      .exactOptional()
      .describe('hidden bytes that the policy accepts, by line of `accept`; absent without any line'),
    concerned: count.describe(
      'hosts in scope with seen or suspected use that the rule covers, at any time; the following counts refer to these',
    ),
    before: count.describe('hosts with use before the rule'),
    grace: count.describe('hosts with use in the grace period and no violation after it'),
    after: count.describe('hosts with violations'),
    suspected: count.describe('hosts with suspected use and no violation'),
    exempt: count.describe('hosts with exempt use'),
    notSeenSince: count.describe('hosts with use before, but not since'),
    beforeAnnounced: count
      .nullable()
      .exactOptional()
      .describe('hosts with use before the rule was announced; null if it has no such date'),
    changes: z
      .strictObject({ stopped: words, wentOn: words, began: words })
      .exactOptional()
      .describe('hosts by effect of the effective date: use before only, before and since, since only'),
    earlier: z
      .array(earlierUse)
      .exactOptional()
      .describe('use before the effective date with the required evidence'),
    paths: z
      .strictObject({
        through: words,
        around: words,
        unclear: words,
        unknown: words,
        days: z
          .array(pathDay)
          .describe('completed connections of its tools after the grace period, those without a request too'),
      })
      .exactOptional()
      .describe(
        'of a rule with `via`: hosts with use after the grace period, by path ([policy.md](policy.md#required-paths))',
      ),
    optOuts: z
      .array(optOut)
      .exactOptional()
      .describe('of a rule with `telemetry: off`: each use of its tools while it was in force'),
    control: control
      .exactOptional()
      .describe(
        'of a deny rule: connections to names of its tools while it was in force, without grace and exceptions; absent without any',
      ),
  })
  .meta({ title: 'Verdict of a rule' });
export type RuleSummary = Immutable<z.infer<typeof ruleSummary>>;

export const summary = z.strictObject({ rules: z.array(ruleSummary) });
/** Policy results for the hosts and tools of a document. */
export type PolicySummary = Immutable<z.infer<typeof summary>>;

export const policy = z
  .strictObject({
    name: z.string(),
    sha256: z.string().describe('SHA-256 of the policy file'),
    timezone: z.string(),
    rules: z
      .array(
        z.strictObject({
          id: z.string(),
          rev: z.number().int().describe('revision of the rule'),
          title: z.string(),
          action: z.enum(['deny', 'allow', 'observe']),
          severity: severity.describe('of its violations'),
          announced: time.nullable().describe('time of its announcement; null: none stated'),
          effective: time.nullable().describe('effective date; null: none'),
          graceUntil: time.nullable().describe('end of the grace period; null: none'),
          owner: z.string().nullable(),
          via: words.exactOptional().describe('gateways that the use has to go through'),
          telemetry: z.literal('off').exactOptional().describe('telemetry of its tools is switched off'),
          upload: z
            .strictObject({ above: count.describe('limit in bytes'), per: z.enum(['hour', 'day']) })
            .exactOptional()
            .describe('most bytes from a host to names of each of its tools'),
          tools: words.exactOptional().describe('catalogue IDs of its tools'),
          toolNames: words.exactOptional().describe('their names, in the same order'),
          services: z
            .string()
            .exactOptional()
            .describe('AI services that it matches, in words; absent for rules about tools'),
        }),
      )
      .describe('with `default` and `services` at the end where the defaults of the policy deny'),
  })
  .meta({ title: 'Policy' });
export type PolicyHeader = Immutable<z.infer<typeof policy>>;

const breakdownRow = z
  .strictObject({
    key: z
      .string()
      .describe(
        'start of the hour (with its offset where the hour comes twice), day, first day of the week, ID of the tool, host, or role',
      ),
    label: z.string().describe('`key` in words, for example the name of a tool'),
    hosts: count,
    tools: count,
    flows: count,
    bytesUp: count.nullable().describe('null if logs do not count them'),
    bytesDown: count.nullable().describe('null if logs do not count them'),
    payloadUp: count.nullable().describe('null if logs do not count them'),
    activeMinutes: count
      .nullable()
      .describe(
        'each host once, by time. This and the estimates are null where the key does not divide them',
      ),
    requests: range.nullable(),
    modelPayloadUp: z.number().nullable(),
    telemetryPayloadUp: z.number().nullable(),
    telemetryShare: share.nullable().describe('telemetry / (telemetry + model)'),
    notVisibleShare: share
      .nullable()
      .describe('share of the bytes of that time or host; null for other keys'),
  })
  .meta({ title: 'A row of a breakdown' });
/** One part of a breakdown. Its sums omit rows that are only possible. */
export type BreakdownRow = Immutable<z.infer<typeof breakdownRow>>;

const breakdown = z.strictObject({ by: z.enum(BREAKDOWNS), rows: z.array(breakdownRow) });
export type Breakdown = Immutable<z.infer<typeof breakdown>>;

const twoCounts = z.strictObject({
  before: count.describe('in the previous period'),
  after: count.describe('in this period'),
});
const twoAmounts = z.strictObject({
  before: count.nullable().describe('in the previous period; null if logs do not count them'),
  after: count.nullable().describe('in this period; null if logs do not count them'),
});
const groupUse = z
  .strictObject({
    leastHosts: count.describe('fewest hosts of a group that is shown: `minGroup` of the policy'),
    withheld: count.describe(
      'groups that are left out: they have fewer hosts, or differ by fewer hosts from another group',
    ),
    groups: z.array(
      z.strictObject({
        group: z.string(),
        hosts: count.describe(
          'hosts of the group in the report, without routers and servers that only answered',
        ),
        weeks: z
          .array(z.strictObject({ week: z.string().describe('its Monday, as YYYY-MM-DD'), hosts: count }))
          .describe(
            'hosts with a certain or likely tool up to the end of each week, by their first use in the whole store',
          ),
      }),
    ),
  })
  .meta({ title: 'First use by group and week' });
export type GroupUse = Immutable<z.infer<typeof groupUse>>;

const trend = z
  .strictObject({
    since: time,
    until: time,
    hosts: twoCounts,
    bytes: twoAmounts,
    newTools: words.describe('never seen before in the source'),
    newHosts: words.describe('never seen before in the source'),
    goneTools: words.describe('seen in the previous period and not in this one'),
    goneHosts: words.describe('seen in the previous period and not in this one'),
    movers: z
      .array(z.strictObject({ tool: z.string(), name: z.string(), before: count, after: count }))
      .describe(
        'the largest changes of the bytes of one tool, in the previous and in this period, largest first; without tools whose bytes are unknown',
      ),
    names: z
      .record(z.string(), z.string())
      .exactOptional()
      .describe('names of `newTools` and `goneTools`, by ID'),
  })
  .meta({ title: 'Trend' });
/** Compared with the previous span of the same length. */
export type Trend = Immutable<z.infer<typeof trend>>;

const comparedSpan = z
  .strictObject({
    since: time,
    until: time,
    seconds: z.number().describe('length of the period'),
    observedSeconds: z
      .number()
      .describe(
        'time between the first and last window of each sensor, without gaps and without days that have no window',
      ),
    sensors: words.describe('empty if nothing was observed'),
    hosts: count.describe('hosts on the network, with a tool or without'),
    lossShare: share.describe('share of packets that were lost'),
    notVisibleShare: share.describe('share of bytes that are not visible'),
  })
  .meta({ title: 'A compared period' });
/** Coverage of one of the two spans. Half-open. */
export type ComparedSpan = Immutable<z.infer<typeof comparedSpan>>;

const comparisonLimit = z.strictObject({
  limit: z.enum(COMPARISON_LIMITS),
  span: z.enum(['before', 'after']).nullable().describe('null: both'),
  share: share.exactOptional().describe('share of the time or of packets that is missing'),
  names: words.exactOptional().describe('sensors or rules'),
});
export type ComparisonLimit = Immutable<z.infer<typeof comparisonLimit>>;

const value = z.number().nullable();
const change = z
  .strictObject({
    before: value,
    after: value,
    difference: value.describe('null if the periods are not comparable, or a use has no estimate'),
    perDay: z
      .strictObject({ before: value, after: value })
      .exactOptional()
      .describe('per observed day; present if the observed times differ'),
  })
  .meta({ title: 'A change' });
export type Change = Immutable<z.infer<typeof change>>;

const rangeChange = z
  .strictObject({
    before: range.nullable(),
    after: range.nullable(),
    difference: range.nullable().describe('contains every possible true value'),
  })
  .meta({ title: 'A change of a range' });
export type RangeChange = Immutable<z.infer<typeof rangeChange>>;

const changes = {
  activeMinutes: change,
  requests: rangeChange,
  bytesUp: change,
  bytesDown: change,
  telemetryPayloadUp: rangeChange,
  violations: change
    .nullable()
    .describe(
      'findings with the result `violation`; its difference is null if a rule was not in force during both periods',
    ),
};
/** Rows that are only possible are in no list. */
export type Changes = Pick<ComparedTool, keyof typeof changes>;

const hostList = words.nullable();
const comparedTool = z
  .strictObject({
    tool: z.string(),
    name: z.string(),
    isProvider: z.boolean(),
    hosts: change,
    ...changes,
    newHosts: hostList.describe('null if nothing is compared'),
    goneHosts: hostList.describe('on the network without it'),
    absentHosts: hostList.describe('no longer on the network'),
    suppressed: isSet.describe('so few hosts that figures would identify people; otherwise absent'),
  })
  .meta({ title: 'Comparison of a tool' });
/** A tool, or a provider if no tool is identified. */
export type ComparedTool = Immutable<z.infer<typeof comparedTool>>;

const hostState = z
  .enum(['used', 'possible', 'notSeen', 'absent', 'unknown'])
  .describe(
    'used: a certain or likely tool, or a provider; absent: not on the network; unknown: not observed',
  );
export type HostState = z.infer<typeof hostState>;

const comparedHost = z
  .strictObject({
    host: z.string(),
    name: z.string().nullable(),
    groups: words,
    before: hostState,
    after: hostState,
    ...changes,
    newTools: hostList.describe('IDs of tools and providers; null if nothing is compared'),
    goneTools: hostList,
  })
  .meta({ title: 'Comparison of a host' });
export type ComparedHost = Immutable<z.infer<typeof comparedHost>>;

export const comparison = z
  .strictObject({
    before: comparedSpan,
    after: comparedSpan,
    isComparable: z
      .boolean()
      .describe(
        'false if less than half of one period was observed: every `difference`, and the lists of new and removed entries, are then null',
      ),
    limits: z.array(comparisonLimit),
    all: z.strictObject({ hosts: change, ...changes }).describe('the changes over all rows'),
    tools: z.array(comparedTool).describe('by bytes of both periods, largest first'),
    hosts: z.array(comparedHost).describe('hosts with a tool or provider in either period, by address'),
  })
  .meta({ title: 'Comparison of two periods' });
export type Comparison = Immutable<z.infer<typeof comparison>>;

const exposureDay = z.strictObject({
  date,
  answer: z
    .enum(EXPOSURE_ANSWERS)
    .describe('result of the day ([cli.md](cli.md#advisory-list-hosts-that-ran-an-affected-version))'),
  reason: z
    .enum(EXPOSURE_REASONS)
    .describe('reason for cannotSay ([cli.md](cli.md#advisory-list-hosts-that-ran-an-affected-version))')
    .exactOptional(),
  spans: versions.describe('union of the version ranges of the starts of the day'),
  downloaded: date
    .describe(
      'last earlier day with a download, of a day without a matched start ([advisories.md](advisories.md#update-channels))',
    )
    .exactOptional(),
});
export type ExposureDay = Immutable<z.infer<typeof exposureDay>>;

const advisory = z.strictObject({
  id: z.string(),
  title: z.string(),
  tool: z.string(),
  affected: versions.describe('versions of which every build is affected'),
  possible: versions.describe(
    'versions of which some builds are affected, for instance pre-releases, or on which joined advisories disagree: at most *may*',
  ),
  unmapped: words.describe(
    'parts of the advisory that name no known version: *cannot say* instead of *not seen*',
  ),
  severity: z.enum(ADVISORY_SEVERITIES),
  score: z.number().nullable().describe('CVSS base score; null if unknown'),
  vector: z.string().nullable().describe('CVSS vector'),
  aliases: words.describe('IDs of the same vulnerability in other databases'),
  published: date.nullable(),
  modified: date.nullable(),
  sources: words.describe('links, and other sources'),
  action: z.string(),
});
export type AdvisoryHeader = Immutable<z.infer<typeof advisory>>;

/** An advisory about versions of a tool. */
export interface Advisory extends AdvisoryHeader {
  /** Platforms by the names of the lines of builds; empty: all. */
  readonly platforms: readonly string[];
  /** Days, both inclusive, on which the use of an affected version matters; null: no bound. */
  readonly since: string | null;
  readonly until: string | null;
}

const exposure = z.strictObject({
  advisory: z.string().describe('ID of the advisory'),
  host: z.string(),
  tool: z.string(),
  answer: z
    .enum(EXPOSURE_ANSWERS)
    .describe('the gravest result of the days: ran, then may, then cannotSay, then notSeen'),
  first: date.describe('first day with that result'),
  last: date.describe('last day with that result'),
  days: z.array(exposureDay),
});
/** One advisory on one host that used the tool. */
export type Exposure = Immutable<z.infer<typeof exposure>>;

export const incompleteInput = z.strictObject({
  file: z.string(),
  reason: z
    .enum(['cut', 'unread', 'ignored', 'noRow'])
    .describe(
      'truncated or damaged; unreadable; more than 1 % of the lines of a log ignored; no connection or question in logs',
    ),
  lastPacket: time.nullable().describe('time of the last packet read; null without packets'),
});
export type IncompleteInput = Immutable<z.infer<typeof incompleteInput>>;

export const leftOutFiles = z.strictObject({
  files: count,
  first: z.array(z.string()).describe('at most three, by name'),
});
export type LeftOutFiles = Immutable<z.infer<typeof leftOutFiles>>;

/** The selection that the user requested; an empty list selects all. */
const selection = z.strictObject({
  hosts: words,
  groups: words,
  tools: words.describe('IDs of tools and providers'),
  toolNames: words.describe('their names, in the same order'),
  undecided: isSet.describe(
    'these hosts also have rows of other tools, left out here, whose program was not identified; otherwise absent',
  ),
});

/** The first fields of every part of a document. */
export const head = {
  wiretally: z.string().describe('version of the program'),
  catalogue: z.string().describe('version of the catalogue'),
  period: z
    .strictObject({ since: time.nullable(), until: time.nullable(), timezone: z.string() })
    .describe(
      'half-open period of the windows (or of `--since` and `--until`), and the time zone of its days',
    ),
};

const attempt = z
  .strictObject({
    host: z.string(),
    name: z.string().describe('server name'),
    tools: words.describe('IDs of the tools and providers that use the name'),
    toolNames: words.exactOptional().describe('their names, in the same order'),
    result: z
      .enum(ATTEMPT_RESULTS)
      .describe(
        'blocked: by a resolver, firewall or proxy; failed: before the first request, for another reason',
      ),
    leg: z
      .enum(LEGS)
      .nullable()
      .describe('where it was stopped ([diagnose.md](diagnose.md#places)); null: not known'),
    fault: z.enum(FAULTS).nullable().describe('as `diagnose` names it; null: not known'),
    confidence: confidence.describe('of `leg` and `fault`'),
    attempts: count.describe(
      'connections without a request; where none was opened, DNS queries without an address',
    ),
    passed: count.describe('connections of the host to the name that carried a request'),
    firstSeen: time,
    lastSeen: time,
  })
  .meta({ title: 'Attempts of a host at a name' });
/** Connections that were blocked or failed before any request. They are not use. */
export type ReportAttempt = Immutable<z.infer<typeof attempt>>;

const namedPart = z
  .strictObject({
    confidence,
    hosts: count.describe('hosts with the row'),
    requests: range.nullable().describe('sum over these hosts; null if no estimate is possible'),
    evidence: words.describe('kinds of evidence for it'),
  })
  .meta({ title: 'A row with or without names' });
export type NamedPart = Immutable<z.infer<typeof namedPart>>;

const withoutNames = z
  .strictObject({
    tool: z.string().describe('ID of the catalogue'),
    name: z.string(),
    isProvider: z.boolean().describe('true: a provider for which no tool can be named'),
    named: namedPart.nullable().describe('as reported; null: not found'),
    unnamed: namedPart.nullable().describe('if every name were hidden; null: not found'),
    traced: count.describe('hosts of `named` that have any row, also of another tool, without names'),
  })
  .meta({ title: 'A tool with and without names' });
export type WithoutNames = Immutable<z.infer<typeof withoutNames>>;

export const report = z
  .strictObject({
    schema: z.literal(1).describe('fields are only ever added'),
    ...head,
    generated: time.nullable().describe('time of creation, with `--stamp`'),
    catalogueAgeDays: count
      .nullable()
      .describe(
        'days from the end of the month of the catalogue version to the end of `period`, or to `generated` if that is earlier; null without a period',
      ),
    command: z.string().describe('command that reproduces the document'),
    sensor: z
      .string()
      .nullable()
      .describe(
        'name of the sensor if there is only one; the name of captures is derived from their content',
      ),
    sensors: z.array(sensorReport).exactOptional().describe('fleet stores only: coverage of each sensor'),
    filter: z.string().exactOptional().describe('with `--filter`: only packets that it matches were read'),
    observedBy: z
      .array(sensorTime)
      .exactOptional()
      .describe('with `--since` or `--until`: coverage of each sensor in the period, by name'),
    outsideNetworks: z
      .array(outsideNetworks)
      .exactOptional()
      .describe(
        'with a sensors file: sensors that reported hosts outside their networks, with their number. They cause no findings ([fleet.md](fleet.md#which-sensor-reports-which-hosts))',
      ),
    recordsFrom: time.nullable().describe('first packet, or start of the first stored window'),
    recordsUntil: time.nullable().describe('last packet, or end of the last stored window'),
    unrecorded: z
      .array(z.strictObject({ from: time, to: time.nullable().describe('null: open') }))
      .exactOptional()
      .describe('parts of a requested span before the first or after the last record; absent without any'),
    down: z
      .array(z.strictObject({ interface: z.string(), since: time }))
      .exactOptional()
      .describe('live sensors only: interfaces that are down'),
    selection: selection
      .exactOptional()
      .describe(
        'with `--host`, `--group` or `--tool`: the filter; all following fields, including the counts of rules, cover only these',
      ),
    interrupted: isSet.describe(
      'this analysis, or the one that wrote the windows, was stopped before the end of its inputs; otherwise absent',
    ),
    incomplete: z
      .array(incompleteInput)
      .exactOptional()
      .describe('inputs that were not read to their end; absent without any'),
    leftOut: leftOutFiles
      .exactOptional()
      .describe('files of folders that are neither captures nor known logs; absent without any'),
    clockErrors: z
      .strictObject({ days: count, packets: count })
      .exactOptional()
      .describe(
        'implausible days (wrong clock) and their packets; `period`, `recordsFrom` and daily charts exclude them. Absent without any',
      ),
    withheld: z
      .strictObject({ hosts: count, leastHosts: count })
      .exactOptional()
      .describe(
        'with pseudonyms: number of hosts without a row, because fewer than `leastHosts` share the exception that covers them; absent without any',
      ),
    inputs: z
      .array(logInput)
      .exactOptional()
      .describe('logs of other sensors, in the order of `captures`; absent without any'),
    captures: z.array(capture).describe('inputs in order of time'),
    stats,
    coverage: z.array(coverage).describe('per day'),
    hosts: z
      .array(host)
      .describe('every observed host of the local networks, also without a tool, by address'),
    tools: z.array(tool).describe('sums per tool over all hosts'),
    notVisible: z.array(notVisible).describe('sums of traffic that is not visible'),
    account: trafficAccount
      .exactOptional()
      .describe('all bytes by class, including those without a local end; absent where none is known'),
    services: z.array(service).describe('AI services of the local networks ([services.md](services.md))'),
    ech: ech
      .exactOptional()
      .describe(
        'Encrypted ClientHello by host and day, and names that offer it ([going-dark.md](going-dark.md)); absent without any',
      ),
    attempts: z
      .array(attempt)
      .exactOptional()
      .describe(
        'connections that were blocked or failed before any request, by host, name and fault: no use; absent without any',
      ),
    breakdown: breakdown
      .exactOptional()
      .describe(
        'with `--by`: one row per part; flows, bytes and payload add up to those of the certain and likely rows',
      ),
    groupUse: groupUse
      .exactOptional()
      .describe(
        'with groups of a policy or a hosts file; absent where the report shows some hosts or tools only',
      ),
    trend: trend
      .exactOptional()
      .describe(
        'with `--since`, if at least half of the period and of the previous one of the same length was observed: comparison of the two',
      ),
    comparison: comparison.exactOptional().describe('with `--against-since`, instead of `trend`'),
    withoutNames: z
      .array(withoutNames)
      .exactOptional()
      .describe(
        'with `--without-names`: what the report would say if every server name were hidden ([going-dark.md](going-dark.md#planning))',
      ),
    policy: policy.exactOptional().describe('with a policy'),
    summary: summary.exactOptional().describe('with a policy: verdicts'),
    findings: z.array(finding).exactOptional().describe('with a policy'),
    findingLog: findingLog.exactOptional().describe('with `--finding-log` and a policy'),
    register: register.exactOptional().describe('with `--register` ([policy.md](policy.md#register))'),
    advisories: z.array(advisory).exactOptional().describe('with `--advisories`, by severity'),
    exposure: z
      .array(exposure)
      .exactOptional()
      .describe('with `--advisories`: result for each host that used the tool ([cli.md](cli.md))'),
  })
  .meta({ title: 'Report document' });
export type ReportDocument = Omit<Immutable<z.infer<typeof report>>, 'summary'> & {
  readonly summary?: PolicySummary;
  readonly [REQUEST]?: ReportRequest;
};
