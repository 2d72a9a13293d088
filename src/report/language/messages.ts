// What the sheets for people say, in each language that they can be had in: one catalogue for each, of the same messages.

import type { ReportDocument } from '../../model/report.ts';
import type { FindingResult, FindingState } from '../../model/words.ts';
import type { ReaderZone } from '../text/instant.ts';
import type { Verdict } from '../text/verdict.ts';

/** Texts of a verdict: each part a sentence without its full stop. */
export interface VerdictText {
  readonly label: string;
  readonly headline: string;
  readonly sentence: string;
  readonly counts: readonly string[];
  /** Which time it speaks of, and what limits it. */
  readonly rests: readonly string[];
}

/** Dates, times and amounts, and how sentences end. */
export interface Phrasing {
  /** BCP 47. */
  readonly tag: string;
  readonly fullStop: string;
  readonly listSeparator: string;
  /** Digits with a decimal point, as the language writes them. */
  amount(digits: string): string;
  /** Day texts are YYYY-MM-DD. */
  date(day: string): string;
  day(day: string): string;
  /** With its year unless readers take that for granted. */
  dayIn(day: string, zone: ReaderZone): string;
  span(first: string, last: string): string;
  time(instant: string, zone: ReaderZone): string;
  days(count: number): string;
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
  verdict(verdict: Verdict, document: ReportDocument, zone: ReaderZone): VerdictText;
  readonly findings: string;
  readonly findingHeads: readonly string[];
  result(result: FindingResult): string;
  state(state: FindingState): string;
  confidence(confidence: 'certain' | 'likely' | 'possible'): string;
  moreFindings(count: number): string;
  readonly tools: string;
  noTools(document: ReportDocument): string;
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

export interface Messages extends Phrasing {
  readonly employee: EmployeeMessages;
  readonly summary: SummaryMessages;
}
