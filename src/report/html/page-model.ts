// Prepares the data that every section of the page needs: days, rows, outcomes, anchors.

import { DEFAULT_RULE, type FindingResult, MCP_RULE } from '../../model/findings.ts';
import type { CoverageDay, HostReport, ReportDocument, ToolUse } from '../../model/report.ts';
import type { Zone } from '../../time/zone.ts';
import { findBan } from '../text/banned.ts';
import {
  dayPart,
  formatMeasure,
  isObservedDay,
  listParts,
  type ReportDays,
  reportDays,
} from '../text/day-strip.ts';
import { ENGLISH_WORDS, type ReportWords } from '../text/english-words.ts';
import { ruledName } from '../text/finding-words.ts';
import { type ReaderZone, readerZone, unixSeconds } from '../text/instant-text.ts';
import {
  formatBreach,
  gravestOutcome,
  indexOutcomes,
  OUTCOME_ORDER,
  type OutcomeIndex,
  type OutcomeKind,
  type PolicyRule,
  rulesOfDay,
  useKey,
} from '../text/policy-outcome.ts';
import { buildVerdicts, type Verdict } from '../text/verdict.ts';
import type { HostRow, HostUse } from './host-row.ts';

/**
 * Maximum cells of a strip: in one block of days, or in two, of the banned tool and the others. Longer periods use
 * weeks.
 */
const MAX_CELLS = { one: 31, two: 16 } as const;
const WEEK_DAYS = 7;

export interface Cells {
  readonly days: readonly string[];
  readonly daysPerCell: number;
  /** Cells with an observed day. */
  readonly observed: ReadonlySet<number>;
}

export interface ChosenOrder {
  readonly words: string;
  /** Null if the address or the name contains it. */
  readonly column: { readonly head: string; readonly text: (host: HostReport) => string } | null;
}

export interface PageModel {
  readonly document: ReportDocument;
  readonly messages: ReportWords;
  readonly zone: ReaderZone;
  readonly days: ReportDays;
  readonly cells: Cells;
  readonly outcomes: OutcomeIndex | null;
  readonly verdicts: readonly Verdict[];
  /** Hosts with at least one row, by outcome and address; in the order of the document if the user selected one. */
  readonly rows: readonly HostRow[];
  /** The selected order in words, and the text of its column. */
  readonly chosen: ChosenOrder | null;
  /** Minutes if any use has them, else bytes. */
  readonly measure: 'minutes' | 'bytes';
  /** All rules with a verdict; null without one. */
  readonly bans: Bans | null;
  /** Lists the days of each finding by host and tool. */
  readonly found: DaysFound;
}

export interface Bans {
  /** Ids of the rules. The strip has a separate block for the days that they govern. */
  readonly rules: ReadonlySet<string>;
  /** Head of that block: the tool, if there is only one. */
  readonly what: string;
  /** Days in the report's time zone on which the rules took effect and their grace periods ended. */
  readonly from: ReadonlySet<string>;
  readonly graceUntil: ReadonlySet<string>;
}

/** The days on which a rule took effect and its grace period ended. */
export interface RuleDays {
  readonly from: string | null;
  readonly graceUntil: string | null;
}

export type DaysFound = ReadonlyMap<string, Partial<Record<FindingResult, ReadonlySet<string>>>>;

export function pageModel(
  document: ReportDocument,
  chosen: ChosenOrder | null = null,
  messages: ReportWords = ENGLISH_WORDS,
): PageModel {
  const zone = readerZone(document);
  const outcomes = indexOutcomes(document);
  const days = reportDays(document, zone);
  const all = buildVerdicts(document, messages);
  const bans = findBans(document, all, zone, messages);
  return {
    document,
    messages,
    zone,
    days,
    cells: buildCells(days, bans === null ? MAX_CELLS.one : MAX_CELLS.two, document.coverage),
    outcomes,
    verdicts: all,
    rows: getHostRows(document, outcomes, chosen !== null),
    chosen,
    measure: formatMeasure(document),
    bans,
    found: findDays(document),
  };
}

function buildCells(days: ReportDays, most: number, coverage: readonly CoverageDay[]): Cells {
  const daysPerCell = days.count <= most ? 1 : WEEK_DAYS * Math.ceil(days.count / most / WEEK_DAYS);
  const observed = coverage.filter(isObservedDay).map(({ date }) => dayPart(days, daysPerCell, date));
  return { days: listParts(days, daysPerCell), daysPerCell, observed: new Set(observed) };
}

function getHostRows(document: ReportDocument, outcomes: OutcomeIndex | null, isOrdered: boolean): HostRow[] {
  const rows: HostRow[] = [];
  document.hosts.forEach((host, h) => {
    if (host.tools.length + host.providers.length === 0) return;
    const outcome = outcomes === null ? null : gravestOutcome(host, outcomes);
    rows.push({
      host,
      get uses() {
        return listUses(host, h, outcomes);
      },
      outcome,
    });
  });
  if (isOrdered) return rows;
  // Array.sort is stable, so rows with one outcome stay in the order of the document, by address.
  return rows.sort((a, b) => rank(a.outcome) - rank(b.outcome));
}

function listUses(host: HostReport, h: number, outcomes: OutcomeIndex | null): HostUse[] {
  const { tools, providers } = host;
  return [...tools, ...providers].map((use, u) => ({
    host,
    use,
    isProvider: u >= tools.length,
    outcome: outcomes?.of(host.host, use) ?? null,
    anchor: `use-${h}-${u}`,
  }));
}

/** Returns the use that decides the row; without a policy, the first use. */
export function findLeadingUse({ uses, outcome }: HostRow): HostUse | undefined {
  return uses.find((use) => outcome !== null && use.outcome?.kind === outcome) ?? uses[0];
}

export function* usesOfRows(rows: readonly HostRow[]): Iterable<HostUse> {
  for (const { uses } of rows) yield* uses;
}

const rank = (kind: OutcomeKind | null): number => (kind === null ? 0 : OUTCOME_ORDER.indexOf(kind));

function findBans(
  document: ReportDocument,
  all: readonly Verdict[],
  zone: Zone,
  { page: { hosts } }: ReportWords,
): Bans | null {
  const [first] = all;
  if (first === undefined) return null;
  const tools = new Set(all.flatMap(({ rule }) => rule.tools ?? []));
  const [only] = tools;
  const days = (field: 'effective' | 'graceUntil'): ReadonlySet<string> =>
    new Set(all.flatMap(({ rule }) => rule[field] ?? []).map((instant) => zone.dayOf(unixSeconds(instant))));
  return {
    rules: new Set(all.map(({ rule }) => rule.id)),
    what: hosts.banned(
      tools.size === 1 && only !== undefined
        ? findBan(first.rule, toolName(document, only))
        : all.every(({ rule }) => formatBreach(rule) !== 'violation')
          ? 'limited'
          : all.some(({ rule }) => rule.id === DEFAULT_RULE)
            ? 'unlisted'
            : all.every(({ rule }) => rule.services !== undefined)
              ? 'services'
              : all.every(({ rule }) => rule.id === MCP_RULE)
                ? 'mcp'
                : 'tools',
    ),
    from: days('effective'),
    graceUntil: days('graceUntil'),
  };
}

export function ruleDays(
  { zone }: Pick<PageModel, 'zone'>,
  { effective, graceUntil }: Pick<PolicyRule, 'effective' | 'graceUntil'>,
): RuleDays {
  const findDay = (instant: string | null): string | null =>
    instant === null ? null : zone.dayOf(unixSeconds(instant));
  return { from: findDay(effective), graceUntil: findDay(graceUntil) };
}

/** Returns days of a use that rules with a verdict govern, now or later. */
export function listRuledDays({ bans }: Pick<PageModel, 'bans'>, { days }: ToolUse): ReadonlySet<string> {
  const ruled = days.filter((day) => rulesOfDay(day).some((id) => bans?.rules.has(id) === true));
  return new Set(ruled.map(({ date }) => date));
}

function findDays(document: ReportDocument): DaysFound {
  const findings = document.findings ?? [];
  const found = new Map<string, Partial<Record<FindingResult, Set<string>>>>();
  for (const finding of findings) {
    const key = useKey(finding.host, finding.tool);
    const days = found.get(key) ?? {};
    found.set(key, days);
    const known = days[finding.result] ?? new Set<string>();
    days[finding.result] = known;
    for (const day of finding.days) known.add(day);
  }
  return found;
}

/** True if a use has this outcome on any selected day of a cell. */
export function isFoundIn(
  model: PageModel,
  { host, use }: HostUse,
  result: FindingResult,
  cell: number,
  isSelected: (day: string) => boolean,
): boolean {
  const days = model.found.get(useKey(host.host, use.tool))?.[result];
  return days !== undefined && [...days].some((day) => isInCell(model, day, cell) && isSelected(day));
}

/** Returns the name of a tool by its id, as rows contain it; else the id. */
export const toolName = (document: ReportDocument, id: string): string =>
  findKnownName(document, id) ?? ruledName(document, id) ?? id;

/** Returns null if no row has the tool. */
export function findKnownName(document: ReportDocument, id: string): string | null {
  for (const host of document.hosts) {
    const use = [...host.tools, ...host.providers].find((candidate) => candidate.tool === id);
    if (use !== undefined) return use.name;
  }
  return null;
}

/** Compares texts, so that drawing a row takes time for its own days, not for all days. */
export function isInCell({ cells: { days } }: Pick<PageModel, 'cells'>, day: string, cell: number): boolean {
  const [first, next] = [days[cell], days[cell + 1]];
  return first !== undefined && day >= first && (next === undefined || day < next);
}

/** Returns the cell of a day; -1 before the first. */
export const findDayCell = ({ cells: { days } }: Pick<PageModel, 'cells'>, day: string): number =>
  days.findLastIndex((first) => first <= day);

/** Returns the amount of a use in one cell: minutes or bytes, 'unknown' if minutes are unknown, null without use. */
export function findAmount(
  model: PageModel,
  use: ToolUse,
  cell: number,
  isSelected: (day: string) => boolean = () => true,
): number | 'unknown' | null {
  const seen = use.days.filter(({ date }) => isInCell(model, date, cell) && isSelected(date));
  if (seen.length === 0) return null;
  if (model.measure === 'bytes') return seen.reduce((sum, day) => sum + day.bytesUp + day.bytesDown, 0);
  const minutes = seen.flatMap((day) => (day.activeMinutes === null ? [] : [day.activeMinutes]));
  return minutes.length === 0 ? 'unknown' : minutes.reduce((sum, count) => sum + count, 0);
}

/** True if there may have been use: 0 minutes are updates and telemetry only. */
export const isUse = (amount: number | 'unknown' | null): boolean => amount !== null && amount !== 0;

/** True if the host was on the network in a cell, because "none seen" and "not there" are different. */
export function isPresent(model: PageModel, host: HostReport, cell: number): boolean {
  return host.presence.some((day) => isInCell(model, day, cell));
}

/** Returns "per day", "per week" or "per 4 weeks". */
export const formatCellPeriod = ({ cells: { daysPerCell }, messages }: PageModel): string =>
  messages.page.verdict.per(daysPerCell === 1 ? 0 : daysPerCell / WEEK_DAYS);
