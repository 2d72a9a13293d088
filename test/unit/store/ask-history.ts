// Requests a report and every breakdown from a history.

import { BREAKDOWNS } from '../../../src/model/breakdowns.ts';
import type { Breakdown, ReportDocument } from '../../../src/model/report.ts';
import { makeFirstSeen } from '../../../src/query/earlier-use.ts';
import { assembleReport, type ReportFrame } from '../../../src/report/document/document.ts';
import type { History } from '../../../src/store/history.ts';
import type { CountedRow } from '../../../src/store/period-source.ts';
import { openZone } from '../../../src/time/zone.ts';

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Metadata of the report: equal for two ways to compute it. */
export function frameOf(
  timezone: string,
  stats: ReportDocument['stats'],
  coverage: ReportDocument['coverage'],
): ReportFrame {
  return {
    captures: [],
    stats,
    coverage,
    recordsFrom: null,
    recordsUntil: null,
    wiretally: '',
    catalogue: '',
    command: '',
    timezone,
    generated: null,
  };
}

/** Its answer; closes it afterwards. */
export async function askHistory(
  history: History,
  span: Span,
  timezone: string,
): Promise<{ readonly document: ReportDocument; readonly breakdowns: readonly Breakdown[] }> {
  const zone = openZone(timezone);
  try {
    const firstSeen = makeFirstSeen(await history.firstUses());
    const question = { span, zone, firstSeen };
    const part = await history.part(question);
    const document = assembleReport(
      {
        attributions: part.attributions,
        hosts: part.hosts,
        accounts: part.accounts,
        sensors: part.sensors,
        services: part.services,
        ech: part.ech,
        span: part.span,
      },
      frameOf(timezone, part.stats, part.coverage),
    );
    const rows: CountedRow[] = part.attributions.flatMap(({ host, tools, providers }) =>
      [
        ...tools.map((tool) => ({ tool, isProvider: false })),
        ...providers.map((tool) => ({ tool, isProvider: true })),
      ]
        .filter(({ tool, isProvider }) => isProvider || tool.use.confidence !== 'possible')
        .map(({ tool: { use }, isProvider }) => ({
          host,
          tool: use.tool,
          name: use.name,
          isProvider,
          areRequestsKnown: use.requests !== null,
          isTelemetryKnown: use.telemetry !== null,
        })),
    );
    const breakdowns = [];
    for (const each of BREAKDOWNS) breakdowns.push(await history.breakdown(each, question, rows));
    return { document, breakdowns };
  } finally {
    await history.close();
  }
}
