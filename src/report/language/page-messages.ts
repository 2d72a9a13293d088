// The messages of the report page, section by section. **Words** are strong, [words] are a link; neither has anything of a
// capture inside. Sentences have their full stops.

import type { Banned } from '../text/banned.ts';
import type { OutcomeKind } from '../text/outcome.ts';

/** Parts of the page that are made by hand. */
type PartName =
  | 'verdict'
  | 'violators'
  | 'comparison'
  | 'hosts'
  | 'tools'
  | 'telemetry'
  | 'findings'
  | 'evidence'
  | 'otherUse'
  | 'unseen'
  | 'method'
  | 'glossary';

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

export interface FrameMessages {
  title(span: string): string;
  readonly heading: string;
  readonly noPackets: string;
  readonly skip: string;
  readonly sections: string;
  readonly navigation: Readonly<Record<PartName, string>>;
  readonly search: string;
  readonly searchHint: string;
  readonly dark: string;
  readonly print: string;
  readonly data: string;
  made(time: string): string;
  footer(wiretally: string, catalogue: string): string;
  readonly dataInside: string;
  readonly dataElsewhere: string;
  /** Null in English. */
  scriptWords(): ScriptWords | null;
  /** About parts that are in English; null in English. */
  englishParts(): string | null;
}

export interface ListMessages {
  /** Accessible name of the region around a table. */
  tableOf(name: string): string;
  onPaper(printed: number, count: number, noun: ListNoun): string;
  inData(count: number, noun: ListNoun): string;
  elsewhere(count: number, noun: ListNoun): string;
}

/** When a rule began to deny what it denies. */
export type Since = 'inForce' | 'grace' | null;

export interface VerdictMessages {
  rule(title: string, id: string, revision: number, from: string | null): string;
  violated(hosts: number, hostsSeen: number, banned: Banned, since: Since): string;
  clear(hostsSeen: number, banned: Banned, since: Since): string;
  noViolation(hostsSeen: number, since: Since): string;
  /** Behind a number of hosts. */
  readonly usedInForce: string;
  usedFrom(day: string): string;
  readonly suspected: string;
  readonly lastInGrace: string;
  readonly exempt: string;
  readonly aside: string;
  readonly attempted: string;
  notSeenSince(day: string | null): string;
  /** Parts of sentences without full stops, as one sentence or several. */
  joined(parts: readonly string[]): string;
  only(selection: string): string;
  readonly marks: string;
  readonly asideGroup: string;
  seenOnNetwork(policy: 'none' | 'noBan' | 'notAsked'): string;
  providersOnly(hosts: number): string;
  toolsSeen(names: readonly string[], more: number, hostsWith: number, hosts: number): string;
  readonly certain: string;
  readonly likely: string;
  readonly unsure: string;
  readonly noneSeen: string;
  /** `weeks`: of one cell; 0 for a day. */
  per(weeks: number): string;
  /** Without a rule: any tool. */
  chartTitle(banned: Banned | null, per: string): string;
  chartCaption(banned: Banned | null, per: string): string;
  readonly weekends: string;
  inForceFrom(day: string): string;
  readonly graceOver: string;
  readonly before: string;
  readonly grace: string;
  readonly violation: string;
  readonly suspectedKey: string;
  bar(day: string, isDaily: boolean, hosts: number, suspected: number): string;
  readonly howSure: string;
  readonly whatCouldChange: string;
  readonly whatNext: string;
  readonly nothingHidden: string;
  /** `kinds`: each with its share. */
  hidden(share: string, kinds: string): string;
  lost(share: string): string;
  readonly details: string;
  readonly machine: string;
  notAtAll(sentence: string): string;
  readNotToEnd(packets: number, captures: number): string;
  readWhole(packets: number): string;
  readCut(packets: number): string;
  sawShare(percent: string): string;
  readonly notSeenNotUsed: string;
  sure(confidence: 'certain' | 'likely' | 'possible', count: number, noun: 'violation' | 'row'): string;
  checkFindings(findings: number): string;
  readonly openEvidence: string;
  readonly seeUnseen: string;
}

export interface HostMessages {
  readonly heading: string;
  /** `shown`: null where all are. */
  caption(
    measure: 'minutes' | 'bytes',
    per: string,
    shown: number | null,
    hosts: number,
    order: string | null,
  ): string;
  readonly groups: Readonly<Record<OutcomeKind, string>>;
  countHere(all: string, here: string): string;
  /** Head of the days of what rules ban. */
  banned(banned: Banned | 'unlisted' | 'services' | 'tools'): string;
  readonly otherTools: string;
  readonly toolsAndNotes: string;
  from(date: string): string;
  readonly cellNone: string;
  readonly cellAbsent: string;
  /** `names`: of tools that were asked for. */
  noTool(names: readonly string[], hosts: number): string;
  readonly minuteSteps: string;
  readonly byteSteps: string;
  readonly violation: string;
  readonly otherExempt: string;
  readonly noRequest: string;
  readonly minutesUnknown: string;
  readonly suspectedOrPossible: string;
  readonly onNetwork: string;
  readonly offNetwork: string;
}

export interface ToolMessages {
  readonly heading: string;
  caption(top: number): string;
  readonly perDay: string;
  hostsPerDay(counts: string): string;
  byConfidence(confidence: 'certain' | 'likely' | 'possible', count: number): string;
  readonly few: string;
  readonly banned: string;
  onHosts(name: string, hosts: number): string;
  provided(name: string, hosts: number, bytes: string): string;
  onlyPossible(tools: string): string;
  providers(providers: string): string;
  readonly ledger: string;
  ledgerLead(more: readonly string[]): string;
  readonly ledgerCaption: string;
  readonly modelRequests: string;
  readonly telemetryKey: string;
  readonly estimateRange: string;
  readonly model: string;
  readonly telemetryShare: string;
  readonly share: string;
  readonly distinguishedBy: string;
  readonly byName: string;
  readonly byShape: string;
  readonly noneSeen: string;
}

export interface EvidenceMessages {
  readonly violators: string;
  readonly violatorsCaption: string;
  readonly group: string;
  moreFindings(count: number): string;
  readonly findings: string;
  readonly filter: string;
  all(count: number): string;
  readonly tones: Readonly<Record<'viol' | 'susp' | 'info' | 'exempt' | 'ok' | 'none', string>>;
  readonly openAll: string;
  readonly nothingFound: string;
  readonly findingsLead: string;
  readonly otherUse: string;
  readonly evidence: string;
  readonly evidenceLead: string;
  readonly provisional: string;
  provisionalUntil(time: string): string;
  wholePeriod(tool: string): string;
  readonly stateLink: string;
  readonly healthLink: string;
  readonly providerTag: string;
  readonly toolNotKnown: string;
  /** Kinds of tools. */
  readonly kinds: Readonly<Record<string, string>>;
  reportedBy(sensors: string): string;
  readonly reporters: string;
  builds(builds: string): string;
  activeMinutes(minutes: number): string;
  requests(range: string): string;
  readonly noRequestEstimate: string;
  sent(bytes: string): string;
  received(bytes: string): string;
  readonly withheld: string;
  rule(id: string, revision: number): string;
  readonly assignedTo: string;
  readonly exception: string;
  readonly references: string;
  readonly serviceClass: string;
  readonly exposed: string;
  readonly probes: string;
  readonly severities: Readonly<Record<'info' | 'low' | 'medium' | 'high' | 'critical', string>>;
  readonly whatWireShowed: string;
  readonly when: string;
  readonly catalogueLine: string;
  readonly toCopy: string;
  readonly findFlows: string;
  readonly serverNames: string;
  readonly serverName: string;
  readonly role: string;
  readonly owner: string;
  moreNames(count: number): string;
  readonly fingerprints: string;
  readonly runtime: string;
  readonly against: string;
  readonly nothingAgainst: string;
  /** What evidence against a use means, by its rule, in front of its statement; null where the statement is enough. */
  doubt(rule: string): string | null;
  readonly nextStep: string;
  readonly seeAgain: string;
}

export interface UnseenMessages {
  readonly heading: string;
  lead(share: string | null): string;
  readonly everythingElse: string;
  readonly toolsAsked: string;
  readonly toolsAndProviders: string;
  readonly caption: string;
  readonly what: string;
  readonly wire: string;
  readonly wireShort: string;
  readonly effect: string;
  readonly effectShort: string;
  readonly all: string;
  readonly otherNetworks: string;
  readonly otherNetworksWire: string;
  readonly otherNetworksEffect: string;
  relayed(hosts: number): string;
  readonly gap: string;
  gapText(from: string, to: string | null, reason: string): string;
  readonly gaps: string;
  moreGaps(count: number): string;
  readonly gapEffect: string;
  readonly loss: string;
  lossText(drops: string, packets: string): string;
  lossEffect(limit: string, isAbove: boolean): string;
  readonly span: string;
  /** `sentence`: what `noRecords` gives. */
  spanText(sentence: string): string;
  readonly spanEffect: string;
  readonly damaged: string;
  readonly damagedEffect: string;
}

export interface MethodMessages {
  readonly heading: string;
  readonly howItWorks: string;
  readonly headers: string;
  readonly runtimes: string;
  readonly numbers: string;
  readonly minutes: string;
  readonly requests: string;
  readonly sent: string;
  readonly again: string;
  readonly catalogue: string;
  readonly sensor: string;
  readonly packets: string;
  read(captures: readonly string[], more: number): string;
  capture(file: string, packets: number): string;
  readonly glossary: string;
  /** Terms and their meanings. `grace`: days, null without a grace period; the rest of a policy's words only with one. */
  terms(hasPolicy: boolean, grace: string | null): readonly (readonly [string, string])[];
}

export interface ComparisonMessages {
  heading(after: string, before: string): string;
  readonly before: string;
  readonly after: string;
  readonly nothing: string;
  readonly legend: string;
  readonly tools: string;
  readonly toolsCaption: string;
  readonly fresh: string;
  readonly notThere: string;
  readonly provider: string;
  readonly fewHosts: string;
  readonly hosts: string;
  /** `shown`: null where all are. */
  hostsCaption(shown: number | null, hosts: number): string;
}

export interface PageMessages {
  readonly frame: FrameMessages;
  readonly lists: ListMessages;
  readonly verdict: VerdictMessages;
  readonly hosts: HostMessages;
  readonly tools: ToolMessages;
  readonly evidence: EvidenceMessages;
  readonly unseen: UnseenMessages;
  readonly method: MethodMessages;
  readonly comparison: ComparisonMessages;
}
