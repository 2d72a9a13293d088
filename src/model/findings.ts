// Lists the words of policies: results and states of findings, verdicts, and limits of verdicts.

export const FINDING_RESULTS = [
  'violation',
  'grace',
  'suspected',
  'updateOnly',
  'telemetryOnly',
  'exempt',
  /** Use of a tool that did not pass the gateways of its rule. */
  'bypass',
  /** Telemetry of a tool whose rule requires that it is switched off. */
  'telemetrySent',
  /** More bytes from a host to names of a tool or provider than its rule permits. */
  'uploaded',
  /** Connections to names of a tool that were stopped before any request. They are not use. */
  'attempted',
] as const;

export type FindingResult = (typeof FINDING_RESULTS)[number];

/**
 * Results that a rule forbids, with the evidence that it requires. Any of them makes its verdict `violated`. Most
 * severe first.
 */
export const BREACHES = [
  'violation',
  'bypass',
  'uploaded',
  'telemetrySent',
] as const satisfies readonly FindingResult[];

/** Answers of the check that the telemetry of a tool stays switched off. */
export const OPT_OUT_ANSWERS = ['kept', 'notKept', 'cannotSay'] as const;

/** Reasons why the answer is `cannotSay`. */
export const OPT_OUT_REASONS = [
  /** The use of the tool is only possible. */
  'possible',
  /** No estimate of its telemetry is possible. */
  'noEstimate',
  /** No recording shows what the tool sends by default. */
  'notRecorded',
  /** The bytes may belong to another tool, to a refused request, or to no telemetry. */
  'doubtful',
  /** Connections to names of telemetry have no upload. */
  'contacted',
  /** No model request was seen. */
  'noRequest',
  /** An upload to a relay has no streamed answer of its own, so it may be telemetry. */
  'relay',
  /** Less than ten minutes were observed since the first use. */
  'short',
  /** Limits of the verdict of the rule apply to the host. */
  'limits',
] as const;

export type OptOutReason = (typeof OPT_OUT_REASONS)[number];

/**
 * Results of a register for a use: it has no entry of the tool, none for the host, none for the time, or the result is
 * unclear.
 */
export const REGISTER_RESULTS = ['noEntry', 'outsideScope', 'outsideTime', 'unclear'] as const;

export type RegisterResult = (typeof REGISTER_RESULTS)[number];

/** Use under an entry of a register: observed, only possible, not observed, or not observable. */
export const ENTRY_USES = ['used', 'possible', 'unused', 'cannotSay'] as const;

export type EntryUse = (typeof ENTRY_USES)[number];

/** States of a finding, in order. A person sets each one except the first. */
export const FINDING_STATES = ['new', 'acknowledged', 'assigned', 'exceptionRequested', 'closed'] as const;

export type FindingState = (typeof FINDING_STATES)[number];

/** Names the rule of evidence for the path of a use. */
export const PATH_RULE = 'path';

/** Names the rule of evidence for uploads above a limit. */
export const UPLOAD_RULE = 'upload';

/** Names the rule of evidence for telemetry that was sent. */
export const TELEMETRY_RULE = 'telemetry';

/** Least severe first. */
export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;

export type Severity = (typeof SEVERITIES)[number];

/** Most severe first. */
export const VERDICT_WORDS = ['violated', 'inconclusive', 'compliant'] as const;

export type VerdictWord = (typeof VERDICT_WORDS)[number];

/** Limits of a verdict. All except `someEvidence` and `hiddenServices` prevent the verdict `compliant`. */
export const VERDICT_LIMITS = [
  /** An interface of the sensor is down now. */
  'blind',
  /** The read was interrupted before the end of its inputs. */
  'interrupted',
  /** An input is cut or damaged. */
  'cut',
  /** An input, or a part of one, was unreadable, and its time is unknown. */
  'unread',
  /** No row of a log was understood, or more than 1 % of its lines were ignored. */
  'ignored',
  /** All data lie before the rule. */
  'notYetInForce',
  /** All data lie before the end of the grace period. */
  'onlyGrace',
  /** All data lie after the end of the rule. */
  'ended',
  /** No host of the scope was on the network while the rule was in force after its grace period. */
  'noHosts',
  /** Hosts or networks of the scope had no traffic in that time. */
  'notSeen',
  /** Too much of that time was unobserved. */
  'unobserved',
  /** More than half of the bytes, or of the hosts, could not be inspected. */
  'notVisible',
  /** Too many bytes of a host on a day are hidden. */
  'hidden',
  /** Hidden traffic went to networks of the vendor of the tool. */
  'hiddenVendor',
  /** Logs do not have the bytes of connections, so that traffic with a relay would not show. */
  'unsized',
  /** Windows of an earlier version have no account of traffic. */
  'noAccount',
  /** The sensor lost packets. */
  'loss',
  /** One packet in N was captured, or a part of each. */
  'sampled',
  /** A capture filter removed packets. */
  'filtered',
  /** Hosts queried names of AI tools, and no connection followed in the capture. */
  'unconnected',
  /** The sensor excluded networks that are not local. */
  'excluded',
  /** The sensor excluded local networks, which the scope may include. */
  'excludedLocal',
  /** Packets have an original length below the captured one. */
  'wrongLengths',
  /** Packets have no time, or nanoseconds in a format of microseconds. */
  'wrongTimes',
  /** Much of the traffic of hosts in scope was captured in one direction only. */
  'oneWay',
  /** Packets of flows of hosts in scope contradict each other, so that a name may be hidden. */
  'conflict',
  /** Hosts are in scope only by names that other machines claim as well. */
  'contestedNames',
  /** Hosts are pseudonyms, and the scope lists what these hide: networks, MACs, VLANs or names. */
  'pseudonyms',
  /** Use of hosts in scope may violate the rule: its program, or the number of its requests, is uncertain. */
  'suspected',
  /**
   * Unknown programs called APIs, gateways or suspected relays without a rule. Only the default rule has this limit.
   */
  'otherPrograms',
  /** Use of hosts in scope is only suspected because packets of its flows are missing or contradict each other. */
  'unproven',
  /** Logs of hosts in scope do not show the proxy of their use. */
  'path',
  /** It is unknown if tools of the rule sent telemetry. */
  'optOut',
  /** The evidence that the rule requires is never available. */
  'evidence',
  /** The evidence that the rule requires is never available for some of its tools. */
  'someEvidence',
  /** The rule applies to AI services, and some of these are never visible. */
  'hiddenServices',
  /** Only some of the tools of the rule were requested. */
  'part',
] as const;

/** Requirements of a rule that the use of a tool may never meet. */
export const REQUIREMENTS = ['confidence', 'roles', 'counts'] as const;

export type Requirement = (typeof REQUIREMENTS)[number];

/** The id of the rule that `default: deny` creates. */
export const DEFAULT_RULE = 'default';

/** The id of the rule that `services: deny` creates. */
export const SERVICES_RULE = 'services';

/** The id of the rule that `mcp` creates. */
export const MCP_RULE = 'mcp';
