// Asks the history of a DuckDB store for a report and every breakdown of it.

import { BREAKDOWNS, type Breakdown, type ReportDocument } from '../../../src/model/report.ts';
import { openZone } from '../../../src/model/zone.ts';
import { assembleReport, type ReportFrame } from '../../../src/report/document.ts';
import { openDuckdbHistory } from '../../../src/store/duckdb.ts';
import type { CountedRow } from '../../../src/store/history-breakdown.ts';
import type { Judge } from '../../../src/store/judgements.ts';

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What is known of the making of a report: nothing that would differ between two ways to make it. */
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
    wiretally: '',
    catalogue: '',
    command: '',
    timezone,
    generated: null,
  };
}

/** What the store answers. */
export async function askHistory(
  path: string,
  span: Span,
  timezone: string,
  by: Judge,
): Promise<{ readonly document: ReportDocument; readonly breakdowns: readonly Breakdown[] }> {
  const zone = openZone(timezone);
  const history = await openDuckdbHistory(path, by);
  try {
    const uses = new Map((await history.firstUses()).map((use) => [`${use.tool} ${use.host}`, use.firstUs]));
    const firstSeen = (host: string, tool: string): number | null => uses.get(`${tool} ${host}`) ?? null;
    const question = { span, zone, firstSeen };
    const part = await history.part(question);
    const document = assembleReport(
      { attributions: part.attributions, hosts: part.hosts, sensors: part.sensors, span: part.span },
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
