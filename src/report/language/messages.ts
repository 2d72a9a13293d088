// What reports, pages and sheets for people say: one catalogue for each language, of the same messages.

import type { ReportDocument } from '../../model/report.ts';
import type { BreakdownBy } from '../../model/words.ts';
import type { ReaderZone } from '../text/instant.ts';
import type { ReportWords } from '../text/report-words.ts';
import type { Verdict } from '../text/verdict.ts';
import type { PageMessages } from './page-messages.ts';

/** Texts of a verdict: each part a sentence, or the part of one, without its full stop. */
export interface VerdictText {
  readonly label: string;
  readonly headline: string;
  readonly sentence: string;
  readonly counts: readonly string[];
  /** Empty where nothing was tried. */
  readonly control: string;
  /** Which time it speaks of; empty where that is not known. */
  readonly observed: string;
  readonly limits: readonly string[];
}

export interface EmployeeMessages {
  title(tool: string): string;
  readonly about: string;
  readonly whatItIs: string;
  description(tool: string, vendor: string, kind: string): string;
  readonly noPolicy: string;
  noRule(tool: string): string;
  onMachinesOf(groups: readonly string[]): string;
  rule(id: string, title: string): string;
  mayUse(tool: string, where: string): string;
  observed(tool: string, where: string): string;
  readonly countedOnly: string;
  doNotUse(tool: string, where: string): string;
  inForce(since: string | null): string;
  readonly whatPolicySays: string;
  readonly announced: string;
  tookEffect(zone: string): string;
  readonly graceDays: string;
  fromDay(day: string): string;
  readonly countsAsViolation: string;
  readonly whatItSends: string;
  readonly notMeasured: string;
  readonly noTelemetryName: string;
  telemetryNames(names: readonly string[]): string;
  readonly measured: string;
  readonly yourRequests: string;
  readonly telemetry: string;
  telemetryIs(share: string | null): string;
  readonly whatIsNoted: string;
  readonly noted: string;
  readonly notNoted: string;
  /** What is noted, and what is not, row by row. */
  notes(isPseudonym: boolean): readonly (readonly [string, string])[];
  deleted(windowDays: number | null, findingDays: number | null): string;
  readonly reidentified: string;
  readonly noRankings: string;
  readonly ifWrong: string;
  readonly sayIt: string;
  readonly whomToAsk: string;
  owner(owner: string): string;
  readonly network: string;
  /** The rule that a page was made from. */
  ruleOf(policy: string, id: string, revision: number): string;
  made(wiretally: string, catalogue: string, rule: string | null): string;
}

export interface SummaryMessages {
  readonly heading: string;
  readonly noPolicyGiven: string;
  /** Under the heading: policy, span, zone, hosts. */
  about(policy: string, span: string, zone: string, hosts: number): string;
  readonly noPackets: string;
  readonly noPolicy: string;
  readonly noVerdict: string;
  readonly findings: string;
  readonly findingHeads: readonly string[];
  moreFindings(count: number): string;
  readonly tools: string;
  readonly toolHeads: readonly string[];
  readonly notToldApart: string;
  moreTools(count: number): string;
  readonly limits: string;
  /** Sentences, the first about what was not visible. */
  limitsOf(document: ReportDocument): readonly string[];
  readonly toCheck: string;
  title(span: string): string;
  made(wiretally: string, catalogue: string, day: string | null, packets: number): string;
}

export interface MarkdownMessages {
  heading(span: string | null): string;
  readonly findings: string;
  exemptBy(exception: string): string;
  readonly findingsNote: string;
  toDo(action: string): string;
  mayBe(tools: string): string;
  by(by: BreakdownBy): string;
  readonly unseen: string;
  readonly notSeen: string;
  readonly notVisible: string;
  readonly share: string;
  readonly effect: string;
  unrecorded(sentence: string): string;
  lost(sentence: string): string;
  readonly howMade: string;
  made(wiretally: string, catalogue: string, zone: string): string;
  clientHellos(count: number): string;
  readonly comparison: {
    before(text: string): string;
    after(text: string): string;
    limit(text: string): string;
  };
}

export interface Messages extends ReportWords {
  verdict(verdict: Verdict, document: ReportDocument, zone: ReaderZone): VerdictText;
  readonly employee: EmployeeMessages;
  readonly summary: SummaryMessages;
  readonly page: PageMessages;
  readonly markdown: MarkdownMessages;
}
