// The words that the outputs of a report share: columns of its tables, and sentences about what they show. One catalogue
// for each language, of the same messages. Sentences are without their full stop unless they say otherwise.

import type { Leg } from '../../model/faults.ts';
import type { EvidenceItem, Finding, HostState } from '../../model/report.ts';
import type {
  ComparisonLimitKind,
  Confidence,
  FindingState,
  NotVisibleKind,
  Role,
  Specificity,
} from '../../model/words.ts';
import type { ENGLISH_HEADS, ENGLISH_SECTIONS } from './english-sections.ts';
import type { OutcomeKind } from './outcome.ts';
import type { Phrasing } from './phrasing.ts';

/** Heads of columns and names of facts. */
export type Heads = typeof ENGLISH_HEADS;

/** Texts of the sections. */
export type SectionWords = typeof ENGLISH_SECTIONS;

/** What was lost, damaged or not visible. */
export interface BlindSpotWords {
  readonly kinds: Readonly<Record<NotVisibleKind, string>>;
  /** `said`: by the document. */
  effect(kind: NotVisibleKind, said: string): string;
  /** `said`: one of GAP_WORDS. */
  gapReason(said: string): string;
  lostPackets(share: string): string;
  evicted(flows: number): string;
  gap(from: string, to: string): string;
  openGap(from: string, reason: string): string;
  shorterGaps(count: number): string;
  noRecords(spans: readonly { readonly from: string; readonly to: string | null }[]): string;
  clockErrors(packets: number, days: number): string;
  withheld(hosts: number, leastHosts: number): string;
  readonly interrupted: string;
  cutFile(file: string): string;
  unreadFile(file: string): string;
  damagedFile(file: string, offset: number, reason: string): string;
  clockBack(file: string, seconds: number): string;
  cutShort(packets: number): string;
  hellosCut(incomplete: number, all: number): string;
  capturedTwice(hosts: number): string;
  outside(sensor: string, hosts: number): string;
  severalMachines(hosts: number, names: string): string;
  behindRouter(hosts: number, names: string): string;
  sameMachine(machines: number, groups: string): string;
  malformed(count: number, reasons: string): string;
}

export interface NothingSeenWords {
  /** `names` of hosts, groups or tools that were asked for. */
  only(part: 'host' | 'group' | 'tool', names: readonly string[]): string;
  noTool(hosts: number): string;
  /** `span` and `dark`, a share of bytes, are null where there is none. */
  noneOf(tools: string, hosts: number, span: string | null, dark: string | null): string;
  nothingObserved(
    since: string | null,
    until: string | null,
    zone: string,
    records: RecordsEnd | null,
  ): string;
  readonly noPackets: string;
  filtered(packets: number, filter: string): string;
  noHost(packets: number): string;
  noHostOf(asked: string): string;
}

/** Where the records lie outside of what was asked for. */
export interface RecordsEnd {
  readonly end: 'begin' | 'end';
  readonly time: string;
}

export interface FindingWords {
  activeMinutes(minutes: number): string;
  /** `range`: as text. */
  requests(range: string, isOne: boolean): string;
  payloadSent(bytes: string): string;
  readonly exposed: string;
  readonly noClient: string;
  clients(names: readonly string[], more: number): string;
  probes(count: number): string;
  /** With its full stop. */
  readonly possibleFigures: string;
  readonly states: Readonly<Record<FindingState, string>>;
  newAgain(closed: string): string;
  assignedTo(name: string): string;
  changed(time: string, who: string, why: string): string;
  closedBefore(count: number): string;
  /** With its full stops. `counts`: "3 new". */
  statesOf(findings: number, counts: readonly string[]): string;
  /** With its full stops. */
  brokenLog(fault: string, entries: number): string;
  readonly unsignedLog: string;
  /** `said`: by the document. */
  next(finding: Pick<Finding, 'result' | 'service'>, said: string): string;
}

/** Texts to copy into a mail or a file. */
export interface ActionWords {
  readonly mail: string;
  subject(tool: string, host: string): string;
  /** Null: no mail is due. With its full stops. */
  opening(result: Finding['result']): string | null;
  host(host: string): string;
  tool(tool: string, confidence: string): string;
  time(span: string, zone: string): string;
  rule(rule: string): string;
  graceEnds(time: string): string;
  readonly notRead: string;
  readonly pleaseReply: string;
  owner(owner: string): string;
  readonly exception: string;
  exceptionNote(days: number): string;
  readonly enterReason: string;
  readonly firewall: string;
  readonly firewallNote: string;
}

export interface FilterWords {
  readonly wholeFlows: string;
  readonly logs: string;
  readonly handshakes: string;
  readonly zeekUids: string;
  /** `found`: flows, where there are more; else null. */
  communityIds(found: number | null): string;
  someNames(found: number, all: number): string;
  readonly tabSeparated: string;
  readonly packets: string;
  /** Of the command for them: which captures it needs, if `hasCaptures` is false. */
  packetsNote(hasCaptures: boolean): string;
}

export interface ComparisonWords {
  /** Of spans that do not begin and end with a day. */
  spanOf(since: string, until: string, year: string): string;
  length(amount: string, unit: 'day' | 'hour', isOne: boolean): string;
  /** `share`: null of all. */
  coverage(length: string, share: string | null, hosts: number): string;
  /** `none`: nothing of it was observed. */
  readonly limits: Readonly<Record<ComparisonLimitKind, (of: LimitFacts) => string>>;
  readonly states: Readonly<Record<HostState, string>>;
  change(before: string, after: string): string;
  readonly more: string;
  readonly less: string;
  perDay(change: string): string;
}

export interface LimitFacts {
  readonly span: string;
  readonly share: number;
  readonly names: string;
}

export interface ReportWords extends Phrasing {
  /** Of the rules that a policy creates without a title. */
  readonly ruleTitles: { readonly allowedTools: string; readonly allowedServices: string };
  readonly heads: Heads;
  /** In place of a tool. */
  readonly relayName: string;
  readonly none: string;
  readonly notKnown: string;
  readonly notFound: string;
  readonly noEstimate: string;
  readonly yes: string;
  readonly no: string;
  readonly confidences: Readonly<Record<Confidence, string>>;
  readonly outcomes: Readonly<Record<OutcomeKind, string>>;
  readonly roles: Readonly<Record<Role, string>>;
  readonly owners: Readonly<Record<Specificity, string>>;
  readonly legs: Readonly<Record<Leg, string>>;
  /** Kinds of evidence in reports. */
  readonly evidenceKinds: Readonly<Record<EvidenceItem['kind'], string>>;
  hosts(count: number): string;
  flows(count: number): string;
  packets(count: number): string;
  /** Behind a name that is a provider's. */
  provider(name: string): string;
  readonly blindSpots: BlindSpotWords;
  readonly nothingSeen: NothingSeenWords;
  readonly findings: FindingWords;
  readonly actions: ActionWords;
  readonly filters: FilterWords;
  readonly sections: SectionWords;
  readonly comparison: ComparisonWords;
  /** With its full stop. */
  hostsLeftOut(hosts: number): string;
  /** Builds that can have run. */
  builds(ranges: string, placed: number, starts: number): string;
  newerSince(day: string): string;
}

/** The word for one of a closed list; others as they are. */
export const wordFor = (words: Readonly<Record<string, string>>, name: string): string => words[name] ?? name;
