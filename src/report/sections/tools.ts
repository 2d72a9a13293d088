// Declares the section that lists every tool with its hosts, days and amounts.

import { CONFIDENCES } from '../../model/confidence.ts';
import type { ReportDocument, ToolTotals } from '../../model/report.ts';
import { findBytes } from '../../model/withheld.ts';
import { addKnown } from '../../text/quantity.ts';
import { listParts, reportDays } from '../text/day-strip.ts';
import type { ReportWords } from '../text/english-words.ts';
import { indexOutcomes, type OutcomeKind, pickGraver } from '../text/policy-outcome.ts';
import type { BanOfTool, Bars, Column, Section, SectionContext, SectionTable } from './section.ts';

/** Maximum days of a period with bars in the table. */
const MAX_DAYS = 31;

const isSeen = ({ hosts, suppressed }: ToolTotals): boolean => hosts > 0 || suppressed === true;

const findMostHosts = (tools: readonly ToolTotals[]): number =>
  Math.max(1, ...tools.flatMap((tool) => tool.hostsByDay.map((day) => day.hosts)));

const table: SectionTable<ToolTotals> = {
  texts: ({ tools: { caption } }, rows) => ({ caption: caption(findMostHosts(rows)), isCaptionShown: true }),
  rows: ({ tools }) => tools.filter(isSeen),
  columns: (context, rows) => {
    const { words, document } = context;
    const { heads, sections, listSeparator } = words;
    const own = sections.tools;
    const firsts = findFirstUses(document);
    const outcomes = makeOutcomes(document);
    const findBytesOf =
      (field: 'bytesUp' | 'bytesDown') =>
      (tool: ToolTotals): number | null =>
        tool.hosts === 0 ? null : tool[field];
    const policy: Column<ToolTotals> = {
      head: heads.policy,
      kind: 'outcome',
      of: ({ tool }) => outcomes?.(tool) ?? null,
    };
    return [
      {
        head: heads.tool,
        kind: 'text',
        of: ({ name }) => name,
        sort: { by: 'name', value: ({ name }) => name },
        to: ({ tool }, links) => links.tool(tool),
        below: ({ vendor }) => vendor,
      },
      ...(outcomes === null ? [] : [policy]),
      {
        head: heads.hosts,
        kind: 'number',
        sort: { by: 'hosts', value: ({ hosts }) => hosts },
        of: ({ hosts, suppressed }) => (suppressed === true ? own.few : hosts),
      },
      { head: own.perDay, kind: 'bars', of: makeDays(context, findMostHosts(rows)) },
      {
        head: heads.confidence,
        kind: 'text',
        of: ({ hostsByConfidence }) =>
          CONFIDENCES.filter((confidence) => hostsByConfidence[confidence] > 0)
            .map((confidence) => own.byConfidence(confidence, hostsByConfidence[confidence]))
            .join(listSeparator),
      },
      {
        head: heads.activeMinutes,
        kind: 'number',
        of: ({ activeMinutes }) => activeMinutes ?? '–',
        sort: { by: 'minutes', value: ({ activeMinutes }) => activeMinutes ?? -1 },
      },
      {
        head: heads.sent,
        kind: 'bytes',
        of: findBytesOf('bytesUp'),
        sort: { by: 'sent', value: ({ bytesUp }) => bytesUp ?? 0 },
      },
      {
        head: heads.received,
        kind: 'bytes',
        of: findBytesOf('bytesDown'),
        sort: { by: 'received', value: ({ bytesDown }) => bytesDown ?? 0 },
      },
      { head: heads.requests, kind: 'range', of: ({ requests }) => requests },
      {
        head: heads.firstSeen,
        kind: 'time',
        of: ({ tool }) => firsts.get(tool) ?? null,
        sort: { by: 'first', value: ({ tool }) => firsts.get(tool) ?? '' },
      },
    ];
  },
  most: { page: Number.POSITIVE_INFINITY },
};

const makeDays =
  ({ document, zone, words }: SectionContext, top: number): ((tool: ToolTotals) => Bars | null) =>
  ({ hosts, hostsByDay }) => {
    const days = reportDays(document, zone);
    if (days.count > MAX_DAYS || hosts === 0) return null;
    const hostsOfDay = new Map(hostsByDay.map((day) => [day.date, day.hosts]));
    const counts = listParts(days, 1).map((day) => hostsOfDay.get(day) ?? 0);
    return { of: 'days', counts, top, label: words.sections.tools.hostsPerDay(counts.join(', ')) };
  };

function findFirstUses({ hosts }: ReportDocument): Map<string, string> {
  const firsts = new Map<string, string>();
  for (const { tools, providers } of hosts)
    for (const { tool, firstSeenEver } of [...tools, ...providers]) {
      const existing = firsts.get(tool);
      if (existing === undefined || firstSeenEver < existing) firsts.set(tool, firstSeenEver);
    }
  return firsts;
}

/** Finds the outcome of each tool: banned, or else the most severe outcome of its rows; null without a policy. */
function makeOutcomes(document: ReportDocument): ((tool: string) => OutcomeKind | BanOfTool | null) | null {
  const outcomes = indexOutcomes(document);
  if (outcomes === null) return null;
  const tools = new Map<string, { kind: OutcomeKind; rows: number; banned: number }>();
  for (const { host, tools: named, providers } of document.hosts) {
    for (const use of [...named, ...providers]) {
      const { kind } = outcomes.of(host, use);
      const entry = tools.get(use.tool) ?? { kind, rows: 0, banned: 0 };
      tools.set(use.tool, {
        kind: pickGraver(kind, entry.kind),
        rows: entry.rows + 1,
        banned: entry.banned + (outcomes.bansOf(use).length > 0 ? 1 : 0),
      });
    }
  }
  return (tool) => {
    const found = tools.get(tool);
    if (found === undefined) return null;
    if (found.banned === 0) return found.kind;
    return found.banned === found.rows ? 'banned' : 'partlyBanned';
  };
}

interface ProviderTotals {
  readonly name: string;
  hosts: number;
  /** Null: no log has them. */
  bytes: number | null;
}

function sumProviders({ hosts }: ReportDocument): ProviderTotals[] {
  const totals = new Map<string, ProviderTotals>();
  for (const use of hosts.flatMap(({ providers }) => providers)) {
    const total = totals.get(use.tool) ?? { name: use.name, hosts: 0, bytes: null };
    totals.set(use.tool, total);
    total.hosts++;
    for (const field of ['bytesUp', 'bytesDown'] as const)
      total.bytes = addKnown(total.bytes, findBytes(use, field));
  }
  return [...totals.values()].sort((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0));
}

/** Lists providers and tools that are only possible, which have no row in the table. */
export function listOtherTools(document: ReportDocument, words: ReportWords): string[] {
  const own = words.sections.tools;
  const possible = document.tools
    .filter((tool) => !isSeen(tool))
    .map(({ name, hostsByConfidence }) => own.onHosts(name, hostsByConfidence.possible));
  const providers = sumProviders(document).map(({ name, hosts, bytes }) =>
    own.provided(name, hosts, bytes === null ? '–' : words.bytes(bytes)),
  );
  return [
    ...(possible.length === 0 ? [] : [own.onlyPossible(possible.join(words.listSeparator))]),
    ...(providers.length === 0 ? [] : [own.providers(providers.join(words.listSeparator))]),
  ];
}

export const TOOLS: Section = {
  id: 'tools',
  tables: [table],
  places: ['page'],
  isShown: ({ tools, hosts }) =>
    tools.length > 0 || hosts.some(({ providers }) => providers.length > 0) ? 'heads' : false,
};
