// The words that the outputs of a report share, in English.

import { LEGS } from '../../model/faults.ts';
import { ROLES, SPECIFICITIES } from '../../model/words.ts';
import { ENGLISH_HEADS, ENGLISH_SECTIONS } from './english-sections.ts';
import { ENGLISH_PHRASING } from './phrasing.ts';
import { formatCount, formatShare, plural } from './quantity.ts';
import type { ReportWords } from './report-words.ts';

const themselves = <K extends string>(...names: readonly K[]): Readonly<Record<K, K>> =>
  Object.fromEntries(names.map((name) => [name, name])) as Record<K, K>;

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

export const ENGLISH_WORDS: ReportWords = {
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
  evidenceKinds: themselves('name', 'dns', 'proxy', 'network', 'fingerprint', 'pair', 'companion', 'service'),
  hosts: (count) => plural(count, 'host'),
  flows: (count) => plural(count, 'flow'),
  packets: (count) => plural(count, 'packet'),
  provider: (name) => `${name} (provider)`,
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
      media: 'media of calls',
      dnsTunnel: 'oversized DNS',
      unnamed: 'TLS without a name',
      unanswered: 'handshake not answered',
      unknown: 'unknown protocols',
      protocol: 'other IP protocols',
      damaged: 'damaged packets',
    },
    effect: (_, said) => said,
    gapReason: (said) => said,
    lostPackets: (share) => `${share} of packets`,
    evicted: (flows) => `${plural(flows, 'flow')} pushed out of a full table`,
    gap: (from, to) => `gap ${from} to ${to}`,
    openGap: (from, reason) => `all from ${from} on: ${reason}`,
    shorterGaps: (count) => plural(count, 'shorter gap'),
    noRecords: (spans) =>
      `no records ${spans.map(({ from, to }) => `from ${from}${to === null ? ' on' : ` to ${to}`}`).join(' and ')}`,
    clockErrors: (packets, days) =>
      `${plural(packets, 'packet')} of ${plural(days, 'day')} ${packets === 1 ? 'has a time' : 'have times'} before 2000 or years from all others: a clock was wrong; the period and the charts leave ${days === 1 ? 'that day' : 'those days'} out`,
    withheld: (hosts, leastHosts) =>
      `${plural(hosts, 'host')} ${hosts === 1 ? 'is' : 'are'} withheld: fewer than ${leastHosts} hosts share the exception that covers ${hosts === 1 ? 'it' : 'them'}`,
    interrupted: 'the reading was interrupted: this is what was read until then',
    cutFile: (file) => `${file}: was not read to its end`,
    unreadFile: (file) => `${file}: could not be read, or not all of it`,
    damagedFile: (file, offset, reason) => `${file}: byte ${formatCount(offset)}: ${reason}`,
    clockBack: (file, seconds) =>
      `${file}: its clock ran back, by ${formatCount(seconds)} s at most: times and days are the packets’ own`,
    cutShort: (packets) =>
      `${plural(packets, 'packet')} ${packets === 1 ? 'was' : 'were'} cut short when captured`,
    hellosCut: (incomplete, all) =>
      `${formatCount(incomplete)} of ${formatCount(all)} hellos were cut or incomplete: their names were not read`,
    capturedTwice: (hosts) =>
      `packets of ${plural(hosts, 'host')} were captured more than once: bytes count as often`,
    outside: (sensor, hosts) =>
      `sensor ${sensor} reported ${plural(hosts, 'host')} outside its networks: what it alone reports of them is possible at most and gives no violation`,
    severalMachines: (hosts, names) =>
      `more than one machine showed the address of ${plural(hosts, 'host')} (${names}): figures of such a host may belong to several hosts`,
    behindRouter: (hosts, names) =>
      `frames of ${plural(hosts, 'host')} (${names}) carry the MAC address of a router: MAC addresses prove nothing there`,
    sameMachine: (machines, groups) =>
      `${plural(machines, 'machine')} had several addresses, by ${machines === 1 ? 'its MAC' : 'their MACs'}, and ${machines === 1 ? 'counts' : 'count'} as a host for each: ${groups}`,
    malformed: (count, reasons) => `${formatCount(count)} malformed: ${reasons}`,
  },
  nothingSeen: {
    only: (part, names) => `${part}${names.length === 1 ? '' : 's'} ${names.join(', ')}`,
    noTool: (hosts) => `No AI coding tool was seen on ${plural(hosts, 'host')}`,
    noneOf: (tools, hosts, span, dark) =>
      `${tools}: not seen on ${plural(hosts, 'host')}${span === null ? '' : `, ${span.replace('–', ' to ').replaceAll(/ {2,}/g, ' ')}`}${dark === null ? '' : `; ${dark} of bytes could not be looked into`}`,
    nothingObserved(since, until, zone, records) {
      const from = since === null ? '' : ` from ${since}`;
      const to = until === null ? ' on' : `${from === '' ? ' before' : ' to'} ${until}`;
      return `Nothing was observed${from}${to} (${zone})${records === null ? '' : `; the records ${records.end} on ${records.time}`}`;
    },
    noPackets: 'No packets were read',
    filtered: (packets, filter) =>
      `None of ${formatCount(packets)} packets passed the filter ${filter}: nothing was looked at`,
    noHost: (packets) => `No host was seen in ${plural(packets, 'packet')}`,
    noHostOf: (asked) => `No host was seen of what was asked for (${asked})`,
  },
  findings: {
    activeMinutes: (minutes) => plural(minutes, 'active minute'),
    requests: (range, isOne) => `${range} ${isOne ? 'request' : 'requests'}`,
    payloadSent: (bytes) => `${bytes} of payload sent`,
    exposed: 'reached from other networks',
    noClient: 'no client',
    clients: (names, more) =>
      `${names.length + more === 1 ? 'client' : 'clients'} ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
    probes: (count) => plural(count, 'probe'),
    possibleFigures: 'The figures of a possible finding are in the row of the provider or suspected relay.',
    states: {
      new: 'new',
      acknowledged: 'acknowledged',
      assigned: 'assigned',
      exceptionRequested: 'exception requested',
      closed: 'closed',
    },
    newAgain: (closed) => `new again, closed on ${closed}`,
    assignedTo: (name) => `assigned to ${name}`,
    changed: (time, who, why) => `${time} by ${who}: ${why}`,
    closedBefore: (count) => ` (${count} closed before)`,
    statesOf: (findings, counts) =>
      `States of ${plural(findings, 'finding')}: ${counts.join(', ')}. Findings of every state count in the verdict and in the totals.`,
    brokenLog: (fault, entries) =>
      `The log of findings: ${fault}. ${plural(entries, 'entry', 'entries')} before it ${entries === 1 ? 'is' : 'are'} used.`,
    unsignedLog: 'The signatures of the log of findings were not verified (--finding-key).',
    next: (_, said) => said,
  },
  relayName: 'Suspected relay',
  ruleTitles: {
    allowedTools: 'Only tools that a rule allows may be used',
    allowedServices: 'Only AI services that a rule allows may run',
  },
  actions: {
    mail: 'Mail to the owner of the host',
    subject: (tool, host) => `Subject: ${tool} on ${host}`,
    opening: (result) => MAILS[result] ?? null,
    host: (host) => `Host: ${host}`,
    tool: (tool, confidence) => `Tool: ${tool} (${confidence})`,
    time: (span, zone) => `Time: ${span} (${zone})`,
    rule: (rule) => `Rule: ${rule}`,
    graceEnds: (time) => `Grace period ends: ${time}`,
    notRead: 'This comes from names and sizes of encrypted connections; contents were not read.',
    pleaseReply: 'Please reply: is this right, which program was it, and is it needed?',
    owner: (owner) => `Questions and exceptions: ${owner}`,
    exception: 'Exception for the policy file',
    exceptionNote: (days) =>
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
    communityIds: (found) =>
      `Community IDs must be enabled${found === null ? '' : `; finds ${plural(found, 'flow')}, there are more`}`,
    someNames: (found, all) => `finds ${found} of ${all} names`,
    tabSeparated: 'tab-separated logs; quic.log has the same columns',
    packets: 'Packets in a file of their own',
    packetsNote: (hasCaptures) =>
      `headers and handshakes only${hasCaptures ? '' : '; name the captures that contain them'}`,
  },
  sections: ENGLISH_SECTIONS,
  comparison: {
    spanOf: (since, until, year) => `${since} to ${until} ${year}`,
    length: (amount, unit, isOne) =>
      unit === 'hour' ? `${amount} hours` : `${amount} ${isOne ? 'day' : 'days'}`,
    coverage: (length, share, hosts) =>
      `${length}, ${share === null ? 'observed' : `${share} observed`}, ${plural(hosts, 'host')} on the network`,
    limits: {
      notObserved: ({ span, share }) =>
        `${span}: ${share === 1 ? 'nothing of it was observed' : `only ${formatShare(1 - share)} of it was observed`}, so nothing is said of what is more, less, new or gone`,
      partly: ({ span, share }) =>
        `${span}: ${formatShare(share)} of the time was not observed; sums of it are lower bounds, and what was not seen may have been missed`,
      openGap: ({ span }) => `${span}: the duration of one of the gaps is unknown`,
      silent: ({ span, names }) => `${span}: silent while others saw: ${names}`,
      incomplete: ({ span }) => `${span}: an input was not read to its end`,
      loss: ({ span, share }) =>
        `${span}: ${formatShare(share)} of the packets were lost; sums of it are lower bounds`,
      sensors: ({ span, names }) =>
        `only in ${span}: ${names}; hosts behind these sensors may seem new or gone`,
      length: () =>
        'the spans are not equally long: a longer one has more of everything, of hosts too; averages per observed day follow the sums',
      weekend: () => 'the spans have not equally many days of the weekend: a change may be that alone',
      notVisible: ({ span, share }) =>
        `${span}: more could not be looked into than in the other span, by ${formatShare(share)} of all bytes; less use of a tool may be use that is hidden`,
      rule: ({ span, names }) =>
        `${span}: not in force in all of it: ${names}; the two counts of violations cannot be compared`,
    },
    states: {
      used: 'used',
      possible: 'possible',
      notSeen: 'none seen',
      absent: 'not there',
      unknown: 'not known',
    },
    change: (before, after) => `${before} to ${after}`,
    more: 'more',
    less: 'less',
    perDay: (change) => `a day ${change}`,
  },
  hostsLeftOut: (hosts) =>
    `${plural(hosts, 'more host')}: take some by --host or --group, or all of them by --format csv or json.`,
  builds: (ranges, placed, starts) =>
    `${ranges} (${formatCount(placed)} of ${formatCount(starts)} ${starts === 1 ? 'start' : 'starts'} placed)`,
  newerSince: (day) => `possibly newer than known, since ${day}`,
};
