// The words that the outputs of a report share, in English: columns of its tables, and sentences about what they show.

import { LEGS } from '../../model/faults.ts';
import type { Finding } from '../../model/report.ts';
import { type NotVisibleKind, ROLES, SPECIFICITIES } from '../../model/words.ts';
import { ENGLISH_HEADS, ENGLISH_SECTIONS } from './english-sections.ts';
import { ENGLISH_PHRASING } from './phrasing.ts';
import { formatCount, formatShare, plural } from './quantity.ts';

const themselves = <K extends string>(...names: readonly K[]): Readonly<Record<K, string>> =>
  Object.fromEntries(names.map((name) => [name, name])) as Record<K, K>;

/** Where the records lie outside of what was asked for. */
export interface RecordsEnd {
  readonly end: 'begin' | 'end';
  readonly time: string;
}

interface LimitFacts {
  readonly span: string;
  readonly share: number;
  readonly names: string;
}

const MAILS: Readonly<Record<string, string>> = {
  violation: 'Connections of this host show use of a tool that the policy denies.',
  bypass: 'Connections of this host reach a provider directly; the policy requires the gateway.',
  grace: 'Connections of this host show use of a tool that the policy will deny after the grace period.',
  telemetryOnly:
    'Connections of this host show that a tool is installed that the policy denies. No model request was seen.',
  updateOnly:
    'Connections of this host show that a tool is installed that the policy denies. No model request was seen.',
  attempted:
    'This host tried to reach a tool that the policy denies. The connections were stopped; this is no use.',
};

/** Every language has the same messages. Sentences are without their full stop unless they say otherwise. */
export const ENGLISH_WORDS = {
  ...ENGLISH_PHRASING,
  heads: ENGLISH_HEADS,
  none: 'none',
  notKnown: 'not known',
  notFound: 'not found',
  noEstimate: 'no estimate',
  yes: 'yes',
  no: 'no',
  confidences: themselves('certain', 'likely', 'possible'),
  outcomes: {
    violation: 'violation',
    bypass: 'bypass',
    suspected: 'suspected',
    grace: 'in grace',
    updateOnly: 'update only',
    telemetryOnly: 'telemetry only',
    attempted: 'attempted',
    exempt: 'exempt',
    notSince: 'not since',
    approved: 'approved',
    observed: 'observed',
  },
  roles: themselves(...ROLES),
  owners: themselves(...SPECIFICITIES),
  legs: themselves(...LEGS),
  /** Kinds of evidence in reports. */
  evidenceKinds: themselves('name', 'dns', 'proxy', 'network', 'fingerprint', 'pair', 'companion', 'service'),
  hosts: (count: number) => plural(count, 'host'),
  flows: (count: number) => plural(count, 'flow'),
  packets: (count: number) => plural(count, 'packet'),
  /** Behind a name that is a provider's. */
  provider: (name: string) => `${name} (provider)`,
  blindSpots: {
    kinds: {
      ech: 'hidden names',
      tunnel: 'VPN and tunnels',
      dns: 'encrypted DNS',
      relay: 'suspected relays',
      cloud: 'shared clouds',
      midFlow: 'handshake not captured',
      oneWay: 'one direction only',
      loss: 'packets missing',
      conflict: 'contradicting packets',
    },
    /** `said`: by the document. */
    effect: (_: NotVisibleKind, said: string) => said,
    /** `said`: one of GAP_WORDS. */
    gapReason: (said: string) => said,
    lostPackets: (share: string) => `${share} of packets`,
    evicted: (flows: number) => `${plural(flows, 'flow')} pushed out of a full table`,
    gap: (from: string, to: string) => `gap ${from} to ${to}`,
    openGap: (from: string, reason: string) => `all from ${from} on: ${reason}`,
    shorterGaps: (count: number) => plural(count, 'shorter gap'),
    noRecords: (spans: readonly { readonly from: string; readonly to: string | null }[]) =>
      `no records ${spans.map(({ from, to }) => `from ${from}${to === null ? ' on' : ` to ${to}`}`).join(' and ')}`,
    clockErrors: (packets: number, days: number) =>
      `${plural(packets, 'packet')} of ${plural(days, 'day')} ${packets === 1 ? 'has a time' : 'have times'} before 2000 or years from all others: a clock was wrong; the period and the charts leave ${days === 1 ? 'that day' : 'those days'} out`,
    withheld: (hosts: number, leastHosts: number) =>
      `${plural(hosts, 'host')} ${hosts === 1 ? 'is' : 'are'} withheld: fewer than ${leastHosts} hosts share the exception that covers ${hosts === 1 ? 'it' : 'them'}`,
    interrupted: 'the reading was interrupted: this is what was read until then',
    cutFile: (file: string) => `${file}: was not read to its end`,
    unreadFile: (file: string) => `${file}: could not be read, or not all of it`,
    damagedFile: (file: string, offset: number, reason: string) =>
      `${file}: byte ${formatCount(offset)}: ${reason}`,
    clockBack: (file: string, seconds: number) =>
      `${file}: its clock ran back, by ${formatCount(seconds)} s at most: times and days are the packets’ own`,
    cutShort: (packets: number) =>
      `${plural(packets, 'packet')} ${packets === 1 ? 'was' : 'were'} cut short when captured`,
    hellosCut: (incomplete: number, all: number) =>
      `${formatCount(incomplete)} of ${formatCount(all)} hellos were cut or incomplete: their names were not read`,
    capturedTwice: (hosts: number) =>
      `packets of ${plural(hosts, 'host')} were captured more than once: bytes count as often`,
    outside: (sensor: string, hosts: number) =>
      `sensor ${sensor} reported ${plural(hosts, 'host')} outside its networks: what it alone reports of them is possible at most and gives no violation`,
    severalMachines: (hosts: number, names: string) =>
      `more than one machine showed the address of ${plural(hosts, 'host')} (${names}): figures of such a host may belong to several hosts`,
    behindRouter: (hosts: number, names: string) =>
      `frames of ${plural(hosts, 'host')} (${names}) carry the MAC address of a router: MAC addresses prove nothing there`,
    sameMachine: (machines: number, groups: string) =>
      `${plural(machines, 'machine')} had several addresses, by ${machines === 1 ? 'its MAC' : 'their MACs'}, and ${machines === 1 ? 'counts' : 'count'} as a host for each: ${groups}`,
    malformed: (count: number, reasons: string) => `${formatCount(count)} malformed: ${reasons}`,
  },
  nothingSeen: {
    /** `names` of hosts, groups or tools that were asked for. */
    only: (part: 'host' | 'group' | 'tool', names: readonly string[]) =>
      `${part}${names.length === 1 ? '' : 's'} ${names.join(', ')}`,
    noTool: (hosts: number) => `No AI coding tool was seen on ${plural(hosts, 'host')}`,
    /** `span` and `dark`, a share of bytes, are null where there is none. */
    noneOf: (tools: string, hosts: number, span: string | null, dark: string | null) =>
      `${tools}: not seen on ${plural(hosts, 'host')}${span === null ? '' : `, ${span.replace('–', ' to ').replaceAll(/ {2,}/g, ' ')}`}${dark === null ? '' : `; ${dark} of bytes could not be looked into`}`,
    nothingObserved(since: string | null, until: string | null, zone: string, records: RecordsEnd | null) {
      const from = since === null ? '' : ` from ${since}`;
      const to = until === null ? ' on' : `${from === '' ? ' before' : ' to'} ${until}`;
      return `Nothing was observed${from}${to} (${zone})${records === null ? '' : `; the records ${records.end} on ${records.time}`}`;
    },
    noPackets: 'No packets were read',
    filtered: (packets: number, filter: string) =>
      `None of ${formatCount(packets)} packets passed the filter ${filter}: nothing was looked at`,
    noHost: (packets: number) => `No host was seen in ${plural(packets, 'packet')}`,
    noHostOf: (asked: string) => `No host was seen of what was asked for (${asked})`,
  },
  findings: {
    activeMinutes: (minutes: number) => plural(minutes, 'active minute'),
    /** `range`: as text. */
    requests: (range: string, isOne: boolean) => `${range} ${isOne ? 'request' : 'requests'}`,
    payloadSent: (bytes: string) => `${bytes} of payload sent`,
    exposed: 'reached from other networks',
    noClient: 'no client',
    clients: (names: readonly string[], more: number) =>
      `${names.length + more === 1 ? 'client' : 'clients'} ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
    probes: (count: number) => plural(count, 'probe'),
    /** With its full stop. */
    possibleFigures: 'The figures of a possible finding are in the row of the provider or suspected relay.',
    states: {
      new: 'new',
      acknowledged: 'acknowledged',
      assigned: 'assigned',
      exceptionRequested: 'exception requested',
      closed: 'closed',
    },
    newAgain: (closed: string) => `new again, closed on ${closed}`,
    assignedTo: (name: string) => `assigned to ${name}`,
    changed: (time: string, who: string, why: string) => `${time} by ${who}: ${why}`,
    closedBefore: (count: number) => ` (${count} closed before)`,
    /** With its full stops. `counts`: "3 new". */
    statesOf: (findings: number, counts: readonly string[]) =>
      `States of ${plural(findings, 'finding')}: ${counts.join(', ')}. Findings of every state count in the verdict and in the totals.`,
    /** With its full stops. */
    brokenLog: (fault: string, entries: number) =>
      `The log of findings: ${fault}. ${plural(entries, 'entry', 'entries')} before it ${entries === 1 ? 'is' : 'are'} used.`,
    unsignedLog: 'The signatures of the log of findings were not verified (--finding-key).',
    /** `said`: by the document. */
    next: (_: Pick<Finding, 'result' | 'service'>, said: string) => said,
  },
  /** In place of a tool. */
  relayName: 'Suspected relay',
  /** Of the rules that a policy creates without a title. */
  ruleTitles: {
    allowedTools: 'Only tools that a rule allows may be used',
    allowedServices: 'Only AI services that a rule allows may run',
  },
  actions: {
    mail: 'Mail to the owner of the host',
    subject: (tool: string, host: string) => `Subject: ${tool} on ${host}`,
    /** Null: no mail is due. With its full stops. */
    opening: (result: Finding['result']): string | null => MAILS[result] ?? null,
    host: (host: string) => `Host: ${host}`,
    tool: (tool: string, confidence: string) => `Tool: ${tool} (${confidence})`,
    time: (span: string, zone: string) => `Time: ${span} (${zone})`,
    rule: (rule: string) => `Rule: ${rule}`,
    graceEnds: (time: string) => `Grace period ends: ${time}`,
    notRead: 'This comes from names and sizes of encrypted connections; contents were not read.',
    pleaseReply: 'Please reply: is this right, which program was it, and is it needed?',
    owner: (owner: string) => `Questions and exceptions: ${owner}`,
    exception: 'Exception for the policy file',
    exceptionNote: (days: number) =>
      `below "exceptions:"; ${days} days; enter the reason, then run wiretally policy check`,
    enterReason: 'enter the reason',
    firewall: 'Rules for a firewall',
    firewallNote: 'for all hosts of the rule; wiretally policy export --help lists other devices',
  },
  filters: {
    wholeFlows: 'Wireshark, whole flows',
    logs: 'Zeek and Suricata logs',
    handshakes: 'Wireshark, handshakes',
    zeekUids: 'Zeek, uid of each connection',
    /** `found`: flows, where there are more; else null. */
    communityIds: (found: number | null) =>
      `Community IDs must be enabled${found === null ? '' : `; finds ${plural(found, 'flow')}, there are more`}`,
    someNames: (found: number, all: number) => `finds ${found} of ${all} names`,
    tabSeparated: 'tab-separated logs; quic.log has the same columns',
    packets: 'Packets in a file of their own',
    /** Of the command for them: which captures it needs, if `hasCaptures` is false. */
    packetsNote: (hasCaptures: boolean) =>
      `headers and handshakes only${hasCaptures ? '' : '; name the captures that contain them'}`,
  },
  sections: ENGLISH_SECTIONS,
  comparison: {
    /** Of spans that do not begin and end with a day. */
    spanOf: (since: string, until: string, year: string) => `${since} to ${until} ${year}`,
    length: (amount: string, unit: 'day' | 'hour', isOne: boolean) =>
      unit === 'hour' ? `${amount} hours` : `${amount} ${isOne ? 'day' : 'days'}`,
    /** `share`: null of all. */
    coverage: (length: string, share: string | null, hosts: number) =>
      `${length}, ${share === null ? 'observed' : `${share} observed`}, ${plural(hosts, 'host')} on the network`,
    /** `none`: nothing of it was observed. */
    limits: {
      notObserved: ({ span, share }: LimitFacts) =>
        `${span}: ${share === 1 ? 'nothing of it was observed' : `only ${formatShare(1 - share)} of it was observed`}, so nothing is said of what is more, less, new or gone`,
      partly: ({ span, share }: LimitFacts) =>
        `${span}: ${formatShare(share)} of the time was not observed; sums of it are lower bounds, and what was not seen may have been missed`,
      openGap: ({ span }: LimitFacts) => `${span}: the duration of one of the gaps is unknown`,
      silent: ({ span, names }: LimitFacts) => `${span}: silent while others saw: ${names}`,
      incomplete: ({ span }: LimitFacts) => `${span}: an input was not read to its end`,
      loss: ({ span, share }: LimitFacts) =>
        `${span}: ${formatShare(share)} of the packets were lost; sums of it are lower bounds`,
      sensors: ({ span, names }: LimitFacts) =>
        `only in ${span}: ${names}; hosts behind these sensors may seem new or gone`,
      length: (_: LimitFacts) =>
        'the spans are not equally long: a longer one has more of everything, of hosts too; averages per observed day follow the sums',
      weekend: (_: LimitFacts) =>
        'the spans have not equally many days of the weekend: a change may be that alone',
      notVisible: ({ span, share }: LimitFacts) =>
        `${span}: more could not be looked into than in the other span, by ${formatShare(share)} of all bytes; less use of a tool may be use that is hidden`,
      rule: ({ span, names }: LimitFacts) =>
        `${span}: not in force in all of it: ${names}; the two counts of violations cannot be compared`,
    },
    states: {
      used: 'used',
      possible: 'possible',
      notSeen: 'none seen',
      absent: 'not there',
      unknown: 'not known',
    },
    change: (before: string, after: string) => `${before} to ${after}`,
    more: 'more',
    less: 'less',
    perDay: (change: string) => `a day ${change}`,
  },
  /** With its full stop. */
  hostsLeftOut: (hosts: number) =>
    `${plural(hosts, 'more host')}: take some by --host or --group, or all of them by --format csv or json.`,
  /** Builds that can have run. */
  builds: (ranges: string, placed: number, starts: number) =>
    `${ranges} (${formatCount(placed)} of ${formatCount(starts)} ${starts === 1 ? 'start' : 'starts'} placed)`,
  newerSince: (day: string) => `possibly newer than known, since ${day}`,
};

export type ReportWords = typeof ENGLISH_WORDS;

/** The word for one of a closed list; others as they are. */
export const wordFor = (words: Readonly<Record<string, string>>, name: string): string => words[name] ?? name;
