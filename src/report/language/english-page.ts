// The messages of the report page in English, section by section. **Words** are strong, [words] are a link; neither has
// anything of a capture inside. Sentences have their full stops.

import type { Confidence } from '../../model/words.ts';
import { type Banned, bannedTool } from '../text/banned.ts';
import { listIn } from '../text/phrasing.ts';
import { formatCount, plural } from '../text/quantity.ts';

/** What a list consists of. */
export type ListNoun = 'host' | 'line' | 'advisory' | 'service' | 'server' | 'name' | 'tool';

/** What the script of the page says; it has the English words itself. */
export interface ScriptWords {
  readonly asCsv: string;
  readonly thisTable: string;
  readonly theseLines: string;
  /** In front of the head of a column. */
  readonly otherTools: string;
  /** Behind their numbers. */
  readonly hosts: readonly [one: string, more: string];
  readonly lines: readonly [one: string, more: string];
  readonly openAll: string;
  readonly closeAll: string;
  readonly copy: string;
  readonly copied: string;
  readonly pressKeys: string;
}

/** When a rule began to deny what it denies. */
export type Since = 'inForce' | 'grace' | null;

const sinceText = (since: Since): string =>
  since === null ? '' : ` after the ${since === 'inForce' ? 'rule took effect' : 'ban and its grace period'}`;

const noneBanned = (banned: Banned): string => {
  switch (banned.kind) {
    case 'services':
      return 'No AI service that it denies was';
    case 'unlisted':
      return 'No tool outside the allow list was';
    case 'several':
      return `None of ${banned.count} banned tools was`;
    case 'tool':
      return banned.name === null ? 'Nothing that it bans was' : `${banned.name} was not`;
  }
};

const charted = (banned: Banned | null): string =>
  banned === null ? 'an AI coding tool' : bannedTool(banned);

const more = (count: number, noun: ListNoun): string => plural(count, `more ${noun}`);

export const ENGLISH_PAGE = {
  frame: {
    title: (span: string) => `Wiretally: AI coding tools on the network, ${span}`,
    heading: 'AI coding tools on the network',
    noPackets: 'no packets',
    skip: 'Skip to the verdict',
    sections: 'Sections',
    navigation: {
      verdict: 'Verdict',
      violators: 'Violations',
      comparison: 'Comparison',
      hosts: 'Hosts by day',
      tools: 'Tools',
      telemetry: 'Telemetry',
      findings: 'Findings',
      evidence: 'Evidence',
      otherUse: 'Other use',
      unseen: 'Not visible',
      method: 'Method',
      glossary: 'Glossary',
    },
    search: 'Search hosts, tools and findings',
    searchHint: 'Search',
    dark: 'Dark',
    print: 'Print',
    data: 'Data (JSON)',
    made: (time: string) => ` · made ${time}`,
    footer: (wiretally: string, catalogue: string) =>
      `Made by Wiretally ${wiretally}, catalogue ${catalogue}. This file asks nothing of the network.`,
    dataInside: 'Its data is inside (Data button).',
    dataElsewhere: 'Its data is too large to be inside: --whole-data puts it there, --format json has it.',
    /** Null in English. */
    scriptWords: (): ScriptWords | null => null,
    /** About parts that are in English; null in English. */
    englishParts: (): string | null => null,
  },
  lists: {
    /** Accessible name of the region around a table. */
    tableOf: (name: string) => `${name}, table`,
    onPaper: (printed: number, count: number, noun: ListNoun) =>
      `${printed} of ${count} ${noun}s are printed: the file shows all of them on a screen.`,
    inData: (count: number, noun: ListNoun) => `${more(count, noun)} in the data.`,
    elsewhere: (count: number, noun: ListNoun) => `${more(count, noun)}: in the other formats.`,
  },
  verdict: {
    rule: (title: string, id: string, revision: number, from: string | null) =>
      `${title}: rule ${id}, revision ${revision}${from === null ? '' : `, from ${from}`}`,
    violated: (hosts: number, hostsSeen: number, banned: Banned, since: Since) =>
      `${hosts} of ${plural(hostsSeen, 'host')} in scope ${banned.kind === 'services' ? 'ran' : 'used'} ${bannedTool(banned)}${sinceText(since)}.`,
    clear: (hostsSeen: number, banned: Banned, since: Since) =>
      `${noneBanned(banned)} seen on any of ${plural(hostsSeen, 'host')} in scope${sinceText(since)}.`,
    noViolation: (hostsSeen: number, since: Since) =>
      `No violation was found on ${plural(hostsSeen, 'host')} in scope${sinceText(since)}.`,
    /** Behind a number of hosts. */
    usedInForce: 'used it while the rule was in force',
    usedFrom: (day: string) => `used it from ${day} on`,
    suspected: 'suspected',
    lastInGrace: 'last seen in the grace period',
    exempt: 'exempt',
    aside: 'only telemetry or updates',
    attempted: 'only attempted it',
    notSeenSince: (day: string | null) => (day === null ? 'not seen since' : `not seen since ${day}`),
    /** Parts of sentences without full stops, as one sentence or several. */
    joined: (parts: readonly string[]) => `${parts.join('; ')}.`,
    only: (selection: string) => `Only ${selection}.`,
    marks: 'What the rule found, one mark for each host and result',
    asideGroup: 'Only telemetry or updates seen',
    seenOnNetwork: (policy: 'none' | 'noBan' | 'notAsked') =>
      `Seen on the network; ${
        {
          none: 'no policy was given',
          noBan: 'no rule of the policy bans a tool',
          notAsked: 'no rule of the policy bans what was asked for',
        }[policy]
      }`,
    providersOnly: (hosts: number) =>
      `An AI service was used on ${plural(hosts, 'host')}; no tool can be named.`,
    toolsSeen: (names: readonly string[], left: number, hostsWith: number, hosts: number) =>
      `${left > 0 ? `${names.join(', ')} and ${left} more` : listIn(names, ', ', ' and ')} ${names.length + left === 1 ? 'was' : 'were'} seen on ${hostsWith} of ${plural(hosts, 'host')}.`,
    certain: 'certain: a name that only the tool uses',
    likely: 'likely: several pieces of evidence agree',
    unsure: 'with a provider or a possible tool only',
    noneSeen: 'none seen',
    /** `weeks`: of one cell; 0 for a day. */
    per: (weeks: number) => (weeks === 0 ? 'per day' : weeks === 1 ? 'per week' : `per ${weeks} weeks`),
    /** Without a rule: any tool. */
    chartTitle: (banned: Banned | null, per: string) => `Hosts with ${charted(banned)} ${per}`,
    chartCaption: (banned: Banned | null, per: string) =>
      `Hosts with ${charted(banned)}, ${per}${banned === null ? '' : ', exempt ones left out'}.`,
    weekends: 'Weekends are shaded: a fall there shows no change of habit.',
    inForceFrom: (day: string) => `in force from ${day}`,
    graceOver: 'grace over',
    before: 'before',
    grace: 'grace',
    violation: 'violation',
    suspectedKey: 'suspected (?)',
    bar: (day: string, isDaily: boolean, hosts: number, suspected: number) =>
      `${isDaily ? '' : 'from '}${day} ${hosts}${suspected > 0 ? ` and ${suspected} suspected` : ''}`,
    howSure: 'How sure is this?',
    whatCouldChange: 'What could change it?',
    whatNext: 'What next?',
    nothingHidden: 'No hidden names, tunnels or flows without their handshake were seen.',
    /** `kinds`: each with its share. */
    hidden: (share: string, kinds: string) => `**${share}** of bytes could not be attributed (${kinds}).`,
    lost: (share: string) => `${share} of packets were lost.`,
    details: 'Details',
    machine: 'A row is evidence about a machine, not about a person.',
    notAtAll: (sentence: string) => `Not at all: ${sentence}.`,
    readNotToEnd: (packets: number, captures: number) =>
      `${plural(packets, 'packet')} read, but ${plural(captures, 'capture')} not to the end.`,
    readWhole: (packets: number) => `${plural(packets, 'packet')} read, none lost.`,
    readCut: (packets: number) =>
      `${plural(packets, 'packet')} read, but some were cut short or are missing.`,
    sawShare: (percent: string) => `This sensor saw ${percent} of packets.`,
    notSeenNotUsed: '“Not seen” does not mean “not used”.',
    sure: (confidence: Confidence, count: number, noun: 'violation' | 'row') =>
      ({
        certain: `**Certain** for ${plural(count, noun)}: a name that only one tool uses.`,
        likely: `**Likely** for ${plural(count, noun)}: several pieces of evidence agree.`,
        possible: `**Possible** for ${plural(count, noun)}: other programs fit as well.`,
      })[confidence],
    checkFindings: (findings: number) =>
      `Look into [${plural(findings, 'finding')}] with the owners of the hosts.`,
    openEvidence: 'Open [the evidence] behind each row.',
    seeUnseen: 'See [what could not be seen] before you rely on it.',
  },
  hosts: {
    heading: 'Hosts by day',
    /** `shown`: null where all are. */
    caption: (
      measure: 'minutes' | 'bytes',
      per: string,
      shown: number | null,
      hosts: number,
      order: string | null,
    ) =>
      `${measure === 'minutes' ? 'Active minutes' : 'Traffic'} ${per}, ${shown === null ? '' : `${shown} of `}${plural(hosts, 'host')}. Rows are ordered by ${order ?? 'outcome and address, never by amount'}: this is no ranking of people. Choose a host to see its evidence.`,
    groups: {
      violation: 'Used while the rule was in force',
      bypass: 'Used around the required gateways',
      suspected: 'Suspected',
      grace: 'Not used after the grace period',
      updateOnly: 'Only an update since the rule took effect',
      telemetryOnly: 'Only telemetry since the rule took effect',
      attempted: 'Attempted, and stopped before any request',
      exempt: 'Exempt',
      notSince: 'Not seen since the rule took effect',
      approved: 'Approved tools only',
      observed: 'Other AI tools and providers',
    },
    countHere: (all: string, here: string) => `${all}, ${here} of them here`,
    /** Head of the days of what rules ban. */
    banned: (banned: Banned | 'tools' | 'services' | 'unlisted') =>
      typeof banned === 'string'
        ? { unlisted: 'Tools that are not allowed', services: 'Denied AI services', tools: 'Banned tools' }[
            banned
          ]
        : bannedTool(banned),
    otherTools: 'All other AI coding tools',
    toolsAndNotes: 'Tools and notes',
    from: (date: string) => `from ${date}`,
    cellNone: 'none',
    cellAbsent: 'host not on the network',
    /** `names`: of tools that were asked for. */
    noTool: (names: readonly string[], hosts: number) =>
      `${names.length === 0 ? 'No AI coding tool seen' : `${names.join(', ')} not seen`}: ${plural(hosts, 'host')}. That does not prove that none was used.`,
    minuteSteps: 'Minutes: below 15, 45, 90, more',
    byteSteps: 'Bytes: below 1M, 10M, 100M, more',
    violation: 'violation',
    otherExempt: 'other tools, exempt',
    noRequest: '0: seen, no model request',
    minutesUnknown: '+: seen, minutes not known',
    suspectedOrPossible: 'suspected or only possible (?)',
    onNetwork: 'on the network, none seen',
    offNetwork: 'not on the network',
  },
  tools: {
    heading: 'Tools',
    caption: (top: number) =>
      `Bars show hosts per day, all on one scale from 0 to ${top}. Bytes are whole frames on the wire. Hosts where a tool is only possible are counted apart and are in no sum.`,
    perDay: 'Per day',
    hostsPerDay: (counts: string) => `Hosts per day: ${counts}`,
    byConfidence: (confidence: Confidence, count: number) => `${count} ${confidence}`,
    few: 'few',
    banned: 'banned',
    onHosts: (name: string, hosts: number) => `${name} on ${plural(hosts, 'host')}`,
    provided: (name: string, hosts: number, bytes: string) =>
      `${name} on ${plural(hosts, 'host')} (${bytes})`,
    onlyPossible: (tools: string) => `Only possible, since other programs send the same: ${tools}.`,
    providers: (providers: string) => `Providers where no tool can be named: ${providers}.`,
    ledger: 'Telemetry ledger',
    ledgerLead: (names: readonly string[]) =>
      `${names.length === 0 ? 'No tool sent more telemetry than model requests.' : `${listIn(names, ', ', ' and ')} sent more telemetry than model requests.`} Payload bytes sent by all hosts, one scale.`,
    ledgerCaption: 'Payload bytes sent per tool: model requests and telemetry',
    modelRequests: 'model requests',
    telemetryKey: 'telemetry',
    estimateRange: 'range of the estimate',
    model: 'Model',
    telemetryShare: 'Telemetry share',
    share: 'Share',
    distinguishedBy: 'Distinguished by',
    byName: 'own name: measured',
    byShape: 'shape of uploads: estimate',
    noneSeen: 'none seen',
  },
  evidence: {
    violators: 'Violations and suspicions',
    violatorsCaption:
      'Times and amounts are of the finding alone: what was sent since the rule took effect. A row is evidence about a machine, not about a person.',
    group: 'Group',
    moreFindings: (count: number) => plural(count, 'more finding'),
    findings: 'Findings',
    filter: 'Filter findings',
    all: (count: number) => `All ${count}`,
    tones: {
      viol: 'Violations',
      susp: 'Suspected',
      info: 'Info',
      exempt: 'Exempt',
      ok: 'Compliant',
      none: 'Other',
    },
    openAll: 'Open all',
    nothingFound: 'The policy found nothing to report.',
    findingsLead:
      'Each finding has the times, figures and evidence of what it is about alone. Open it for the evidence and for what speaks against it.',
    otherUse: 'Other use',
    evidence: 'Evidence',
    evidenceLead:
      'One line per host and tool or provider. Open it for the names, the fingerprints and the evidence behind it.',
    provisional: 'provisional',
    provisionalUntil: (time: string) => `Provisional until ${time}: other signs may explain it.`,
    wholePeriod: (tool: string) => `Names and fingerprints of ${tool} on this host over the whole period:`,
    stateLink: 'State and changes of this finding',
    healthLink: 'Health and diagnosis of these connections',
    providerTag: 'provider',
    toolNotKnown: 'tool not known',
    /** Kinds of tools. */
    kinds: {
      cli: 'cli',
      ide: 'ide',
      'ide-extension': 'ide-extension',
      agent: 'agent',
      chat: 'chat',
      api: 'api',
      gateway: 'gateway',
      'local-runtime': 'local-runtime',
      'model-hub': 'model-hub',
    },
    reportedBy: (sensors: string) => `Reported by ${sensors}.`,
    reporters: 'Reported by',
    builds: (builds: string) => `Builds that can have run: ${builds}.`,
    activeMinutes: (minutes: number) => `${formatCount(minutes)} active minutes`,
    requests: (range: string) => `${range} requests`,
    noRequestEstimate: 'no estimate of requests',
    sent: (bytes: string) => `${bytes} sent`,
    received: (bytes: string) => `${bytes} received`,
    withheld: 'Withheld',
    rule: (id: string, revision: number) => `${id} rev ${revision}`,
    assignedTo: 'Assigned to',
    exception: 'Exception',
    references: 'References',
    serviceClass: 'Class',
    exposed: 'Reached from other networks',
    probes: 'Probes',
    severities: { info: 'info', low: 'low', medium: 'medium', high: 'high', critical: 'critical' },
    whatWireShowed: 'What the wire showed',
    when: 'When, and in which flows',
    catalogueLine: 'Catalogue line',
    toCopy: 'What to do, as texts to copy:',
    findFlows: 'Find these flows in other programs:',
    serverNames: 'Server names',
    serverName: 'Server name',
    role: 'Role',
    owner: 'Owner',
    moreNames: (count: number) => `${plural(count, 'more name')}.`,
    fingerprints: 'Fingerprints of the handshakes',
    runtime: 'Runtime',
    against: 'What speaks against it',
    nothingAgainst: 'Nothing that the packets show.',
    /** What evidence against a use means, by its rule, in front of its statement; null where the statement is enough. */
    doubt: (_: string): string | null => null,
    nextStep: 'Next step',
    seeAgain: 'See the evidence again',
  },
  unseen: {
    heading: 'What was not visible',
    lead: (share: string | null) =>
      `${share === null ? 'No hidden names, tunnels or flows without their handshake were seen.' : `${share} of all bytes could not be attributed to any name.`} “Not seen” in this report never means “not used”.`,
    everythingElse: 'everything else',
    toolsAsked: 'the tools asked for',
    toolsAndProviders: 'AI coding tools and providers',
    caption: 'What was not visible, and its effect on the report',
    what: 'What',
    wire: 'What the wire shows',
    wireShort: 'Wire',
    effect: 'Effect on the reading',
    effectShort: 'Effect',
    all: 'all',
    otherNetworks: 'Other networks',
    otherNetworksWire: 'Home, mobile and guest networks do not pass this sensor.',
    otherNetworksEffect: 'This report says nothing about them.',
    relayed: (hosts: number) => `On ${plural(hosts, 'host')} other traffic names the tool all the same.`,
    gap: 'Sensor gap',
    gapText: (from: string, to: string | null, reason: string) =>
      `From ${from} ${to === null ? 'on, for an unknown time' : `to ${to}`}: ${reason}.`,
    gaps: 'Sensor gaps',
    moreGaps: (count: number) => `${plural(count, 'gap')} more, none longer than these.`,
    gapEffect: 'Use in this time would be missing; figures of that day are lower bounds.',
    loss: 'Packet loss',
    lossText: (drops: string, packets: string) => `${drops} of ${packets} packets dropped by the kernel.`,
    lossEffect: (limit: string, isAbove: boolean) =>
      isAbove
        ? `Above ${limit}: estimates are withheld where it happened.`
        : `Below the limit of ${limit}: estimates are ranges, wider where packets are missing.`,
    span: 'Span',
    /** `sentence`: what `noRecords` gives. */
    spanText: (sentence: string) => `There are ${sentence}.`,
    spanEffect: 'The report says nothing about that time.',
    damaged: 'Damaged input',
    damagedEffect: 'What was before it and around it is counted.',
  },
  method: {
    heading: 'Method and limits',
    howItWorks: 'How it works',
    headers:
      'Packet headers and TLS and QUIC handshakes are read. Nothing is decrypted; no content and no address of a page is kept. Names, handshake fingerprints, DNS answers and networks are matched with a catalogue of tools.',
    runtimes:
      'A fingerprint names a runtime (Bun, Node, rustls), hardly ever a tool. So a tool is **certain** only where a program that can be it worked with a name that no other program uses; who only asks for the name may be a monitor.',
    numbers: 'How numbers are made',
    minutes:
      '**Active minutes**: minutes with at least one model request under way; keep-alives and telemetry do not count. ±1 per session edge.',
    requests:
      '**Requests**: bursts of upload answered by a stream. A range, rounded outwards; “no estimate” where the wire does not bear one.',
    sent: '**Sent, received**: whole frames. The ledger counts payload only.',
    again: 'To get this report again',
    catalogue: 'Catalogue',
    sensor: 'Sensor',
    packets: 'Packets',
    read: (captures: readonly string[], left: number) =>
      `Read: ${captures.join(', ')}${left > 0 ? ` and ${left} more` : ''}.`,
    capture: (file: string, packets: number) => `${file} (${plural(packets, 'packet')})`,
    glossary: 'Glossary',
    /** Terms and their meanings. `grace`: days, null without a grace period; the rest of a policy's words only with one. */
    terms: (hasPolicy: boolean, grace: string | null): readonly (readonly [string, string])[] => [
      [
        'Active minute',
        'A clock minute in which a model request was under way, keep-alives and telemetry not counted.',
      ],
      [
        'Certain, likely, possible',
        'How strong the evidence is. Certain: a name that only this tool uses. Likely: several pieces that agree. Possible: it fits, but other programs fit too.',
      ],
      [
        'ClientHello',
        'The first message of an encrypted connection. It is readable and often carries the server’s name.',
      ],
      ['ECH', 'Encrypted ClientHello: hides the server’s name from the network.'],
      ...(hasPolicy
        ? ([
            ['Exception', 'A dated permission written in the policy, with a reason and an approver.'],
          ] as const)
        : []),
      ...(hasPolicy && grace !== null
        ? ([
            ['Grace period', `Days after the ban in which use is noted as information only. Here ${grace}.`],
          ] as const)
        : []),
      ['JA3, JA4', 'Short codes for the form of a ClientHello. They tell the runtime, not the tool.'],
      ['Model request', 'An upload answered by a stream from a language model.'],
      [
        'Provider',
        'An API, a cloud or a gateway that several tools use. Where only its name was seen, no tool is named.',
      ],
      [
        'Relay, gateway',
        'A server in between that passes requests on, so that the tool talks to another name.',
      ],
      ['Telemetry', 'Usage and error data that a tool sends to its vendor in addition to model requests.'],
    ],
  },
  comparison: {
    heading: (after: string, before: string) => `${after} against ${before}`,
    before: 'Before',
    after: 'After',
    nothing:
      'No AI coding tool was seen in the observed part of both spans. This does not prove that none was used.',
    legend:
      'A change is shown if both spans support it; “–”: not distinguished. Requests and telemetry are estimates: “more” or “less” is shown if their ranges do not overlap. “Not there”: the host was not on the network, so its use is unknown.',
    tools: 'Tools compared',
    toolsCaption:
      'Tools and providers, before to after; hosts that are new with it, on the network without it, and no longer on the network.',
    fresh: 'New',
    notThere: 'Not there',
    provider: 'provider',
    fewHosts: 'few hosts',
    hosts: 'Hosts compared',
    /** `shown`: null where all are. */
    hostsCaption: (shown: number | null, hosts: number) =>
      `${shown === null ? plural(hosts, 'host') : `${shown} of ${plural(hosts, 'host')}`} with a tool or provider in either span, by address.`,
  },
};
